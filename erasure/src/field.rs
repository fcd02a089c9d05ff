//! Rows and cells as field elements, and back.

use algebra::{FR_BYTES, Fr};
use types::{Cell, Row};

use crate::ErasureError;

/// The 4096 elements of a row, in its order.
///
/// # Errors
/// Cannot fail for a [`Row`], whose elements are canonical.
pub fn row_to_scalars(row: &Row) -> Result<Vec<Fr>, ErasureError> {
    parse(row.elements())
}

/// The 64 elements of a cell, in its order.
///
/// # Errors
/// Cannot fail for a [`Cell`], whose elements are canonical.
pub fn cell_to_scalars(cell: &Cell) -> Result<Vec<Fr>, ErasureError> {
    parse(cell.elements())
}

/// The row of these 4096 elements.
///
/// # Errors
/// [`ErasureError::Noun`] for any other number of elements.
pub fn scalars_to_row(scalars: &[Fr]) -> Result<Row, ErasureError> {
    Ok(Row::from_slice(&bytes(scalars))?)
}

/// The cell of these 64 elements.
///
/// # Errors
/// [`ErasureError::Noun`] for any other number of elements.
pub fn scalars_to_cell(scalars: &[Fr]) -> Result<Cell, ErasureError> {
    Ok(Cell::from_slice(&bytes(scalars))?)
}

fn parse<'a>(elements: impl Iterator<Item = &'a [u8; FR_BYTES]>) -> Result<Vec<Fr>, ErasureError> {
    elements
        .map(|element| Ok(Fr::from_be_bytes(element)?))
        .collect()
}

fn bytes(scalars: &[Fr]) -> Vec<u8> {
    scalars.iter().flat_map(Fr::to_be_bytes).collect()
}
