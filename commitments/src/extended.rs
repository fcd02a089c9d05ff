//! Rows with everything that is served of them.

use erasure::RowPolynomial;
use types::limits::{CELL_ELEMENTS, COLUMNS};
use types::{Cell, ColumnIndex, Commitment, Coordinates, GridRow, Proof, Row};

use crate::fk20::Fk20;
use crate::setup::ROWS_AT_A_TIME;
use crate::threads::Workers;
use crate::{CommitmentError, CommitmentGrid, Setup, Threads, VerifiedCell};

/// A row, its commitment, and its 128 cells with their proofs, all made by this process.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExtendedRow {
    row: Row,
    commitment: Commitment,
    cells: Vec<Cell>,
    proofs: Vec<Proof>,
}

impl ExtendedRow {
    /// The row itself.
    #[must_use]
    pub fn row(&self) -> &Row {
        &self.row
    }

    /// Its commitment.
    #[must_use]
    pub fn commitment(&self) -> &Commitment {
        &self.commitment
    }

    /// Its 128 cells, one per column.
    #[must_use]
    pub fn cells(&self) -> &[Cell] {
        &self.cells
    }

    /// The 128 proofs, one per cell.
    #[must_use]
    pub fn proofs(&self) -> &[Proof] {
        &self.proofs
    }

    /// The cell of a column, and its proof.
    #[must_use]
    pub fn cell(&self, column: ColumnIndex) -> (&Cell, &Proof) {
        // Both have an entry for each column, by construction.
        (
            &self.cells[column.as_usize()],
            &self.proofs[column.as_usize()],
        )
    }

    /// The cell of a column as a verified one of this row of the grid.
    ///
    /// # Errors
    /// [`CommitmentError::ForeignCommitment`] when the grid's row has another commitment,
    /// [`CommitmentError::Noun`] when the grid has no such row.
    pub fn verified(
        &self,
        row: GridRow,
        column: ColumnIndex,
        grid: &CommitmentGrid,
    ) -> Result<VerifiedCell, CommitmentError> {
        if grid.commitment(row)? != self.commitment {
            return Err(CommitmentError::ForeignCommitment { row });
        }
        let (cell, proof) = self.cell(column);
        Ok(VerifiedCell {
            at: Coordinates { row, column },
            cell: cell.clone(),
            proof: *proof,
            grid: grid.clone(),
        })
    }
}

/// A row with the commitment that this process made to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CommittedRow {
    row: Row,
    commitment: Commitment,
}

impl CommittedRow {
    /// The caller has made the commitment itself.
    pub(crate) fn new(row: Row, commitment: Commitment) -> Self {
        Self { row, commitment }
    }

    pub(crate) fn into_row(self) -> Row {
        self.row
    }

    /// The row itself.
    #[must_use]
    pub fn row(&self) -> &Row {
        &self.row
    }

    /// Its commitment.
    #[must_use]
    pub fn commitment(&self) -> &Commitment {
        &self.commitment
    }
}

impl Setup {
    /// Commits to many rows, and keeps each with its commitment so that proving need not commit
    /// again.
    ///
    /// # Errors
    /// As [`Setup::commit`].
    pub fn commit_rows(
        &self,
        rows: &[Row],
        threads: &Threads,
    ) -> Result<Vec<CommittedRow>, CommitmentError> {
        let commitments = self.commit_all(rows, threads)?;
        Ok(rows
            .iter()
            .zip(commitments)
            .map(|(row, commitment)| CommittedRow::new(row.clone(), commitment))
            .collect())
    }

    /// Commits to a row and computes its cells and proofs.
    ///
    /// # Errors
    /// Cannot fail for a [`Row`], whose elements are canonical.
    pub fn extend_with_proofs(&self, row: &Row) -> Result<ExtendedRow, CommitmentError> {
        let commitment = self.commit(row)?;
        self.prove(&CommittedRow::new(row.clone(), commitment))
    }

