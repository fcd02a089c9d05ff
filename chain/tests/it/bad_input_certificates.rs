//! Availability certificates that do not certify.

use crate::samples::{
    Network, aggregate, bitmap, network, seeded_network, signature_at_infinity,
    signature_outside_subgroup,
};
use chain::{Error, UnverifiedAvailability, Weight};
use types::{BlobId, ChainId};

const BLOB: BlobId = BlobId::new([7; 32]);
const WHAT: &str = "availability certificate";

fn refused(network: &Network, certificate: UnverifiedAvailability) -> Error {
    let error = certificate
        .verify(&network.chain_id, &network.set)
        .unwrap_err();
    assert!(error.is_peer_fault());
    error
}

#[test]
fn two_thirds_exactly_are_too_few() {
    for (weights, signers, got) in [
        (&[1, 1, 1][..], &[0, 1][..], 2),
        (&[1, 1, 1, 1], &[0, 1], 2),
        (&[4, 1, 1], &[0], 4),
        (&[1, 2, 3, 3], &[2, 3], 6),
        (&[1, 1, 1], &[], 0),
    ] {
        let network = network(weights);
        let terms = network.terms(BLOB);
        let signature = network.certify_by(&terms, &[0]).signature;
        let certificate = match signers {
            [] => UnverifiedAvailability {
                terms,
                signers: bitmap(weights.len(), &[]),
                signature,
            },
            _ => network.certify_by(&terms, signers),
        };
        assert_eq!(
            refused(&network, certificate),
            Error::Quorum {
                what: WHAT,
                got: Weight::new(got),
                total: Weight::new(weights.iter().sum())
            }
        );
    }
}

#[test]
fn a_signer_is_claimed_who_did_not_sign() {
    let network = network(&[1; 4]);
    let mut certificate = network.certify_by(&network.terms(BLOB), &[0, 1]);
    certificate.signers = bitmap(4, &[0, 1, 2]);
    assert_eq!(
        refused(&network, certificate),
        Error::Aggregate {
            what: WHAT,
            signers: 3
        }
    );
}

#[test]
fn a_signer_counted_twice_in_the_aggregate() {
    let network = network(&[1; 4]);
    let terms = network.terms(BLOB);
    let mut certificate = network.certify_by(&terms, &[0, 1, 1]);
    certificate.signers = bitmap(4, &[0, 1, 2]);
    assert!(matches!(
        refused(&network, certificate),
        Error::Aggregate { signers: 3, .. }
    ));
}

#[test]
fn a_signer_is_concealed() {
    let network = network(&[1; 4]);
    let mut certificate = network.certify_by(&network.terms(BLOB), &[0, 1, 2, 3]);
    certificate.signers = bitmap(4, &[0, 1, 2]);
    assert!(matches!(
        refused(&network, certificate),
        Error::Aggregate { signers: 3, .. }
    ));
}

#[test]
fn receipts_of_different_terms_in_one_aggregate() {
    let network = network(&[1; 4]);
    let terms = network.terms(BLOB);
    let others = network.terms(BlobId::new([8; 32]));
    let mut certificate = network.certify_by(&terms, &[0, 1, 2]);
    certificate.signature = aggregate(&[
        terms.sign(&network.keys[0]).signature,
        terms.sign(&network.keys[1]).signature,
        others.sign(&network.keys[2]).signature,
    ]);
    assert!(matches!(
        refused(&network, certificate),
        Error::Aggregate { .. }
    ));
}

#[test]
fn changed_terms() {
    let network = network(&[1; 4]);
    let good = network.certify_by(&network.terms(BLOB), &[0, 1, 2]);
    for change in 0..3 {
        let mut certificate = good.clone();
        match change {
            0 => certificate.terms.blob = BlobId::new([8; 32]),
            1 => certificate.terms.accepted_at = certificate.terms.accepted_at.plus_millis(1),
            _ => certificate.terms.expires_at = certificate.terms.expires_at.plus_millis(1),
        }
        assert!(matches!(
            refused(&network, certificate),
            Error::Aggregate { .. }
        ));
    }
    assert!(good.verify(&network.chain_id, &network.set).is_ok());
}

#[test]
fn another_chain_and_another_set() {
    let network = network(&[1; 4]);
    let certificate = network.certify_by(&network.terms(BLOB), &[0, 1, 2]);
    let expected = ChainId::new([9; 32]);
    assert_eq!(
        certificate
            .clone()
            .verify(&expected, &network.set)
            .unwrap_err(),
        Error::WrongChain {
            got: network.chain_id,
            expected
        }
    );
    let other = seeded_network(&[1; 4], 2);
    assert_eq!(
        certificate
            .verify(&network.chain_id, &other.set)
            .unwrap_err(),
        Error::WrongSet {
            got: network.set.hash(),
            expected: other.set.hash()
        }
    );
}

#[test]
fn signatures_that_are_no_points_of_the_subgroup() {
    let network = network(&[1; 4]);
    for (signature, problem) in [
        (signature_outside_subgroup(), "is outside the subgroup"),
        (signature_at_infinity(), "is the point at infinity"),
    ] {
        let mut certificate = network.certify_by(&network.terms(BLOB), &[0, 1, 2]);
        certificate.signature = signature;
        assert_eq!(
            refused(&network, certificate),
            Error::SignaturePoint {
                what: WHAT,
                problem
            }
        );
    }
}
