//! `replay`: the same state out of rows and L1's queue, or none.

use crate::common::*;
use ark_ff::{AdditiveGroup, Field};
use ledger::{
    Amount, Batch, BatchSize, Body, Error, Fee, FinishedBatch, Fr, Operation, State, Tree, replay,
};

/// A batch with every kind of operation in both trees.
fn everything(state: &mut State) -> FinishedBatch {
    let size = BatchSize::new(20).unwrap();
    let mut batch = Batch::new(state, size, Amount::new(1));
    for tree in Tree::BOTH {
        let amount = Amount::new(20);
        let mut paying = draft(tree, 1, 0, transfer(2, 100));
        paying.fee = Fee::new(3);
        let operations = [
            sign(paying, 1),
            Operation::FromL1(deposit(tree, 4, 0, 50)),
            Operation::FromL1(forced(tree, 4, 0, 20)),
            Operation::FromL1(forced(tree, 9, 0, 20)),
            sign(
                draft(
                    tree,
                    2,
                    0,
                    Body::Withdraw {
                        recipient: address(2),
                        amount,
                    },
                ),
                2,
            ),
            sign(
                draft(
                    tree,
                    2,
                    1,
                    Body::Move {
                        owner: address(2),
                        account: key(2).account_key(),
                        amount,
                    },
                ),
                2,
            ),
            sign(
                draft(
                    tree,
                    3,
                    0,
                    Body::ChangeKey {
                        key: key(8).account_key(),
                    },
                ),
                3,
            ),
            Operation::FromL1(deposit(tree, 1, 5, 60)),
            Operation::Collect {
                tree,
                token: token(0),
                to: index(3),
            },
        ];
        for operation in &operations {
            batch.apply(operation).unwrap();
        }
    }
    batch.finish().unwrap()
}

#[test]
fn data_alone_gives_the_state() {
    let mut state = funded();
    let batch = everything(&mut state);
    assert_eq!(batch.next, state.roots());
    let [on_l1, off_l1] = batch.rows();
    let mut follower = funded();
    let rows = [&on_l1[..], &off_l1[..]];
    replay(
        &mut follower,
        batch.size,
        rows,
        &batch.traffic(),
        batch.next,
    )
    .unwrap();
    assert_eq!(follower.roots(), state.roots());
    for tree in Tree::BOTH {
        assert!(
            follower
                .tree(tree)
                .accounts()
                .eq(state.tree(tree).accounts())
        );
    }
}

#[test]
fn every_changed_element_is_noticed() {
    let mut state = funded();
    let batch = everything(&mut state);
    let rows = batch.rows();
    for (row, element) in (0..2).flat_map(|row| (0..rows[row].len()).map(move |e| (row, e))) {
        let mut changed = rows.clone();
        changed[row][element] += Fr::ONE;
        let mut follower = funded();
        let [on_l1, off_l1] = &changed;
        let skipped = replay(
            &mut follower,
            batch.size,
            [on_l1, off_l1],
            &batch.traffic(),
            batch.next,
        );
        assert!(skipped.is_err(), "row {row}, element {element}");
        assert_eq!(follower.roots(), batch.prior);
    }
}

#[test]
fn malformed_rows_are_skipped() {
    let size = BatchSize::EIGHT;
    let empty = vec![Fr::ZERO; 16];
    let roots = funded().roots();
    let replayed = |row: &[Fr]| {
        let rows = [row, &empty[..]];
        replay(&mut funded(), size, rows, &Default::default(), roots)
    };
    assert_eq!(replayed(&empty), Ok(()));
    let malformed = |result| matches!(result, Err(Error::MalformedElement { .. }));
    let with = |element: usize, value: Fr| {
        let mut row = vec![Fr::ZERO; 4096];
        row[element] = value;
        row
    };
    assert!(malformed(replayed(&with(16, Fr::ONE))));
    assert!(malformed(replayed(&with(4095, Fr::ONE))));
    assert!(malformed(replayed(&with(1, Fr::ONE))));
    assert!(malformed(replayed(&with(0, Fr::from(9u64)))));
    // A call, where there are no rules.
    let call = replayed(&with(0, Fr::from(8u64)));
    assert!(call.is_err() && !malformed(call));
    assert!(malformed(replayed(&with(0, Fr::from(4u64 + (2 << 8))))));
    assert!(malformed(replayed(&with(0, Fr::from(4u64 + (1 << 8))))));
    assert!(malformed(replayed(&with(0, Fr::from(4u64 + (256 << 16))))));
    assert!(malformed(replayed(&with(0, Fr::from(4u64 + (1 << 56))))));
    assert!(malformed(replayed(&with(0, -Fr::ONE))));
    assert!(malformed(replayed(&[Fr::from(4u64)])));
    let mut wide = with(0, Fr::from(4u64));
    wide[1] = -Fr::ONE;
    assert!(malformed(replayed(&wide)));
}

#[test]
fn queues_must_match() {
    let mut state = funded();
    let batch = everything(&mut state);
    let [on_l1, off_l1] = batch.rows();
    let rows = [&on_l1[..], &off_l1[..]];
    let replayed =
        |traffic| replay(&mut funded(), batch.size, rows, &traffic, batch.next).unwrap_err();
    let mut short = batch.traffic();
    short.on_l1.pop();
    assert!(matches!(replayed(short), Error::NotQueued { .. }));
    let mut long = batch.traffic();
    long.off_l1.push(deposit(Tree::OffL1, 1, 0, 5));
    assert!(matches!(replayed(long), Error::QueueMismatch { .. }));
    let mut swapped = batch.traffic();
    swapped.on_l1.swap(0, 1);
    assert!(matches!(replayed(swapped), Error::NotQueued { .. }));
}