    /// Computes the cells and proofs of a row that is committed to already.
    ///
    /// # Errors
    /// Cannot fail for a [`Row`], whose elements are canonical.
    pub fn prove(&self, committed: &CommittedRow) -> Result<ExtendedRow, CommitmentError> {
        let workers = Workers::Caller;
        let one = std::slice::from_ref(committed);
        let mut extended = self.prove_piece(self.fk20(workers)?, one, workers)?;
        extended.pop().ok_or(CommitmentError::Count {
            what: "rows",
            got: 0,
            expected: 1,
        })
    }

    /// As [`Setup::prove`] for many rows, in their order.
    ///
    /// # Errors
    /// As [`Setup::prove`].
    pub fn prove_all(
        &self,
        rows: &[CommittedRow],
        threads: &Threads,
    ) -> Result<Vec<ExtendedRow>, CommitmentError> {
        let workers = Workers::Pool(threads);
        let fk20 = self.fk20(workers)?;
        let pieces = workers.map_pieces(rows.len(), ROWS_AT_A_TIME, |piece| {
            self.prove_piece(fk20, &rows[piece], workers)
        })?;
        Ok(pieces.into_iter().flatten().collect())
    }

    /// As [`Setup::extend_with_proofs`] for many rows, in their order.
    ///
    /// # Errors
    /// As [`Setup::extend_with_proofs`].
    pub fn extend_all_with_proofs(
        &self,
        rows: &[Row],
        threads: &Threads,
    ) -> Result<Vec<ExtendedRow>, CommitmentError> {
        self.prove_all(&self.commit_rows(rows, threads)?, threads)
    }

    /// The proof of one cell, by itself: the quotient of the row's polynomial by X⁶⁴ − h⁶⁴, and
    /// one sum of 4032 multiples. For more than a few cells of a row, [`Setup::prove`] is cheaper.
    ///
    /// # Errors
    /// Cannot fail for a [`Row`], whose elements are canonical.
    pub fn prove_cell(&self, row: &Row, column: ColumnIndex) -> Result<Proof, CommitmentError> {
        let mut coefficients = RowPolynomial::of_row(row, self.engine())?
            .coefficients()
            .to_vec();
        let height = self.cosets.height(column.as_usize());
        // Each coefficient from the 64th on is the quotient's 64 places below, once what the
        // quotient has 64 places above came down to it.
        for i in (CELL_ELEMENTS..coefficients.len() - CELL_ELEMENTS).rev() {
            let above = coefficients[i + CELL_ELEMENTS];
            coefficients[i] += height * above;
        }
        let quotient = &coefficients[CELL_ELEMENTS..];
        let powers = &self.monomial[..quotient.len()];
        let proof = self.engine().msm(powers, quotient)?;
        Ok(Proof::new(proof.to_compressed()))
    }

    fn prove_piece(
        &self,
        fk20: &Fk20,
        rows: &[CommittedRow],
        workers: Workers<'_>,
    ) -> Result<Vec<ExtendedRow>, CommitmentError> {
        let polynomials = rows
            .iter()
            .map(|committed| RowPolynomial::of_row(&committed.row, self.engine()))
            .collect::<Result<Vec<_>, _>>()?;
        self.prove_polynomials(fk20, rows, &polynomials, workers)
    }

    /// The rows' sums and transforms are made together.
    pub(crate) fn prove_polynomials(
        &self,
        fk20: &Fk20,
        rows: &[CommittedRow],
        polynomials: &[RowPolynomial],
        workers: Workers<'_>,
    ) -> Result<Vec<ExtendedRow>, CommitmentError> {
        let engine = self.engine();
        let proofs = fk20.prove(engine, polynomials, workers)?;
        rows.iter()
            .zip(polynomials)
            .zip(proofs.chunks_exact(COLUMNS))
            .map(|((committed, polynomial), proofs)| {
                Ok(ExtendedRow {
                    row: committed.row.clone(),
                    commitment: committed.commitment,
                    cells: polynomial.cells_beside(&committed.row, engine)?,
                    proofs: proofs.to_vec(),
                })
            })
            .collect()
    }
}
