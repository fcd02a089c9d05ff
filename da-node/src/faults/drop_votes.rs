//! A validator that keeps its votes to itself: it follows the chain and proposes in its turn,
//! and nobody ever counts its weight.

/// What a validator says to the others in a round.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Spoken {
    /// A proposal.
    Proposal,
    /// A vote, for the first time or again.
    Vote,
    /// The votes of a round together, its own among them.
    Certificate,
}

impl Spoken {
    /// Whether it carries the validator's own vote.
    pub(crate) const fn has_vote(self) -> bool {
        matches!(self, Self::Vote | Self::Certificate)
    }
}
