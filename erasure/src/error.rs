//! What can be wrong with rows, cells and payloads.

use algebra::AlgebraError;
use types::{ColumnIndex, GridDimensions, GridRow};

use crate::ShardIndex;

/// Why coding or decoding was refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ErasureError {
    /// A size or an element that no noun allows (fault of whoever made the bytes).
    #[error(transparent)]
    Noun(#[from] types::Error),
    /// An element of a raw payload is not below the field's order (fault of the poster).
    #[error("raw payload: element {element} of row {row} is not below the group order")]
    RawElement {
        /// Row of the payload, from 0.
        row: usize,
        /// Element of that row, from 0.
        element: usize,
    },
    /// The rows cannot hold exactly what their length header says (fault of the poster).
    #[error("packed rows: header says {length} bytes, which takes {expected} rows, got {got}")]
    PackedLength {
        /// Payload bytes that the header claims.
        length: u32,
        /// Rows given.
        got: usize,
        /// Rows that the claim takes.
        expected: usize,
    },
    /// A packed element uses its top byte (fault of the poster).
    #[error("packed rows: element {element} of row {row} has top byte {got}, expected 0")]
    PackedTopByte {
        /// Row, from 0.
        row: usize,
        /// Element of that row, from 0.
        element: usize,
        /// The byte found.
        got: u8,
    },
    /// Something other than zero follows the packed payload (fault of the poster).
    #[error("packed rows: byte {offset} after the payload is {got}, expected 0")]
    PackedPadding {
        /// Offset from the payload's end.
        offset: usize,
        /// The byte found.
        got: u8,
    },
    /// The rows unpack to another length than the blob's description says (fault of the poster).
    #[error("packed rows hold {got} bytes, expected {expected}")]
    PayloadLength {
        /// Bytes in the rows.
        got: usize,
        /// Bytes that the description says.
        expected: usize,
    },
    /// A grid of no rows has no column code (fault of the caller).
    #[error("a grid of 0 rows has no column code, expected at least 1")]
    EmptyGrid,
    /// More or fewer rows than the operation takes (fault of the caller).
    #[error("got {got} rows, expected {expected}")]
    RowCount {
        /// Rows given.
        got: usize,
        /// Rows needed.
        expected: usize,
    },
    /// The grid has no such row (fault of the caller).
    #[error("row {got} is foreign to a grid of {dimensions}")]
    ForeignRow {
        /// The row named.
        got: GridRow,
        /// The grid's dimensions.
        dimensions: GridDimensions,
    },
    /// A row was given twice (fault of the caller).
    #[error("row {got} was given twice, expected distinct rows")]
    DuplicateRow {
        /// The row.
        got: GridRow,
    },
    /// A row is shorter or longer than the first one (fault of the caller).
    #[error("row number {row} has {got} elements, expected {expected} as the first one")]
    Ragged {
        /// Position of the row among those given.
        row: usize,
        /// Its elements.
        got: usize,
        /// Elements of the first row.
        expected: usize,
    },
    /// Fewer cells than recover a row (fault of the caller).
    #[error("got {got} cells of the row, expected at least {expected}")]
    TooFewCells {
        /// Cells given.
        got: usize,
        /// Cells that suffice.
        expected: usize,
    },
    /// A cell of a row was given twice (fault of the caller).
    #[error("column {got} was given twice, expected distinct columns")]
    DuplicateColumn {
        /// The column.
        got: ColumnIndex,
    },
    /// The cells belong to no single row (fault of whoever made them, if they were not verified).
    #[error("cells lie on no polynomial of degree below 4096: they belong to different rows")]
    Inconsistent,
    /// No code of this name is built, or this machine cannot run it (fault of whoever configured
    /// it).
    #[error("no code {got:?}: {reason}")]
    NoSuchCode {
        /// The name asked for.
        got: String,
        /// What is missing, or expected.
        reason: &'static str,
    },
    /// The code does not have so many data shards (fault of the caller).
    #[error("got {got} data shards, expected 1 to {limit}")]
    DataShards {
        /// k.
        got: usize,
        /// The largest k.
        limit: usize,
    },
    /// The code does not have so many shards (fault of the caller).
    #[error("got {got} shards in all, expected {least} to {limit}")]
    Shards {
        /// n.
        got: usize,
        /// k.
        least: usize,
        /// The largest n for that k.
        limit: usize,
    },
    /// The code does not have shards of this length (fault of the caller).
    #[error(
        "got shards of {got} bytes, expected a multiple of {multiple} from {multiple} to {limit}"
    )]
    ShardBytes {
        /// Bytes of a shard.
        got: usize,
        /// What the length must be a multiple of.
        multiple: usize,
        /// The longest shard for that n.
        limit: usize,
    },
    /// More or fewer data shards than the code has (fault of the caller).
    #[error("got {got} data shards to encode, expected {expected}")]
    DataShardCount {
        /// Shards given.
        got: usize,
        /// k.
        expected: usize,
    },
    /// A shard is longer or shorter than the code's (fault of the caller, who knows the length
    /// before it asks for shards).
    #[error("shard {shard} has {got} bytes, expected {expected}")]
    RaggedShard {
        /// The shard.
        shard: ShardIndex,
        /// Its bytes.
        got: usize,
        /// Bytes of a shard of the code.
        expected: usize,
    },
    /// The code has no such shard (fault of the caller).
    #[error("shard {got} is foreign to a code of {shards} shards")]
    ForeignShard {
        /// The shard named.
        got: ShardIndex,
        /// n.
        shards: usize,
    },
    /// A shard was given twice (fault of the caller).
    #[error("shard {got} was given twice, expected distinct shards")]
    DuplicateShard {
        /// The shard.
        got: ShardIndex,
    },
    /// Fewer shards than recover the data (fault of the caller).
    #[error("got {got} shards, expected at least {expected}")]
    TooFewShards {
        /// Shards given.
        got: usize,
        /// k.
        expected: usize,
    },
    /// An element of a shard is not below the field's order (fault of whoever made the shard).
    #[error("element {element} of shard {shard} is not below the group order")]
    ShardElement {
        /// The shard.
        shard: ShardIndex,
        /// Element of that shard, from 0.
        element: usize,
    },
    /// The shards are of no one encoding (fault of whoever made them).
    #[error("the {got} shards are of no one encoding of {data_shards} data shards")]
    InconsistentShards {
        /// Shards given.
        got: usize,
        /// k.
        data_shards: usize,
    },
    /// The library behind a code refused; cannot happen for inputs that passed the other checks.
    #[error("{code}: {reason}")]
    CodeLibrary {
        /// Name of the code.
        code: &'static str,
        /// What the library says.
        reason: String,
    },
    /// The arithmetic refused; cannot happen for inputs that passed the other checks.
    #[error(transparent)]
    Algebra(#[from] AlgebraError),
}

impl ErasureError {
    /// Whether the one who made the bytes is at fault; otherwise the calling code is.
    #[must_use]
    pub fn is_peer_fault(&self) -> bool {
        match self {
            Self::Noun(_)
            | Self::RawElement { .. }
            | Self::PackedLength { .. }
            | Self::PackedTopByte { .. }
            | Self::PackedPadding { .. }
            | Self::PayloadLength { .. }
            | Self::Inconsistent
            | Self::ShardElement { .. }
            | Self::InconsistentShards { .. } => true,
            Self::Algebra(error) => error.is_peer_fault(),
            Self::EmptyGrid
            | Self::RowCount { .. }
            | Self::ForeignRow { .. }
            | Self::DuplicateRow { .. }
            | Self::Ragged { .. }
            | Self::TooFewCells { .. }
            | Self::DuplicateColumn { .. }
            | Self::NoSuchCode { .. }
            | Self::DataShards { .. }
            | Self::Shards { .. }
            | Self::ShardBytes { .. }
            | Self::DataShardCount { .. }
            | Self::RaggedShard { .. }
            | Self::ForeignShard { .. }
            | Self::DuplicateShard { .. }
            | Self::TooFewShards { .. }
            | Self::CodeLibrary { .. } => false,
        }
    }
}
