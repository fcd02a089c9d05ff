//! Kills, rivals, reorganisations and fallbacks, at random, against a model of L1.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::cast_possible_truncation
)]

use super::*;
use crate::carriage::Carrier;
use crate::fixture::{
    PEOPLE, address, collector, deposit, draft, funded, index, key, sign, transfer,
};
use crate::plan::{OffRow, OnRow};
use crate::records::Record;
use crate::settled::{QueueView, QueuedOperation, SettledBatch};
use alloy::primitives::{Address, B256};
use ledger::{Amount, Batch, Fee, Nonce, Operation, TokenId, Tree};
use proptest::prelude::*;
use std::collections::{BTreeSet, HashSet};

const SIZE: BatchSize = BatchSize::EIGHT;

/// A batch as L1 has it.
#[derive(Clone)]
struct Landed {
    settled: SettledBatch,
    state: Arc<State>,
    signed: Vec<(OperationId, Tree)>,
}

/// L1 with its contract, as far as it concerns an operator.
struct Model {
    batches: Vec<Landed>,
    queues: [Vec<QueuedOperation>; 2],
    block: u64,
    final_at: usize,
    strangers: u8,
}

impl Model {
    fn new() -> Self {
        let state = Arc::new(funded());
        let genesis = SettledBatch {
            roots: state.roots(),
            heads: [0, 0],
            operator: Address::ZERO,
            submitted_at: L1Time::new(0),
            block: 0,
            transaction: B256::ZERO,
            is_void: false,
        };
        Self {
            batches: vec![Landed {
                settled: genesis,
                state,
                signed: Vec::new(),
            }],
            queues: [Vec::new(), Vec::new()],
            block: 10,
            final_at: 0,
            strangers: 0,
        }
    }

    fn newest(&self) -> &Landed {
        self.batches.last().unwrap()
    }

    fn enqueue(&mut self, tree: Tree) {
        self.strangers = self.strangers % 100 + 1;
        let operation = deposit(tree, 100 + self.strangers, 0, 10);
        let queue = &mut self.queues[usize::from(tree.number())];
        let place = queue.len() as u64;
        queue.push(QueuedOperation {
            place,
            operation: Some(operation),
            enqueued_at: self.block,
            deadline: 1000 * (place + 1),
        });
    }

    fn append(&mut self, state: State, heads: [u64; 2], signed: Vec<(OperationId, Tree)>) {
        self.block += 1;
        let settled = SettledBatch {
            roots: state.roots(),
            heads,
            block: self.block,
            ..self.newest().settled
        };
        self.batches.push(Landed {
            settled,
            state: Arc::new(state),
            signed,
        });
    }

    /// What the contract does with a submission.
    fn submit(&mut self, plan: &BatchPlan) -> bool {
        let newest = self.newest().clone();
        let number = BatchNumber::new(self.batches.len() as u64);
        if plan.number != number || plan.prior.decode().unwrap() != newest.settled.roots {
            return false;
        }
        for tree in Tree::BOTH {
            let place = usize::from(tree.number());
            let heads = newest.settled.heads[place]..;
            for (at, consumed) in heads.zip(plan.consumed(tree)) {
                if self.queues[place].get(at as usize) != Some(&consumed.unwrap()) {
                    return false;
                }
            }
        }
        let mut state = (*newest.state).clone();
        crate::plan::SealedBatch::replay(plan, &mut state).unwrap();
        self.append(
            state,
            plan.heads,
            plan.signed()
                .map(|(_, id, o)| (id, o.tree.into()))
                .collect(),
        );
        true
    }

    /// Another operator settles a stranger's operation, or what the queue gives.
    fn rival(&mut self) {
        let newest = self.newest().clone();
        let mut state = (*newest.state).clone();
        let mut heads = newest.settled.heads;
        let mut batch = Batch::new(&mut state, SIZE, Amount::new(1));
        let next = self.queues[0].get(heads[0] as usize);
        if let Some(operation) = next.and_then(|next| next.operation) {
            batch.apply(&Operation::FromL1(operation)).unwrap();
            heads[0] += 1;
        } else {
            // Person 4 sends to the rival alone, by its own nonce.
            let from = index(PEOPLE);
            let account = newest.state.tree(Tree::OnL1).account(from).unwrap();
            let nonce = account.nonce().get();
            let signed = sign(draft(Tree::OnL1, PEOPLE, nonce, 0, transfer(1, 1)), PEOPLE);
            batch.apply(&Operation::Signed(Box::new(signed))).unwrap();
        }
        batch.finish().unwrap();
        self.append(state, heads, Vec::new());
    }

