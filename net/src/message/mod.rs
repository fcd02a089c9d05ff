//! What nodes ask one another, and what they answer.

mod answer;
pub(crate) mod approvals;
mod holdings;
mod peers;
pub(crate) mod rows;
#[cfg(test)]
mod tests;
pub(crate) mod wire;

pub(crate) use answer::Question;
pub use holdings::{HeldRow, MAX_HELD_ROWS};
pub use peers::MAX_PEERS;
pub(crate) use peers::is_short;
pub use rows::{RowCell, RowCells};
pub(crate) use wire::{Answer, Ask};

use crate::error::{Error, Result};
use bytes::Bytes;
use chain::{
    ColumnSet, ReceiptTerms, UnverifiedApproval, UnverifiedAvailability, UnverifiedBlock,
    UnverifiedFinality, UnverifiedHeader, UnverifiedReceipt, UnverifiedSetChange, ValidatorSet,
};
use libp2p::Multiaddr;
use types::{
    BlobId, BlobMeta, Commitment, Coordinates, GridRow, Height, RowIndex, SetHash, UnverifiedCell,
};

/// Most cells of one dispersal or one answer: 16 whole rows, 4.1 MiB.
pub const MAX_CELLS: usize = 2048;
/// Most coordinates of one request.
pub const MAX_SAMPLES: usize = 64;
/// Most headers of one answer.
pub const MAX_HEADERS: usize = 64;
/// Most blocks of one answer.
pub const MAX_BLOCKS: usize = 8;
/// Most certificates of one answer.
pub const MAX_CERTIFICATES: usize = 256;
/// Most changes of the validator set of one answer.
pub const MAX_CHANGES: usize = 8;
/// Most bytes of an encoded genesis.
pub const MAX_GENESIS_BYTES: usize = 512 << 10;

/// As how many stored cells a parity cell is charged, on top of itself.
const PARITY_WEIGHT: usize = 16;

/// A question to a peer.
#[derive(Debug, Clone)]
pub enum Request {
    /// The genesis, encoded. Its hash is the chain's id.
    Genesis,
    /// The newest final header.
    LatestHeader,
    /// Final headers, consecutive.
    Headers {
        /// The first height.
        from: Height,
        /// How many: 1 to [`MAX_HEADERS`].
        count: u16,
    },
    /// A validator set.
    ValidatorSet {
        /// Its hash.
        hash: SetHash,
    },
    /// A block's row commitments.
    Commitments {
        /// The block's height.
        height: Height,
    },
    /// Cells of a block's grid.
    Samples {
        /// The block's height.
        height: Height,
        /// Which: 1 to [`MAX_SAMPLES`].
        coordinates: Vec<Coordinates>,
    },
    /// A blob's description.
    BlobMeta {
        /// The blob.
        id: BlobId,
    },
    /// Cells of a blob, whether or not a block has it yet.
    BlobCells {
        /// The blob.
        id: BlobId,
        /// The first row, counted within the blob.
        first: RowIndex,
        /// How many rows: at least 1; rows times columns are at most [`MAX_CELLS`].
        count: u16,
        /// Which columns.
        columns: ColumnSet,
    },
    /// Cells that the receiver, a validator, is to verify and store. Only from validators.
    Disperse(Disperse),
    /// The receiver's receipt for a blob whose custody it has stored.
    Receipt {
        /// What it is to sign.
        terms: ReceiptTerms,
    },
    /// Certified blobs that no block references yet.
    Certificates,
    /// Decided blocks with their finality, consecutive.
    Blocks {
        /// The first height.
        from: Height,
        /// How many: 1 to [`MAX_BLOCKS`].
        count: u16,
    },
    /// Which cells of a block the receiver, a light node, keeps and would give. A full node is
    /// asked for cells outright.
    Holdings {
        /// The block's height.
        height: Height,
    },
    /// Light nodes that the receiver is connected with and that others can reach. The network
    /// answers this by itself.
    Peers,
    /// Where the receiver's consensus listens: one validator asks another.
    Contact,
    /// Changes of the validator set that wait for their epoch, with their approvals.
    Approvals,
}

