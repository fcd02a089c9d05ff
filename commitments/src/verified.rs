//! Cells that are known to open their row's commitment.

use types::{
    Cell, ColumnIndex, Commitment, CommitmentsRoot, Coordinates, GridRow, Proof, UnverifiedCell,
};

/// A cell that opens a commitment at its coordinates, and which commitment that was.
///
/// Made only by verification, by this process's own proving, or by linear combination of such
/// cells; never read from bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerifiedCell {
    pub(crate) at: Coordinates,
    pub(crate) cell: Cell,
    pub(crate) proof: Proof,
    pub(crate) commitment: Commitment,
    pub(crate) root: Option<CommitmentsRoot>,
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

    /// The commitment that it opens.
    #[must_use]
    pub fn commitment(&self) -> &Commitment {
        &self.commitment
    }

    /// The header's root that the commitments were checked against, if there was one.
    #[must_use]
    pub fn commitments_root(&self) -> Option<&CommitmentsRoot> {
        self.root.as_ref()
    }

    /// The form in which it is handed to others, who will verify it again.
    #[must_use]
    pub fn into_unverified(self) -> UnverifiedCell {
        UnverifiedCell {
            at: self.at,
            cell: self.cell,
            proof: self.proof,
        }
    }
}
