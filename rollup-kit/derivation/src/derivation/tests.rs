#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::cast_possible_truncation
)]

use crate::convert::{abi_roots, from_l1, withdrawal, word};
use crate::{
    BatchStatus, Derivation, Error, Fact, L1Block, Limits, Outcome, RowPlace, Store, Submission,
};
use ledger::keys::SigningKey;
use ledger::{
    AccountIndex, Address, Amount, Batch, BatchSize, Body, Draft, Fee, Fr, Operation, RollupDomain,
    State, TokenId, Tree,
};
use proptest::prelude::*;
use settlement::contracts::abi;
use settlement::exits::ExitTree;
use settlement::{B256, BatchNumber, L1Time, U256};
use std::collections::BTreeMap;
use std::sync::Arc;
use types::{BlobMeta, BlobMode, Commitment, Namespace, PayloadLength, Row};

const PEOPLE: u8 = 4;
const WEEK: u64 = 7 * 24 * 60 * 60;

fn rollup() -> settlement::Address {
    settlement::Address::repeat_byte(0xcc)
}

fn domain() -> RollupDomain {
    RollupDomain::of(31_337, Address::new([0xcc; 20]))
}

fn key(who: u8) -> SigningKey {
    SigningKey::from_seed(&[who; 32])
}

fn genesis() -> State {
    State::new(domain())
}

/// What the contracts and the operator do, kept whole after every number: the naive twin.
#[derive(Clone)]
struct World {
    time: u64,
    operations: [Vec<Option<abi::Operation>>; 2],
    /// State and what the contract remembers, by number.
    after: Vec<(State, abi::Batch)>,
    last_final: usize,
    era: u32,
    standing: BTreeMap<u32, usize>,
}

fn no_batch(roots: abi::Roots) -> abi::Batch {
    abi::Batch {
        roots,
        blob: B256::ZERO,
        certificate: B256::ZERO,
        withdrawals: ExitTree::new::<abi::Withdrawal>(&[]).root(),
        publicRows: U256::ZERO,
        operator: settlement::Address::ZERO,
        submittedAt: 0,
        rows: 0,
        openRows: 0,
        challengeUntil: 0,
        onHead: 0,
        offHead: 0,
        settings: 0,
        era: 0,
    }
}

impl World {
    fn new() -> (Self, Fact) {
        let batch = no_batch(abi_roots(&genesis().roots()));
        let world = Self {
            time: 1_000_000,
            operations: [Vec::new(), Vec::new()],
            after: vec![(genesis(), batch.clone())],
            last_final: 0,
            era: 0,
            standing: BTreeMap::new(),
        };
        let fact = Fact::Submitted {
            number: BatchNumber::new(0),
            batch: Box::new(batch),
            submission: Submission::Unreadable,
            transaction: B256::ZERO,
        };
        (world, fact)
    }

    fn newest(&self) -> (&State, &abi::Batch) {
        let (state, batch) = self.after.last().unwrap();
        (state, batch)
    }

    fn enqueue(&mut self, tree: Tree, who: u8, amount: u128, forced: bool) -> Fact {
        let authority = match forced {
            true => word(key(who).presented().authority().into()),
            false => U256::ZERO,
        };
        let operation = abi::Operation {
            kind: 1 + u8::from(forced),
            token: 0,
            amount,
            owner: settlement::Address::repeat_byte(who),
            account: word(key(who).account_key().into()),
            authority,
            enqueuedAt: self.time,
            deadline: self.time + WEEK,
        };
        let queue = &mut self.operations[usize::from(tree.number())];
        queue.push(Some(operation.clone()));
        Fact::Enqueued {
            tree,
            place: queue.len() as u64 - 1,
            operation,
        }
    }

    /// Takes back the oldest deposit that waits, if one does.
    fn cancel(&mut self, tree: Tree) -> Option<Fact> {
        let head = match tree {
            Tree::OnL1 => self.newest().1.onHead,
            Tree::OffL1 => self.newest().1.offHead,
        };
        let queue = &mut self.operations[usize::from(tree.number())];
        let mut waiting = queue.iter_mut().enumerate().skip(head as usize);
        let (place, operation) = waiting.find(|(_, o)| o.as_ref().is_some_and(|o| o.kind == 1))?;
        *operation = None;
        Some(Fact::Cancelled {
            tree,
            place: place as u64,
        })
    }

