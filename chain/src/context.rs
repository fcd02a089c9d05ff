//! What decides about a block from outside.

use crate::{ChainParams, CheckedGenesis, FinalHeader, Tenure};
use types::{BlobId, ChainId, Header, HeaderHash, Height, Timestamp};

/// What a block builds on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Parent {
    /// Its header's hash.
    pub hash: HeaderHash,
    /// Its height.
    pub height: Height,
    /// Its time.
    pub time: Timestamp,
}

impl Parent {
    /// What the first block builds on; the chain's id stands for the hash.
    #[must_use]
    pub const fn genesis(genesis: &CheckedGenesis) -> Self {
        Self {
            hash: HeaderHash::new(genesis.chain_id().to_bytes()),
            height: Height::GENESIS,
            time: genesis.time(),
        }
    }

    /// This header as a parent.
    #[must_use]
    pub fn of(header: &Header) -> Self {
        Self {
            hash: header.hash(),
            height: header.height,
            time: header.time,
        }
    }
}

impl From<&FinalHeader> for Parent {
    fn from(header: &FinalHeader) -> Self {
        Self {
            hash: header.hash(),
            height: header.header().height,
            time: header.header().time,
        }
    }
}

/// Everything outside a block that decides whether it is valid.
#[derive(Clone, Copy)]
pub struct BlockContext<'a> {
    /// The chain.
    pub chain_id: ChainId,
    /// The sets of this height: the one in force certifies the block, and it and the one before
    /// it certify the blobs.
    pub tenure: &'a Tenure,
    /// The block before.
    pub parent: Parent,
    /// The chain's parameters.
    pub params: &'a ChainParams,
    /// Our clock; none for a block that is final already, whose time no longer needs judging.
    pub now: Option<Timestamp>,
    /// Whether a blob was ordered by the parent or any block before.
    pub is_ordered: &'a dyn Fn(&BlobId) -> bool,
}
