//! The column code: N rows of data become 2N.
//!
//! P is the next power of two of N. The rows N..P are zero; nobody stores or samples them, but
//! everybody knows them. Parity row j stands at position P + j.

use algebra::{AlgebraError, Engine, Fr, batch_invert, bit_reverse};
use types::limits::ROW_ELEMENTS;
use types::{Cell, GridDimensions, GridRow, Row, RowIndex};

use crate::doubling::Doubling;
use crate::field::{cells_to_scalars, scalars_to_cells, scalars_to_row};
use crate::{ColumnRecovery, ErasureError};

/// The column code of a grid.
#[derive(Clone, Debug)]
pub struct ColumnCode {
    dimensions: GridDimensions,
    doubling: Doubling,
    /// What a data row weighs in a parity row depends on the quotient of their points alone,
    /// ω₂ₚ^(2d + 1): its weight at place d.
    weights: Vec<Fr>,
    /// The powers that take the transform's coefficients to the coset, transposed.
    transposed_shifts: Vec<Fr>,
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
        let doubling = Doubling::new(usize::from(dimensions.padded_rows()))?;
        let half = doubling.half();
        let shift = doubling.parity().shift();

        // Lagrange's polynomial of root y at x is y·(x^P − 1) / (P·(x − y)), since the data stands
        // on all P-th roots of unity; and x^P is −1 at every parity point.
        let mut weights: Vec<Fr> = (0..half)
            .map(|d| shift * doubling.data().point(d) - Fr::ONE)
            .collect();
        batch_invert(&mut weights)?;
        let scale = -Fr::from_u64(2) * Fr::from_u64(half as u64).inverse()?;
        for weight in &mut weights {
            *weight *= scale;
        }

