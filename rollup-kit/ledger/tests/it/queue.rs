//! What L1 gives: deposits open accounts, forced withdrawals are made or refused by the state.

use crate::common::*;
use ledger::{
    Amount, Batch, BatchSize, Body, Error, FromL1, Kind, OPEN_END, Operation, Record, Refusal,
    State, Tree,
};

fn applied(state: &mut State, operation: FromL1) -> (Record, Option<Refusal>, bool) {
    let mut batch = Batch::new(state, BatchSize::EIGHT, Amount::new(1));
    let receipt = batch.apply(&Operation::FromL1(operation)).unwrap();
    (receipt.record, receipt.refusal, receipt.opened)
}

#[test]
fn a_deposit_opens_one_account_per_key_and_owner() {
    let mut state = funded();
    let (record, _, opened) = applied(&mut state, deposit(Tree::OnL1, 4, 0, 50));
    assert!(opened);
    assert_eq!(record.to, index(4));
    let (record, _, opened) = applied(&mut state, deposit(Tree::OnL1, 4, 5, 60));
    assert!(!opened);
    assert_eq!(record.to, index(4));
    // Somebody else's deposit to that key is an account of its own, whose exits pay that one.
    let gift = FromL1 {
        owner: address(9),
        ..deposit(Tree::OnL1, 4, 0, 70)
    };
    let (record, _, opened) = applied(&mut state, gift);
    assert!(opened);
    assert_eq!(record.to, index(5));
    assert_eq!(held(&state, Tree::OnL1, 4, 0), 50);
    assert_eq!(held(&state, Tree::OnL1, 5, 0), 70);
}

#[test]
fn identities_form_one_ascending_list() {
    let mut state = funded();
    for who in 4..20 {
        applied(&mut state, deposit(Tree::OffL1, who, 0, 1));
    }
    let tree = state.tree(Tree::OffL1);
    let mut account = tree.account(index(0)).unwrap();
    let mut seen = 0;
    while account.leaf().next != OPEN_END {
        let next = account.leaf().next;
        assert!(next > account.leaf().identity);
        let mut others = tree.accounts().map(|(_, other)| other);
        account = others.find(|other| other.leaf().identity == next).unwrap();
        seen += 1;
    }
    assert_eq!(seen, 19);
}

#[test]
fn a_forced_withdrawal_pays_the_owner() {
    let mut state = funded();
    let mut batch = Batch::new(&mut state, BatchSize::EIGHT, Amount::new(1));
    let operation = forced(Tree::OffL1, 2, 5, 400);
    batch.apply(&Operation::FromL1(operation)).unwrap();
    let traffic = batch.finish().unwrap().traffic();
    assert_eq!(traffic.off_l1, [operation]);
    assert_eq!(traffic.withdrawals[0].recipient, address(2));
    assert_eq!(traffic.withdrawals[0].amount.get(), 400);
    assert_eq!(held(&state, Tree::OffL1, 2, 5), 600);
}

#[test]
fn forced_withdrawals_that_do_nothing() {
    let good = forced(Tree::OffL1, 2, 5, 400);
    let cases = [
        (forced(Tree::OffL1, 4, 5, 400), Refusal::Absent),
        (
            FromL1 {
                owner: address(3),
                ..good
            },
            Refusal::Absent,
        ),
        (
            FromL1 {
                authority: Some(key(3).presented().authority()),
                ..good
            },
            Refusal::WrongAuthority,
        ),
        (forced(Tree::OffL1, 2, 5, 1001), Refusal::Lacking),
        (forced(Tree::OffL1, 2, 7, 1), Refusal::Lacking),
    ];
    for (operation, expected) in cases {
        let mut state = funded();
        let before = state.roots();
        let (record, refusal, _) = applied(&mut state, operation);
        assert_eq!((record.kind, refusal), (Kind::Refused, Some(expected)));
        assert_eq!(state.roots(), before);
    }
}

#[test]
fn an_authority_ends_with_its_key() {
    let mut state = funded();
    let change = Body::ChangeKey {
        key: key(8).account_key(),
    };
    let mut batch = Batch::new(&mut state, BatchSize::EIGHT, Amount::new(1));
    batch
        .apply(&sign(draft(Tree::OnL1, 1, 0, change), 1))
        .unwrap();
    batch.finish().unwrap();
    let old = forced(Tree::OnL1, 1, 0, 10);
    let (_, refusal, _) = applied(&mut state, old);
    assert_eq!(refusal, Some(Refusal::WrongAuthority));
    // The account is still named by the key that it was opened with.
    let new = FromL1 {
        authority: Some(key(8).presented().authority()),
        ..old
    };
    let (record, _, _) = applied(&mut state, new);
    assert_eq!(record.kind, Kind::Forced);
}

#[test]
fn records_that_say_otherwise_are_refused() {
    let state = funded();
    let fresh = deposit(Tree::OnL1, 4, 0, 50);
    let record = state.record_of(&fresh).unwrap();
    let execute = |record: Record, operation: FromL1| {
        let mut state = state.clone();
        let result = state.execute(&record, Some(&operation), 0).map(|_| ());
        assert!(result.is_ok() || state.roots() == funded().roots());
        result
    };
    assert_eq!(execute(record, fresh), Ok(()));
    // Any free place will do, a place that is taken will not.
    assert_eq!(
        execute(
            Record {
                to: index(77),
                ..record
            },
            fresh
        ),
        Ok(())
    );
    let wrong_place = |e: Result<(), Error>| matches!(e, Err(Error::WrongPlace { .. }));
    let taken = Record {
        to: index(2),
        ..record
    };
    assert!(wrong_place(execute(taken, fresh)));
    for other in (0..4).map(index).filter(|other| *other != record.from) {
        let elsewhere = Record {
            from: other,
            ..record
        };
        assert!(wrong_place(execute(elsewhere, fresh)));
    }
    let known = deposit(Tree::OnL1, 2, 0, 50);
    let misdirected = Record {
        to: index(1),
        ..state.record_of(&known).unwrap()
    };
    assert!(wrong_place(execute(misdirected, known)));
    let more = Record {
        value: 51u64.into(),
        ..record
    };
    assert!(matches!(execute(more, fresh), Err(Error::NotQueued { .. })));

    let demanded = forced(Tree::OnL1, 2, 0, 50);
    let made = state.record_of(&demanded).unwrap();
    let censored = Record {
        kind: Kind::Refused,
        ..made
    };
    let outcome = |e: Result<(), Error>| matches!(e, Err(Error::WrongOutcome { .. }));
    assert!(outcome(execute(censored, demanded)));
    let beyond = forced(Tree::OnL1, 2, 0, 5000);
    let refused = state.record_of(&beyond).unwrap();
    let granted = Record {
        kind: Kind::Forced,
        ..refused
    };
    assert!(outcome(execute(granted, beyond)));
}

#[test]
fn a_deposit_beyond_128_bits_is_refused() {
    let mut state = funded();
    let mut batch = Batch::new(&mut state, BatchSize::EIGHT, Amount::new(1));
    let much = Operation::FromL1(deposit(Tree::OnL1, 1, 0, u128::MAX - 999));
    let refused = batch.apply(&much).map(|_| ());
    assert!(matches!(refused, Err(Error::Overflow { .. })));
}
