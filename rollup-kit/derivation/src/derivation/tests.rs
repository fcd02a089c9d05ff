#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::cast_possible_truncation
)]

mod twin;

use super::{Derivation, Limits};
use crate::{BatchStatus, Error, Fact, L1Block, Outcome, Store};
use ledger::{Address, Amount, Fr, RollupDomain, State, Tree};
use proptest::prelude::*;
use settlement::contracts::abi;
use settlement::{B256, BatchNumber, U256};
use twin::{Chain, Network, PEOPLE, WEEK, World, block, genesis, limits, rollup};

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
        let mut read = store.load(owner(), limits(), None).unwrap().unwrap();
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
    assert!(store.load(owner(), limits(), None).unwrap().is_none());
    store.save(owner(), &derivation).unwrap();
    let whole = std::fs::read(store.file()).unwrap();
    let loaded = || {
        store
            .load(owner(), limits(), None)
            .map(|found| found.is_some())
    };
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
    let refused = store.load(other, limits(), None);
    assert!(matches!(refused, Err(Error::Snapshot { .. })));
}

#[test]
fn without_trees_nothing_is_asked_for() {
    let mut network = Network::default();
    let mut chain = funded(&mut network);
    for action in [0, 6, 12, 6, 14, 6, 4] {
        chain.act(action + 16 * 8, &mut network);
    }
    let (base, _, _) = &chain.blocks[0];
    let only = Limits {
        roots_only: true,
        ..limits()
    };
    let mut light = Derivation::new(genesis(), *base, only);
    chain.follow(&mut light);
    assert!(light.wanted(9).is_empty());
    let mut whole = chain.derived();
    chain.follow(&mut whole);
    assert_eq!(light.history().roots(), whole.history().roots());
    let queue = |derivation: &Derivation| derivation.history().next(Tree::OffL1, 9).unwrap();
    assert_eq!(queue(&light), queue(&whole));
    assert_eq!(light.state().tree(Tree::OnL1).accounts().count(), 0);
}

/// Rules by which the signer counts in its own register.
#[derive(Debug)]
struct Counting;

impl ledger::Rules for Counting {
    fn name(&self) -> &'static str {
        "counting"
    }

    fn apply(&self, call: &ledger::Call) -> Result<ledger::Holdings, ledger::Refused> {
        let [amount] = call.fields([64])?;
        let amount = Amount::new(call.held.from.get() + amount);
        Ok(ledger::Holdings {
            from: amount,
            to: amount,
        })
    }
}

#[test]
fn everybody_with_the_rules_derives_the_same() {
    let opened = || {
        let mut state = genesis();
        let mut batch = ledger::Batch::new(&mut state, ledger::BatchSize::EIGHT, Amount::new(1));
        let deposit = ledger::FromL1 {
            tree: Tree::OffL1,
            token: ledger::TokenId::ETH,
            amount: Amount::new(7),
            owner: Address::new([1; 20]),
            account: twin::key(1).account_key(),
            authority: None,
        };
        let deposit = ledger::Operation::FromL1(deposit);
        batch.apply(&deposit).unwrap();
        batch.finish().unwrap();
        state
    };
    let ruled = || opened().with_rules(Some(&Counting));
    let me = ledger::AccountIndex::new(1).unwrap();
    let draft = ledger::Draft {
        tree: Tree::OffL1,
        from: me,
        token: ledger::Register::default().token(),
        fee: ledger::Fee::new(0),
        nonce: ledger::Nonce::new(0),
        body: ledger::Body::Call {
            to: me,
            payload: Fr::from(5u64),
        },
    };
    let signed = draft.sign(twin::domain(), Address::new([1; 20]), &twin::key(1));
    let mut operator = ruled();
    let mut batch = ledger::Batch::new(&mut operator, ledger::BatchSize::EIGHT, Amount::new(1));
    let signed = ledger::Operation::Signed(Box::new(signed));
    batch.apply(&signed).unwrap();
    let batch = batch.finish().unwrap();
    let [_, row] = batch.rows();
    let replayed = |mut state: State| {
        crate::replay_tree(&mut state, Tree::OffL1, &row, &[], batch.next.off_l1).map(|_| state)
    };
    let follower = replayed(ruled()).unwrap();
    assert!(same_state(&follower, &operator));
    assert_eq!(replayed(opened()).unwrap_err(), ledger::Error::NoRules);

    // What is escaped with is money alone, and a snapshot goes on by the rules that it is given.
    let money = crate::exits::holdings(&opened(), Tree::OffL1);
    assert_eq!(crate::exits::holdings(&follower, Tree::OffL1), money);
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path()).unwrap();
    let derivation = Derivation::new(follower, block(0, 0, B256::ZERO, 0), limits());
    store.save(owner(), &derivation).unwrap();
    let loaded = store
        .load(owner(), limits(), Some(&Counting))
        .unwrap()
        .unwrap();
    assert!(same_state(loaded.state(), &operator));
    assert!(loaded.state().rules().is_some());
}
