//! What the engine noticed of validators that contradicted themselves, in `chain`'s own types.

use super::context::{Address, AssayContext, Proposal, Signature, Vote, defined, vote_kind};
use chain::{
    Contradiction, SignedAt, SignedProposal, SignedVote, UnverifiedEquivocation, VoteKind,
};
use malachite::app::types::MisbehaviorEvidence;
use malachite::app::types::core::{NilOrVal, Round, SignedMessage};
use types::{Height, SetHash};

type Signed<T> = SignedMessage<AssayContext, T>;

/// All pairs of a height: at most three per validator and kind, which is the engine's bound. What
/// was signed in the nil round is no evidence, since nothing is signed there.
pub(super) fn equivocations(
    set: SetHash,
    evidence: &MisbehaviorEvidence<AssayContext>,
) -> Vec<UnverifiedEquivocation> {
    let votes = evidence.votes.iter().flat_map(|(voter, pairs)| {
        let found = pairs
            .iter()
            .filter_map(move |pair| of_votes(set, *voter, pair));
        found.collect::<Vec<_>>()
    });
    let proposals = evidence.proposals.iter().flat_map(|(proposer, pairs)| {
        let found = pairs
            .iter()
            .filter_map(move |pair| of_proposals(set, *proposer, pair));
        found.collect::<Vec<_>>()
    });
    votes.chain(proposals).collect()
}

fn at(set: SetHash, height: Height, round: Round) -> Option<SignedAt> {
    let round = defined(round)?;
    Some(SignedAt { set, height, round })
}

fn of_votes(
    set: SetHash,
    voter: Address,
    (first, second): &(Signed<Vote>, Signed<Vote>),
) -> Option<UnverifiedEquivocation> {
    let signed = |vote: &Signed<Vote>| SignedVote {
        header: match vote.message.value {
            NilOrVal::Nil => None,
            NilOrVal::Val(id) => Some(id.0),
        },
        signature: signature(&vote.signature),
    };
    let kind: VoteKind = vote_kind(first.message.kind);
    Some(UnverifiedEquivocation {
        validator: voter.to_chain(),
        at: at(set, first.message.height.0, first.message.round)?,
        contradiction: Contradiction::Votes {
            kind,
            votes: [signed(first), signed(second)],
        },
    })
}

fn of_proposals(
    set: SetHash,
    proposer: Address,
    (first, second): &(Signed<Proposal>, Signed<Proposal>),
) -> Option<UnverifiedEquivocation> {
    let signed = |proposal: &Signed<Proposal>| SignedProposal {
        header: proposal.message.value.0,
        pol_round: defined(proposal.message.pol_round),
        signature: signature(&proposal.signature),
    };
    Some(UnverifiedEquivocation {
        validator: proposer.to_chain(),
        at: at(set, first.message.height.0, first.message.round)?,
        contradiction: Contradiction::Proposals([signed(first), signed(second)]),
    })
}

fn signature(signature: &Signature) -> chain::Signature {
    signature.to_chain()
}