    /// A batch of what waits and some signed operations; its row off L1 by its commitment.
    fn batch(&mut self, seed: u64, network: &mut Network) -> Fact {
        let (before, prior) = self.newest();
        let (before, mut state) = (before.clone(), before.clone());
        let mut heads = [prior.onHead, prior.offHead];
        let size = BatchSize::new(16).unwrap();
        let mut batch = Batch::new(&mut state, size, Amount::new(1));
        for tree in Tree::BOTH {
            let place = usize::from(tree.number());
            let waiting = &self.operations[place][heads[place] as usize..];
            for operation in waiting.iter().take(1 + (seed % 5) as usize) {
                heads[place] += 1;
                if let Some(operation) = operation {
                    let operation = from_l1(tree, operation).unwrap().unwrap();
                    batch.apply(&Operation::FromL1(operation)).unwrap();
                }
            }
            if let Some(signed) = signed(&before, tree, seed) {
                // Who lacks the money sends nothing.
                let sent = batch.apply(&signed).is_ok();
                let collect = Operation::Collect {
                    tree,
                    token: TokenId::ETH,
                    to: AccountIndex::new(1).unwrap(),
                };
                if sent && batch.pot().waiting != 0 {
                    batch.apply(&collect).unwrap();
                }
            }
        }
        let finished = batch.finish().unwrap();
        let number = self.after.len() as u64;
        let mut state = before;
        let [on, off] = finished.rows();
        let traffic = finished.traffic();
        ledger::replay(&mut state, size, [&on, &off], &traffic, finished.next).unwrap();
        let meta = network.post(seed, number, off);
        let withdrawals: Vec<_> = traffic.withdrawals.iter().map(withdrawal).collect();
        let batch = abi::Batch {
            blob: B256::new(meta.id().to_bytes()),
            operator: rollup(),
            rows: 1,
            onHead: heads[0],
            offHead: heads[1],
            submittedAt: self.time,
            withdrawals: ExitTree::new(&withdrawals).root(),
            era: self.era,
            ..no_batch(abi_roots(&finished.next))
        };
        self.after.push((state, batch.clone()));
        Fact::Submitted {
            number: BatchNumber::new(number),
            batch: Box::new(batch),
            submission: Submission::Batch {
                rows: [
                    RowPlace::Calldata(on.into_iter().map(word).collect()),
                    RowPlace::Network { meta, row: 0 },
                ],
                withdrawals,
            },
            transaction: B256::with_last_byte(1),
        }
    }

    fn finalize(&mut self) -> Option<Fact> {
        if self.last_final + 1 >= self.after.len() {
            return None;
        }
        self.last_final += 1;
        Some(Fact::Final(BatchNumber::new(self.last_final as u64)))
    }

    fn fall_back(&mut self) -> Option<Fact> {
        let number = self.after.len();
        if self.last_final + 1 >= number {
            return None;
        }
        let (last, last_batch) = self.newest();
        let (firm, firm_batch) = &self.after[self.last_final];
        let state = State::with_trees(
            domain(),
            last.tree(Tree::OnL1).clone(),
            firm.tree(Tree::OffL1).clone(),
        );
        let batch = abi::Batch {
            onHead: last_batch.onHead,
            offHead: firm_batch.offHead,
            era: self.era + 1,
            ..no_batch(abi_roots(&state.roots()))
        };
        let to = self.last_final;
        self.standing.insert(self.era, to);
        self.era += 1;
        self.after.push((state, batch.clone()));
        self.last_final = number;
        Some(Fact::FellBack {
            to: BatchNumber::new(to as u64),
            number: BatchNumber::new(number as u64),
            batch: Box::new(batch),
            transaction: B256::with_last_byte(2),
        })
    }
}

/// Something that a person signs, if it has an account.
fn signed(state: &State, tree: Tree, seed: u64) -> Option<Operation> {
    let who = 1 + (seed / 5 % u64::from(PEOPLE)) as u8;
    let owner = Address::new([who; 20]);
    let from = state.tree(tree).find(key(who).account_key(), owner)?;
    let amount = Amount::new(1 + u128::from(seed % 11));
    let body = match seed % 3 {
        0 => Body::Withdraw {
            recipient: owner,
            amount,
        },
        _ => Body::Transfer {
            to: AccountIndex::new(1).unwrap(),
            amount,
        },
    };
    let draft = Draft {
        tree,
        from,
        token: TokenId::ETH,
        fee: Fee::new(seed % 2),
        nonce: state.tree(tree).account(from)?.nonce(),
        body,
    };
    let signed = draft.sign(domain(), owner, &key(who));
    Some(Operation::Signed(Box::new(signed)))
}

