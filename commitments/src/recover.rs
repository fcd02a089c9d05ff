//! Rebuilding rows from verified cells.

use erasure::RowPolynomial;
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
    /// [`CommitmentError::Erasure`] when they are too few or one comes twice.
    pub fn recover_row(&self, cells: &[VerifiedCell]) -> Result<Row, CommitmentError> {
        let Rebuilt { committed, .. } = self.rebuild(cells)?;
        if self.commit(committed.row())? == *committed.commitment() {
            Ok(committed.into_row())
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
        let rebuilt = workers.map_pieces(rows.len(), 1, |piece| {
            piece.map(|i| self.rebuild(rows[i])).collect()
        })?;
        let (committed, polynomials): (Vec<_>, Vec<_>) = rebuilt
            .into_iter()
            .flat_map(|rows: Vec<Rebuilt>| rows)
            .map(|row| (row.committed, row.polynomial))
            .unzip();
        let fk20 = self.fk20(workers)?;
        let extended = workers.map_pieces(rows.len(), ROWS_AT_A_TIME, |piece| {
            let (committed, polynomials) = (&committed[piece.clone()], &polynomials[piece]);
            self.prove_polynomials(fk20, committed, polynomials, workers)
        })?;
        let extended = extended.concat();
        workers.map_pieces(rows.len(), ROWS_OF_A_CHECK, |piece| {
            if self.check_rebuilt(&extended[piece.clone()])? {
                return Ok(());
            }
            for i in piece {
                if !self.check_rebuilt(&extended[i..=i])? {
                    let cells = rows[i].len();
                    return Err(CommitmentError::Binding { cells });
                }
            }
            Ok(())
        })?;
        Ok(extended)
    }

    /// The row that the cells lie on, with the commitment that they open: it is still to be
    /// checked that they belong together.
    fn rebuild(&self, cells: &[VerifiedCell]) -> Result<Rebuilt, CommitmentError> {
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
        let polynomial = RowPolynomial::recover(&parts, self.engine())?;
        let row = polynomial.row(self.engine())?;
        // Of no cells there is no polynomial.
        let commitment = commitment.ok_or(CommitmentError::Binding { cells: 0 })?;
        Ok(Rebuilt {
            committed: CommittedRow::new(row, commitment),
            polynomial,
        })
    }

    /// Whether rebuilt rows have the commitments that their cells open, by a proof of each.
    ///
    /// With f the row's polynomial, the proof is a commitment to the quotient of f − I by
    /// X⁶⁴ − h⁶⁴; its equation holds for f's own commitment and for no other. It takes a tenth of
    /// the time to commit.
    fn check_rebuilt(&self, rows: &[ExtendedRow]) -> Result<bool, CommitmentError> {
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
}

/// A row and what it was rebuilt as.
struct Rebuilt {
    committed: CommittedRow,
    polynomial: RowPolynomial,
}