    fn reorg(&mut self, depth: usize) {
        // Nothing that is final goes.
        let keep = (self.final_at + 1).max(self.batches.len().saturating_sub(depth));
        self.batches.truncate(keep);
        self.block += 1;
    }

    /// The tree off L1 goes back to what is final.
    fn fall_back(&mut self) {
        let firm = self.batches[self.final_at].clone();
        let newest = self.newest().clone();
        for batch in &mut self.batches[self.final_at + 1..] {
            batch.settled.is_void = true;
        }
        let state = State::with_trees(
            newest.state.rollup(),
            newest.state.tree(Tree::OnL1).clone(),
            firm.state.tree(Tree::OffL1).clone(),
        );
        let heads = [newest.settled.heads[0], firm.settled.heads[1]];
        self.append(state, heads, Vec::new());
        self.final_at = self.batches.len() - 1;
    }

    fn settled(&self) -> Arc<Settled> {
        let newest = self.newest();
        let batches = self.batches.iter().enumerate();
        let queues = [0, 1].map(|place| QueueView {
            head: newest.settled.heads[place],
            next: self.queues[place][newest.settled.heads[place] as usize..].to_vec(),
        });
        Arc::new(Settled {
            block: self.block + 100,
            newest: BatchNumber::new(self.batches.len() as u64 - 1),
            last_final: BatchNumber::new(self.final_at as u64),
            last_checkpoint_at: L1Time::new(0),
            state: newest.state.clone(),
            queues,
            batches: batches
                .map(|(n, batch)| (BatchNumber::new(n as u64), batch.settled))
                .collect(),
            is_frozen: false,
        })
    }
}

/// A disk, and the moment of the next kill: after so many records, the last of which is lost or
/// not.
struct Disk {
    records: Vec<Record>,
    left: u32,
    keeps_last: bool,
}

impl Disk {
    fn write(&mut self, record: &Record) -> Result<()> {
        // As it comes back from the disk.
        let text = serde_json::to_string(record).unwrap();
        let record: Record = serde_json::from_str(&text).unwrap();
        if self.left == 0 {
            if self.keeps_last {
                self.records.push(record);
            }
            return Err(Error::Cancelled("killed".to_owned()));
        }
        self.left -= 1;
        self.records.push(record);
        Ok(())
    }
}

fn config() -> Config {
    Config {
        size: SIZE,
        patience: 5,
        most_in_flight: 3,
        confirmations: 0,
        collector: Some(collector()),
        limits: Limits::default(),
    }
}

struct World {
    model: Model,
    disk: Disk,
    core: Core,
    /// Names of payments that L1 has taken or will: an outbox makes each once.
    paid: HashSet<String>,
    accepted: BTreeSet<OperationId>,
    kills: Vec<(u32, bool)>,
    clock: u64,
}

impl World {
    fn new(mut kills: Vec<(u32, bool)>) -> Self {
        let (left, keeps_last) = kills.pop().unwrap_or((u32::MAX, false));
        let core = Core::new(config(), Tokens::ether(), Vec::new()).unwrap();
        let mut world = Self {
            model: Model::new(),
            disk: Disk {
                records: Vec::new(),
                left,
                keeps_last,
            },
            core,
            paid: HashSet::new(),
            accepted: BTreeSet::new(),
            kills,
            clock: 100,
        };
        world.follow();
        world
    }

    fn now(&self) -> L1Time {
        L1Time::new(self.clock)
    }

    /// The process dies and begins anew with its disk.
    fn survive(&mut self, error: &Error) {
        assert!(matches!(error, Error::Cancelled(_)), "{error}");
        (self.disk.left, self.disk.keeps_last) = self.kills.pop().unwrap_or((u32::MAX, false));
        self.core = Core::new(config(), Tokens::ether(), self.disk.records.clone()).unwrap();
        // And once more with a journal that was written anew.
        self.disk.records = self.core.image();
        self.core = Core::new(config(), Tokens::ether(), self.disk.records.clone()).unwrap();
        self.follow();
    }

    fn follow(&mut self) {
        let settled = self.model.settled();
        let now = self.now();
        let disk = &mut self.disk;
        if let Err(error) = self.core.follow(&settled, now, |record| disk.write(record)) {
            self.survive(&error);
        }
    }

