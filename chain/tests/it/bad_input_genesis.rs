//! Geneses that a chain cannot begin with.

use crate::samples::{keys, network};
use chain::{
    ChainParams, Error, Genesis, GenesisValidator, PublicKeyBytes, Validator, ValidatorSet, Weight,
};

fn genesis() -> Genesis {
    network(&[1, 2, 3, 4]).genesis.genesis().clone()
}

#[test]
fn a_proof_of_possession_of_another_key() {
    let mut genesis = genesis();
    let key = genesis.validators[2].key;
    genesis.validators[2].possession = genesis.validators[1].possession;
    let error = genesis.check().unwrap_err();
    assert_eq!(error, Error::Possession { key });
}

#[test]
fn a_rogue_key() {
    // Made of another's key, so that the two would cancel out: nobody can prove to hold it.
    let mut genesis = genesis();
    let mut rogue = genesis.validators[0].key.to_bytes();
    rogue[0] ^= 0x20;
    let rogue = PublicKeyBytes::new(rogue);
    genesis.validators.push(GenesisValidator {
        key: rogue,
        weight: Weight::new(1),
        possession: genesis.validators[0].possession,
    });
    assert_eq!(
        genesis.check().unwrap_err(),
        Error::Possession { key: rogue }
    );
}

#[test]
fn a_key_that_is_no_point() {
    let mut genesis = genesis();
    genesis.validators[0].key = PublicKeyBytes::new([0; 48]);
    assert!(matches!(
        genesis.check().unwrap_err(),
        Error::PublicKey { .. }
    ));
}

#[test]
fn a_validator_twice_or_without_weight() {
    let mut twice = genesis();
    twice.validators.push(twice.validators[0].clone());
    let key = twice.validators[0].key;
    assert_eq!(twice.check().unwrap_err(), Error::DuplicateKey { key });
    let mut weightless = genesis();
    weightless.validators[0].weight = Weight::ZERO;
    assert!(matches!(
        weightless.check().unwrap_err(),
        Error::OutOfRange { got: 0, .. }
    ));
}

#[test]
fn nobody_and_too_many() {
    for got in [0, 1025] {
        let mut genesis = genesis();
        genesis.validators = vec![genesis.validators[0].clone(); got];
        assert_eq!(
            genesis.check().unwrap_err(),
            Error::OutOfRange {
                what: "validators of a genesis",
                got: got as u64,
                min: 1,
                max: 1024
            }
        );
    }
}

#[test]
fn names_that_are_empty_or_too_long() {
    for got in [0, 65] {
        let mut genesis = genesis();
        genesis.name = "n".repeat(got);
        assert_eq!(
            genesis.check().unwrap_err(),
            Error::OutOfRange {
                what: "bytes of a chain's name",
                got: got as u64,
                min: 1,
                max: 64
            }
        );
    }
}

#[test]
fn parameters_that_cannot_govern_a_chain() {
    let good = ChainParams::devnet();
    let refused = |params| {
        let mut genesis = genesis();
        genesis.params = params;
        genesis.check().unwrap_err()
    };
    let params = |what, got, min| Error::Params { what, got, min };
    assert_eq!(
        refused(ChainParams {
            block_interval_ms: 0,
            ..good
        }),
        params("block interval", 0, 1)
    );
    assert_eq!(
        refused(ChainParams {
            empty_block_interval_ms: 1_999,
            ..good
        }),
        params("empty block interval", 1_999, 2_000)
    );
    assert_eq!(
        refused(ChainParams {
            ordering_window_ms: 1,
            ..good
        }),
        params("ordering window", 1, 2_000)
    );
    assert_eq!(
        refused(ChainParams {
            retention_ms: 59_999,
            ..good
        }),
        params("retention", 59_999, 60_000)
    );
    assert_eq!(
        refused(ChainParams {
            clock_drift_ms: 0,
            ..good
        }),
        params("clock drift", 0, 1)
    );
    assert!(matches!(
        refused(ChainParams {
            retention_ms: u64::MAX,
            ..good
        }),
        Error::OutOfRange {
            what: "retention",
            got: u64::MAX,
            ..
        }
    ));
    assert!(matches!(
        refused(ChainParams {
            epoch_blocks: 0,
            ..good
        }),
        Error::OutOfRange {
            what: "blocks of an epoch",
            ..
        }
    ));
}

#[test]
fn json_with_unknown_or_malformed_fields() {
    let text = serde_json::to_string(&genesis()).unwrap();
    assert!(serde_json::from_str::<Genesis>(&text).is_ok());
    let unknown = text.replacen('{', "{\"extra\":1,", 1);
    assert!(serde_json::from_str::<Genesis>(&unknown).is_err());
    let malformed = text.replacen("\"key\":\"", "\"key\":\"zz", 1);
    assert!(serde_json::from_str::<Genesis>(&malformed).is_err());
}

#[test]
fn encodings_that_are_not_the_one_of_their_genesis() {
    let checked = network(&[1, 2, 3, 4]).genesis;
    let bytes = checked.encode();
    let first = 2 + 1 + "test".len() + 8 + 6 * 8 + 2;
    let size = 48 + 8 + 96;
    let mut swapped = bytes.clone();
    swapped[first..first + 2 * size].rotate_left(size);
    assert!(matches!(
        Genesis::decode(&swapped).unwrap_err(),
        Error::UnsortedKeys { place: 1, .. }
    ));
    let mut unknown = bytes.clone();
    unknown[1] = 2;
    assert!(matches!(
        Genesis::decode(&unknown).unwrap_err(),
        Error::OutOfRange {
            what: "genesis version",
            got: 2,
            ..
        }
    ));
    let mut unnamed = bytes.clone();
    unnamed[3] = 0xff;
    assert!(matches!(
        Genesis::decode(&unnamed).unwrap_err(),
        Error::OutOfRange {
            what: "UTF-8 bytes of a chain's name",
            ..
        }
    ));
    let long = vec![0; Genesis::MAX_BYTES + 1];
    assert!(matches!(
        Genesis::decode(&long).unwrap_err(),
        Error::TooLarge { .. }
    ));
}

#[test]
fn a_set_alone_does_not_prove_possession() {
    // Which is why a genesis is checked and a set is only ever trusted by its hash.
    let key = keys(1, 3)[0].public_key();
    assert!(ValidatorSet::new(vec![Validator::new(key, Weight::new(1))]).is_ok());
}

#[test]
fn a_public_chain_that_forgets_within_two_weeks() {
    let short = |name: &str, retention_ms| {
        let mut genesis = genesis();
        genesis.name = name.to_owned();
        genesis.params.retention_ms = retention_ms;
        genesis.check()
    };
    let two_weeks = 14 * 24 * 3_600_000;
    for name in ["assay", "test", "devnet-assay", "mydevnet", "devnet-"] {
        assert_eq!(
            short(name, two_weeks - 1).unwrap_err(),
            Error::Params {
                what: "retention of a chain that is no devnet",
                got: two_weeks - 1,
                min: two_weeks,
            },
            "{name}"
        );
        assert!(short(name, two_weeks).is_ok(), "{name}");
    }
    for name in ["devnet", "assay-devnet"] {
        assert!(short(name, 60_000).is_ok(), "{name}");
    }
}
