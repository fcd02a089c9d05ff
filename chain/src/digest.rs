//! What is signed: one 32-byte digest per purpose.
//!
//! Every digest covers the chain id, and every one but a peer's binding and a registration the
//! hash of the set that signs: a signature means nothing on another chain or under another set.
//! Validators who sign one thing sign the same 32 bytes, so that their signatures aggregate.

use crate::{L1Address, L1ChainId};
use types::{
    BlobId, ChainId, HeaderHash, Height, Round, SetHash, Tag, Timestamp, Writer, tagged_hash,
};

/// Bytes to be signed. Only the functions of this module make one, so that nobody can be
/// brought to sign a hash of unknown origin.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Digest([u8; 32]);

impl Digest {
    fn of(tag: Tag, encoding: &[u8]) -> Self {
        Self(tagged_hash(tag, &[encoding]))
    }

    /// The bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl std::fmt::Display for Digest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}

impl std::fmt::Debug for Digest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Digest({self})")
    }
}

/// Which of the two votes of a round (Tendermint, arXiv:1807.04938).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum VoteKind {
    /// The first vote: the proposal is valid.
    Prevote,
    /// The second vote: two thirds have prevoted. Precommits make the finality certificate.
    Precommit,
}

impl VoteKind {
    /// The kind's code in what is signed.
    #[must_use]
    pub const fn code(self) -> u8 {
        match self {
            Self::Prevote => 1,
            Self::Precommit => 2,
        }
    }
}

/// What a receipt signs:
/// `chain id ‖ set hash ‖ blob id ‖ accepted at u64 ‖ expires at u64` under [`Tag::Receipt`].
#[must_use]
pub fn receipt_digest(
    chain: &ChainId,
    set: &SetHash,
    blob: &BlobId,
    accepted_at: Timestamp,
    expires_at: Timestamp,
) -> Digest {
    let encoding = Writer::new()
        .raw(chain.as_bytes())
        .raw(set.as_bytes())
        .raw(blob.as_bytes())
        .u64(accepted_at.get())
        .u64(expires_at.get())
        .finish();
    Digest::of(Tag::Receipt, &encoding)
}

/// What a vote signs:
/// `chain id ‖ set hash ‖ height u64 ‖ round u32 ‖ kind u8 ‖ flag u8 ‖ header hash` under
/// [`Tag::Vote`]. A vote for nothing has flag 0 and 32 zero bytes, any other flag 1.
#[must_use]
pub fn vote_digest(
    chain: &ChainId,
    set: &SetHash,
    height: Height,
    round: Round,
    kind: VoteKind,
    header: Option<&HeaderHash>,
) -> Digest {
    let nil = HeaderHash::new([0; HeaderHash::BYTES]);
    let encoding = Writer::new()
        .raw(chain.as_bytes())
        .raw(set.as_bytes())
        .u64(height.get())
        .u32(round.get())
        .u8(kind.code())
        .u8(u8::from(header.is_some()))
        .raw(header.unwrap_or(&nil).as_bytes())
        .finish();
    Digest::of(Tag::Vote, &encoding)
}

/// What a proposal signs:
/// `chain id ‖ set hash ‖ height u64 ‖ round u32 ‖ flag u8 ‖ proof-of-lock round u32 ‖ header
/// hash` under [`Tag::Proposal`]. Without a proof-of-lock round the flag and the round are 0.
#[must_use]
pub fn proposal_digest(
    chain: &ChainId,
    set: &SetHash,
    height: Height,
    round: Round,
    pol_round: Option<Round>,
    header: &HeaderHash,
) -> Digest {
    let encoding = Writer::new()
        .raw(chain.as_bytes())
        .raw(set.as_bytes())
        .u64(height.get())
        .u32(round.get())
        .u8(u8::from(pol_round.is_some()))
        .u32(pol_round.unwrap_or_default().get())
        .raw(header.as_bytes())
        .finish();
    Digest::of(Tag::Proposal, &encoding)
}

/// What a proposer signs to vouch for the bytes of a block:
/// `chain id ‖ set hash ‖ height u64 ‖ round u32 ‖ flag u8 ‖ proof-of-lock round u32 ‖ block`
/// under [`Tag::ProposalPart`]. The header's hash does not cover a block's certificates, this
/// does. The block stands last, so its length needs no field.
#[must_use]
pub fn proposal_part_digest(
    chain: &ChainId,
    set: &SetHash,
    height: Height,
    round: Round,
    pol_round: Option<Round>,
    block: &[u8],
) -> Digest {
    let encoding = Writer::new()
        .raw(chain.as_bytes())
        .raw(set.as_bytes())
        .u64(height.get())
        .u32(round.get())
        .u8(u8::from(pol_round.is_some()))
        .u32(pol_round.unwrap_or_default().get())
        .raw(block)
        .finish();
    Digest::of(Tag::ProposalPart, &encoding)
}

/// What a validator signs to bind a network identity to its key: `chain id ‖ peer id` under
/// [`Tag::PeerBinding`]. The peer id stands last, so its length needs no field.
#[must_use]
pub fn peer_binding_digest(chain: &ChainId, peer_id: &[u8]) -> Digest {
    let encoding = Writer::new().raw(chain.as_bytes()).raw(peer_id).finish();
    Digest::of(Tag::PeerBinding, &encoding)
}

/// What a validator signs to have an account of Ethereum own its stake:
/// `chain id ‖ L1 chain id u64 ‖ registry ‖ owner` under [`Tag::Registration`].
#[must_use]
pub fn registration_digest(
    chain: &ChainId,
    l1_chain: L1ChainId,
    registry: &L1Address,
    owner: &L1Address,
) -> Digest {
    let encoding = Writer::new()
        .raw(chain.as_bytes())
        .u64(l1_chain.get())
        .raw(registry.as_bytes())
        .raw(owner.as_bytes())
        .finish();
    Digest::of(Tag::Registration, &encoding)
}

/// What a member signs to approve a change of its set: the change's encoding under
/// [`Tag::SetChange`].
pub(crate) fn set_change_digest(encoding: &[u8]) -> Digest {
    Digest::of(Tag::SetChange, encoding)
}

#[cfg(test)]
mod tests;
