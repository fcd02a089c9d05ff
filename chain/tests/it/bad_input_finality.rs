//! Precommits that do not make a certificate, or only without some of them.

use crate::samples::{Network, ROUND, keys, network, signature_outside_subgroup};
use chain::{Error, FinalityCertificate, Result, Signature, ValidatorAddress, Weight};
use types::{Header, Round};

type Vote = (ValidatorAddress, Signature);

fn address(network: &Network, signer: usize) -> ValidatorAddress {
    network.keys[signer].public_key().address()
}

fn vote(network: &Network, header: &Header, round: Round, signer: usize) -> Vote {
    let signature = network.precommit(header, round, signer);
    (address(network, signer), signature)
}

fn aggregate(network: &Network, header: &Header, votes: Vec<Vote>) -> Result<FinalityCertificate> {
    FinalityCertificate::aggregate(
        &network.chain_id,
        &network.set,
        header.height,
        ROUND,
        &header.hash(),
        votes,
    )
}

fn signers(certificate: &FinalityCertificate) -> Vec<usize> {
    certificate
        .signers()
        .iter()
        .map(chain::ValidatorIndex::as_usize)
        .collect()
}

#[test]
fn too_few_good_votes() {
    let network = network(&[1; 6]);
    let header = network.first_header();
    for count in 0..=4 {
        let votes = (0..count)
            .map(|i| vote(&network, &header, ROUND, i))
            .collect();
        assert_eq!(
            aggregate(&network, &header, votes).unwrap_err(),
            Error::Quorum {
                what: "finality certificate",
                got: Weight::new(count as u64),
                total: Weight::new(6)
            }
        );
    }
}

#[test]
fn bad_votes_are_dropped_while_the_good_ones_suffice() {
    let network = network(&[1; 5]);
    let header = network.first_header();
    let mut votes: Vec<Vote> = (0..5).map(|i| vote(&network, &header, ROUND, i)).collect();
    votes[2] = vote(&network, &header, Round::new(3), 2);
    let certificate = aggregate(&network, &header, votes).unwrap();
    assert_eq!(signers(&certificate), [0, 1, 3, 4]);
    let again = certificate.to_unverified();
    assert!(again.verify(&network.chain_id, &network.set).is_ok());
}

#[test]
fn mixed_rounds_name_the_culprits() {
    let network = network(&[1; 4]);
    let header = network.first_header();
    let mut votes: Vec<Vote> = (0..4).map(|i| vote(&network, &header, ROUND, i)).collect();
    votes[1] = vote(&network, &header, Round::new(1), 1);
    votes[3] = vote(&network, &header, Round::new(1), 3);
    let mut culprits = vec![address(&network, 1), address(&network, 3)];
    culprits.sort();
    let error = aggregate(&network, &header, votes).unwrap_err();
    assert_eq!(
        error,
        Error::Culprits {
            got: Weight::new(2),
            total: Weight::new(4),
            culprits
        }
    );
}

#[test]
fn strangers_and_bytes_that_are_no_signature_are_culprits() {
    let network = network(&[1; 4]);
    let header = network.first_header();
    let stranger = keys(1, 77)[0].public_key().address();
    let good = vote(&network, &header, ROUND, 0);
    let votes = vec![
        good,
        (stranger, good.1),
        (address(&network, 1), signature_outside_subgroup()),
    ];
    let mut culprits = vec![stranger, address(&network, 1)];
    culprits.sort();
    assert_eq!(
        aggregate(&network, &header, votes).unwrap_err(),
        Error::Culprits {
            got: Weight::new(1),
            total: Weight::new(4),
            culprits
        }
    );
}

#[test]
fn a_vote_given_twice_counts_once() {
    let network = network(&[1; 3]);
    let header = network.first_header();
    let twice = vec![
        vote(&network, &header, ROUND, 0),
        vote(&network, &header, ROUND, 1),
        vote(&network, &header, ROUND, 1),
    ];
    assert!(matches!(
        aggregate(&network, &header, twice).unwrap_err(),
        Error::Quorum { got, .. } if got == Weight::new(2)
    ));
}

#[test]
fn nobody_can_crowd_out_anothers_vote() {
    let network = network(&[1; 3]);
    let header = network.first_header();
    let good: Vec<Vote> = (0..3).map(|i| vote(&network, &header, ROUND, i)).collect();
    let false_one = (good[1].0, good[2].1);
    for place in 0..=3 {
        let mut votes = good.clone();
        votes.insert(place, false_one);
        let certificate = aggregate(&network, &header, votes).unwrap();
        assert_eq!(signers(&certificate), [0, 1, 2]);
    }
}
