//! Rebuilding rows from verified cells.

use erasure::{ErasureError, RowPolynomial};
use types::{ColumnIndex, Row};

use crate::extended::CommittedRow;
use crate::setup::ROWS_AT_A_TIME;
use crate::threads::Workers;
use crate::{CommitmentError, ExtendedRow, Setup, Threads, VerifiedCell, eip7594};

/// Rows that are checked by one equation.
const ROWS_OF_A_CHECK: usize = 64;

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
        let (row, _) = self.rebuild(cells)?;
        if self.commit(row.row())? == *row.commitment() {
            Ok(row.into_row())
        } else {
            Err(CommitmentError::Binding { cells: cells.len() })
        }
    }

    /// As [`Setup::recover_row`], with all cells and proofs of the row.
    ///
    /// # Errors
    /// As [`Setup::recover_row`].
    pub fn recover_row_with_proofs(
        &self,
        cells: &[VerifiedCell],
    ) -> Result<ExtendedRow, CommitmentError> {
        let mut rows = self.recover_all(&[cells], Workers::Caller)?;
        rows.pop().ok_or(CommitmentError::Count {
            what: "rows",
            got: 0,
            expected: 1,
        })
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
        self.recover_all(rows, Workers::Pool(threads))
    }

    fn recover_all(
        &self,
        rows: &[&[VerifiedCell]],
        workers: Workers<'_>,
    ) -> Result<Vec<ExtendedRow>, CommitmentError> {
        let pieces = workers.map_pieces(rows.len(), 1, |piece| {
            piece.map(|i| self.rebuild(rows[i])).collect()
        })?;
        let (committed, polynomials): (Vec<CommittedRow>, Vec<RowPolynomial>) =
            pieces.into_iter().flat_map(|rows: Vec<_>| rows).unzip();
        let prover = self.prover(workers)?;
        let pieces = workers.map_pieces(rows.len(), ROWS_AT_A_TIME, |piece| {
            prover.prove_piece(&committed[piece.clone()], &polynomials[piece])
        })?;
        let extended: Vec<ExtendedRow> = pieces.into_iter().flatten().collect();
        workers.map_pieces(rows.len(), ROWS_OF_A_CHECK, |piece| {
            if self.is_bound(&extended[piece.clone()])? {
                return Ok(());
            }
            for i in piece {
                if !self.is_bound(&extended[i..=i])? {
                    let cells = rows[i].len();
                    return Err(CommitmentError::Binding { cells });
                }
            }
            Ok(())
        })?;
        Ok(extended)
    }

    /// Whether rebuilt rows have the commitments that their cells open, by a proof of each.
    ///
    /// With f the row's polynomial, the proof commits to the quotient of f − I by X⁶⁴ − h⁶⁴: its
    /// equation holds for f's commitment and for no other. It takes a fraction of a commitment's time.
    fn is_bound(&self, rows: &[ExtendedRow]) -> Result<bool, CommitmentError> {
        let column = ColumnIndex::new(0)?;
        let commitments: Vec<_> = rows.iter().map(|row| *row.commitment()).collect();
        let (cells, proofs): (Vec<_>, Vec<_>) = rows
            .iter()
            .map(|row| row.cell(column))
            .map(|(cell, proof)| (cell.clone(), *proof))
            .unzip();
        let columns = vec![column; rows.len()];
        match eip7594::verify_cells(self, &commitments, &columns, &cells, &proofs) {
            Ok(()) => Ok(true),
            Err(CommitmentError::BatchRefused { .. }) => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// The row that the cells lie on, with the commitment that they open, and its polynomial. That
    /// the two belong together is still to be checked.
    fn rebuild(
        &self,
        cells: &[VerifiedCell],
    ) -> Result<(CommittedRow, RowPolynomial), CommitmentError> {
        let mut commitment = None;
        if let Some(first) = cells.first() {
            for cell in cells {
                if !cell.is_of_the_row_of(first) {
                    return Err(CommitmentError::MixedRows { at: cell.at });
                }
            }
            commitment = Some(first.commitment()?);
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
        // No cells lie on no polynomial, so there was a first one.
        let commitment = commitment.ok_or_else(binding)?;
        Ok((CommittedRow::new(row, commitment), polynomial))
    }
}

#[cfg(test)]
mod tests;
