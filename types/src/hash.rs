//! Tagged SHA-256: the only hash in the system.
//!
//! `tagged_hash(tag, parts) = SHA-256(tag as 32 bytes ‖ parts…)`, the tag being ASCII padded
//! with zeros on the right, so that an EVM contract writes it as a `bytes32` constant. Every
//! use has a tag of its own; a hash made for one use can never be read as another.

use sha2::{Digest, Sha256};

/// What a hash is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Tag {
    /// A blob's identity.
    BlobId,
    /// A block header.
    Header,
    /// A set of validators.
    ValidatorSet,
    /// A validator's address.
    ValidatorAddress,
    /// A genesis, whose hash is the chain's id.
    Genesis,
    /// A leaf of a Merkle tree.
    MerkleLeaf,
    /// An inner node of a Merkle tree.
    MerkleNode,
    /// The root of a Merkle tree together with its number of leaves.
    MerkleRoot,
    /// What a receipt signs.
    Receipt,
    /// What a precommit or prevote signs.
    Vote,
    /// What a proposal signs.
    Proposal,
    /// A value under consensus: a header with its references.
    BlockValue,
    /// The seed that draws a validator's custody.
    Custody,
    /// What a validator signs to bind a network identity to its key.
    PeerBinding,
    /// What a proposer signs to vouch for the bytes of a block that it proposes.
    ProposalPart,
    /// What a validator signs to name the account on Ethereum that owns its stake.
    Registration,
    /// What members of a validator set sign to approve a change of it.
    SetChange,
}

impl Tag {
    /// The 32 bytes that stand in front of what is hashed.
    #[must_use]
    pub const fn bytes(self) -> [u8; 32] {
        let text: &[u8] = match self {
            Self::BlobId => b"assay/blob-id/v1",
            Self::Header => b"assay/header/v1",
            Self::ValidatorSet => b"assay/validator-set/v1",
            Self::ValidatorAddress => b"assay/validator-address/v1",
            Self::Genesis => b"assay/genesis/v1",
            Self::MerkleLeaf => b"assay/merkle-leaf/v1",
            Self::MerkleNode => b"assay/merkle-node/v1",
            Self::MerkleRoot => b"assay/merkle-root/v1",
            Self::Receipt => b"assay/receipt/v1",
            Self::Vote => b"assay/vote/v1",
            Self::Proposal => b"assay/proposal/v1",
            Self::BlockValue => b"assay/block-value/v1",
            Self::Custody => b"assay/custody/v1",
            Self::PeerBinding => b"assay/peer-binding/v1",
            Self::ProposalPart => b"assay/proposal-part/v1",
            Self::Registration => b"assay/registration/v1",
            Self::SetChange => b"assay/set-change/v1",
        };
        let mut bytes = [0; 32];
        let mut i = 0;
        while i < text.len() {
            bytes[i] = text[i];
            i += 1;
        }
        bytes
    }
}

/// SHA-256 of the tag followed by the parts.
#[must_use]
pub fn tagged_hash(tag: Tag, parts: &[&[u8]]) -> [u8; 32] {
    let mut hasher = Sha256::new();
    hasher.update(tag.bytes());
    for part in parts {
        hasher.update(part);
    }
    hasher.finalize().into()
}
