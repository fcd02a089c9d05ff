//! What can be wrong with a noun.

use crate::{ColumnIndex, GridDimensions, GridRow, Namespace};

/// The result of building or checking a noun.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// A noun that cannot be. All of these describe input: the fault lies with whoever sent it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Bytes of the wrong length.
    #[error("{what}: got {got} bytes, expected {expected}")]
    Length {
        /// What was being read.
        what: &'static str,
        /// Bytes received.
        got: usize,
        /// Bytes expected.
        expected: usize,
    },
    /// Text that is not the hexadecimal form of the noun.
    #[error("{what}: {got:?} is not {expected} hexadecimal digits")]
    Hex {
        /// What was being read.
        what: &'static str,
        /// The text received, cut to its first 80 characters.
        got: String,
        /// Digits expected.
        expected: usize,
    },
    /// An encoding that goes on after its end.
    #[error("{what}: {got} bytes left over after its end, expected none")]
    TrailingBytes {
        /// What was being read.
        what: &'static str,
        /// Bytes left over.
        got: usize,
    },
    /// A code that names nothing.
    #[error("{what}: got code {got}, expected at most {max}")]
    Code {
        /// What was being read.
        what: &'static str,
        /// The code received.
        got: u64,
        /// The greatest code in use.
        max: u64,
    },
    /// A count or an index outside its bounds.
    #[error("{what}: got {got}, expected {min}..={max}")]
    OutOfRange {
        /// What was being read.
        what: &'static str,
        /// The value received.
        got: u64,
        /// The least value allowed.
        min: u64,
        /// The greatest value allowed.
        max: u64,
    },
    /// An element that is not below the scalar field's modulus.
    #[error(
        "element {element} is not canonical: got {got}, expected a value below the scalar modulus"
    )]
    NonCanonicalElement {
        /// Position of the element among those given.
        element: usize,
        /// Its 32 bytes in hexadecimal.
        got: String,
    },
    /// A namespace that the protocol keeps for itself.
    #[error("namespace {got} is reserved, expected any other than all zeros and all ones")]
    ReservedNamespace {
        /// The namespace received.
        got: Namespace,
    },
    /// A raw payload that is not a whole number of rows.
    #[error("raw payload: got {got} bytes, expected a positive multiple of {row_bytes}")]
    RawLength {
        /// Bytes received.
        got: u64,
        /// Bytes of a row.
        row_bytes: usize,
    },
    /// More or fewer rows than the payload's length makes.
    #[error("blob: got {got} rows, expected {expected} for its length")]
    RowCount {
        /// Rows received.
        got: usize,
        /// Rows that the mode and length make.
        expected: usize,
    },
    /// Coordinates that lie outside a grid.
    #[error("cell at row {row}, column {column} is outside a grid of {dimensions}")]
    OutsideGrid {
        /// The row named.
        row: GridRow,
        /// The column named.
        column: ColumnIndex,
        /// The grid's dimensions.
        dimensions: GridDimensions,
    },
    /// A Merkle proof that does not lead to the root.
    #[error("{what}: proof leads to {got}, expected {expected}")]
    MerkleRoot {
        /// What was being proven.
        what: &'static str,
        /// The root that the proof leads to.
        got: String,
        /// The root that was trusted.
        expected: String,
    },
    /// Entries of an index that are out of order, overlap or leave a gap.
    #[error("index: entry {entry} {problem}")]
    IndexOrder {
        /// Position of the entry.
        entry: usize,
        /// What is wrong with it.
        problem: &'static str,
    },
}

impl Error {
    /// A hexadecimal error with the text cut to a bounded length.
    #[must_use]
    pub fn hex(what: &'static str, got: &str, expected: usize) -> Self {
        Self::Hex {
            what,
            got: got.chars().take(80).collect(),
            expected,
        }
    }
}
