//! Evidence that convicts nobody.

use crate::evidence::{header, proposals, sign_votes, votes};
use crate::samples::{network, seeded_network, signature_at_infinity, signature_outside_subgroup};
use chain::{Contradiction, Error, Signature, UnverifiedEquivocation, VoteKind};
use types::{Height, Round};

fn with_second_signature(
    mut evidence: UnverifiedEquivocation,
    signature: Signature,
) -> UnverifiedEquivocation {
    match &mut evidence.contradiction {
        Contradiction::Votes { votes, .. } => votes[1].signature = signature,
        Contradiction::Proposals(proposals) => proposals[1].signature = signature,
    }
    evidence
}

fn second_signature(evidence: &UnverifiedEquivocation) -> Signature {
    match &evidence.contradiction {
        Contradiction::Votes { votes, .. } => votes[1].signature,
        Contradiction::Proposals(proposals) => proposals[1].signature,
    }
}

#[test]
fn one_thing_twice_is_no_contradiction() {
    let network = network(&[1, 1, 1]);
    let key = &network.keys[0];
    for voted in [None, Some(header(1))] {
        let twice = sign_votes(&network, key, VoteKind::Precommit, [voted; 2]);
        let refused = twice.verify(&network.chain_id, &network.set).unwrap_err();
        let validator = key.public_key().address();
        assert_eq!(refused, Error::NoContradiction { validator });
        assert!(refused.is_peer_fault());
    }
    let twice = proposals(&network, 0, [(header(1), None); 2]);
    let refused = twice.verify(&network.chain_id, &network.set).unwrap_err();
    assert!(matches!(refused, Error::NoContradiction { .. }));
}

#[test]
fn forged_signatures_convict_nobody() {
    let network = network(&[1, 1, 1]);
    let honest = votes(&network, 0);
    let others = second_signature(&votes(&network, 1));
    let refused = |evidence: UnverifiedEquivocation| {
        evidence
            .verify(&network.chain_id, &network.set)
            .unwrap_err()
    };
    let is_forged = |error: &Error| matches!(error, Error::Signature { .. });

    // Another member's signature, and another member accused of ours.
    assert!(is_forged(&refused(with_second_signature(honest, others))));
    let accused = network.keys[2].public_key().address();
    assert!(is_forged(&refused(UnverifiedEquivocation {
        validator: accused,
        ..honest
    })));
    // True signatures moved to another place in the chain, or to the other kind.
    let moved = |height, round| UnverifiedEquivocation {
        at: chain::SignedAt {
            height: Height::new(height),
            round: Round::new(round),
            ..honest.at
        },
        ..honest
    };
    assert!(is_forged(&refused(moved(8, honest.at.round.get()))));
    assert!(is_forged(&refused(moved(7, honest.at.round.get() + 1))));
    let Contradiction::Votes { votes, .. } = honest.contradiction else {
        panic!("votes");
    };
    let kind = VoteKind::Precommit;
    assert!(is_forged(&refused(UnverifiedEquivocation {
        contradiction: Contradiction::Votes { kind, votes },
        ..honest
    })));
    // Points that are no signatures at all.
    for point in [signature_at_infinity(), signature_outside_subgroup()] {
        let error = refused(with_second_signature(honest, point));
        assert!(matches!(error, Error::SignaturePoint { .. }), "{error}");
    }
}

#[test]
fn evidence_of_another_chain_set_or_stranger_is_refused() {
    let (network, other) = (network(&[1, 1, 1]), seeded_network(&[1, 1, 1], 2));
    let honest = votes(&network, 0);
    let error = honest.verify(&other.chain_id, &network.set).unwrap_err();
    assert!(matches!(error, Error::Signature { .. }), "{error}");
    let error = honest.verify(&network.chain_id, &other.set).unwrap_err();
    assert_eq!(
        error,
        Error::WrongSet {
            got: network.set.hash(),
            expected: other.set.hash()
        }
    );
    let headers = [Some(header(1)), None];
    let stranger = sign_votes(&network, &other.keys[0], VoteKind::Prevote, headers);
    let error = stranger
        .verify(&network.chain_id, &network.set)
        .unwrap_err();
    assert!(matches!(error, Error::UnknownValidator { .. }), "{error}");
}

#[test]
fn encodings_cut_short_stretched_or_out_of_range_do_not_read() {
    let network = network(&[1, 1]);
    let made = [(header(1), Some(Round::new(1))), (header(2), None)];
    for evidence in [votes(&network, 0), proposals(&network, 0, made)] {
        let bytes = evidence.encode();
        for cut in [0, 1, 64, 65, bytes.len() - 1] {
            assert!(
                UnverifiedEquivocation::decode(&bytes[..cut]).is_err(),
                "{cut}"
            );
        }
        let mut stretched = bytes.clone();
        stretched.push(0);
        assert!(UnverifiedEquivocation::decode(&stretched).is_err());
    }
    // The code, the first flag, the header behind a flag of 0, a vote's proof-of-lock round.
    let vote = votes(&network, 0).encode();
    let second = 65 + 134;
    for (at, byte) in [(64, 0), (64, 4), (65, 2), (second + 1, 9), (65 + 33, 1)] {
        let mut bytes = vote.clone();
        bytes[at] = byte;
        assert!(
            UnverifiedEquivocation::decode(&bytes).is_err(),
            "{at}: {byte}"
        );
    }
    // A proposal of nothing.
    let mut bytes = proposals(&network, 0, made).encode();
    bytes[65..65 + 33].fill(0);
    assert!(UnverifiedEquivocation::decode(&bytes).is_err());
}