    fn submit(&mut self, who: u8, off: bool) {
        let tree = if off { Tree::OffL1 } else { Tree::OnL1 };
        let answer = self.core.account(tree, index(who)).unwrap();
        let mut draft = draft(
            tree,
            who,
            answer.next_nonce.get(),
            0,
            transfer(who % PEOPLE + 1, 1),
        );
        draft.fee = Fee::new(3);
        let signed = draft.sign(crate::fixture::rollup(), address(who), &key(who));
        let now = self.now();
        let verified = self.core.examine(signed, now).unwrap().verify().unwrap();
        let id = verified.id();
        let disk = &mut self.disk;
        match self.core.accept(verified, now, |record| disk.write(record)) {
            Ok(admitted) => {
                assert!(admitted.gone.is_empty());
                self.accepted.insert(id);
            }
            Err(error) => self.survive(&error),
        }
    }

    fn seal(&mut self, at_once: bool) -> bool {
        let carrier = Carrier::new(crate::carriage::Patience::default());
        let sealing = Sealing {
            carriage: carrier.carriage(OnRow::Calldata),
            salt: 0,
            at_once,
            now: self.now(),
        };
        let Ok(drafted) = self.core.draft(&sealing).unwrap() else {
            return false;
        };
        let disk = &mut self.disk;
        if let Err(error) = self.core.seal(drafted, |record| disk.write(record)) {
            self.survive(&error);
        }
        true
    }

    /// Does one of the tasks; what it comes to is written, or a kill prevents that.
    fn work(&mut self, which: usize) -> bool {
        let tasks = self.core.tasks();
        if tasks.is_empty() {
            return false;
        }
        let (number, task) = tasks[which % tasks.len()];
        let record = match task {
            Task::Post => Record::Posted { number },
            // The network is slow here: the row goes by L1.
            Task::Certify => Record::Carried {
                number,
                carriage: crate::plan::Carriage::BLOBS,
            },
            Task::Prove => Record::Proved {
                number,
                proof: format!("{:02x}", number.get() % 256),
            },
            Task::Checkpoint => panic!("of no batch"),
            Task::Submit => {
                let batch = &self.core.flight()[&number];
                let plan = batch.plan().clone();
                let payment = batch.payment_name().unwrap();
                self.model.submit(&plan);
                self.paid.insert(payment.clone());
                Record::Submitted { number, payment }
            }
        };
        let written = self.disk.write(&record);
        match written {
            Ok(()) => self.core.apply(record).unwrap(),
            Err(error) => self.survive(&error),
        }
        self.follow();
        true
    }

    /// Everything goes on without kills until nothing is left to do.
    fn drain(&mut self) {
        self.kills.clear();
        self.disk.left = u32::MAX;
        for _ in 0..400 {
            self.follow();
            self.clock += 10;
            let worked = self.work(0);
            if !self.seal(true) && !worked {
                return;
            }
        }
        panic!("never done: {:?}", self.core.tasks());
    }

    /// Each operation is once in the batches that stand, or the owner is told why not.
    fn check(&self) {
        let mut seen = HashSet::new();
        for batch in &self.model.batches {
            for (id, tree) in &batch.signed {
                let stands = !batch.settled.is_void || *tree == Tree::OnL1;
                assert!(!stands || seen.insert(*id), "{id} twice");
            }
        }
        for id in &self.accepted {
            let standing = self.core.standing(id);
            match standing.stage {
                Stage::OnL1 | Stage::Final => {
                    let number = standing.batch.unwrap();
                    let there = &self.model.batches[number.get() as usize];
                    let there = there.signed.iter().any(|(of, _)| of == id);
                    assert!(there && seen.contains(id), "{id} is not in {number}");
                }
                // Its nonce was used: by a rival, or by this very operation in a batch that was
                // given up and came to L1 all the same.
                Stage::Dropped => assert_eq!(standing.gone, Some(Gone::Overtaken), "{id}"),
                stage => panic!("{id} is {stage:?} at the end"),
            }
        }
        assert!(self.core.pool().is_empty());
    }
}

#[derive(Debug, Clone)]
enum Action {
    Submit(u8, bool),
    Enqueue(bool),
    Seal,
    Work(usize),
    Rival,
    Reorg(usize),
    FallBack,
    Finalize,
    Wait(u64),
    Withdraw,
}

