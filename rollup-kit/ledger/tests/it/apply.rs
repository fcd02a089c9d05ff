//! `Batch::apply`: each signed operation, and each way to be refused.

use crate::common::*;
use ledger::{
    Amount, Batch, BatchSize, Body, Error, Fee, Operation, RollupDomain, State, TokenId, Tree,
};

fn applied(state: &mut State, operation: &Operation) -> Result<(), Error> {
    let mut batch = Batch::new(state, BatchSize::new(4).unwrap(), Amount::new(10));
    batch.apply(operation).map(|_| ())
}

/// Refused with the error that `is` names, and nothing has changed.
fn refused(operation: &Operation, is: impl Fn(&Error) -> bool) {
    let mut state = funded();
    let before = state.roots();
    let error = applied(&mut state, operation).unwrap_err();
    assert!(is(&error), "{error:?}");
    assert_eq!(state.roots(), before);
}

#[test]
fn a_transfer_moves_value_within_its_tree() {
    for tree in Tree::BOTH {
        let mut state = funded();
        let before = state.roots();
        let operation = sign(draft(tree, 1, 0, transfer(2, 300)), 1);
        applied(&mut state, &operation).unwrap();
        assert_eq!(held(&state, tree, 1, 0), 700);
        assert_eq!(held(&state, tree, 2, 0), 1300);
        let other = Tree::BOTH[usize::from(tree == Tree::OnL1)];
        assert_eq!(state.roots().of(other), before.of(other));
        assert_ne!(state.roots().of(tree), before.of(tree));
    }
}

#[test]
fn a_transfer_to_oneself_changes_the_nonce_alone() {
    let mut state = funded();
    let operation = sign(draft(Tree::OnL1, 1, 0, transfer(1, 300)), 1);
    applied(&mut state, &operation).unwrap();
    assert_eq!(held(&state, Tree::OnL1, 1, 0), 1000);
    let account = state.tree(Tree::OnL1).account(index(1)).unwrap();
    assert_eq!(account.nonce().get(), 1);
}

#[test]
fn a_withdrawal_and_a_move_leave_the_tree() {
    let amount = Amount::new(250);
    let recipient = address(9);
    let account = key(2).account_key();
    let bodies = [
        (Body::Withdraw { recipient, amount }, Default::default()),
        (
            Body::Move {
                owner: recipient,
                account,
                amount,
            },
            account,
        ),
    ];
    for (body, account) in bodies {
        let mut state = funded();
        let mut batch = Batch::new(&mut state, BatchSize::EIGHT, Amount::new(1));
        batch
            .apply(&sign(draft(Tree::OffL1, 1, 0, body), 1))
            .unwrap();
        let traffic = batch.finish().unwrap().traffic();
        let [note] = traffic.withdrawals[..] else {
            panic!("{traffic:?}");
        };
        assert_eq!((note.tree, note.amount), (Tree::OffL1, amount));
        assert_eq!((note.recipient, note.account), (recipient, account));
        assert_eq!(held(&state, Tree::OffL1, 1, 0), 750);
    }
}

#[test]
fn a_changed_key_signs_and_the_old_one_does_not() {
    let mut state = funded();
    let key = key(7).account_key();
    let change = sign(draft(Tree::OnL1, 1, 0, Body::ChangeKey { key }), 1);
    applied(&mut state, &change).unwrap();
    let next = draft(Tree::OnL1, 1, 1, transfer(2, 10));
    let old = applied(&mut state, &sign(next, 1));
    assert!(matches!(old, Err(Error::WrongKey { .. })));
    let signed = next.sign(rollup(), address(1), &crate::common::key(7));
    applied(&mut state, &Operation::Signed(Box::new(signed))).unwrap();
}

#[test]
fn wrong_signatures() {
    let body = transfer(2, 300);
    let draft = draft(Tree::OnL1, 1, 0, body);
    let Operation::Signed(good) = sign(draft, 1) else {
        panic!()
    };
    refused(&sign(draft, 2), |e| matches!(e, Error::WrongKey { .. }));

    let wrong = |e: &Error| matches!(e, Error::WrongSignature { .. });
    let mut altered = good.clone();
    altered.draft.body = transfer(2, 301);
    refused(&Operation::Signed(altered), wrong);
    let mut altered = good.clone();
    altered.draft.body = transfer(3, 300);
    refused(&Operation::Signed(altered), wrong);
    let mut altered = good.clone();
    altered.draft.fee = Fee::new(1);
    refused(&Operation::Signed(altered), wrong);
    let mut altered = good.clone();
    altered.draft.token = token(5);
    refused(&Operation::Signed(altered), wrong);
    let mut altered = good;
    altered.draft.tree = Tree::OffL1;
    refused(&Operation::Signed(altered), wrong);

    let elsewhere = RollupDomain::of(1, address(0xcc));
    for rollup in [elsewhere, RollupDomain::of(31_337, address(0xcd))] {
        let foreign = draft.sign(rollup, address(1), &key(1));
        refused(&Operation::Signed(Box::new(foreign)), wrong);
    }
}

