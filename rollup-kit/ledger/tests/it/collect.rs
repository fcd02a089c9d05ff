//! Fees: they wait in one lane, and are paid to whom the sequencer names.

use crate::common::*;
use ledger::{Amount, Batch, BatchSize, Error, Fee, Operation, TokenId, Tree};

fn paying(tree: Tree, who: u8, id: u64, fee: u64) -> Operation {
    let mut paid = draft(tree, who, 0, transfer(2, 100));
    paid.fee = Fee::new(fee);
    paid.token = token(id);
    sign(paid, who)
}

fn collect(tree: Tree, id: u64, to: u64) -> Operation {
    Operation::Collect {
        tree,
        token: token(id),
        to: index(to),
    }
}

#[test]
fn fees_are_collected_and_lanes_follow_one_another() {
    let mut state = funded();
    let mut batch = Batch::new(&mut state, BatchSize::EIGHT, Amount::new(1));
    batch.apply(&paying(Tree::OnL1, 1, 0, 7)).unwrap();
    batch.apply(&paying(Tree::OnL1, 3, 0, 8)).unwrap();
    assert_eq!(batch.pot().waiting, 15);
    let other = batch.apply(&paying(Tree::OffL1, 1, 0, 7)).map(|_| ());
    assert!(matches!(other, Err(Error::FeesWait { waiting: 15, .. })));
    let other = batch.apply(&paying(Tree::OnL1, 2, 5, 7)).map(|_| ());
    assert!(matches!(other, Err(Error::FeesWait { waiting: 15, .. })));
    let wrong = batch.apply(&collect(Tree::OnL1, 5, 3)).map(|_| ());
    assert!(matches!(wrong, Err(Error::FeesWait { waiting: 15, .. })));
    batch.apply(&collect(Tree::OnL1, 0, 3)).unwrap();
    batch.apply(&paying(Tree::OffL1, 1, 5, 9)).unwrap();
    batch.apply(&collect(Tree::OffL1, 5, 3)).unwrap();
    batch.finish().unwrap();
    assert_eq!(held(&state, Tree::OnL1, 3, 0), 1000 - 108 + 15);
    assert_eq!(held(&state, Tree::OnL1, 1, 0), 1000 - 107);
    assert_eq!(held(&state, Tree::OffL1, 3, 5), 1009);
}

#[test]
fn a_batch_does_not_end_while_fees_wait() {
    let mut state = funded();
    let mut batch = Batch::new(&mut state, BatchSize::EIGHT, Amount::new(1));
    batch.apply(&paying(Tree::OnL1, 1, 0, 7)).unwrap();
    let expected = Error::FeesWait {
        tree: Tree::OnL1,
        token: TokenId::ETH,
        waiting: 7,
    };
    assert_eq!(batch.finish(), Err(expected));
}

#[test]
fn nobody_collects_into_nowhere() {
    let mut state = funded();
    let mut batch = Batch::new(&mut state, BatchSize::EIGHT, Amount::new(1));
    for to in [0, 4] {
        let refused = batch.apply(&collect(Tree::OnL1, 0, to)).map(|_| ());
        assert!(matches!(refused, Err(Error::UnknownAccount { .. })));
    }
}
