//! The row code: the 64 cells of a row become 128, exactly as EIP-7594 says.

use algebra::Engine;
use types::{Cell, ColumnIndex, Row};

use crate::{ErasureError, RowPolynomial};

/// The 128 cells of a row; the first 64 are the row itself.
///
/// # Errors
/// Cannot fail for a [`Row`], whose elements are canonical.
pub fn extend_row(row: &Row, engine: Engine) -> Result<Vec<Cell>, ErasureError> {
    RowPolynomial::of_row(row, engine)?.cells_beside(row, engine)
}

/// The row to which these cells belong: at least 64 distinct ones, in any order.
///
/// # Errors
/// As [`RowPolynomial::recover`].
pub fn recover_row(cells: &[(ColumnIndex, &Cell)], engine: Engine) -> Result<Row, ErasureError> {
    RowPolynomial::recover(cells, engine)?.row(engine)
}