/// Rows by their commitments.
#[derive(Default)]
struct Network(BTreeMap<[u8; 48], Vec<Fr>>);

impl Network {
    fn post(&mut self, seed: u64, number: u64, row: Vec<Fr>) -> Arc<BlobMeta> {
        let mut bytes = [0x80; 48];
        bytes[..8].copy_from_slice(&seed.to_be_bytes());
        bytes[8..16].copy_from_slice(&number.to_be_bytes());
        self.0.insert(bytes, row);
        let namespace = Namespace::new([1; 29]).unwrap();
        let length = PayloadLength::new(BlobMode::Raw, Row::BYTES as u64).unwrap();
        let meta = BlobMeta::new(namespace, length, vec![Commitment::new(bytes)]);
        Arc::new(meta.unwrap())
    }

    /// Gives the derivation what it wants, at most so many rows.
    fn serve(&self, derivation: &mut Derivation, most: usize) {
        for _ in 0..most {
            let Some(request) = derivation.wanted(1).pop() else {
                return;
            };
            let row = self.0[request.place.commitment().unwrap().as_bytes()].clone();
            derivation
                .supply(request.number, request.tree, row)
                .unwrap();
        }
    }
}

/// L1: blocks with their facts, and the world after each.
struct Chain {
    blocks: Vec<(L1Block, Vec<Fact>, World)>,
    fork: u64,
}

impl Chain {
    fn new() -> Self {
        let (world, begin) = World::new();
        let base = block(0, 0, B256::ZERO, world.time);
        let mut chain = Self {
            blocks: vec![(base, Vec::new(), world.clone())],
            fork: 0,
        };
        chain.push(world, vec![begin]);
        chain
    }

    fn push(&mut self, mut world: World, facts: Vec<Fact>) {
        let (last, _, _) = self.blocks.last().unwrap();
        world.time += 12;
        let block = block(last.number + 1, self.fork, last.hash, world.time);
        self.blocks.push((block, facts, world));
    }

    fn world(&self) -> World {
        self.blocks.last().unwrap().2.clone()
    }

    /// Does what a number says, in the next block.
    fn act(&mut self, action: u64, network: &mut Network) {
        let mut world = self.world();
        let seed = action / 16;
        let tree = Tree::BOTH[(seed % 2) as usize];
        let who = 1 + (seed / 2 % u64::from(PEOPLE)) as u8;
        let facts = match action % 16 {
            0..=3 => vec![world.enqueue(tree, who, 5 + u128::from(seed % 50), false)],
            4 => vec![world.enqueue(tree, who, u128::from(seed % 30), true)],
            5 => world.cancel(tree).into_iter().collect(),
            6..=11 => {
                // Each fork has blobs of its own.
                let seed = seed + 1000 * self.fork;
                vec![world.batch(seed, network)]
            }
            12 | 13 => world.finalize().into_iter().collect(),
            14 => world.fall_back().into_iter().collect(),
            _ => Vec::new(),
        };
        self.push(world, facts);
    }

    /// Takes back so many blocks, all but the first two.
    fn reorganise(&mut self, depth: usize) {
        let kept = self.blocks.len().saturating_sub(depth).max(2);
        self.blocks.truncate(kept);
        self.fork += 1;
    }

    /// As the driver does it: back to the last common block, then on.
    fn follow(&self, derivation: &mut Derivation) {
        let known: Vec<L1Block> = derivation.known().collect();
        let common = known.iter().find(|known| {
            self.blocks
                .iter()
                .any(|(block, _, _)| block.hash == known.hash)
        });
        let common = common.expect("not deeper than is remembered").number;
        if common != derivation.tip().number {
            assert_eq!(derivation.rewind(common).unwrap(), common);
        }
        for (block, facts, _) in &self.blocks[common as usize + 1..] {
            derivation.apply(*block, facts.clone()).unwrap();
        }
    }

    fn derived(&self) -> Derivation {
        let (base, _, _) = &self.blocks[0];
        Derivation::new(genesis(), *base, limits())
    }
}

