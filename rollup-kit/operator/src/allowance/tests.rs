#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::cast_possible_truncation
)]

use super::*;
use crate::fixture::index;
use ledger::Tree;

#[test]
fn an_account_has_so_many_calls_in_any_hour() {
    let policy = Policy {
        per_hour: 2,
        ..Policy::default()
    };
    let at = L1Time::new;
    let (one, other) = ((Tree::OnL1, index(1)), (Tree::OffL1, index(1)));
    let mut allowance = Allowance::default();
    for second in [100, 150] {
        allowance.check(&policy, one, at(second)).unwrap();
        allowance.note(one, at(second));
    }
    let refused = |again_at| {
        Err(Refusal::TooManyCalls {
            most: 2,
            again_at: at(again_at),
        })
    };
    assert_eq!(allowance.check(&policy, one, at(3_699)), refused(3_700));
    allowance.check(&policy, other, at(3_699)).unwrap();
    allowance.check(&policy, one, at(3_700)).unwrap();
    allowance.note(one, at(3_700));
    assert_eq!(allowance.check(&policy, one, at(3_701)), refused(3_750));
    let none = Policy {
        per_hour: 0,
        ..policy
    };
    assert_eq!(
        allowance.check(&none, other, at(5)),
        Err(Refusal::TooManyCalls {
            most: 0,
            again_at: at(3_605),
        })
    );
    allowance.forget(at(3_749));
    assert_eq!(allowance.check(&policy, one, at(3_749)), refused(3_750));
    allowance.forget(at(9_999));
    assert!(allowance.taken.is_empty());
}
