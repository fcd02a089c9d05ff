//! The row code: the 64 cells of a row become 128, exactly as EIP-7594 says.

use std::sync::OnceLock;

use algebra::{Domain, Fr, batch_invert, bit_reverse, bit_reverse_permute};
use types::limits::{CELL_ELEMENTS, COLUMNS, DATA_COLUMNS, ROW_ELEMENTS};
use types::{Cell, ColumnIndex, Row};

use crate::ErasureError;
use crate::doubling::Doubling;
use crate::field::{cell_to_scalars, row_to_scalars, scalars_to_cell, scalars_to_row};

/// What both directions of the row code need, computed once per process.
struct RowCode {
    doubling: Doubling,
    /// The 8192 points of an extended row.
    extended: Domain,
    /// The 128 values that x^64 takes on them, one per cell.
    cells: Domain,
}

impl RowCode {
    fn new() -> Result<Self, ErasureError> {
        Ok(Self {
            doubling: Doubling::new(ROW_ELEMENTS)?,
            extended: Domain::new(2 * ROW_ELEMENTS)?,
            cells: Domain::new(COLUMNS)?,
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

/// The 128 cells of a row; the first 64 are the row itself.
///
/// # Errors
/// Cannot fail for a [`Row`], whose elements are canonical.
pub fn extend_row(row: &Row) -> Result<Vec<Cell>, ErasureError> {
    let mut values = row_to_scalars(row)?;
    RowCode::shared().doubling.extend(&mut values)?;
    let data = row
        .as_bytes()
        .chunks_exact(Cell::BYTES)
        .map(|bytes| Ok(Cell::from_slice(bytes)?));
    let parity = values.chunks_exact(CELL_ELEMENTS).map(scalars_to_cell);
    data.chain(parity).collect()
}

/// The row to which these cells belong: at least 64 distinct ones, in any order.
///
/// With Z the polynomial that vanishes on the missing cells, the product of Z and the row's
/// polynomial is known everywhere; dividing by Z on a coset, where it has no root, leaves the
/// row's. A quotient of too high a degree betrays cells of different rows.
///
/// # Errors
/// [`ErasureError::TooFewCells`], [`ErasureError::DuplicateColumn`],
/// [`ErasureError::Inconsistent`].
pub fn recover_row(cells: &[(ColumnIndex, &Cell)]) -> Result<Row, ErasureError> {
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

    let mut values = Vec::with_capacity(2 * ROW_ELEMENTS);
    for cell in &known {
        match cell {
            Some(cell) => values.extend(cell_to_scalars(cell)?),
            None => values.resize(values.len() + CELL_ELEMENTS, Fr::ZERO),
        }
    }
    let missing: Vec<usize> = (0..COLUMNS).filter(|k| known[*k].is_none()).collect();
    let mut coefficients = divide_out(values, &missing)?;
    if coefficients[ROW_ELEMENTS..].iter().any(|c| !c.is_zero()) {
        return Err(ErasureError::Inconsistent);
    }
    coefficients.truncate(ROW_ELEMENTS);
    RowCode::shared().doubling.evaluate(&mut coefficients)?;
    scalars_to_row(&coefficients)
}

/// Coefficients of the polynomial of least degree through the known cells' values; the values of
/// the missing cells must be zero.
fn divide_out(mut values: Vec<Fr>, missing: &[usize]) -> Result<Vec<Fr>, ErasureError> {
    let code = RowCode::shared();
    // A shift outside every domain of 2-power order: the field's generator.
    let shift = Fr::from_u64(7);
    let vanishing = vanishing_polynomial(code, missing);

    let mut on_domain = vanishing.clone();
    code.cells.fft(&mut on_domain)?;
    let mut on_coset = vanishing;
    code.cells
        .coset_fft(&mut on_coset, shift.pow(CELL_ELEMENTS as u64))?;
    batch_invert(&mut on_coset)?;

    bit_reverse_permute(&mut values)?;
    for (i, value) in values.iter_mut().enumerate() {
        *value *= on_domain[i % COLUMNS];
    }
    code.extended.ifft(&mut values)?;
    code.extended.coset_fft(&mut values, shift)?;
    for (i, value) in values.iter_mut().enumerate() {
        *value *= on_coset[i % COLUMNS];
    }
    code.extended.coset_ifft(&mut values, shift)?;
    Ok(values)
}

/// Coefficients, in x^64, of the polynomial that vanishes on the missing cells; there are at most
/// 64 of them.
fn vanishing_polynomial(code: &RowCode, missing: &[usize]) -> Vec<Fr> {
    let mut polynomial = vec![Fr::ZERO; COLUMNS];
    polynomial[0] = Fr::ONE;
    for (degree, cell) in missing.iter().enumerate() {
        let root = code
            .cells
            .point(bit_reverse(*cell, COLUMNS.trailing_zeros()));
        for i in (0..=degree + 1).rev() {
            let below = if i == 0 { Fr::ZERO } else { polynomial[i - 1] };
            polynomial[i] = below - root * polynomial[i];
        }
    }
    polynomial
}