#[test]
fn the_destination_is_signed() {
    let amount = Amount::new(250);
    let recipient = address(9);
    let pay = draft(Tree::OffL1, 1, 0, Body::Withdraw { recipient, amount });
    let Operation::Signed(mut signed) = sign(pay, 1) else {
        panic!()
    };
    for body in [
        Body::Withdraw {
            recipient: address(8),
            amount,
        },
        Body::Move {
            owner: recipient,
            account: key(2).account_key(),
            amount,
        },
    ] {
        signed.draft.body = body;
        let operation = Operation::Signed(signed.clone());
        refused(&operation, |e| matches!(e, Error::WrongSignature { .. }));
    }
}

#[test]
fn replays_and_gaps() {
    let mut state = funded();
    let operation = sign(draft(Tree::OnL1, 1, 0, transfer(2, 300)), 1);
    applied(&mut state, &operation).unwrap();
    let again = applied(&mut state, &operation);
    assert!(matches!(again, Err(Error::Replayed { .. })));
    let early = sign(draft(Tree::OnL1, 1, 2, transfer(2, 300)), 1);
    let gap = applied(&mut state, &early);
    assert!(matches!(gap, Err(Error::NonceGap { .. })));
}

#[test]
fn too_much_and_too_little() {
    let too_much = sign(draft(Tree::OnL1, 1, 0, transfer(2, 1001)), 1);
    refused(&too_much, |e| matches!(e, Error::Insufficient { .. }));
    let mut with_fee = draft(Tree::OnL1, 1, 0, transfer(2, 1000));
    with_fee.fee = Fee::new(1);
    let with_fee = sign(with_fee, 1);
    refused(&with_fee, |e| matches!(e, Error::Insufficient { .. }));
    let mut all = draft(Tree::OnL1, 1, 0, transfer(2, u128::MAX));
    all.fee = Fee::new(1);
    refused(&sign(all, 1), |e| matches!(e, Error::Overflow { .. }));
    for dust in [0, 9] {
        let dust = sign(draft(Tree::OnL1, 1, 0, transfer(2, dust)), 1);
        refused(&dust, |e| matches!(e, Error::Dust { .. }));
    }
    let mut unheld = draft(Tree::OnL1, 1, 0, transfer(2, 10));
    unheld.token = token(255);
    refused(&sign(unheld, 1), |e| {
        matches!(e, Error::Insufficient { .. })
    });
}

#[test]
fn unknown_accounts() {
    let unknown = |e: &Error| matches!(e, Error::UnknownAccount { .. });
    refused(&sign(draft(Tree::OnL1, 1, 0, transfer(4, 10)), 1), unknown);
    refused(&sign(draft(Tree::OnL1, 1, 0, transfer(0, 10)), 1), unknown);
    refused(&sign(draft(Tree::OnL1, 4, 0, transfer(1, 10)), 4), unknown);
    refused(&sign(draft(Tree::OnL1, 0, 0, transfer(1, 10)), 1), unknown);
}

#[test]
fn names_out_of_bounds() {
    assert!(TokenId::new(256).is_err());
    assert!(ledger::AccountIndex::new(1 << 24).is_err());
    assert!(BatchSize::new(0).is_err());
    assert!(BatchSize::new(513).is_err());
}

#[test]
fn a_full_batch_takes_no_more() {
    let mut state = funded();
    let mut batch = Batch::new(&mut state, BatchSize::new(1).unwrap(), Amount::new(1));
    let at = |nonce| sign(draft(Tree::OnL1, 1, nonce, transfer(2, 1)), 1);
    batch.apply(&at(0)).unwrap();
    let full = batch.apply(&at(1)).map(|_| ());
    assert_eq!(full, Err(Error::BatchFull { size: 1 }));
}
