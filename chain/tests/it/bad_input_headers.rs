//! Headers with too little weight, of a wrong set, of mixed rounds, with replaced contents.

use crate::samples::{
    Network, ROUND, aggregate, bitmap, network, seeded_network, signature_at_infinity,
};
use chain::{Error, UnverifiedHeader, VoteKind, Weight, vote_digest};
use types::{ChainId, CommitmentsRoot, Header, Height, Round};

const WHAT: &str = "finality certificate";

fn refused(network: &Network, header: UnverifiedHeader) -> Error {
    let error = header.verify(&network.chain_id, &network.set).unwrap_err();
    assert!(error.is_peer_fault());
    error
}

fn by(network: &Network, header: Header, signers: &[usize]) -> UnverifiedHeader {
    UnverifiedHeader {
        header,
        finality: network.finality_by(&header, signers),
    }
}

#[test]
fn two_thirds_exactly_are_too_little_weight() {
    for (weights, signers, got) in [
        (&[1, 1, 1][..], &[0, 2][..], 2),
        (&[1, 1, 1, 1], &[3], 1),
        (&[1, 1, 1, 1], &[0, 1], 2),
        (&[2, 2, 5], &[0, 1], 4),
        (&[1, 2, 3, 3], &[2, 3], 6),
    ] {
        let network = network(weights);
        assert_eq!(
            refused(&network, by(&network, network.first_header(), signers)),
            Error::Quorum {
                what: WHAT,
                got: Weight::new(got),
                total: Weight::new(weights.iter().sum())
            }
        );
    }
}

#[test]
fn more_weight_claimed_than_signed() {
    let network = network(&[1; 4]);
    let mut header = by(&network, network.first_header(), &[0, 1]);
    header.finality.signers = bitmap(4, &[0, 1, 2, 3]);
    assert_eq!(
        refused(&network, header),
        Error::Aggregate {
            what: WHAT,
            signers: 4
        }
    );
}

#[test]
fn a_wrong_set() {
    let network = network(&[1; 4]);
    let other = seeded_network(&[1; 4], 2);
    let wrong = Error::WrongSet {
        got: other.set.hash(),
        expected: network.set.hash(),
    };
    // A header that names another set, certified by it.
    let header = Header {
        validators: other.set.hash(),
        ..network.first_header()
    };
    assert_eq!(refused(&network, by(&other, header, &[0, 1, 2, 3])), wrong);
    // Our header with another set's certificate.
    let header = by(&other, network.first_header(), &[0, 1, 2, 3]);
    assert_eq!(refused(&network, header), wrong);
    // The other set's signatures under our set's name.
    let mut header = by(&other, network.first_header(), &[0, 1, 2, 3]);
    header.finality.set = network.set.hash();
    assert!(matches!(refused(&network, header), Error::Aggregate { .. }));
}

#[test]
fn another_chain() {
    let network = network(&[1; 4]);
    let got = ChainId::new([9; 32]);
    let header = Header {
        chain_id: got,
        ..network.first_header()
    };
    assert_eq!(
        refused(&network, by(&network, header, &[0, 1, 2, 3])),
        Error::WrongChain {
            got,
            expected: network.chain_id
        }
    );
}

#[test]
fn mixed_rounds() {
    let network = network(&[1; 4]);
    let header = network.first_header();
    let mut certified = by(&network, header, &[0, 1, 2]);
    certified.finality.signature = aggregate(&[
        network.precommit(&header, ROUND, 0),
        network.precommit(&header, ROUND, 1),
        network.precommit(&header, Round::new(1), 2),
    ]);
    assert_eq!(
        refused(&network, certified),
        Error::Aggregate {
            what: WHAT,
            signers: 3
        }
    );
}

#[test]
fn another_round_than_was_signed() {
    let network = network(&[1; 4]);
    let mut header = by(&network, network.first_header(), &[0, 1, 2]);
    header.finality.round = Round::new(0);
    assert!(matches!(refused(&network, header), Error::Aggregate { .. }));
}

#[test]
fn prevotes_instead_of_precommits() {
    let network = network(&[1; 4]);
    let header = network.first_header();
    let hash = header.hash();
    let digest = vote_digest(
        &network.chain_id,
        &network.set.hash(),
        header.height,
        ROUND,
        VoteKind::Prevote,
        Some(&hash),
    );
    let mut certified = by(&network, header, &[0, 1, 2]);
    let prevotes: Vec<_> = network.keys[..3]
        .iter()
        .map(|key| key.sign_digest(&digest))
        .collect();
    certified.finality.signature = aggregate(&prevotes);
    assert!(matches!(
        refused(&network, certified),
        Error::Aggregate { .. }
    ));
}

#[test]
fn replaced_commitments() {
    let network = network(&[1; 4]);
    let good = network.finalize(&network.first_header());
    let mut replaced = good.clone();
    replaced.header.commitments_root = CommitmentsRoot::new([0xbb; 32]);
    let (got, expected) = (replaced.header.hash(), good.header.hash());
    assert_eq!(
        refused(&network, replaced.clone()),
        Error::WrongHeader { got, expected }
    );
    // With the certificate's hash replaced too, its signature no longer holds.
    replaced.finality.header = got;
    assert!(matches!(
        refused(&network, replaced),
        Error::Aggregate { .. }
    ));
    assert!(good.verify(&network.chain_id, &network.set).is_ok());
}

#[test]
fn another_heights_certificate() {
    let network = network(&[1; 4]);
    let mut header = network.finalize(&network.first_header());
    header.finality.height = Height::new(2);
    assert_eq!(
        refused(&network, header),
        Error::WrongHeight {
            what: WHAT,
            got: Height::new(2),
            expected: Height::new(1)
        }
    );
}

#[test]
fn a_signature_at_infinity() {
    let network = network(&[1; 4]);
    let mut header = network.finalize(&network.first_header());
    header.finality.signature = signature_at_infinity();
    assert_eq!(
        refused(&network, header),
        Error::SignaturePoint {
            what: WHAT,
            problem: "is the point at infinity"
        }
    );
}