fn block(number: u64, fork: u64, parent: B256, time: u64) -> L1Block {
    let mut hash = [0; 32];
    hash[..8].copy_from_slice(&fork.to_be_bytes());
    hash[8..16].copy_from_slice(&number.to_be_bytes());
    hash[16..].copy_from_slice(&parent[..16]);
    L1Block {
        number,
        hash: settlement::contracts::versioned_hash(&Commitment::new({
            let mut bytes = [0; 48];
            bytes[..32].copy_from_slice(&hash);
            bytes
        })),
        parent,
        time: L1Time::new(time),
    }
}

fn limits() -> Limits {
    Limits { depth: 12 }
}

fn same_state(a: &State, b: &State) -> bool {
    let accounts = |tree| a.tree(tree).accounts().eq(b.tree(tree).accounts());
    a.roots() == b.roots() && Tree::BOTH.into_iter().all(accounts)
}

/// Whether a derivation that has all rows is what the twin is.
fn is_as(derivation: &Derivation, world: &World) {
    let (state, batch) = world.newest();
    assert!(same_state(derivation.state(), state));
    let history = derivation.history();
    assert_eq!(history.newest().get() as usize, world.after.len() - 1);
    assert_eq!(history.last_final().get() as usize, world.last_final);
    for tree in Tree::BOTH {
        assert!(derivation.standing(tree).is_current);
        assert_eq!(derivation.standing(tree).after, history.newest());
        let head = match tree {
            Tree::OnL1 => batch.onHead,
            Tree::OffL1 => batch.offHead,
        };
        let expected = &world.operations[usize::from(tree.number())][head as usize..];
        let got = history.next(tree, usize::MAX).unwrap();
        assert_eq!(got.len(), expected.len());
        for (queued, expected) in got.iter().zip(expected) {
            let expected = expected.as_ref();
            let is_same = expected.is_none_or(|expected| *expected == queued.on_l1);
            assert!(is_same && expected.is_some() == queued.operation.is_some());
        }
    }
    for (number, (_, batch)) in world.after.iter().enumerate() {
        let standing = world.standing.get(&batch.era);
        let expected = if standing.is_some_and(|standing| number > *standing) {
            BatchStatus::Void
        } else if number <= world.last_final {
            BatchStatus::Final
        } else {
            BatchStatus::Submitted
        };
        assert_eq!(
            history.status(BatchNumber::new(number as u64)),
            Some(expected)
        );
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(20))]

    /// Rows come late, L1 takes blocks back, trees fall back: whoever followed all of it stands
    /// where one stands who reads the last chain alone.
    #[test]
    fn following_is_deriving_anew(
        actions in proptest::collection::vec((0u64..16_000, 0usize..40, 0usize..3), 1..60),
    ) {
        let mut network = Network::default();
        let mut chain = Chain::new();
        let mut follower = chain.derived();
        for (action, reorganise, rows) in actions {
            chain.act(action, &mut network);
            if reorganise >= 35 {
                chain.reorganise(reorganise - 32);
                chain.push(chain.world(), Vec::new());
            }
            chain.follow(&mut follower);
            network.serve(&mut follower, rows);
            // The tree on L1 waits for nobody.
            prop_assert!(follower.standing(Tree::OnL1).is_current);
        }
        network.serve(&mut follower, usize::MAX);
        is_as(&follower, &chain.world());
        let mut anew = chain.derived();
        chain.follow(&mut anew);
        network.serve(&mut anew, usize::MAX);
        is_as(&anew, &chain.world());

        // On disk and back, and everything goes on as before.
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path()).unwrap();
        store.save(owner(), &follower).unwrap();
        let mut read = store.load(owner(), limits()).unwrap().unwrap();
        is_as(&read, &chain.world());
        chain.act(6 + 16 * 77, &mut network);
        for derivation in [&mut read, &mut follower] {
            chain.follow(derivation);
            network.serve(derivation, usize::MAX);
            is_as(derivation, &chain.world());
        }
    }
}

fn owner() -> crate::store::Owner {
    crate::store::Owner {
        l1_chain: 31_337,
        rollup: rollup(),
    }
}

/// A chain with deposits of everybody in both trees, and a batch of them.
fn funded(network: &mut Network) -> Chain {
    let mut chain = Chain::new();
    let mut world = chain.world();
    let mut facts = Vec::new();
    for who in 1..=PEOPLE {
        for tree in Tree::BOTH {
            facts.push(world.enqueue(tree, who, 1000, false));
        }
    }
    facts.push(world.batch(4, network));
    chain.push(world, facts);
    chain
}

