//! Block headers.

use crate::hex_bytes::hex_bytes;
use crate::{
    ChainId, CommitmentsRoot, Error, GridDimensions, Height, IndexRoot, Reader, Result, Tag,
    Timestamp, Writer, tagged_hash,
};

hex_bytes! {
    /// A header's hash: what a finality certificate signs and what a checkpoint names.
    HeaderHash, 32, "header hash"
}

hex_bytes! {
    /// The hash of a validator set.
    SetHash, 32, "validator set hash"
}

/// A block's header: consistent in itself, but no more true than the certificate behind it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Header {
    /// The chain.
    pub chain_id: ChainId,
    /// The block's place.
    pub height: Height,
    /// When it was proposed.
    pub time: Timestamp,
    /// The header before; at height 1 the chain's id in its place.
    pub parent: HeaderHash,
    /// How many rows the block has.
    pub dimensions: GridDimensions,
    /// The root over the rows' commitments.
    pub commitments_root: CommitmentsRoot,
    /// The root over the blobs' entries.
    pub index_root: IndexRoot,
    /// The set that certifies this block.
    pub validators: SetHash,
    /// The set that certifies the next.
    pub next_validators: SetHash,
}

impl Header {
    /// The version that this code writes and reads.
    pub const VERSION: u16 = 1;
    /// Bytes of an encoding.
    pub const BYTES: usize = 2 + 32 + 8 + 8 + 32 + 2 + 32 + 32 + 32 + 32;

    /// `SHA-256(tag ‖ encoding)`.
    #[must_use]
    pub fn hash(&self) -> HeaderHash {
        HeaderHash::new(tagged_hash(Tag::Header, &[&self.encode()]))
    }

    /// `version u16 ‖ chain id ‖ height u64 ‖ time u64 ‖ parent ‖ rows u16 ‖ commitments root ‖
    /// index root ‖ validators ‖ next validators`.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        Writer::new()
            .u16(Self::VERSION)
            .raw(self.chain_id.as_bytes())
            .u64(self.height.get())
            .u64(self.time.get())
            .raw(self.parent.as_bytes())
            .u16(self.dimensions.rows())
            .raw(self.commitments_root.as_bytes())
            .raw(self.index_root.as_bytes())
            .raw(self.validators.as_bytes())
            .raw(self.next_validators.as_bytes())
            .finish()
    }

    /// Reads an encoding.
    ///
    /// # Errors
    /// An unknown version, too many rows, the height of the genesis, bytes missing or left over.
    pub fn decode(bytes: &[u8]) -> Result<Self> {
        let mut reader = Reader::new("header", bytes);
        let version = reader.u16()?;
        if version != Self::VERSION {
            return Err(Error::OutOfRange {
                what: "header version",
                got: u64::from(version),
                min: u64::from(Self::VERSION),
                max: u64::from(Self::VERSION),
            });
        }
        let chain_id = ChainId::new(reader.array()?);
        let height = Height::new(reader.u64()?);
        if height == Height::GENESIS {
            return Err(Error::OutOfRange {
                what: "height of a block",
                got: 0,
                min: 1,
                max: u64::MAX,
            });
        }
        let header = Self {
            chain_id,
            height,
            time: Timestamp::new(reader.u64()?),
            parent: HeaderHash::new(reader.array()?),
            dimensions: GridDimensions::new(u64::from(reader.u16()?))?,
            commitments_root: CommitmentsRoot::new(reader.array()?),
            index_root: IndexRoot::new(reader.array()?),
            validators: SetHash::new(reader.array()?),
            next_validators: SetHash::new(reader.array()?),
        };
        reader.finish()?;
        Ok(header)
    }
}
