//! Rebuilding rows from verified cells.

use erasure::{ErasureError, RowPolynomial};
use types::Row;

use crate::extended::CommittedRow;
use crate::setup::ROWS_AT_A_TIME;
use crate::threads::Workers;
use crate::{CommitmentError, ExtendedRow, Setup, Threads, VerifiedCell};

impl Setup {
    /// The row of which these are verified cells: at least 64 distinct ones of one row, in any
    /// order. The row is believed only when it has the commitment that the cells open.
    ///
    /// # Errors
    /// [`CommitmentError::MixedRows`] when the cells are of different rows,
    /// [`CommitmentError::Erasure`] when they are too few or one comes twice,
    /// [`CommitmentError::Binding`] when they lie on no row or on one of another commitment, which
    /// verified cells never do.
    pub fn recover_row(&self, cells: &[VerifiedCell]) -> Result<Row, CommitmentError> {
        let (row, _) = self.recover_committed(cells)?;
        Ok(row.into_row())
    }

    /// As [`Setup::recover_row`], with all cells and proofs of the row.
    ///
    /// # Errors
    /// As [`Setup::recover_row`].
    pub fn recover_row_with_proofs(
        &self,
        cells: &[VerifiedCell],
    ) -> Result<ExtendedRow, CommitmentError> {
        let (row, polynomial) = self.recover_committed(cells)?;
        self.prover(Workers::Caller)?.prove(&row, polynomial)
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
        let pieces = workers.map_pieces(rows.len(), 1, |piece| {
            piece.map(|i| self.recover_committed(rows[i])).collect()
        })?;
        let (committed, polynomials): (Vec<CommittedRow>, Vec<RowPolynomial>) =
            pieces.into_iter().flat_map(|rows: Vec<_>| rows).unzip();
        let prover = self.prover(workers)?;
        let pieces = workers.map_pieces(rows.len(), ROWS_AT_A_TIME, |piece| {
            prover.prove_piece(&committed[piece.clone()], &polynomials[piece])
        })?;
        Ok(pieces.into_iter().flatten().collect())
    }

    /// The row, and its polynomial, from which it came.
    fn recover_committed(
        &self,
        cells: &[VerifiedCell],
    ) -> Result<(CommittedRow, RowPolynomial), CommitmentError> {
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
        let binding = || CommitmentError::Binding { cells: cells.len() };
        let polynomial =
            RowPolynomial::recover(&parts, self.engine()).map_err(|error| match error {
                // Verified cells of one commitment lie on one polynomial: no peer is at fault.
                ErasureError::Inconsistent => binding(),
                other => other.into(),
            })?;
        let row = polynomial.row(self.engine())?;
        let commitment = self.commit(&row)?;
        if expected == Some(commitment) {
            Ok((CommittedRow::new(row, commitment), polynomial))
        } else {
            Err(binding())
        }
    }
}

#[cfg(test)]
mod tests;