/// Cells for a validator's custody. The description belongs to the terms' blob.
#[derive(Debug, Clone)]
pub struct Disperse {
    /// Under which terms the blob was accepted.
    pub terms: ReceiptTerms,
    /// What the blob is.
    pub meta: BlobMeta,
    /// The cells, rows ascending and below the blob's number of rows; at most [`MAX_CELLS`].
    pub rows: Vec<RowCells>,
}

/// An answer. Unverified, but of the kind and within the bounds of what was asked.
#[derive(Debug, Clone)]
pub enum Response {
    /// The encoded genesis, at most [`MAX_GENESIS_BYTES`].
    Genesis(Bytes),
    /// The newest final header that the peer has.
    LatestHeader(UnverifiedHeader),
    /// Headers from the height asked for on, 1 to as many as asked.
    Headers(Vec<UnverifiedHeader>),
    /// The set with the hash asked for.
    ValidatorSet(ValidatorSet),
    /// The commitments, in row order.
    Commitments(Vec<Commitment>),
    /// Those of the cells asked for that the peer has, none twice.
    Samples(Vec<UnverifiedCell>),
    /// The description that hashes to the id asked for.
    BlobMeta(BlobMeta),
    /// Those of the cells asked for that the peer has.
    BlobCells(Vec<RowCells>),
    /// The cells are stored.
    Dispersed {
        /// The receipt, once custody of every row is stored.
        receipt: Option<UnverifiedReceipt>,
    },
    /// The receipt asked for.
    Receipt(UnverifiedReceipt),
    /// Descriptions with their certificates, at most [`MAX_CERTIFICATES`].
    Certificates(Vec<(BlobMeta, UnverifiedAvailability)>),
    /// Blocks from the height asked for on, 1 to as many as asked.
    Blocks(Vec<(UnverifiedBlock, UnverifiedFinality)>),
    /// What the peer says that it keeps of the block: rows ascending, at most
    /// [`MAX_HELD_ROWS`], perhaps of a larger grid than the block's.
    Holdings(Vec<HeldRow>),
    /// Addresses of different peers, at most [`MAX_PEERS`], each with `/p2p/…`.
    Peers(Vec<Multiaddr>),
    /// Where the sender's consensus listens; ends in `/p2p/` and the peer there.
    Contact(Multiaddr),
    /// Changes, at most [`MAX_CHANGES`], each with the approvals that the peer has, at least
    /// one and none of a signer twice.
    Approvals(Vec<(UnverifiedSetChange, Vec<UnverifiedApproval>)>),
    /// The peer does not have it.
    NotFound,
    /// The peer had it; its retention is over.
    Pruned,
    /// Not now.
    Busy {
        /// When to try again, in milliseconds.
        retry_after_ms: u32,
    },
    /// Not at all.
    Refused {
        /// Why, cut to 200 bytes.
        reason: String,
    },
}

impl Request {
    /// The request's name, for logs and errors.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Genesis => "genesis",
            Self::LatestHeader => "latest header",
            Self::Headers { .. } => "headers",
            Self::ValidatorSet { .. } => "validator set",
            Self::Commitments { .. } => "commitments",
            Self::Samples { .. } => "samples",
            Self::BlobMeta { .. } => "blob description",
            Self::BlobCells { .. } => "blob cells",
            Self::Disperse(_) => "dispersal",
            Self::Receipt { .. } => "receipt",
            Self::Certificates => "certificates",
            Self::Blocks { .. } => "blocks",
            Self::Holdings { .. } => "holdings",
            Self::Peers => "peers",
            Self::Contact => "contact",
            Self::Approvals => "approvals",
        }
    }

    /// What answering takes beyond reading and sending, in bytes that are charged for it: a
    /// parity cell is one linear combination of its whole column.
    pub(crate) fn work(&self) -> usize {
        let Self::Samples { coordinates, .. } = self else {
            return 0;
        };
        let is_parity = |at: &&Coordinates| matches!(at.row, GridRow::Parity(_));
        let parity = coordinates.iter().filter(is_parity).count();
        parity * PARITY_WEIGHT * rows::encoded_len(0, 1)
    }

    /// Checks the bounds of a request, ours or a peer's.
    pub(crate) fn check(&self) -> Result<()> {
        match self {
            Self::Headers { count, .. } => within("headers", (*count).into(), 1, MAX_HEADERS),
            Self::Blocks { count, .. } => within("blocks", (*count).into(), 1, MAX_BLOCKS),
            Self::Samples { coordinates, .. } => {
                within("coordinates", coordinates.len(), 1, MAX_SAMPLES)
            }
            Self::BlobCells { count, columns, .. } => {
                let cells = usize::from(*count) * columns.iter().count();
                within("cells", cells, 1, MAX_CELLS)
            }
            Self::Disperse(disperse) => disperse.check(),
            Self::Genesis
            | Self::LatestHeader
            | Self::ValidatorSet { .. }
            | Self::Commitments { .. }
            | Self::BlobMeta { .. }
            | Self::Receipt { .. }
            | Self::Certificates
            | Self::Holdings { .. }
            | Self::Peers
            | Self::Contact
            | Self::Approvals => Ok(()),
        }
    }
}

