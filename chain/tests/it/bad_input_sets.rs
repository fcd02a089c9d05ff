//! Validator sets that cannot be.

use crate::samples::{keys, network};
use chain::{Error, Validator, ValidatorSet, Weight};

fn members(weights: &[u64]) -> Vec<Validator> {
    let keys = keys(weights.len(), 5);
    let weights = weights.iter().copied().map(Weight::new);
    keys.iter()
        .zip(weights)
        .map(|(key, weight)| Validator::new(key.public_key(), weight))
        .collect()
}

#[test]
fn nobody_and_too_many() {
    let out_of_range = |got| Error::OutOfRange {
        what: "validators of a set",
        got,
        min: 1,
        max: 1024,
    };
    assert_eq!(ValidatorSet::new(Vec::new()).unwrap_err(), out_of_range(0));
    let many = vec![members(&[1])[0]; 1025];
    assert_eq!(ValidatorSet::new(many).unwrap_err(), out_of_range(1025));
    for count in [0_u16, 1025, u16::MAX] {
        let error = ValidatorSet::decode(&count.to_be_bytes()).unwrap_err();
        assert_eq!(error, out_of_range(u64::from(count)));
    }
}

#[test]
fn a_key_twice() {
    let mut members = members(&[1, 2]);
    members.push(Validator::new(*members[0].key(), Weight::new(3)));
    let key = members[0].key().to_bytes();
    assert_eq!(
        ValidatorSet::new(members).unwrap_err(),
        Error::DuplicateKey { key }
    );
}

#[test]
fn no_weight_and_too_much() {
    let max = u64::MAX / 4;
    let out_of_range = |what, got| Error::OutOfRange {
        what,
        got,
        min: 1,
        max,
    };
    assert_eq!(
        ValidatorSet::new(members(&[1, 0])).unwrap_err(),
        out_of_range("weight of a validator", 0)
    );
    assert!(ValidatorSet::new(members(&[max - 1, 1])).is_ok());
    assert_eq!(
        ValidatorSet::new(members(&[max, 1])).unwrap_err(),
        out_of_range("weight of a validator set", max + 1)
    );
    assert_eq!(
        ValidatorSet::new(members(&[u64::MAX, u64::MAX])).unwrap_err(),
        out_of_range("weight of a validator set", u64::MAX)
    );
}

/// An encoding's members, swapped or repeated.
fn encoded(places: [usize; 3]) -> Vec<u8> {
    let bytes = network(&[1, 2, 3]).set.encode();
    let member = |i: usize| &bytes[2 + 56 * i..2 + 56 * (i + 1)];
    [
        &bytes[..2],
        member(places[0]),
        member(places[1]),
        member(places[2]),
    ]
    .concat()
}

#[test]
fn encodings_out_of_order_or_with_a_key_twice() {
    assert!(ValidatorSet::decode(&encoded([0, 1, 2])).is_ok());
    assert!(matches!(
        ValidatorSet::decode(&encoded([0, 2, 1])).unwrap_err(),
        Error::UnsortedKeys { place: 2, .. }
    ));
    assert!(matches!(
        ValidatorSet::decode(&encoded([0, 1, 1])).unwrap_err(),
        Error::DuplicateKey { .. }
    ));
}

#[test]
fn encodings_with_a_bad_key() {
    let mut bytes = encoded([0, 1, 2]);
    bytes[2..50].fill(0);
    bytes[2] = 0x80;
    assert!(matches!(
        ValidatorSet::decode(&bytes).unwrap_err(),
        Error::PublicKey {
            problem: "is outside the subgroup",
            ..
        }
    ));
}
