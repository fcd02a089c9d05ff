//! The column code: N rows of data become 2N.
//!
//! P is the next power of two of N. The rows N..P are zero; nobody stores or samples them, but
//! everybody knows them. Parity row j stands at position P + j.

use algebra::{Fr, batch_invert};
use types::{Cell, GridDimensions, GridRow, Row, RowIndex};

use crate::doubling::Doubling;
use crate::field::{cell_to_scalars, row_to_scalars, scalars_to_cell, scalars_to_row};
use crate::{ColumnRecovery, ErasureError};

/// The column code of a grid.
#[derive(Clone, Debug)]
pub struct ColumnCode {
    dimensions: GridDimensions,
    doubling: Doubling,
}

impl ColumnCode {
    /// The code of a grid with these dimensions.
    ///
    /// # Errors
    /// [`ErasureError::EmptyGrid`] when N is 0.
    pub fn new(dimensions: GridDimensions) -> Result<Self, ErasureError> {
        if dimensions.is_empty() {
            return Err(ErasureError::EmptyGrid);
        }
        Ok(Self {
            dimensions,
            doubling: Doubling::new(usize::from(dimensions.padded_rows()))?,
        })
    }

    /// The dimensions of the grid.
    #[must_use]
    pub fn dimensions(&self) -> GridDimensions {
        self.dimensions
    }

    /// N.
    fn rows(&self) -> usize {
        usize::from(self.dimensions.rows())
    }

    /// The domain point at which a row stands.
    pub(crate) fn point(&self, row: GridRow) -> Result<Fr, ErasureError> {
        let position = self
            .dimensions
            .position(row)
            .map_err(|_| ErasureError::ForeignRow {
                got: row,
                dimensions: self.dimensions,
            })?;
        Ok(self.doubling.point(usize::from(position)))
    }

    /// The points of the rows N..P, which are known to be zero.
    pub(crate) fn zero_points(&self) -> Vec<Fr> {
        (self.rows()..self.doubling.half())
            .map(|position| self.doubling.point(position))
            .collect()
    }

    /// The N weights with which the data rows sum to parity row `j`.
    ///
    /// The data stands on all P-th roots of unity, so Lagrange's polynomial of root y at x is
    /// y·(x^P − 1) / (P·(x − y)), and x^P is −1 at every parity point.
    ///
    /// # Errors
    /// [`ErasureError::ForeignRow`] when the grid has no such parity row.
    pub fn parity_coefficients(&self, j: RowIndex) -> Result<Vec<Fr>, ErasureError> {
        let x = self.point(GridRow::Parity(j))?;
        let points: Vec<Fr> = (0..self.rows()).map(|i| self.doubling.point(i)).collect();
        let mut weights: Vec<Fr> = points.iter().map(|y| x - *y).collect();
        batch_invert(&mut weights)?;
        let scale = -Fr::from_u64(2) * Fr::from_u64(self.doubling.half() as u64).inverse()?;
        for (weight, y) in weights.iter_mut().zip(points) {
            *weight *= y * scale;
        }
        Ok(weights)
    }

    /// The N parity rows of N rows of equally many elements.
    ///
    /// # Errors
    /// [`ErasureError::RowCount`] unless there are N rows, [`ErasureError::Ragged`] unless they
    /// are equally long.
    pub fn extend(&self, rows: &[Vec<Fr>]) -> Result<Vec<Vec<Fr>>, ErasureError> {
        let n = self.rows();
        if rows.len() != n {
            return Err(ErasureError::RowCount {
                got: rows.len(),
                expected: n,
            });
        }
        let width = equal_width(rows)?;
        let mut parity = vec![vec![Fr::ZERO; width]; n];
        let mut column = vec![Fr::ZERO; self.doubling.half()];
        for e in 0..width {
            column.fill(Fr::ZERO);
            for (value, row) in column.iter_mut().zip(rows) {
                *value = row[e];
            }
            self.doubling.extend(&mut column)?;
            for (row, value) in parity.iter_mut().zip(&column) {
                row[e] = *value;
            }
        }
        Ok(parity)
    }

    /// The N parity rows of N rows.
    ///
    /// # Errors
    /// [`ErasureError::RowCount`] unless there are N rows.
    pub fn extend_rows(&self, rows: &[Row]) -> Result<Vec<Row>, ErasureError> {
        let rows: Vec<_> = rows.iter().map(row_to_scalars).collect::<Result<_, _>>()?;
        self.extend(&rows)?
            .iter()
            .map(|row| scalars_to_row(row))
            .collect()
    }

    /// The N parity cells of the N data cells of one column.
    ///
    /// # Errors
    /// [`ErasureError::RowCount`] unless there are N cells.
    pub fn extend_column(&self, cells: &[Cell]) -> Result<Vec<Cell>, ErasureError> {
        let cells: Vec<_> = cells
            .iter()
            .map(cell_to_scalars)
            .collect::<Result<_, _>>()?;
        self.extend(&cells)?
            .iter()
            .map(|cell| scalars_to_cell(cell))
            .collect()
    }

    /// Prepares to rebuild the data rows from the N distinct rows `known`, data or parity.
    ///
    /// # Errors
    /// [`ErasureError::RowCount`] unless there are N, [`ErasureError::DuplicateRow`],
    /// [`ErasureError::ForeignRow`].
    pub fn recovery(&self, known: &[GridRow]) -> Result<ColumnRecovery, ErasureError> {
        ColumnRecovery::new(self, known)
    }
}

/// The common length of the rows; 0 when there are none.
pub(crate) fn equal_width(rows: &[Vec<Fr>]) -> Result<usize, ErasureError> {
    let width = rows.first().map_or(0, Vec::len);
    match rows.iter().position(|row| row.len() != width) {
        None => Ok(width),
        Some(row) => Err(ErasureError::Ragged {
            row,
            got: rows[row].len(),
            expected: width,
        }),
    }
}