        // shift^((P − k) mod P): see `fold`.
        let mut transposed_shifts = vec![Fr::ONE; half];
        let mut power = Fr::ONE;
        for entry in transposed_shifts.iter_mut().skip(1).rev() {
            power *= shift;
            *entry = power;
        }
        Ok(Self {
            dimensions,
            doubling,
            weights,
            transposed_shifts,
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

    /// P.
    pub(crate) fn padded_rows(&self) -> usize {
        self.doubling.half()
    }

    /// The points of data and parity.
    pub(crate) fn doubling(&self) -> &Doubling {
        &self.doubling
    }

    /// Where among the 2P points a row stands.
    pub(crate) fn position(&self, row: GridRow) -> Result<usize, ErasureError> {
        self.dimensions
            .position(row)
            .map(usize::from)
            .map_err(|_| ErasureError::ForeignRow {
                got: row,
                dimensions: self.dimensions,
            })
    }

    /// The N weights with which the data rows sum to parity row `j`: looked up.
    ///
    /// # Errors
    /// [`ErasureError::ForeignRow`] when the grid has no such parity row.
    pub fn parity_coefficients(&self, j: RowIndex) -> Result<Vec<Fr>, ErasureError> {
        self.position(GridRow::Parity(j))?;
        let half = self.padded_rows();
        let bits = half.trailing_zeros();
        let at = half + bit_reverse(j.as_usize(), bits);
        Ok((0..self.rows())
            .map(|i| self.weights[(at - bit_reverse(i, bits)) % half])
            .collect())
    }

    /// The N weights of the data rows that equal these weights of any rows: a weighted sum of
    /// rows, data and parity, is the sum of the data rows with the result as weights. A row that
    /// comes twice weighs both.
    ///
    /// Extension is the product with the matrix of parity coefficients; this is the product with
    /// its transpose, by the same two transforms.
    ///
    /// # Errors
    /// [`ErasureError::ForeignRow`] when the grid has no such row.
    pub fn fold(&self, weights: &[(GridRow, Fr)], engine: Engine) -> Result<Vec<Fr>, ErasureError> {
        let n = self.rows();
        let mut data = vec![Fr::ZERO; n];
        let mut parity = vec![Fr::ZERO; self.padded_rows()];
        for (row, weight) in weights {
            self.position(*row)?;
            match row {
                GridRow::Data(i) => data[i.as_usize()] += *weight,
                GridRow::Parity(j) => parity[j.as_usize()] += *weight,
            }
        }
        if parity.iter().any(|weight| !weight.is_zero()) {
            // A transform transposed is its inverse with the coefficients' order reversed, but
            // for a factor P, which the two transforms share out. Reversing twice is no reversal;
            // between the two it turns the shift's powers around.
            engine.ifft(self.doubling.data(), &mut parity)?;
            engine.mul_each(&mut parity, &self.transposed_shifts)?;
            engine.fft(self.doubling.data(), &mut parity)?;
            for (weight, folded) in data.iter_mut().zip(parity) {
                *weight += folded;
            }
        }
        Ok(data)
    }

    /// The N parity rows of N rows, both row-major, of any width.
    ///
    /// # Errors
    /// [`ErasureError::Algebra`] unless the elements are N rows of equally many.
    pub fn extend_matrix(
        &self,
        mut rows: Vec<Fr>,
        engine: Engine,
    ) -> Result<Vec<Fr>, ErasureError> {
        let n = self.rows();
        if !rows.len().is_multiple_of(n) {
            return Err(ErasureError::Algebra(AlgebraError::Length {
                got: rows.len(),
                expected: rows.len().next_multiple_of(n),
            }));
        }
        let width = rows.len() / n;
        rows.resize(self.padded_rows() * width, Fr::ZERO);
        engine.move_columns(self.doubling.data(), self.doubling.parity(), &mut rows)?;
        rows.truncate(n * width);
        Ok(rows)
    }

    /// The N parity rows of N rows of equally many elements.
    ///
    /// # Errors
    /// [`ErasureError::RowCount`] unless there are N rows, [`ErasureError::Ragged`] unless they
    /// are equally long.
    pub fn extend(&self, rows: &[Vec<Fr>], engine: Engine) -> Result<Vec<Vec<Fr>>, ErasureError> {
        self.check_count(rows.len())?;
        let width = equal_width(rows)?;
        if width == 0 {
            return Ok(vec![Vec::new(); rows.len()]);
        }
        let parity = self.extend_matrix(rows.concat(), engine)?;
        Ok(parity.chunks_exact(width).map(<[Fr]>::to_vec).collect())
    }

    /// The N parity rows of N rows.
    ///
    /// # Errors
    /// [`ErasureError::RowCount`] unless there are N rows.
    pub fn extend_rows(&self, rows: &[Row], engine: Engine) -> Result<Vec<Row>, ErasureError> {
        self.check_count(rows.len())?;
        let mut matrix = Vec::with_capacity(self.padded_rows() * ROW_ELEMENTS);
        for row in rows {
            matrix.extend(engine.read_scalars(row.as_bytes())?);
        }
        self.extend_matrix(matrix, engine)?
            .chunks_exact(ROW_ELEMENTS)
            .map(|row| scalars_to_row(row, engine))
            .collect()
    }

    /// The N parity cells of the N data cells of one column.
    ///
    /// # Errors
    /// [`ErasureError::RowCount`] unless there are N cells.
    pub fn extend_column(&self, cells: &[Cell], engine: Engine) -> Result<Vec<Cell>, ErasureError> {
        self.check_count(cells.len())?;
        let parity = self.extend_matrix(cells_to_scalars(cells, engine)?, engine)?;
        scalars_to_cells(&parity, engine)
    }

    fn check_count(&self, got: usize) -> Result<(), ErasureError> {
        let expected = self.rows();
        if got == expected {
            Ok(())
        } else {
            Err(ErasureError::RowCount { got, expected })
        }
    }

    /// Prepares to rebuild the data rows from the N distinct rows `known`, data or parity.
    ///
    /// # Errors
    /// [`ErasureError::RowCount`] unless there are N, [`ErasureError::DuplicateRow`],
    /// [`ErasureError::ForeignRow`].
    pub fn recovery(
        &self,
        known: &[GridRow],
        engine: Engine,
    ) -> Result<ColumnRecovery, ErasureError> {
        ColumnRecovery::new(self, known, engine)
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
