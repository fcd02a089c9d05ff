//! Rebuilding rows from verified cells.

use types::Row;

use crate::{CommitmentError, Setup, VerifiedCell};

impl Setup {
    /// The row of which these are verified cells: at least 64 distinct ones of one commitment, in
    /// any order. The row is believed only when it has that commitment.
    ///
    /// # Errors
    /// [`CommitmentError::MixedRows`] when the cells have different commitments,
    /// [`CommitmentError::Erasure`] when they are too few or one comes twice.
    pub fn recover_row(&self, cells: &[VerifiedCell]) -> Result<Row, CommitmentError> {
        if let Some(first) = cells.first() {
            for cell in cells {
                if cell.commitment != first.commitment {
                    return Err(CommitmentError::MixedRows { at: cell.at });
                }
            }
        }
        let parts: Vec<_> = cells
            .iter()
            .map(|cell| (cell.at.column, &cell.cell))
            .collect();
        let row = erasure::recover_row(&parts)?;
        let commitment = self.commit(&row)?;
        match cells.first() {
            Some(first) if first.commitment == commitment => Ok(row),
            _ => Err(CommitmentError::Binding { cells: cells.len() }),
        }
    }

    /// As [`Setup::recover_row`], with all cells and proofs of the row.
    ///
    /// # Errors
    /// As [`Setup::recover_row`].
    #[cfg(feature = "prove")]
    pub fn recover_row_with_proofs(
        &self,
        cells: &[VerifiedCell],
    ) -> Result<crate::ExtendedRow, CommitmentError> {
        let row = self.recover_row(cells)?;
        self.extend_with_proofs(&row)
    }
}
