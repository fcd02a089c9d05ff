//! Cells and proofs of parity rows, which are sums of those of the data in the same column.

use algebra::{Domain, Fr, G1Affine, G1Domain};
use types::limits::CELL_ELEMENTS;
use types::{Cell, ColumnIndex, Coordinates, GridRow, Proof, RowIndex, UnverifiedCell};

use crate::{CommitmentError, CommitmentGrid, VerifiedCell};

/// The cells of a column as scalars, one after the other, and their proofs as points.
pub(crate) struct Decoded {
    pub(crate) cells: Vec<Fr>,
    pub(crate) proofs: Vec<G1Affine>,
}

impl CommitmentGrid {
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
        for cell in column {
            if !self.same_row(cell.at, &cell.grid, cell.at) {
                return Err(CommitmentError::ForeignCommitment { row: cell.at.row });
            }
        }

        let decoded = self.decode(column.iter().map(|cell| (&cell.cell, &cell.proof)))?;
        let combined = self.combined(&decoded, &[j], index)?;
        let [UnverifiedCell { at, cell, proof }] =
            <[_; 1]>::try_from(combined).map_err(|all| CommitmentError::Count {
                what: "combined cells",
                got: all.len(),
                expected: 1,
            })?;
        Ok(VerifiedCell {
            at,
            cell,
            proof,
            grid: self.clone(),
        })
    }

    /// The cells of several parity rows, in the order of `rows`, for data cells that were verified
    /// once and have been stored since: the result is as good as they are, and whoever gets it
    /// verifies it. The column's cells and proofs are decoded once, and many proofs are made at
    /// once by Fourier transforms down the column.
    ///
    /// With P the next power of two of N, the transforms cost P·(log₂P + 1) multiplications of
    /// single points, about 170 additions each; one proof by itself is a sum of N multiples, about
    /// 45 additions for each at these sizes. So the transforms pay from about 4·P·(log₂P + 1)/N
    /// rows on.
    ///
    /// # Errors
    /// [`CommitmentError::Count`] unless there are N cells, [`CommitmentError::WrongPlace`] when
    /// they are not rows 0..N of one column, [`CommitmentError::Algebra`] when a proof is not a
    /// point, [`CommitmentError::Noun`] when there is no such parity row. No rows are no error, and
    /// no work.
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
        let decoded = self.decode(column.iter().map(|cell| (&cell.cell, &cell.proof)))?;
        self.combined(&decoded, rows, index)
    }

    /// The cells of parity rows, at their places.
    pub(crate) fn combined(
        &self,
        column: &Decoded,
        rows: &[RowIndex],
        index: ColumnIndex,
    ) -> Result<Vec<UnverifiedCell>, CommitmentError> {
        let cells = self.combine_cells(&column.cells, rows)?;
        let points = self.combine_points(&column.proofs, rows)?;
        rows.iter()
            .zip(cells)
            .zip(self.engine().write_points(&points))
            .map(|((j, cell), proof)| {
                Ok(UnverifiedCell {
                    at: Coordinates {
                        row: GridRow::Parity(*j),
                        column: index,
                    },
                    cell,
                    proof: Proof::new(proof),
                })
            })
            .collect()
    }

    /// The sums of N cells that make parity rows. All at once take about as many multiplications
    /// as log₂P + 1 sums do.
    fn combine_cells(&self, cells: &[Fr], rows: &[RowIndex]) -> Result<Vec<Cell>, CommitmentError> {
        let engine = self.engine();
        let cell = |scalars: &[Fr]| Ok(Cell::from_slice(&engine.write_scalars(scalars))?);
        if rows.len() > self.padded().trailing_zeros() as usize + 1 {
            let parity = self.code().extend_matrix(cells.to_vec(), engine)?;
            return rows
                .iter()
                .map(|j| cell(&parity[j.as_usize() * CELL_ELEMENTS..][..CELL_ELEMENTS]))
                .collect();
        }
        let values: Vec<_> = cells.chunks_exact(CELL_ELEMENTS).collect();
        rows.iter()
            .map(|j| cell(&engine.linear_combination(&values, &self.weights(*j)?)?))
            .collect()
    }

    /// The sums of N points that make parity rows: of commitments their commitments, of proofs
    /// theirs.
    pub(crate) fn combine_points(
        &self,
        points: &[G1Affine],
        rows: &[RowIndex],
    ) -> Result<Vec<G1Affine>, CommitmentError> {
        let padded = self.padded();
        let transforms = 4 * padded * (padded.trailing_zeros() as usize + 1);
        if rows.len() * points.len() < transforms {
            return rows
                .iter()
                .map(|j| Ok(self.engine().msm(points, &self.weights(*j)?)?))
                .collect();
        }
        let all = self.extend_points(points, padded)?;
        Ok(rows.iter().map(|j| all[j.as_usize()]).collect())
    }

    /// The points of all `padded` parity positions: coefficients by the inverse transform, a
    /// shift to the parity's coset, and a transform.
    fn extend_points(
        &self,
        points: &[G1Affine],
        padded: usize,
    ) -> Result<Vec<G1Affine>, CommitmentError> {
        let (domain, engine) = (G1Domain::new(padded)?, self.engine());
        let infinity = algebra::G1::infinity().into();
        let mut column = points.to_vec();
        column.resize(padded, infinity);
        domain.ifft(engine, &mut column)?;
        // ω₂ₚ⁰ … ω₂ₚᴾ⁻¹: takes the points of the data positions to those of the parity's.
        let twice = Domain::new(2 * padded)?;
        let shifts: Vec<Fr> = (0..padded).map(|i| twice.point(i)).collect();
        let mut column = engine.mul_points(&column, &shifts)?;
        domain.fft(engine, &mut column)?;
        Ok(column)
    }

    pub(crate) fn decode<'a>(
        &self,
        column: impl Iterator<Item = (&'a Cell, &'a Proof)>,
    ) -> Result<Decoded, CommitmentError> {
        let (mut cells, mut proofs) = (Vec::new(), Vec::new());
        for (cell, proof) in column {
            cells.extend(self.engine().read_scalars(cell.as_bytes())?);
            proofs.push(*proof.as_bytes());
        }
        let points = self.engine().read_points(&proofs);
        Ok(Decoded {
            cells,
            proofs: points.into_iter().collect::<Result<_, _>>()?,
        })
    }

    /// P.
    fn padded(&self) -> usize {
        usize::from(self.dimensions().padded_rows())
    }

    /// Checks that the places are rows 0..N of one column, and says which.
    fn check_column(
        &self,
        places: impl ExactSizeIterator<Item = Coordinates>,
    ) -> Result<ColumnIndex, CommitmentError> {
        let expected = self.commitments().len();
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
}
