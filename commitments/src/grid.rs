//! The commitments of all 2N rows of a grid.

use std::sync::OnceLock;

use algebra::{G1Affine, msm};
use erasure::{ColumnCode, cell_to_scalars, scalars_to_cell};
use types::{
    Cell, ColumnIndex, Commitment, CommitmentsRoot, Coordinates, GridDimensions, GridRow, Proof,
    RowIndex, UnverifiedCell, commitments_root, limits,
};

use crate::{CommitmentError, VerifiedCell};

/// N commitments, decoded and checked once, and those of the N parity rows as they are asked for.
///
/// The rows of one blob that is in no block yet are a grid, too.
#[derive(Debug)]
pub struct CommitmentGrid {
    commitments: Vec<Commitment>,
    points: Vec<G1Affine>,
    code: ColumnCode,
    parity: Vec<OnceLock<Commitment>>,
    root: Option<CommitmentsRoot>,
}

impl CommitmentGrid {
    /// Checks that every commitment is a point of G1.
    ///
    /// # Errors
    /// [`CommitmentError::BadCommitment`] for the first that is not,
    /// [`CommitmentError::Noun`] above 256 rows, [`CommitmentError::Erasure`] for none.
    pub fn new(commitments: Vec<Commitment>) -> Result<Self, CommitmentError> {
        let dimensions = GridDimensions::new(commitments.len() as u64)?;
        let code = ColumnCode::new(dimensions)?;
        let points = decode(&commitments)?;
        let parity = (0..commitments.len()).map(|_| OnceLock::new()).collect();
        Ok(Self {
            commitments,
            points,
            code,
            parity,
            root: None,
        })
    }

    /// Checks the commitments against a header's root first; cells verified against this grid
    /// remember the root.
    ///
    /// # Errors
    /// [`CommitmentError::WrongRoot`] when they do not hash to it; otherwise as
    /// [`CommitmentGrid::new`].
    pub fn with_root(
        commitments: Vec<Commitment>,
        expected: CommitmentsRoot,
    ) -> Result<Self, CommitmentError> {
        let got = commitments_root(&commitments)?;
        if got != expected {
            return Err(CommitmentError::WrongRoot { got, expected });
        }
        let mut grid = Self::new(commitments)?;
        grid.root = Some(expected);
        Ok(grid)
    }

    /// The grid's dimensions.
    #[must_use]
    pub fn dimensions(&self) -> GridDimensions {
        self.code.dimensions()
    }

    /// The commitments of the N data rows.
    #[must_use]
    pub fn commitments(&self) -> &[Commitment] {
        &self.commitments
    }

    /// The root that the commitments were checked against, if any.
    #[must_use]
    pub fn commitments_root(&self) -> Option<CommitmentsRoot> {
        self.root
    }

    /// The commitment of any row; a parity row's is computed when first asked for.
    ///
    /// # Errors
    /// [`CommitmentError::Noun`] when the grid has no such row.
    pub fn commitment(&self, row: GridRow) -> Result<Commitment, CommitmentError> {
        self.dimensions().position(row)?;
        match row {
            GridRow::Data(i) => Ok(self.commitments[i.as_usize()]),
            GridRow::Parity(j) => {
                let cached = &self.parity[j.as_usize()];
                if let Some(commitment) = cached.get() {
                    return Ok(*commitment);
                }
                let coefficients = self.code.parity_coefficients(j)?;
                let point = msm(&self.points, &coefficients)?;
                Ok(*cached.get_or_init(|| Commitment::new(point.to_compressed())))
            }
        }
    }

    /// The cell of parity row `j` in the column of which `column` holds the N data cells, in
    /// order: cell and proof are one linear combination of theirs.
    ///
    /// # Errors
    /// [`CommitmentError::Count`] unless there are N cells, [`CommitmentError::WrongPlace`] when
    /// they are not rows 0..N of one column, [`CommitmentError::ForeignCommitment`] when one was
    /// verified against another commitment, [`CommitmentError::Noun`] when there is no row `j`.
    pub fn parity_cell(
        &self,
        column: &[VerifiedCell],
        j: RowIndex,
    ) -> Result<VerifiedCell, CommitmentError> {
        let row = GridRow::Parity(j);
        self.dimensions().position(row)?;
        let index = self.check_column(column.iter().map(|cell| cell.at))?;
        for (cell, commitment) in column.iter().zip(&self.commitments) {
            if cell.commitment != *commitment {
                return Err(CommitmentError::ForeignCommitment { row: cell.at.row });
            }
        }

        let column = Decoded::new(column.iter().map(|cell| (&cell.cell, &cell.proof)))?;
        let (cell, proof) = self.combine(&column, j)?;
        Ok(VerifiedCell {
            at: Coordinates { row, column: index },
            cell,
            proof,
            commitment: self.commitment(row)?,
            root: self.root,
        })
    }

