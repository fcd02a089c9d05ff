//! Rows and cells as field elements, and back.

use algebra::{Engine, Fr};
use types::limits::CELL_ELEMENTS;
use types::{Cell, Row};

use crate::ErasureError;

/// The 4096 elements of a row, in its order.
///
/// # Errors
/// Cannot fail for a [`Row`], whose elements are canonical.
pub fn row_to_scalars(row: &Row, engine: Engine) -> Result<Vec<Fr>, ErasureError> {
    Ok(engine.read_scalars(row.as_bytes())?)
}

/// The 64 elements of a cell, in its order.
///
/// # Errors
/// Cannot fail for a [`Cell`], whose elements are canonical.
pub fn cell_to_scalars(cell: &Cell, engine: Engine) -> Result<Vec<Fr>, ErasureError> {
    Ok(engine.read_scalars(cell.as_bytes())?)
}

/// The elements of several cells, one cell after the other.
///
/// # Errors
/// Cannot fail for [`Cell`]s, whose elements are canonical.
pub fn cells_to_scalars<'a>(
    cells: impl IntoIterator<Item = &'a Cell>,
    engine: Engine,
) -> Result<Vec<Fr>, ErasureError> {
    let mut bytes = Vec::new();
    for cell in cells {
        bytes.extend_from_slice(cell.as_bytes());
    }
    Ok(engine.read_scalars(&bytes)?)
}

/// The row of these 4096 elements.
///
/// # Errors
/// [`ErasureError::Noun`] for any other number of elements.
pub fn scalars_to_row(scalars: &[Fr], engine: Engine) -> Result<Row, ErasureError> {
    Ok(Row::from_slice(&engine.write_scalars(scalars))?)
}

/// The cell of these 64 elements.
///
/// # Errors
/// [`ErasureError::Noun`] for any other number of elements.
pub fn scalars_to_cell(scalars: &[Fr], engine: Engine) -> Result<Cell, ErasureError> {
    Ok(Cell::from_slice(&engine.write_scalars(scalars))?)
}

/// The cells of these elements, 64 for each.
///
/// # Errors
/// [`ErasureError::Noun`] unless the elements are whole cells.
pub fn scalars_to_cells(scalars: &[Fr], engine: Engine) -> Result<Vec<Cell>, ErasureError> {
    scalars
        .chunks(CELL_ELEMENTS)
        .map(|cell| scalars_to_cell(cell, engine))
        .collect()
}
