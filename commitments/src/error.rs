//! What can be wrong with commitments, proofs and cells.

use algebra::AlgebraError;
use erasure::ErasureError;
use types::{ColumnIndex, CommitmentsRoot, Coordinates, GridRow, RowIndex};

/// Why an operation of this crate was refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CommitmentError {
    /// The ceremony's bytes are not the ones this crate was written for (our installation's fault).
    #[error("trusted set-up: SHA-256 is {got}, expected {expected}")]
    SetupHash {
        /// Hash of the bytes given, in hexadecimal.
        got: String,
        /// The pinned hash.
        expected: &'static str,
    },
    /// The ceremony's text does not hold what its head says (our installation's fault).
    #[error("trusted set-up: got {got} {what}, expected {expected}")]
    SetupShape {
        /// What was counted.
        what: &'static str,
        /// How many there are.
        got: usize,
        /// How many there should be.
        expected: usize,
    },
    /// No pool of threads could be made (our machine's fault).
    #[error("cannot start {threads} threads: {reason}")]
    Threads {
        /// Threads asked for.
        threads: usize,
        /// The system's answer.
        reason: String,
    },
    /// An index, a size or an element that no noun allows (fault of whoever made the bytes).
    #[error(transparent)]
    Noun(#[from] types::Error),
    /// The row's commitment is not a point of G1 (fault of whoever made it).
    #[error("commitment of row {row}: {source}")]
    BadCommitment {
        /// Position among the commitments given.
        row: usize,
        /// What the decoder says.
        source: AlgebraError,
    },
    /// The commitments do not hash to the root (fault of whoever handed them over).
    #[error("commitments have root {got}, expected {expected}")]
    WrongRoot {
        /// Their root.
        got: CommitmentsRoot,
        /// The trusted root.
        expected: CommitmentsRoot,
    },
    /// The proof is not a point of G1 (fault of whoever made it).
    #[error("proof of the cell at {at} is no point of G1")]
    BadProof {
        /// Where the cell is claimed to stand.
        at: Coordinates,
    },
    /// Cell and proof are well formed, but do not open the commitment there (fault of whoever
    /// made them).
    #[error("cell at {at} does not open its row's commitment")]
    WrongCell {
        /// Where the cell is claimed to stand.
        at: Coordinates,
    },
    /// Some proof in the batch is not a point of G1 (fault of a peer; blaming tells which).
    #[error("a proof among those of {cells} cells is no point of G1")]
    BatchMalformed {
        /// Cells in the batch.
        cells: usize,
    },
    /// Some cell in the batch does not open its commitment (fault of a peer; blaming tells which).
    #[error("of {cells} cells not all open their rows' commitments")]
    BatchRefused {
        /// Cells in the batch.
        cells: usize,
    },
    /// These rows do not have the commitments that are claimed for them (fault of whoever claimed
    /// it).
    #[error("{} of the rows do not have their commitments, row {} first", rows.len(), rows.first().map_or(0, |row| row.get()))]
    WrongRows {
        /// The rows, in ascending order.
        rows: Vec<RowIndex>,
    },
    /// A commitment, proof or scalar is not well formed (fault of whoever made it).
    #[error("malformed commitment, proof or scalar: expected canonical encodings")]
    Malformed,
    /// Everything is well formed, but the proof does not open the commitment (fault of whoever
    /// made it).
    #[error("proof does not open the commitment to the value")]
    WrongOpening,
    /// Arguments that belong together differ in number (fault of the caller).
    #[error("{what}: got {got}, expected {expected}")]
    Count {
        /// What was counted.
        what: &'static str,
        /// How many there are.
        got: usize,
        /// How many the other arguments call for.
        expected: usize,
    },
    /// The cells' indices do not ascend (fault of the caller).
    #[error("cell index {got} follows {before}, expected ascending indices")]
    NotAscending {
        /// The index.
        got: ColumnIndex,
        /// The one before it.
        before: ColumnIndex,
    },
    /// A verified cell stands elsewhere than the operation needs it (fault of the caller).
    #[error("got the cell at {got}, expected the one at {expected}")]
    WrongPlace {
        /// Where it stands.
        got: Coordinates,
        /// Where it was needed.
        expected: Coordinates,
    },
    /// A cell or row was verified against another commitment than the grid's (fault of the
    /// caller).
    #[error("row {row} of the grid has another commitment than the cell was verified against")]
    ForeignCommitment {
        /// The row.
        row: GridRow,
    },
    /// Cells handed over as one row's have different commitments (fault of the caller).
    #[error("cell at {at} was verified against another commitment than the first cell")]
    MixedRows {
        /// Where the odd cell stands.
        at: Coordinates,
    },
    /// The verified cells of one commitment lie on no row, or on one of another commitment:
    /// impossible unless the binding of KZG or this program is broken.
    #[error("{cells} verified cells rebuild no row of their commitment")]
    Binding {
        /// Cells it was rebuilt from.
        cells: usize,
    },
    /// The codes refused; see there who is at fault.
    #[error(transparent)]
    Erasure(#[from] ErasureError),
    /// The arithmetic refused; see there who is at fault.
    #[error(transparent)]
    Algebra(#[from] AlgebraError),
}

impl CommitmentError {
    /// Whether the one who made the bytes is at fault; otherwise this program or its machine is.
    #[must_use]
    pub fn is_peer_fault(&self) -> bool {
        match self {
            Self::Noun(_)
            | Self::BadCommitment { .. }
            | Self::WrongRoot { .. }
            | Self::BadProof { .. }
            | Self::WrongCell { .. }
            | Self::BatchMalformed { .. }
            | Self::BatchRefused { .. }
            | Self::WrongRows { .. }
            | Self::Malformed
            | Self::WrongOpening => true,
            Self::Erasure(error) => error.is_peer_fault(),
            Self::Algebra(error) => error.is_peer_fault(),
            Self::SetupHash { .. }
            | Self::SetupShape { .. }
            | Self::Threads { .. }
            | Self::Count { .. }
            | Self::NotAscending { .. }
            | Self::WrongPlace { .. }
            | Self::ForeignCommitment { .. }
            | Self::MixedRows { .. }
            | Self::Binding { .. } => false,
        }
    }
}
