//! Rows with everything that is served of them.

use types::{Cell, ColumnIndex, Commitment, Coordinates, GridRow, Proof, Row};

use crate::setup::{blob, engine_failure};
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
            commitment: self.commitment,
            root: grid.commitments_root(),
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
        threads.map(rows, |row| self.commit_row(row))
    }

    fn commit_row(&self, row: &Row) -> Result<CommittedRow, CommitmentError> {
        let commitment = self.commit(row)?;
        Ok(CommittedRow {
            row: row.clone(),
            commitment,
        })
    }

    /// Commits to a row and computes its cells and proofs.
    ///
    /// # Errors
    /// [`CommitmentError::Engine`] when the engine has no memory.
    pub fn extend_with_proofs(&self, row: &Row) -> Result<ExtendedRow, CommitmentError> {
        self.prove(&self.commit_row(row)?)
    }

    /// Computes the cells and proofs of a row that is committed to already.
    ///
    /// # Errors
    /// [`CommitmentError::Engine`] when the engine has no memory.
    pub fn prove(&self, committed: &CommittedRow) -> Result<ExtendedRow, CommitmentError> {
        let (cells, proofs) = self
            .engine
            .compute_cells_and_kzg_proofs(&blob(&committed.row))
            .map_err(engine_failure)?;
        let cells = cells
            .iter()
            .map(|cell| Ok(Cell::from_slice(&cell.to_bytes())?))
            .collect::<Result<Vec<_>, CommitmentError>>()?;
        let proofs = proofs
            .iter()
            .map(|proof| Proof::new(proof.to_bytes().into_inner()))
            .collect();
        Ok(ExtendedRow {
            row: committed.row.clone(),
            commitment: committed.commitment,
            cells,
            proofs,
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
        threads.map(rows, |row| self.prove(row))
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
        threads.map(rows, |row| self.extend_with_proofs(row))
    }
}
