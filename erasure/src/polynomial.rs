//! A row as its polynomial, which leads to all else: cells, commitments and proofs.

use std::sync::OnceLock;

use algebra::{Domain, Engine, Fr, bit_reverse};
use types::limits::{CELL_ELEMENTS, COLUMNS, DATA_COLUMNS, ROW_ELEMENTS};
use types::{Cell, ColumnIndex, Row};

use crate::ErasureError;
use crate::decoding::Decoder;
use crate::doubling::Doubling;
use crate::field::{cells_to_scalars, row_to_scalars, scalars_to_cells, scalars_to_row};

/// What both directions of the row code need, computed once per process.
struct RowCode {
    doubling: Doubling,
    /// The 64 points of a cell, but for the cell's shift.
    cell: Domain,
    /// The 128 values that x^64 takes, one per cell, are points of their own code.
    across: Decoder,
    /// h⁻ⁱ for each cell's shift h and each i below 64, cell by cell.
    shifts_back: Vec<Fr>,
}

impl RowCode {
    fn new() -> Result<Self, ErasureError> {
        // Cell k holds the points ω^brp(64·k + i), which are ω^brp(k) times the 64-th roots of
        // unity, brp(k) reversing the 7 bits of a column.
        let extended = Domain::new(2 * ROW_ELEMENTS)?;
        let shifts_back = (0..COLUMNS)
            .flat_map(|cell| {
                let shift = bit_reverse(cell, COLUMNS.trailing_zeros());
                (0..CELL_ELEMENTS).map(move |i| 2 * ROW_ELEMENTS - shift * i)
            })
            .map(|power| extended.point(power))
            .collect();
        Ok(Self {
            doubling: Doubling::new(ROW_ELEMENTS)?,
            cell: Domain::new(CELL_ELEMENTS)?,
            across: Decoder::new(DATA_COLUMNS)?,
            shifts_back,
        })
    }

    fn shared() -> &'static Self {
        static SHARED: OnceLock<RowCode> = OnceLock::new();
        #[expect(
            clippy::expect_used,
            reason = "the sizes are constants and powers of two, for which the domains exist"
        )]
        SHARED.get_or_init(|| Self::new().expect("domains of constant size exist"))
    }
}

/// h⁰, h⁻¹ … h⁻⁶³ for the shift h of each cell's points, cell by cell: 128 times 64. They take the
/// coefficients of what a cell's elements interpolate to on the 64-th roots of unity to those of
/// what they interpolate to on the cell's own points.
#[must_use]
pub fn cell_unshifts() -> &'static [Fr] {
    &RowCode::shared().shifts_back
}

/// The polynomial of degree below 4096 whose values are a row's elements.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RowPolynomial(Vec<Fr>);

impl RowPolynomial {
    /// The polynomial of a row.
    ///
    /// # Errors
    /// Cannot fail for a [`Row`], whose elements are canonical.
    pub fn of_row(row: &Row, engine: Engine) -> Result<Self, ErasureError> {
        let mut values = row_to_scalars(row, engine)?;
        engine.ifft(RowCode::shared().doubling.data(), &mut values)?;
        Ok(Self(values))
    }

    /// The polynomial on which these cells of a row lie: at least 64 distinct ones, in any order.
    ///
    /// The elements of a cell are the polynomial modulo x^64 − y, for a y of its own. The
    /// coefficients of these remainders are values at y of 64 polynomials of degree below 64,
    /// whose coefficients are those of the row's polynomial, dealt out in turn.
    ///
    /// # Errors
    /// [`ErasureError::TooFewCells`], [`ErasureError::DuplicateColumn`];
    /// [`ErasureError::Inconsistent`] when the cells are more than 64 and of different rows.
    pub fn recover(cells: &[(ColumnIndex, &Cell)], engine: Engine) -> Result<Self, ErasureError> {
        let mut known: [Option<&Cell>; COLUMNS] = [None; COLUMNS];
        for (column, cell) in cells {
            if known[column.as_usize()].replace(cell).is_some() {
                return Err(ErasureError::DuplicateColumn { got: *column });
            }
        }
        if cells.len() < DATA_COLUMNS {
            return Err(ErasureError::TooFewCells {
                got: cells.len(),
                expected: DATA_COLUMNS,
            });
        }

        let code = RowCode::shared();
        let mut remainders = cells_to_scalars(known.into_iter().flatten(), engine)?;
        engine.ifft(&code.cell, &mut remainders)?;
        let mut matrix = vec![Fr::ZERO; COLUMNS * CELL_ELEMENTS];
        let mut values = remainders.chunks_exact(CELL_ELEMENTS);
        for (cell, row) in matrix.chunks_exact_mut(CELL_ELEMENTS).enumerate() {
            if known[cell].is_some()
                && let Some(values) = values.next()
            {
                row.copy_from_slice(values);
            }
        }
        engine.mul_each(&mut matrix, &code.shifts_back)?;
        let missing: Vec<usize> = (0..COLUMNS).filter(|k| known[*k].is_none()).collect();
        let erasures = code.across.erasures(&missing, engine)?;
        Ok(Self(code.across.decode(&erasures, matrix, engine)?))
    }

    /// The 4096 coefficients, that of x⁰ first.
    #[must_use]
    pub fn coefficients(&self) -> &[Fr] {
        &self.0
    }

    /// The row.
    ///
    /// # Errors
    /// Cannot fail: the polynomial has 4096 values.
    pub fn row(&self, engine: Engine) -> Result<Row, ErasureError> {
        let mut values = self.0.clone();
        engine.fft(RowCode::shared().doubling.data(), &mut values)?;
        scalars_to_row(&values, engine)
    }

    /// The 128 cells; the first 64 are the row.
    ///
    /// # Errors
    /// Cannot fail: the polynomial has a value at each point.
    pub fn cells(&self, engine: Engine) -> Result<Vec<Cell>, ErasureError> {
        self.cells_beside(&self.row(engine)?, engine)
    }

    /// As [`RowPolynomial::cells`], for whoever has the row: its own cells are copied from it.
    ///
    /// # Errors
    /// Cannot fail for the polynomial's own row; another one's elements are not compared.
    pub fn cells_beside(&self, row: &Row, engine: Engine) -> Result<Vec<Cell>, ErasureError> {
        let mut cells = Vec::with_capacity(COLUMNS);
        for bytes in row.as_bytes().chunks_exact(Cell::BYTES) {
            cells.push(Cell::from_slice(bytes)?);
        }
        let mut values = self.0.clone();
        engine.coset_fft(RowCode::shared().doubling.parity(), &mut values)?;
        cells.extend(scalars_to_cells(&values, engine)?);
        Ok(cells)
    }
}