#[test]
fn a_fallback_queues_again() {
    let mut network = Network::default();
    let mut chain = funded(&mut network);
    let mut world = chain.world();
    let facts = vec![
        world.finalize().unwrap(),
        world.enqueue(Tree::OffL1, 1, 7, false),
        world.enqueue(Tree::OnL1, 1, 7, false),
        world.batch(3, &mut network),
    ];
    chain.push(world, facts);
    let mut world = chain.world();
    world.time += 9 * WEEK;
    let facts = vec![world.fall_back().unwrap()];
    chain.push(world, facts);
    let mut derivation = chain.derived();
    chain.follow(&mut derivation);
    // The row that was reverted is asked of nobody.
    let wanted = derivation.wanted(9);
    assert_eq!(wanted.len(), 1);
    assert_eq!(wanted[0].number, BatchNumber::new(1));
    network.serve(&mut derivation, 9);
    is_as(&derivation, &chain.world());
    let history = derivation.history();
    let again = history.next(Tree::OffL1, 9).unwrap();
    assert_eq!(again.len(), 1);
    assert_eq!(again[0].place, 4);
    assert_eq!(again[0].operation.unwrap().amount, Amount::new(7));
    // With its time anew.
    let fell_at = derivation.tip().time.get();
    assert_eq!(again[0].deadline, fell_at + WEEK);
    assert_eq!(history.oldest_deadline(Tree::OffL1), Some(fell_at + WEEK));
    assert_eq!(history.oldest_deadline(Tree::OnL1), None);
    assert!(history.next(Tree::OnL1, 9).unwrap().is_empty());
}

#[test]
fn a_malformed_row_is_skipped_by_its_tree_alone() {
    let mut network = Network::default();
    let chain = funded(&mut network);
    for row in network.0.values_mut() {
        row[0] += Fr::from(1u64 << 60);
    }
    let mut derivation = chain.derived();
    chain.follow(&mut derivation);
    let request = derivation.wanted(1).pop().unwrap();
    assert_eq!(request.tree, Tree::OffL1);
    let row = network.0[request.place.commitment().unwrap().as_bytes()].clone();
    let applied = derivation
        .supply(request.number, request.tree, row)
        .unwrap();
    assert_eq!(applied.len(), 1);
    assert!(matches!(applied[0].outcome, Outcome::Skipped(_)));
    assert!(derivation.standing(Tree::OnL1).is_current);
    assert!(!derivation.standing(Tree::OffL1).is_current);
    assert_eq!(derivation.standing(Tree::OffL1).waits_for, None);
    assert_eq!(derivation.state().tree(Tree::OffL1).accounts().count(), 0);
    // Nobody asked twice.
    let again = derivation.supply(request.number, request.tree, Vec::new());
    assert!(matches!(again, Err(Error::NotAsked { .. })));
}

#[test]
fn a_checkpoints_state_is_taken_for_what_it_is() {
    let mut network = Network::default();
    let mut chain = funded(&mut network);
    for action in [0, 6, 12, 12, 6] {
        chain.act(action + 16 * 8, &mut network);
    }
    let mut derivation = chain.derived();
    chain.follow(&mut derivation);
    let (state, _) = &chain.world().after[2];
    let number = BatchNumber::new(2);
    let other = derivation.adopt(number, genesis());
    assert!(matches!(other, Err(Error::OtherState { .. })));
    derivation.adopt(number, state.clone()).unwrap();
    network.serve(&mut derivation, 1);
    is_as(&derivation, &chain.world());
}

