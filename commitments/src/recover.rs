//! Rebuilding rows from verified cells.

use erasure::RowPolynomial;
use types::Row;

use crate::extended::CommittedRow;
use crate::threads::Workers;
use crate::{CommitmentError, ExtendedRow, Setup, Threads, VerifiedCell};

impl Setup {
    /// The row of which these are verified cells: at least 64 distinct ones of one row, in any
    /// order. The row is believed only when it has the commitment that the cells open.
    ///
    /// # Errors
    /// [`CommitmentError::MixedRows`] when the cells are of different rows,
    /// [`CommitmentError::Erasure`] when they are too few or one comes twice.
    pub fn recover_row(&self, cells: &[VerifiedCell]) -> Result<Row, CommitmentError> {
        Ok(self.recover_committed(cells)?.into_row())
    }

    /// As [`Setup::recover_row`], with all cells and proofs of the row.
    ///
    /// # Errors
    /// As [`Setup::recover_row`].
    pub fn recover_row_with_proofs(
        &self,
        cells: &[VerifiedCell],
    ) -> Result<ExtendedRow, CommitmentError> {
        self.prove(&self.recover_committed(cells)?)
    }

    /// As [`Setup::recover_row_with_proofs`] for many rows, given the cells of each, in their
    /// order.
    ///
    /// # Errors
    /// As [`Setup::recover_row`], for the first row that is refused.
    pub fn recover_all_with_proofs(
        &self,
        rows: &[&[VerifiedCell]],
        threads: &Threads,
    ) -> Result<Vec<ExtendedRow>, CommitmentError> {
        let workers = Workers::Pool(threads);
        let committed = workers.map_pieces(rows.len(), 1, |piece| {
            piece.map(|i| self.recover_committed(rows[i])).collect()
        })?;
        let committed: Vec<_> = committed
            .into_iter()
            .flat_map(|rows: Vec<CommittedRow>| rows)
            .collect();
        self.prove_all(&committed, threads)
    }

    fn recover_committed(&self, cells: &[VerifiedCell]) -> Result<CommittedRow, CommitmentError> {
        let mut expected = None;
        if let Some(first) = cells.first() {
            for cell in cells {
                if !cell.is_of_the_row_of(first) {
                    return Err(CommitmentError::MixedRows { at: cell.at });
                }
            }
            expected = Some(first.commitment()?);
        }
        let parts: Vec<_> = cells
            .iter()
            .map(|cell| (cell.at.column, &cell.cell))
            .collect();
        let row = RowPolynomial::recover(&parts, self.engine())?.row(self.engine())?;
        let commitment = self.commit(&row)?;
        if expected == Some(commitment) {
            Ok(CommittedRow::new(row, commitment))
        } else {
            Err(CommitmentError::Binding { cells: cells.len() })
        }
    }
}
