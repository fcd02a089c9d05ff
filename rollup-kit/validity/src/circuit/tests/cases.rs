//! One batch for each operation, and that they hold.

use crate::{BatchCircuit, BatchNumber, OnL1Part, Queued, Statement, Terms};
use ark_relations::gr1cs::{ConstraintSynthesizer, ConstraintSystem, ConstraintSystemRef};
use ledger::keys::SigningKey;
use ledger::{
    AccountIndex, Address, Amount, Batch, BatchSize, Body, Draft, Fee, FinishedBatch, Fr, FromL1,
    Nonce, Operation, RollupDomain, State, TokenId, Tree,
};
use types::Commitment;

pub(super) fn key(who: u8) -> SigningKey {
    SigningKey::from_seed(&[who; 32])
}

pub(super) fn address(who: u8) -> Address {
    Address::new([who; 20])
}

pub(super) fn index(place: u64) -> AccountIndex {
    AccountIndex::new(place).unwrap()
}

pub(super) fn rollup() -> RollupDomain {
    RollupDomain::of(31_337, address(0xcc))
}

pub(super) fn deposit(tree: Tree, who: u8, amount: u128) -> FromL1 {
    FromL1 {
        tree,
        token: TokenId::new(5).unwrap(),
        amount: Amount::new(amount),
        owner: address(who),
        account: key(who).account_key(),
        authority: None,
    }
}

pub(super) fn forced(tree: Tree, who: u8, amount: u128) -> FromL1 {
    FromL1 {
        authority: Some(key(who).presented().authority()),
        ..deposit(tree, who, amount)
    }
}

pub(super) fn signed(tree: Tree, who: u8, fee: u64, body: Body) -> Operation {
    let draft = Draft {
        tree,
        from: index(who.into()),
        token: TokenId::new(5).unwrap(),
        fee: Fee::new(fee),
        nonce: Nonce::new(0),
        body,
    };
    Operation::Signed(Box::new(draft.sign(rollup(), address(who), &key(who))))
}

pub(super) fn transfer(to: u64, amount: u128) -> Body {
    Body::Transfer {
        to: index(to),
        amount: Amount::new(amount),
    }
}

/// Persons 1, 2 and 3 in places 1, 2 and 3 of both trees, with 1000 each.
pub(super) fn funded() -> State {
    let mut state = State::new(rollup());
    let mut batch = Batch::new(&mut state, BatchSize::EIGHT, Amount::new(1));
    for tree in Tree::BOTH {
        for who in 1..=3 {
            let operation = Operation::FromL1(deposit(tree, who, 1000));
            batch.apply(&operation).unwrap();
        }
    }
    batch.finish().unwrap();
    state
}

pub(super) fn batch_of(operations: &[Operation]) -> FinishedBatch {
    let mut state = funded();
    let size = BatchSize::new(operations.len()).unwrap();
    let mut batch = Batch::new(&mut state, size, Amount::new(1));
    for operation in operations {
        batch.apply(operation).unwrap();
    }
    batch.finish().unwrap()
}

/// Every operation but collections, by name.
fn singles(tree: Tree) -> Vec<(&'static str, Operation)> {
    let amount = Amount::new(70);
    let stranger = FromL1 {
        authority: Some(key(3).presented().authority()),
        ..forced(tree, 2, 70)
    };
    vec![
        ("deposit", Operation::FromL1(deposit(tree, 2, 70))),
        ("opening deposit", Operation::FromL1(deposit(tree, 4, 70))),
        ("forced", Operation::FromL1(forced(tree, 2, 70))),
        ("refused, absent", Operation::FromL1(forced(tree, 9, 70))),
        ("refused, wrong", Operation::FromL1(stranger)),
        ("refused, lacking", Operation::FromL1(forced(tree, 2, 1001))),
        ("transfer", signed(tree, 1, 0, transfer(2, 70))),
        ("transfer to oneself", signed(tree, 1, 0, transfer(1, 70))),
        (
            "withdraw",
            signed(
                tree,
                1,
                0,
                Body::Withdraw {
                    recipient: address(7),
                    amount,
                },
            ),
        ),
        (
            "move",
            signed(
                tree,
                1,
                0,
                Body::Move {
                    owner: address(7),
                    account: key(7).account_key(),
                    amount,
                },
            ),
        ),
        (
            "change of key",
            signed(
                tree,
                1,
                0,
                Body::ChangeKey {
                    key: key(7).account_key(),
                },
            ),
        ),
    ]
}