#[test]
fn facts_that_the_contracts_never_say_are_refused() {
    let mut network = Network::default();
    let chain = funded(&mut network);
    let mut derivation = chain.derived();
    chain.follow(&mut derivation);
    let (last, _, world) = chain.blocks.last().unwrap();
    let next = block(last.number + 1, 0, last.hash, world.time);
    let mut refused = |facts: Vec<Fact>| {
        let before = derivation.history().clone();
        let result = derivation.apply(next, facts);
        assert!(
            matches!(result, Err(Error::Contradiction { .. })),
            "{result:?}"
        );
        assert_eq!(*derivation.history(), before);
    };
    let number = BatchNumber::new;
    refused(vec![Fact::Final(number(2))]);
    refused(vec![Fact::Final(number(1)), Fact::Final(number(1))]);
    let tree = Tree::OnL1;
    refused(vec![Fact::Cancelled { tree, place: 99 }]);
    refused(vec![
        Fact::Cancelled { tree, place: 0 },
        Fact::Cancelled { tree, place: 0 },
    ]);
    let mut other = world.clone();
    let Fact::Enqueued { operation, .. } = other.enqueue(tree, 1, 5, false) else {
        panic!()
    };
    let place = 3;
    refused(vec![Fact::Enqueued {
        tree,
        place,
        operation: operation.clone(),
    }]);
    let wide = abi::Operation {
        account: U256::MAX,
        ..operation.clone()
    };
    refused(vec![Fact::Enqueued {
        tree,
        place: 4,
        operation: wide,
    }]);
    let unknown = abi::Operation {
        kind: 7,
        ..operation
    };
    refused(vec![Fact::Enqueued {
        tree,
        place: 4,
        operation: unknown,
    }]);
    let mut ahead = world.clone();
    ahead.enqueue(tree, 1, 5, false);
    refused(vec![ahead.batch(0, &mut network)]);
    let mut twice = world.clone();
    twice.after.push(twice.after[1].clone());
    refused(vec![twice.batch(0, &mut network)]);
    let mut early = world.clone();
    early.last_final = 0;
    let Some(Fact::FellBack {
        batch, transaction, ..
    }) = early.fall_back()
    else {
        panic!()
    };
    refused(vec![Fact::FellBack {
        to: number(1),
        number: number(2),
        batch: batch.clone(),
        transaction,
    }]);
    let wrong = Box::new(abi::Batch {
        offHead: 3,
        ..*batch
    });
    refused(vec![Fact::FellBack {
        to: number(0),
        number: number(2),
        batch: wrong,
        transaction,
    }]);
    // Blocks out of order, or of another chain.
    let orphan = L1Block {
        parent: B256::ZERO,
        ..next
    };
    assert!(derivation.apply(orphan, Vec::new()).is_err());
    assert!(derivation.apply(*last, Vec::new()).is_err());
    derivation.apply(next, Vec::new()).unwrap();
}

#[test]
fn a_rollup_that_began_otherwise_is_not_derived() {
    let mut network = Network::default();
    let chain = funded(&mut network);
    let other = State::new(RollupDomain::of(1, Address::ZERO));
    let mut derivation = Derivation::new(other, chain.blocks[0].0, limits());
    let (begins, facts, _) = &chain.blocks[1];
    let refused = derivation.apply(*begins, facts.clone());
    assert!(matches!(refused, Err(Error::OtherGenesis { .. })));
}

#[test]
fn what_is_too_deep_is_said() {
    let mut network = Network::default();
    let mut chain = funded(&mut network);
    let mut derivation = chain.derived();
    for _ in 0..40 {
        chain.push(chain.world(), Vec::new());
    }
    chain.follow(&mut derivation);
    let tip = derivation.tip();
    let refused = derivation.rewind(3);
    assert!(matches!(refused, Err(Error::TooDeep { .. })));
    assert_eq!(derivation.tip(), tip);
    derivation.rewind(tip.number - 12).unwrap();
}

#[test]
fn a_damaged_snapshot_is_none() {
    let mut network = Network::default();
    let chain = funded(&mut network);
    let mut derivation = chain.derived();
    chain.follow(&mut derivation);
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path()).unwrap();
    assert!(store.load(owner(), limits()).unwrap().is_none());
    store.save(owner(), &derivation).unwrap();
    let whole = std::fs::read(store.file()).unwrap();
    let loaded = || store.load(owner(), limits()).map(|found| found.is_some());
    assert!(loaded().unwrap());
    for at in [0, 8, 40, 41, whole.len() / 2, whole.len() - 1] {
        let mut damaged = whole.clone();
        damaged[at] ^= 1;
        std::fs::write(store.file(), damaged).unwrap();
        assert!(matches!(loaded(), Err(Error::Snapshot { .. })), "byte {at}");
    }
    for length in [0, 7, 39, 40, whole.len() - 1] {
        std::fs::write(store.file(), &whole[..length]).unwrap();
        assert!(
            matches!(loaded(), Err(Error::Snapshot { .. })),
            "{length} bytes"
        );
    }
    std::fs::write(store.file(), &whole).unwrap();
    let other = crate::store::Owner {
        l1_chain: 1,
        ..owner()
    };
    let refused = store.load(other, limits());
    assert!(matches!(refused, Err(Error::Snapshot { .. })));
}
