//! A set of cells of one grid.

use types::limits::COLUMNS;
use types::{ColumnIndex, Coordinates, GridDimensions, GridRow, RowIndex};

/// Cells of one grid, as a bitmap: at most 512 rows of 128, 8 KiB.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CellSet {
    dimensions: GridDimensions,
    /// The 2N rows, parity after data; bit i stands for column i.
    rows: Vec<u128>,
}

impl CellSet {
    /// No cells.
    #[must_use]
    pub fn none(dimensions: GridDimensions) -> Self {
        Self::filled(dimensions, 0)
    }

    /// Every cell.
    #[must_use]
    pub fn all(dimensions: GridDimensions) -> Self {
        Self::filled(dimensions, u128::MAX)
    }

    fn filled(dimensions: GridDimensions, row: u128) -> Self {
        Self {
            dimensions,
            rows: vec![row; 2 * usize::from(dimensions.rows())],
        }
    }

    /// The grid.
    #[must_use]
    pub const fn dimensions(&self) -> GridDimensions {
        self.dimensions
    }

    /// How many cells there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.rows.iter().map(|row| row.count_ones() as usize).sum()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rows.iter().all(|row| *row == 0)
    }

    /// Whether every cell of the grid is there.
    #[must_use]
    pub fn is_full(&self) -> bool {
        self.rows.iter().all(|row| *row == u128::MAX)
    }

    /// Whether this cell is there; never for one outside the grid.
    #[must_use]
    pub fn contains(&self, at: Coordinates) -> bool {
        let row = self.place(at.row).and_then(|place| self.rows.get(place));
        row.is_some_and(|row| row & bit(at.column) != 0)
    }

    /// Adds a cell.
    ///
    /// # Errors
    /// [`types::Error::OutsideGrid`].
    pub fn insert(&mut self, at: Coordinates) -> types::Result<()> {
        *self.row_mut(at)? |= bit(at.column);
        Ok(())
    }

    /// Adds cells of one row: bit i stands for column i.
    ///
    /// # Errors
    /// [`types::Error::OutOfRange`] when the grid has no such row.
    pub fn insert_row(&mut self, row: GridRow, columns: u128) -> types::Result<()> {
        self.dimensions.position(row)?;
        if let Some(bits) = self.place(row).and_then(|place| self.rows.get_mut(place)) {
            *bits |= columns;
        }
        Ok(())
    }

    /// Adds every cell of another set of the same grid; of another grid, none.
    pub fn extend(&mut self, other: &Self) {
        if self.dimensions == other.dimensions {
            for (row, more) in self.rows.iter_mut().zip(&other.rows) {
                *row |= more;
            }
        }
    }

    /// The cells of each row that has any, parity after data: bit i stands for column i.
    pub fn by_row(&self) -> impl Iterator<Item = (GridRow, u128)> + '_ {
        let n = u64::from(self.dimensions.rows());
        let row_at = move |place: u64| {
            if place < n {
                RowIndex::new(place).map(GridRow::Data)
            } else {
                RowIndex::new(place - n).map(GridRow::Parity)
            }
        };
        (0_u64..)
            .zip(&self.rows)
            .filter(|(_, bits)| **bits != 0)
            .filter_map(move |(place, bits)| Some((row_at(place).ok()?, *bits)))
    }

    /// Takes a cell away.
    ///
    /// # Errors
    /// [`types::Error::OutsideGrid`].
    pub fn remove(&mut self, at: Coordinates) -> types::Result<()> {
        *self.row_mut(at)? &= !bit(at.column);
        Ok(())
    }

    /// The cells, row by row, parity after data.
    pub fn iter(&self) -> impl Iterator<Item = Coordinates> + '_ {
        self.by_row().flat_map(|(row, bits)| {
            ColumnIndex::all()
                .filter(move |column| bits & bit(*column) != 0)
                .map(move |column| Coordinates { row, column })
        })
    }

    /// How many cells of a column there are: at most 2N.
    #[must_use]
    pub fn in_column(&self, column: ColumnIndex) -> usize {
        let bit = bit(column);
        self.rows.iter().filter(|row| **row & bit != 0).count()
    }

    /// How many cells of a row there are: at most 128, none of a row outside the grid.
    #[must_use]
    pub fn in_row(&self, row: GridRow) -> usize {
        let bits = self.place(row).and_then(|place| self.rows.get(place));
        bits.map_or(0, |bits| bits.count_ones() as usize)
    }

    /// The rows, parity after data; bit i stands for column i.
    pub(super) fn rows(&self) -> &[u128] {
        &self.rows
    }

    pub(super) fn rows_mut(&mut self) -> &mut [u128] {
        &mut self.rows
    }

    /// How many cells of each column there are.
    pub(super) fn column_counts(&self) -> [usize; COLUMNS] {
        let mut counts = [0; COLUMNS];
        for row in &self.rows {
            let mut bits = *row;
            while bits != 0 {
                counts[bits.trailing_zeros() as usize] += 1;
                bits &= bits - 1;
            }
        }
        counts
    }

    /// Where a row stands among the 2N; none outside the grid.
    fn place(&self, row: GridRow) -> Option<usize> {
        self.dimensions.position(row).ok()?;
        Some(match row {
            GridRow::Data(i) => i.as_usize(),
            GridRow::Parity(j) => usize::from(self.dimensions.rows()) + j.as_usize(),
        })
    }

    fn row_mut(&mut self, at: Coordinates) -> types::Result<&mut u128> {
        let dimensions = self.dimensions;
        let place = self.place(at.row);
        place
            .and_then(|place| self.rows.get_mut(place))
            .ok_or(types::Error::OutsideGrid {
                row: at.row,
                column: at.column,
                dimensions,
            })
    }
}

fn bit(column: ColumnIndex) -> u128 {
    1 << column.get()
}
