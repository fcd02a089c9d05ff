#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::cast_possible_truncation
)]

use super::*;
use crate::fixture::{funded, rollup};
use alloy::primitives::Address;
use types::Namespace;

#[test]
fn a_state_reads_back_and_two_checkpoints_of_it_differ() {
    let setup = Setup::ceremony().unwrap();
    let site = Site {
        l1_chain: 31_337,
        rollup: Address::repeat_byte(0xcc),
        namespace: Namespace::new([1; 29]).unwrap(),
    };
    let state = Arc::new(funded());
    let made = |number| {
        let number = BatchNumber::new(number);
        StateBlob::new(setup, &site, number, state.clone()).unwrap()
    };
    let (first, second) = (made(7), made(8));
    assert_ne!(first.id(), second.id());
    let (number, read) = StateBlob::read(rollup(), first.payload()).unwrap();
    assert_eq!((number.get(), read.roots()), (7, state.roots()));
    assert!(StateBlob::read(rollup(), &first.payload()[..7]).is_err());
    let cut = &first.payload()[..first.payload().len() - 1];
    assert!(StateBlob::read(rollup(), cut).is_err());
}

#[test]
fn one_is_due_after_a_week() {
    let at = L1Time::new(1_000);
    assert!(!is_due(at, at.plus(DUE - 1)));
    assert!(is_due(at, at.plus(DUE)));
    assert!(!is_due(at.plus(5), at));
}
