//! Accounts out of a phrase.

use alloy::primitives::{address, b256};
use l1::accounts::{TEST_PHRASE, derive};
use l1::{Error, limits};

#[test]
fn the_test_phrase_gives_the_known_keys() {
    let keys = derive(TEST_PHRASE, 3).unwrap();
    assert_eq!(
        keys[0].to_bytes(),
        b256!("ac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80")
    );
    assert_eq!(
        keys[0].address(),
        address!("f39Fd6e51aad88F6F4ce6aB8827279cffFb92266")
    );
    assert_eq!(
        keys[1].address(),
        address!("70997970C51812dc3A010C7d01b50e0d17dc79C8")
    );
    assert_eq!(
        keys[2].address(),
        address!("3C44CdDdB6a900fa2b585dd299e03d12FA4293BC")
    );
}

/// A phrase longer than SHA-512's block is hashed first (RFC 2104).
#[test]
fn another_phrase_gives_other_keys() {
    let long = "zoo ".repeat(40);
    let keys = derive(&long, 1).unwrap();
    assert_ne!(keys, derive(TEST_PHRASE, 1).unwrap());
    assert_ne!(keys, derive(&long[4..], 1).unwrap());
}

#[test]
fn too_many_are_refused() {
    assert!(matches!(
        derive(TEST_PHRASE, limits::ACCOUNTS + 1),
        Err(Error::TooMany { .. })
    ));
}
