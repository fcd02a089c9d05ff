//! Evidence that anybody can check.

use crate::samples::{Network, ROUND, network};
use chain::{
    Contradiction, SignedAt, SignedProposal, SignedVote, SigningKey, UnverifiedEquivocation,
    VoteKind, proposal_digest, vote_digest,
};
use types::{HeaderHash, Height, Round};

pub(crate) fn header(fill: u8) -> HeaderHash {
    HeaderHash::new([fill; 32])
}

pub(crate) fn place(network: &Network) -> SignedAt {
    SignedAt {
        set: network.set.hash(),
        height: Height::new(7),
        round: ROUND,
    }
}

/// Two votes by this key.
pub(crate) fn sign_votes(
    network: &Network,
    key: &SigningKey,
    kind: VoteKind,
    headers: [Option<HeaderHash>; 2],
) -> UnverifiedEquivocation {
    let at = place(network);
    let votes = headers.map(|header| {
        let (chain, set, voted) = (&network.chain_id, &at.set, header.as_ref());
        let digest = vote_digest(chain, set, at.height, at.round, kind, voted);
        SignedVote {
            header,
            signature: key.sign_digest(&digest),
        }
    });
    UnverifiedEquivocation {
        validator: key.public_key().address(),
        at,
        contradiction: Contradiction::Votes { kind, votes },
    }
}

/// Two prevotes of one member, for something and for nothing.
pub(crate) fn votes(network: &Network, signer: usize) -> UnverifiedEquivocation {
    let headers = [Some(header(1)), None];
    sign_votes(network, &network.keys[signer], VoteKind::Prevote, headers)
}

/// Two proposals of one member.
pub(crate) fn proposals(
    network: &Network,
    signer: usize,
    made: [(HeaderHash, Option<Round>); 2],
) -> UnverifiedEquivocation {
    let (key, at) = (&network.keys[signer], place(network));
    let proposals = made.map(|(header, pol_round)| {
        let (chain, set) = (&network.chain_id, &at.set);
        let digest = proposal_digest(chain, set, at.height, at.round, pol_round, &header);
        SignedProposal {
            header,
            pol_round,
            signature: key.sign_digest(&digest),
        }
    });
    UnverifiedEquivocation {
        validator: key.public_key().address(),
        at,
        contradiction: Contradiction::Proposals(proposals),
    }
}

#[test]
fn two_votes_and_two_proposals_convict_whoever_signed_them() {
    let network = network(&[1, 2, 3]);
    let again = Some(Round::new(1));
    let evidence = [
        votes(&network, 1),
        proposals(&network, 1, [(header(1), None), (header(2), None)]),
        // One header in one round, once as new and once as proposed again.
        proposals(&network, 1, [(header(1), None), (header(1), again)]),
    ];
    for unverified in evidence {
        let verified = unverified.verify(&network.chain_id, &network.set).unwrap();
        assert_eq!(verified.index().as_usize(), 1);
        assert_eq!(verified.validator(), unverified.validator);
        assert_eq!(verified.at(), &place(&network));
        assert_eq!(verified.chain_id(), network.chain_id);
        assert_eq!(verified.to_unverified(), unverified);
    }
}

#[test]
fn names_and_codes_tell_what_was_signed_twice() {
    let network = network(&[1]);
    let vote = votes(&network, 0).contradiction;
    assert_eq!((vote.name(), vote.code()), ("prevotes", 1));
    assert_eq!(vote.headers(), [Some(header(1)), None]);
    let made = [(header(1), None), (header(2), None)];
    let proposal = proposals(&network, 0, made).contradiction;
    assert_eq!((proposal.name(), proposal.code()), ("proposals", 3));
    assert_eq!(proposal.headers(), [Some(header(1)), Some(header(2))]);
}

#[test]
fn evidence_reads_back_as_it_was_written() {
    let network = network(&[1, 1]);
    let again = Some(Round::new(1));
    let made = [(header(1), again), (header(2), None)];
    for evidence in [votes(&network, 0), proposals(&network, 1, made)] {
        let bytes = evidence.encode();
        assert_eq!(bytes.len(), UnverifiedEquivocation::BYTES);
        assert_eq!(UnverifiedEquivocation::decode(&bytes).unwrap(), evidence);
    }
}
