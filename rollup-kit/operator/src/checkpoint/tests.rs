#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::cast_possible_truncation
)]

use super::*;
use crate::fixture::{funded, rollup};
use alloy::primitives::Address;
use derivation::checkpoint::unpack;
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
    let (number, read) = unpack(rollup(), first.payload()).unwrap();
    assert_eq!((number.get(), read.roots()), (7, state.roots()));
    assert!(unpack(rollup(), &first.payload()[..7]).is_err());
    let cut = &first.payload()[..first.payload().len() - 1];
    assert!(unpack(rollup(), cut).is_err());
}

#[test]
fn a_small_state_is_a_row_that_reads_back_and_is_what_l1_opens() {
    let setup = Setup::ceremony().unwrap();
    let site = Site {
        l1_chain: 31_337,
        rollup: Address::repeat_byte(0xcc),
        namespace: Namespace::new([1; 29]).unwrap(),
    };
    let state = Arc::new(funded());
    let size = CheckpointSize::new(8).unwrap();
    let made = |number| {
        let number = BatchNumber::new(number);
        StateBlob::proved(setup, &site, number, state.clone(), size).unwrap()
    };
    let (first, second) = (made(7), made(8));
    assert_ne!(first.id(), second.id());
    let elements = first.payload().chunks_exact(32);
    let elements = elements.map(|e| ledger::scalar_from_bytes(e.try_into().unwrap()).unwrap());
    let row: Vec<Fr> = elements.collect();
    let read = ledger::checkpoint::decode(rollup(), &[row], state.roots()).unwrap();
    assert_eq!((read.0.get(), read.1.roots()), (7, state.roots()));
    assert_eq!(first.meta().rows(), 1);
    assert_ne!(
        first.statement(&site).unwrap(),
        second.statement(&site).unwrap()
    );
    // One that is attested has nothing to prove, and of too large a state there is nothing.
    let attested = StateBlob::new(setup, &site, BatchNumber::new(7), state.clone()).unwrap();
    assert!(attested.statement(&site).is_err());
    let small = CheckpointSize::new(2).unwrap();
    let refused = StateBlob::proved(setup, &site, BatchNumber::new(7), state.clone(), small);
    assert!(matches!(refused, Err(Error::Validity(_))));
}

#[test]
fn one_is_due_after_a_week() {
    let at = L1Time::new(1_000);
    assert!(!is_due(at, at.plus(DUE - 1)));
    assert!(is_due(at, at.plus(DUE)));
    assert!(!is_due(at.plus(5), at));
}
