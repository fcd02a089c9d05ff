//! Recovers a block's rows from the cells that were served, and from nothing else.

use crate::Result;
use commitments::Verifier;
use erasure::{ColumnCode, RowPolynomial};
use types::limits::{COLUMNS, DATA_COLUMNS};
use types::{Cell, ColumnIndex, Coordinates, GridDimensions, GridRow, RowIndex, UnverifiedCell};

/// A grid of 2N rows of 128 places; what is known of it.
struct Known {
    dimensions: GridDimensions,
    rows: Vec<GridRow>,
    columns: Vec<ColumnIndex>,
    cells: Vec<Option<Cell>>,
}

/// The bytes of the N rows of data: lines are decoded, rows and columns in turn, until the data
/// is whole or nothing more can be decoded; then none.
///
/// # Errors
/// Cells outside the grid, or that lie on no codeword: verified ones never do.
pub(crate) fn recover(
    dimensions: GridDimensions,
    served: Vec<UnverifiedCell>,
    verifier: &Verifier,
) -> Result<Option<Vec<u8>>> {
    let mut known = Known::new(dimensions)?;
    for UnverifiedCell { at, cell, .. } in served {
        let place = known.place(at)?;
        known.cells[place] = Some(cell);
    }
    loop {
        let before = known.count();
        for row in 0..known.rows.len() {
            known.decode_row(row, verifier)?;
        }
        for column in 0..COLUMNS {
            known.decode_column(column, verifier)?;
        }
        if known.count() == before {
            return Ok(known.bytes());
        }
    }
}

impl Known {
    fn new(dimensions: GridDimensions) -> Result<Self> {
        let indices: Vec<RowIndex> = (0..u64::from(dimensions.rows()))
            .map(RowIndex::new)
            .collect::<types::Result<_>>()?;
        let data = indices.iter().copied().map(GridRow::Data);
        let parity = indices.iter().copied().map(GridRow::Parity);
        let rows: Vec<GridRow> = data.chain(parity).collect();
        Ok(Self {
            dimensions,
            cells: vec![None; rows.len() * COLUMNS],
            columns: ColumnIndex::all().collect(),
            rows,
        })
    }

    fn place(&self, at: Coordinates) -> Result<usize> {
        self.dimensions.contain(at)?;
        let row = match at.row {
            GridRow::Data(i) => i.as_usize(),
            GridRow::Parity(j) => usize::from(self.dimensions.rows()) + j.as_usize(),
        };
        Ok(row * COLUMNS + at.column.as_usize())
    }

    fn count(&self) -> usize {
        self.cells.iter().flatten().count()
    }

    /// All 128 cells of a row from 64 of them.
    fn decode_row(&mut self, row: usize, verifier: &Verifier) -> Result<()> {
        let places = &self.cells[row * COLUMNS..][..COLUMNS];
        let known: Vec<(ColumnIndex, &Cell)> = (self.columns.iter().copied().zip(places))
            .filter_map(|(column, cell)| Some((column, cell.as_ref()?)))
            .collect();
        if known.len() == COLUMNS || known.len() < DATA_COLUMNS {
            return Ok(());
        }
        let engine = verifier.engine();
        let cells = RowPolynomial::recover(&known, engine)?.cells(engine)?;
        for (column, cell) in cells.into_iter().enumerate() {
            self.cells[row * COLUMNS + column] = Some(cell);
        }
        Ok(())
    }

    /// All 2N cells of a column from N of them.
    fn decode_column(&mut self, column: usize, verifier: &Verifier) -> Result<()> {
        let n = self.rows.len() / 2;
        let (mut rows, mut known) = (Vec::new(), Vec::new());
        for (row, name) in self.rows.iter().enumerate() {
            if let Some(cell) = &self.cells[row * COLUMNS + column] {
                rows.push(*name);
                known.push(cell.clone());
            }
        }
        if known.len() == 2 * n || known.len() < n {
            return Ok(());
        }
        rows.truncate(n);
        known.truncate(n);
        let engine = verifier.engine();
        let code = ColumnCode::new(self.dimensions)?;
        let data = code.recovery(&rows, engine)?.apply_cells(&known, engine)?;
        let parity = code.extend_column(&data, engine)?;
        for (row, cell) in data.into_iter().chain(parity).enumerate() {
            self.cells[row * COLUMNS + column] = Some(cell);
        }
        Ok(())
    }

    /// The first 64 cells of each row of data, which are the row; none when one is missing.
    fn bytes(&self) -> Option<Vec<u8>> {
        let data = &self.cells[..self.cells.len() / 2];
        let mut bytes = Vec::with_capacity(data.len() * DATA_COLUMNS / COLUMNS * Cell::BYTES);
        for row in data.chunks(COLUMNS) {
            for cell in &row[..DATA_COLUMNS] {
                bytes.extend_from_slice(cell.as_ref()?.as_bytes());
            }
        }
        Some(bytes)
    }
}

#[cfg(test)]
mod tests;