    /// As [`CommitmentGrid::parity_cell`] for cells that were verified once and have been stored
    /// since: the result is as good as they are, and whoever gets it verifies it.
    ///
    /// # Errors
    /// [`CommitmentError::Count`] unless there are N cells, [`CommitmentError::WrongPlace`] when
    /// they are not rows 0..N of one column, [`CommitmentError::Algebra`] when a proof is not a
    /// point, [`CommitmentError::Noun`] when there is no row `j`.
    pub fn combine_column(
        &self,
        column: &[UnverifiedCell],
        j: RowIndex,
    ) -> Result<UnverifiedCell, CommitmentError> {
        let row = GridRow::Parity(j);
        self.dimensions().position(row)?;
        let index = self.check_column(column.iter().map(|cell| cell.at))?;

        let column = Decoded::new(column.iter().map(|cell| (&cell.cell, &cell.proof)))?;
        self.combined(&column, j, index)
    }

    /// As [`CommitmentGrid::combine_column`] for several parity rows, in the order of `rows`:
    /// the column's cells and proofs are decoded once, which is most of the work.
    ///
    /// # Errors
    /// As [`CommitmentGrid::combine_column`]; no rows are no error, and no work.
    pub fn combine_column_many(
        &self,
        column: &[UnverifiedCell],
        rows: &[RowIndex],
    ) -> Result<Vec<UnverifiedCell>, CommitmentError> {
        for j in rows {
            self.dimensions().position(GridRow::Parity(*j))?;
        }
        let index = self.check_column(column.iter().map(|cell| cell.at))?;
        if rows.is_empty() {
            return Ok(Vec::new());
        }

        let column = Decoded::new(column.iter().map(|cell| (&cell.cell, &cell.proof)))?;
        rows.iter()
            .map(|j| self.combined(&column, *j, index))
            .collect()
    }

    /// The cell of parity row `j`, at its place.
    fn combined(
        &self,
        decoded: &Decoded,
        j: RowIndex,
        column: ColumnIndex,
    ) -> Result<UnverifiedCell, CommitmentError> {
        let (cell, proof) = self.combine(decoded, j)?;
        let row = GridRow::Parity(j);
        Ok(UnverifiedCell {
            at: Coordinates { row, column },
            cell,
            proof,
        })
    }

    /// Checks that the places are rows 0..N of one column, and says which.
    fn check_column(
        &self,
        places: impl ExactSizeIterator<Item = Coordinates>,
    ) -> Result<ColumnIndex, CommitmentError> {
        let expected = self.commitments.len();
        let got = places.len();
        let mut column = None;
        for (i, got) in places.enumerate() {
            let column = *column.get_or_insert(got.column);
            let row = GridRow::Data(RowIndex::new(i as u64)?);
            let expected = Coordinates { row, column };
            if got != expected {
                return Err(CommitmentError::WrongPlace { got, expected });
            }
        }
        match column {
            Some(column) if got == expected => Ok(column),
            _ => Err(CommitmentError::Count {
                what: "cells of the column",
                got,
                expected,
            }),
        }
    }

    /// The linear combination that makes parity row `j`, of a column's N cells and proofs.
    fn combine(&self, column: &Decoded, j: RowIndex) -> Result<(Cell, Proof), CommitmentError> {
        let coefficients = self.code.parity_coefficients(j)?;
        let mut sum = vec![algebra::Fr::ZERO; limits::CELL_ELEMENTS];
        for (cell, coefficient) in column.cells.iter().zip(&coefficients) {
            for (total, value) in sum.iter_mut().zip(cell) {
                *total += *coefficient * *value;
            }
        }
        let proof = Proof::new(msm(&column.proofs, &coefficients)?.to_compressed());
        Ok((scalars_to_cell(&sum)?, proof))
    }
}

/// The cells of a column as scalars, and their proofs as points.
struct Decoded {
    cells: Vec<Vec<algebra::Fr>>,
    proofs: Vec<G1Affine>,
}

impl Decoded {
    fn new<'a>(
        column: impl Iterator<Item = (&'a Cell, &'a Proof)>,
    ) -> Result<Self, CommitmentError> {
        let (mut cells, mut proofs) = (Vec::new(), Vec::new());
        for (cell, proof) in column {
            cells.push(cell_to_scalars(cell)?);
            proofs.push(G1Affine::from_compressed(proof.as_bytes())?);
        }
        Ok(Self { cells, proofs })
    }
}

/// The commitment of parity row `j` of a grid of these commitments. Who needs several rows, or
/// cells too, makes a [`CommitmentGrid`].
///
/// # Errors
/// [`CommitmentError::Count`] unless there are as many commitments as rows; otherwise as
/// [`CommitmentGrid::new`] and [`CommitmentGrid::commitment`].
pub fn parity_commitment(
    commitments: &[Commitment],
    dimensions: GridDimensions,
    j: RowIndex,
) -> Result<Commitment, CommitmentError> {
    let expected = usize::from(dimensions.rows());
    if commitments.len() != expected {
        return Err(CommitmentError::Count {
            what: "commitments",
            got: commitments.len(),
            expected,
        });
    }
    CommitmentGrid::new(commitments.to_vec())?.commitment(GridRow::Parity(j))
}

fn decode(commitments: &[Commitment]) -> Result<Vec<G1Affine>, CommitmentError> {
    commitments
        .iter()
        .enumerate()
        .map(|(row, commitment)| {
            G1Affine::from_compressed(commitment.as_bytes())
                .map_err(|source| CommitmentError::BadCommitment { row, source })
        })
        .collect()
}