fn action() -> impl Strategy<Value = Action> {
    prop_oneof![
        6 => (1_u8..=3, any::<bool>()).prop_map(|(who, off)| Action::Submit(who, off)),
        2 => any::<bool>().prop_map(Action::Enqueue),
        4 => Just(Action::Seal),
        14 => (0_usize..8).prop_map(Action::Work),
        1 => Just(Action::Rival),
        1 => (1_usize..4).prop_map(Action::Reorg),
        1 => Just(Action::FallBack),
        2 => Just(Action::Finalize),
        2 => (1_u64..10).prop_map(Action::Wait),
        1 => Just(Action::Withdraw),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    /// No operation is lost or settled twice, whatever happens, wherever the process is killed.
    #[test]
    fn nothing_is_lost_and_nothing_is_twice(
        actions in prop::collection::vec(action(), 10..60),
        kills in prop::collection::vec((0_u32..9, any::<bool>()), 0..12),
    ) {
        let mut world = World::new(kills);
        for action in actions {
            match action {
                Action::Submit(who, off) => world.submit(who, off),
                Action::Enqueue(off) => {
                    world.model.enqueue(Tree::BOTH[usize::from(off)]);
                    world.follow();
                }
                Action::Seal => {
                    world.seal(true);
                }
                Action::Work(which) => {
                    world.work(which);
                }
                Action::Rival => {
                    world.model.rival();
                    world.follow();
                }
                Action::Reorg(depth) => {
                    world.model.reorg(depth);
                    world.follow();
                }
                Action::FallBack => {
                    world.model.fall_back();
                    world.follow();
                }
                Action::Finalize => {
                    world.model.final_at = world.model.batches.len() - 1;
                    world.follow();
                }
                Action::Wait(seconds) => world.clock += seconds,
                Action::Withdraw => {
                    let first = world.core.flight().values().find(|b| !b.has_landed());
                    if let Some(from) = first.map(|b| b.plan().number) {
                        let reason = "the operator wants it".to_owned();
                        let at = world.now();
                        let record = Record::Withdrawn { from, reason, at };
                        match world.disk.write(&record) {
                            Ok(()) => world.core.apply(record).unwrap(),
                            Err(error) => world.survive(&error),
                        }
                        world.follow();
                    }
                }
            }
            // Of each number one batch, and each follows the one before it.
            let flight: Vec<_> = world.core.flight().values().collect();
            for pair in flight.windows(2) {
                let gap = !pair[0].has_landed() || !pair[1].has_landed();
                if gap && !pair[0].has_landed() {
                    prop_assert_eq!(pair[0].next(), pair[1].prior());
                }
            }
        }
        world.drain();
        world.check();
    }
}

#[test]
fn a_batch_waits_until_it_is_full_or_late() {
    let mut world = World::new(Vec::new());
    let sealing = |world: &World| Sealing {
        carriage: crate::plan::Carriage {
            on: OnRow::Calldata,
            off: OffRow::Network,
        },
        salt: 0,
        at_once: false,
        now: world.now(),
    };
    let why = |world: &World| world.core.draft(&sealing(world)).unwrap().err();
    assert_eq!(why(&world), Some(NotSealed::Nothing));
    world.submit(1, true);
    assert_eq!(why(&world), Some(NotSealed::Early));
    world.clock += 5;
    assert_eq!(why(&world), None);
    world.clock -= 5;
    for _ in 0..7 {
        world.submit(2, false);
    }
    assert_eq!(why(&world), None);
    for _ in 0..3 {
        world.submit(3, false);
        assert!(world.seal(true));
    }
    world.submit(3, false);
    assert_eq!(why(&world), Some(NotSealed::Busy));
}

#[test]
fn operations_are_soft_until_l1_has_them() {
    let mut world = World::new(Vec::new());
    world.submit(1, true);
    let id = *world.accepted.first().unwrap();
    let stage = |world: &World| world.core.standing(&id).stage;
    assert_eq!(stage(&world), Stage::Pooled);
    assert!(stage(&world).is_soft());
    let signed = world.core.pool().get(&id).unwrap().signed.clone();
    world.seal(true);
    assert_eq!(stage(&world), Stage::Sequenced);
    let again = world.core.examine(signed, world.now());
    assert!(again.is_err());
    let soft = world.core.account(Tree::OffL1, index(1)).unwrap();
    assert_eq!(soft.soft.nonce(), Nonce::new(1));
    assert_eq!(soft.settled.unwrap().nonce(), Nonce::new(0));
    assert_eq!(
        soft.soft.balance(TokenId::ETH).get(),
        crate::fixture::HELD - 4
    );
    while world.work(0) {}
    assert_eq!(stage(&world), Stage::OnL1);
    assert!(!stage(&world).is_soft());
    world.model.reorg(1);
    world.follow();
    assert_eq!(stage(&world), Stage::Sequenced);
    // What was submitted is submitted again as it was.
    assert!(matches!(world.core.tasks()[..], [(_, Task::Submit)]));
    world.work(0);
    assert_eq!(stage(&world), Stage::OnL1);
    assert_eq!(world.paid.len(), 1);
    world.model.final_at = 1;
    world.follow();
    assert_eq!(stage(&world), Stage::Final);
    assert!(world.core.flight().is_empty());
}
