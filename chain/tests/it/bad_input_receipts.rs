//! Receipts that are forged, duplicated, stale, of another set or another chain.

use crate::samples::{NOW, Network, network, seeded_network, signature_outside_subgroup};
use chain::{Error, ReceiptCollector, ReceiptTerms, UnverifiedReceipt, Weight};
use types::{BlobId, ChainId, Timestamp};

const BLOB: BlobId = BlobId::new([7; 32]);

fn refused(network: &Network, receipt: UnverifiedReceipt, expected: &ReceiptTerms) -> Error {
    let error = receipt
        .verify(&network.chain_id, &network.set, expected)
        .unwrap_err();
    assert!(error.is_peer_fault());
    error
}

#[test]
fn forged_by_another_key() {
    let network = network(&[1; 4]);
    let terms = network.terms(BLOB);
    let mut receipt = terms.sign(&network.keys[0]);
    receipt.signer = network.keys[1].public_key().address();
    assert_eq!(
        refused(&network, receipt, &terms),
        Error::Signature {
            what: "receipt",
            signer: receipt.signer
        }
    );
}

#[test]
fn forged_terms_under_a_genuine_signature() {
    let network = network(&[1; 4]);
    let terms = network.terms(BLOB);
    let mut receipt = terms.sign(&network.keys[0]);
    receipt.terms.blob = BlobId::new([8; 32]);
    // Even when the forged terms are what was asked for.
    assert!(matches!(
        refused(&network, receipt, &receipt.terms.clone()),
        Error::Signature { .. }
    ));
}

#[test]
fn forged_with_bytes_that_are_no_signature() {
    let network = network(&[1; 4]);
    let terms = network.terms(BLOB);
    let mut receipt = terms.sign(&network.keys[0]);
    receipt.signature = signature_outside_subgroup();
    assert_eq!(
        refused(&network, receipt, &terms),
        Error::SignaturePoint {
            what: "receipt",
            problem: "is outside the subgroup"
        }
    );
}

#[test]
fn of_a_stranger() {
    let network = network(&[1; 4]);
    let stranger = &crate::samples::keys(1, 99)[0];
    let terms = network.terms(BLOB);
    let got = stranger.public_key().address();
    assert_eq!(
        refused(&network, terms.sign(stranger), &terms),
        Error::UnknownValidator {
            got,
            set: network.set.hash()
        }
    );
}

#[test]
fn of_other_terms_than_were_asked_for() {
    let network = network(&[1; 4]);
    let expected = network.terms(BLOB);
    for got in [
        network.terms(BlobId::new([8; 32])),
        network.terms_at(BLOB, NOW.plus_millis(1)),
        ReceiptTerms {
            expires_at: NOW,
            ..expected
        },
    ] {
        assert_eq!(
            refused(&network, got.sign(&network.keys[0]), &expected),
            Error::WrongTerms {
                got: Box::new(got),
                expected: Box::new(expected)
            }
        );
    }
}

#[test]
fn of_another_set() {
    let network = network(&[1; 4]);
    let other = seeded_network(&[1; 4], 2);
    let terms = ReceiptTerms {
        set: other.set.hash(),
        ..network.terms(BLOB)
    };
    assert_eq!(
        refused(&network, terms.sign(&network.keys[0]), &terms),
        Error::WrongSet {
            got: other.set.hash(),
            expected: network.set.hash()
        }
    );
}

#[test]
fn of_another_chain() {
    let network = network(&[1; 4]);
    let got = ChainId::new([9; 32]);
    let terms = ReceiptTerms {
        chain_id: got,
        ..network.terms(BLOB)
    };
    assert_eq!(
        refused(&network, terms.sign(&network.keys[0]), &terms),
        Error::WrongChain {
            got,
            expected: network.chain_id
        }
    );
}

#[test]
fn duplicated() {
    let network = network(&[1; 4]);
    let terms = network.terms(BLOB);
    let mut collector = ReceiptCollector::new(terms, network.set.clone());
    for signer in [0, 1] {
        collector.add(network.receipt(signer, &terms)).unwrap();
    }
    for _ in 0..3 {
        let error = collector.add(network.receipt(1, &terms)).unwrap_err();
        assert_eq!(
            error,
            Error::DuplicateReceipt {
                signer: network.keys[1].public_key().address()
            }
        );
        assert!(!error.is_peer_fault());
    }
    assert_eq!(collector.signed_weight(), Weight::new(2));
    assert!(collector.finish().is_none());
}

#[test]
fn gathered_for_other_terms_or_another_set() {
    let network = network(&[1; 4]);
    let (terms, others) = (network.terms(BLOB), network.terms(BlobId::new([8; 32])));
    let mut collector = ReceiptCollector::new(others, network.set.clone());
    assert!(matches!(
        collector.add(network.receipt(0, &terms)).unwrap_err(),
        Error::WrongTerms { .. }
    ));
    let other = seeded_network(&[1; 7], 2);
    let mut collector = ReceiptCollector::new(terms, other.set.clone());
    assert_eq!(
        collector.add(network.receipt(0, &terms)).unwrap_err(),
        Error::WrongSet {
            got: network.set.hash(),
            expected: other.set.hash()
        }
    );
    assert_eq!(collector.signed_weight(), Weight::ZERO);
}

#[test]
fn stale_or_from_the_future() {
    let network = network(&[1; 4]);
    let drift_ms = network.params.clock_drift_ms;
    let at = |offset: i64| Timestamp::new(NOW.get().checked_add_signed(offset).unwrap());
    let drift = i64::try_from(drift_ms).unwrap();
    for offset in [-drift, 0, drift] {
        let terms = network.terms_at(BLOB, at(offset));
        assert_eq!(terms.check_times(&network.params, NOW), Ok(()));
    }
    for offset in [-drift - 1, drift + 1, -1_000_000_000] {
        let terms = network.terms_at(BLOB, at(offset));
        assert_eq!(
            terms.check_times(&network.params, NOW).unwrap_err(),
            Error::AcceptedAt {
                got: at(offset),
                now: NOW,
                drift_ms
            }
        );
    }
}

#[test]
fn kept_for_another_time_than_the_chain_demands() {
    let network = network(&[1; 4]);
    let terms = network.terms(BLOB);
    for wrong in [
        terms.expires_at.get() - 1,
        terms.expires_at.get() + 1,
        0,
        u64::MAX,
    ] {
        let got = Timestamp::new(wrong);
        let changed = ReceiptTerms {
            expires_at: got,
            ..terms
        };
        assert_eq!(
            changed.check_times(&network.params, NOW).unwrap_err(),
            Error::ExpiresAt {
                got,
                expected: terms.expires_at
            }
        );
    }
}
