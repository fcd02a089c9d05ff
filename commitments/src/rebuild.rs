//! Columns rebuilt from any N of their 2N cells, proofs included.
//!
//! A missing cell is a linear combination of N known cells of its column, and its proof is the
//! same combination of their proofs: opening is linear, and all rows of a column are opened at the
//! same points. So nobody needs the row, or the whole ceremony, to prove what it rebuilt.

use std::collections::HashSet;

use algebra::{Fr, G1Affine};
use types::{Cell, ColumnIndex, Coordinates, GridRow, Proof, RowIndex};

use crate::column::Decoded;
use crate::{CommitmentError, CommitmentGrid, VerifiedCell};

impl CommitmentGrid {
    /// The cells of a column that are not among `known`: N or more verified cells of it, in any
    /// order. Data rows come before parity rows, both ascending.
    ///
    /// One sum of N multiples for each missing data row, and parity as in
    /// [`CommitmentGrid::combine_column_many`]. Takes memory for the column and for N² scalars.
    ///
    /// # Errors
    /// [`CommitmentError::Count`] for fewer than N cells, [`CommitmentError::WrongPlace`] when
    /// they are of more than one column, [`CommitmentError::Erasure`] when one comes twice,
    /// [`CommitmentError::ForeignCommitment`] when one was verified against another commitment.
    pub fn rebuild_column(
        &self,
        known: &[VerifiedCell],
    ) -> Result<Vec<VerifiedCell>, CommitmentError> {
        let column = self.column_of(known)?;
        let n = self.commitments().len();
        let mut sorted: Vec<&VerifiedCell> = known.iter().collect();
        // Data first: what is known need not be made.
        sorted.sort_by_key(|cell| cell.at.row);
        let used = &sorted[..n];
        let rows: Vec<GridRow> = used.iter().map(|cell| cell.at.row).collect();
        let recovery = self.code().recovery(&rows, self.engine())?;

        let cells: Vec<Cell> = used.iter().map(|cell| cell.cell.clone()).collect();
        let data = recovery.apply_cells(&cells, self.engine())?;
        let given = self.decode(used.iter().map(|cell| (&cell.cell, &cell.proof)))?;
        // The combinations themselves are what becomes of the rows of the identity.
        let factors = recovery.apply(&identity(n), self.engine())?;
        let proofs = factors
            .iter()
            .enumerate()
            .map(
                |(i, factors)| match rows.iter().position(|row| is_data(*row, i)) {
                    Some(place) => Ok(given.proofs[place]),
                    None => Ok(self.engine().msm(&given.proofs, factors)?),
                },
            )
            .collect::<Result<Vec<G1Affine>, CommitmentError>>()?;

        let known: HashSet<GridRow> = known.iter().map(|cell| cell.at.row).collect();
        let all: Vec<RowIndex> = (0..n as u64).map(RowIndex::new).collect::<Result<_, _>>()?;
        let mut rebuilt = Vec::with_capacity(2 * n - known.len());
        let encoded = self.engine().write_points(&proofs);
        for ((index, cell), proof) in all.iter().zip(&data).zip(encoded) {
            let row = GridRow::Data(*index);
            if !known.contains(&row) {
                rebuilt.push(VerifiedCell {
                    at: Coordinates { row, column },
                    cell: cell.clone(),
                    proof: Proof::new(proof),
                    grid: self.clone(),
                });
            }
        }
        let parity: Vec<RowIndex> = all
            .into_iter()
            .filter(|j| !known.contains(&GridRow::Parity(*j)))
            .collect();
        let whole = Decoded {
            cells: self.read_cells(&data)?,
            proofs,
        };
        for cell in self.combined(&whole, &parity, column)? {
            rebuilt.push(VerifiedCell {
                at: cell.at,
                cell: cell.cell,
                proof: cell.proof,
                grid: self.clone(),
            });
        }
        Ok(rebuilt)
    }

    /// The column of which these are N cells or more, of this grid's commitments.
    fn column_of(&self, known: &[VerifiedCell]) -> Result<ColumnIndex, CommitmentError> {
        let expected = self.commitments().len();
        let mut seen = HashSet::with_capacity(known.len());
        for cell in known {
            let column = known[0].at.column;
            if cell.at.column != column {
                return Err(CommitmentError::WrongPlace {
                    got: cell.at,
                    expected: Coordinates { column, ..cell.at },
                });
            }
            if !self.same_row(cell.at, &cell.grid, cell.at) {
                return Err(CommitmentError::ForeignCommitment { row: cell.at.row });
            }
            if !seen.insert(cell.at.row) {
                let got = cell.at.row;
                return Err(erasure::ErasureError::DuplicateRow { got }.into());
            }
        }
        match known.first() {
            Some(first) if known.len() >= expected => Ok(first.at.column),
            _ => Err(CommitmentError::Count {
                what: "known cells of the column",
                got: known.len(),
                expected,
            }),
        }
    }

    fn read_cells(&self, cells: &[Cell]) -> Result<Vec<Fr>, CommitmentError> {
        let mut scalars = Vec::new();
        for cell in cells {
            scalars.extend(self.engine().read_scalars(cell.as_bytes())?);
        }
        Ok(scalars)
    }
}

fn is_data(row: GridRow, i: usize) -> bool {
    matches!(row, GridRow::Data(index) if index.as_usize() == i)
}

fn identity(n: usize) -> Vec<Vec<Fr>> {
    let row = |i| {
        let mut row = vec![Fr::ZERO; n];
        row[i] = Fr::ONE;
        row
    };
    (0..n).map(row).collect()
}