impl Disperse {
    fn check(&self) -> Result<()> {
        within("cells", rows::count_cells(&self.rows), 1, MAX_CELLS)?;
        rows::check_order("disperse.rows", &self.rows)?;
        self.meta_belongs()?;
        if let Some(last) = self.rows.last() {
            let (row, rows) = (last.row.as_usize(), usize::from(self.meta.rows()));
            within("row of the blob", row, 0, rows.saturating_sub(1))?;
        }
        Ok(())
    }

    fn meta_belongs(&self) -> Result<(), crate::error::MessageError> {
        let (got, expected) = (self.meta.id(), self.terms.blob);
        if got == expected {
            Ok(())
        } else {
            Err(crate::error::MessageError::Mismatch {
                field: "disperse.meta",
                got: got.to_string(),
                expected: expected.to_string(),
            })
        }
    }
}

impl Response {
    /// The response's name, for logs and errors.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Genesis(_) => "genesis",
            Self::LatestHeader(_) => "latest header",
            Self::Headers(_) => "headers",
            Self::ValidatorSet(_) => "validator set",
            Self::Commitments(_) => "commitments",
            Self::Samples(_) => "samples",
            Self::BlobMeta(_) => "blob description",
            Self::BlobCells(_) => "blob cells",
            Self::Dispersed { .. } => "dispersed",
            Self::Receipt(_) => "receipt",
            Self::Certificates(_) => "certificates",
            Self::Blocks(_) => "blocks",
            Self::Holdings(_) => "holdings",
            Self::Peers(_) => "peers",
            Self::Contact(_) => "contact",
            Self::Approvals(_) => "approvals",
            Self::NotFound => "not found",
            Self::Pruned => "pruned",
            Self::Busy { .. } => "busy",
            Self::Refused { .. } => "refused",
        }
    }

    /// About how many bytes it takes on the wire: what the asker is charged.
    pub(crate) fn weight(&self) -> usize {
        match self {
            Self::Genesis(bytes) => bytes.len(),
            Self::Headers(headers) => headers.len() * answer::HEADER_BYTES,
            Self::Samples(cells) => rows::encoded_len(1, cells.len()),
            Self::BlobCells(rows) => rows::encoded_len(rows.len(), rows::count_cells(rows)),
            Self::Commitments(commitments) => commitments.len() * Commitment::BYTES,
            Self::Certificates(items) => items.len() * answer::CERTIFIED_BYTES,
            Self::Blocks(blocks) => blocks.len() * answer::BLOCK_BYTES,
            Self::ValidatorSet(set) => set.len() * 56,
            Self::Holdings(rows) => rows.len() * holdings::ROW_BYTES,
            Self::Peers(addrs) => addrs.iter().map(Multiaddr::len).sum(),
            Self::Approvals(changes) => changes.iter().map(approvals::encoded_len).sum(),
            _ => answer::SMALL_BYTES,
        }
    }
}

fn within(what: &'static str, got: usize, min: usize, max: usize) -> Result<()> {
    if (min..=max).contains(&got) {
        Ok(())
    } else {
        Err(Error::OutOfBounds {
            what,
            got: got as u64,
            min: min as u64,
            max: max as u64,
        })
    }
}
