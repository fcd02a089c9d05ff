//! A block's data rows out of the cells that were had or rebuilt.

use crate::Result;
use commitments::{VerifiedCell, Verifier};
use erasure::recover_row;
use types::limits::DATA_COLUMNS;
use types::{Cell, ColumnIndex, GridDimensions, GridRow, Row};

/// The cells of a block's data rows: of each row no more than the 64 that give the row.
#[derive(Debug, Clone)]
pub struct Assembly {
    rows: Vec<Vec<(ColumnIndex, Cell)>>,
}

impl Assembly {
    /// No cells yet.
    #[must_use]
    pub fn new(dimensions: GridDimensions) -> Self {
        Self {
            rows: vec![Vec::new(); usize::from(dimensions.rows())],
        }
    }

    /// Takes a cell, if it is of a data row and still of use.
    pub fn add(&mut self, cell: &VerifiedCell) {
        let GridRow::Data(row) = cell.row() else {
            return;
        };
        let Some(row) = self.rows.get_mut(row.as_usize()) else {
            return;
        };
        let is_new = row.iter().all(|(column, _)| *column != cell.column());
        if is_new && row.len() < DATA_COLUMNS {
            row.push((cell.column(), cell.cell().clone()));
        }
    }

    /// Whether there are enough cells of every row.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.rows.iter().all(|row| row.len() == DATA_COLUMNS)
    }

    /// The rows. Each is what its verified cells say, and so the one that was committed to:
    /// 64 cells decide a row.
    ///
    /// # Errors
    /// [`Error::Erasure`](crate::Error::Erasure) unless [`Self::is_complete`].
    pub fn rows(&self, verifier: &Verifier) -> Result<Vec<Row>> {
        let recover = |cells: &Vec<(ColumnIndex, Cell)>| {
            let cells: Vec<_> = cells.iter().map(|(at, cell)| (*at, cell)).collect();
            Ok(recover_row(&cells, verifier.engine())?)
        };
        self.rows.iter().map(recover).collect()
    }
}
