//! Cells that are known to open their row's commitment.

use types::{Cell, ColumnIndex, Commitment, Coordinates, GridRow, Proof};

use crate::{CommitmentError, CommitmentGrid};

/// A cell that opens the commitment of its row in a grid, and which grid that was.
///
/// Made only by verification, by this process's own proving, or by linear combination of such
/// cells; never read from bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerifiedCell {
    pub(crate) at: Coordinates,
    pub(crate) cell: Cell,
    pub(crate) proof: Proof,
    pub(crate) grid: CommitmentGrid,
}

impl VerifiedCell {
    /// Where it stands in the grid it was verified against.
    #[must_use]
    pub fn coordinates(&self) -> Coordinates {
        self.at
    }

    /// Its row.
    #[must_use]
    pub fn row(&self) -> GridRow {
        self.at.row
    }

    /// Its column.
    #[must_use]
    pub fn column(&self) -> ColumnIndex {
        self.at.column
    }

    /// Its 64 elements.
    #[must_use]
    pub fn cell(&self) -> &Cell {
        &self.cell
    }

    /// The proof that it opens the commitment.
    #[must_use]
    pub fn proof(&self) -> &Proof {
        &self.proof
    }

    /// The grid of commitments that it was verified against; it knows the root, if it was checked.
    #[must_use]
    pub fn grid(&self) -> &CommitmentGrid {
        &self.grid
    }

    /// The commitment that it opens. A parity row's is computed when first asked for, since
    /// verification never needs it.
    ///
    /// # Errors
    /// None that a cell of a grid can cause.
    pub fn commitment(&self) -> Result<Commitment, CommitmentError> {
        self.grid.commitment(self.at.row)
    }

    /// Whether both are cells of one row: they open the same commitment.
    #[cfg(feature = "prove")]
    pub(crate) fn is_of_the_row_of(&self, other: &Self) -> bool {
        self.grid.same_row(self.at, &other.grid, other.at)
    }
}