/// A fee, and its collection.
fn fees(tree: Tree) -> [Operation; 2] {
    let collect = Operation::Collect {
        tree,
        token: TokenId::new(5).unwrap(),
        to: index(3),
    };
    [signed(tree, 1, 9, transfer(2, 70)), collect]
}

/// Batches of two, so that every operation stands in both places.
pub(super) fn in_both_places() -> Vec<FinishedBatch> {
    let two = |operations: &[Operation]| {
        let mut state = funded();
        let mut batch = Batch::new(&mut state, BatchSize::new(2).unwrap(), Amount::new(1));
        for operation in operations {
            batch.apply(operation).unwrap();
        }
        batch.finish().unwrap()
    };
    let mut batches = vec![two(&[])];
    for tree in Tree::BOTH {
        let before = Operation::FromL1(forced(tree, 9, 70));
        batches.push(two(&fees(tree)));
        batches.push(two(&[fees(tree)[1].clone()]));
        for (_, operation) in singles(tree) {
            batches.push(two(std::slice::from_ref(&operation)));
            batches.push(two(&[before.clone(), operation]));
        }
    }
    batches
}

/// Every operation, by name; each as a batch of its own.
pub(super) fn every(tree: Tree) -> Vec<(&'static str, FinishedBatch)> {
    let mut batches: Vec<_> = singles(tree)
        .into_iter()
        .map(|(name, operation)| (name, batch_of(&[operation])))
        .collect();
    batches.push(("fee and collection", batch_of(&fees(tree))));
    batches
}

pub(super) fn terms(batch: &FinishedBatch) -> Terms {
    let traffic = batch.traffic();
    let queued = |operations: &[FromL1]| {
        let waiting = operations.iter().map(|operation| Queued::Waiting {
            operation: *operation,
            enqueued_at: 1_700_000_000,
            deadline: 1_700_604_800,
        });
        // A place that was cancelled is consumed besides.
        waiting.chain([Queued::Cancelled]).collect()
    };
    Terms {
        chain_id: 31_337,
        contract: address(0xcc),
        number: BatchNumber::new(7),
        on_queue: queued(&traffic.on_l1),
        off_queue: queued(&traffic.off_l1),
        on_row: OnL1Part::Calldata,
        off_row: Some(Commitment::new([0xc0; 48])),
    }
}

pub(super) fn circuit(batch: &FinishedBatch) -> BatchCircuit {
    let statement = Statement::new(batch, &terms(batch)).unwrap();
    BatchCircuit::new(batch, &statement)
}

pub(super) fn synthesised(circuit: impl ConstraintSynthesizer<Fr>) -> ConstraintSystemRef<Fr> {
    let cs = ConstraintSystem::new_ref();
    circuit.generate_constraints(cs.clone()).unwrap();
    cs.finalize();
    cs
}

pub(super) fn holds(circuit: impl ConstraintSynthesizer<Fr>) -> bool {
    let cs = synthesised(circuit);
    let matrices = super::mutate::Matrices::of(&cs);
    matrices.broken().is_none()
}

#[test]
fn every_operation_holds() {
    for tree in Tree::BOTH {
        for (name, batch) in every(tree) {
            assert!(holds(circuit(&batch)), "{name} {tree}");
        }
    }
}

#[test]
fn an_empty_batch_holds() {
    let mut state = funded();
    let batch = Batch::new(&mut state, BatchSize::new(1).unwrap(), Amount::new(1));
    assert!(holds(circuit(&batch.finish().unwrap())));
}

#[test]
fn a_batch_of_both_trees_holds_without_a_da_row_where_nothing_is_in_it() {
    let batch = batch_of(&[signed(Tree::OnL1, 1, 0, transfer(2, 70))]);
    let mut terms = terms(&batch);
    terms.off_row = None;
    let statement = Statement::new(&batch, &terms).unwrap();
    assert_eq!(statement.on_l1().len(), 9);
    assert!(holds(BatchCircuit::new(&batch, &statement)));
    let batch = batch_of(&[signed(Tree::OffL1, 1, 0, transfer(2, 70))]);
    assert!(Statement::new(&batch, &terms).is_err());
}
