//! The grid of a block: where a cell stands.

use crate::limits::{COLUMNS, MAX_BLOCK_ROWS};
use crate::{Error, Result};
use std::fmt;

/// A row of data, counted within its block or its blob: 0..256.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
#[serde(transparent)]
pub struct RowIndex(u16);

impl RowIndex {
    /// The first row.
    pub const FIRST: Self = Self(0);

    /// Names a row.
    ///
    /// # Errors
    /// [`Error::OutOfRange`] at or above [`MAX_BLOCK_ROWS`].
    pub fn new(index: u64) -> Result<Self> {
        u16::try_from(index)
            .ok()
            .filter(|&i| usize::from(i) < MAX_BLOCK_ROWS)
            .map(Self)
            .ok_or(Error::OutOfRange {
                what: "row",
                got: index,
                min: 0,
                max: MAX_BLOCK_ROWS as u64 - 1,
            })
    }

    /// The index.
    #[must_use]
    pub const fn get(self) -> u16 {
        self.0
    }

    /// The index, for slices.
    #[must_use]
    pub const fn as_usize(self) -> usize {
        self.0 as usize
    }
}

impl fmt::Display for RowIndex {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A column of the grid, which is a cell's index in its extended row (EIP-7594 `CellIndex`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
#[serde(transparent)]
pub struct ColumnIndex(u8);

impl ColumnIndex {
    /// Names a column.
    ///
    /// # Errors
    /// [`Error::OutOfRange`] at or above [`COLUMNS`].
    pub fn new(index: u64) -> Result<Self> {
        u8::try_from(index)
            .ok()
            .filter(|&i| usize::from(i) < COLUMNS)
            .map(Self)
            .ok_or(Error::OutOfRange {
                what: "column",
                got: index,
                min: 0,
                max: COLUMNS as u64 - 1,
            })
    }

    /// Every column, in order.
    pub fn all() -> impl ExactSizeIterator<Item = Self> + Clone {
        (0..=127_u8).map(Self)
    }

    /// The index.
    #[must_use]
    pub const fn get(self) -> u8 {
        self.0
    }

    /// The index, for slices.
    #[must_use]
    pub const fn as_usize(self) -> usize {
        self.0 as usize
    }
}

impl fmt::Display for ColumnIndex {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A row of the grid: one of the N rows of data, or one of the N rows of parity.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum GridRow {
    /// A row that a poster wrote.
    Data(RowIndex),
    /// The parity row that stands at position P + j.
    Parity(RowIndex),
}

impl fmt::Display for GridRow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Data(row) => write!(f, "{row}"),
            Self::Parity(row) => write!(f, "p{row}"),
        }
    }
}

/// How many rows of data a block has: 0..=256. All other dimensions follow.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, serde::Serialize)]
#[serde(transparent)]
pub struct GridDimensions(u16);

impl GridDimensions {
    /// A grid of `rows` rows of data.
    ///
    /// # Errors
    /// [`Error::OutOfRange`] above [`MAX_BLOCK_ROWS`].
    pub fn new(rows: u64) -> Result<Self> {
        u16::try_from(rows)
            .ok()
            .filter(|&n| usize::from(n) <= MAX_BLOCK_ROWS)
            .map(Self)
            .ok_or(Error::OutOfRange {
                what: "rows of a block",
                got: rows,
                min: 0,
                max: MAX_BLOCK_ROWS as u64,
            })
    }

    /// N: rows of data, and rows of parity that are served.
    #[must_use]
    pub const fn rows(self) -> u16 {
        self.0
    }

    /// Whether there is no grid at all.
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// P: the next power of two, from which the parity rows are counted. 1 for an empty grid.
    #[must_use]
    pub const fn padded_rows(self) -> u16 {
        self.0.next_power_of_two()
    }

    /// Cells that exist and can be sampled: 2N rows of 128.
    #[must_use]
    pub const fn cells(self) -> u64 {
        2 * self.0 as u64 * COLUMNS as u64
    }

    /// The fewest cells that must be withheld to stop recovery: a rectangle of N + 1 rows by
    /// 65 columns, since any N rows and any 64 columns recover. 0 for an empty grid.
    #[must_use]
    pub const fn min_withheld(self) -> u64 {
        if self.0 == 0 {
            0
        } else {
            (COLUMNS as u64 / 2 + 1) * (self.0 as u64 + 1)
        }
    }

    /// The row's position among the 2P points of the column's domain.
    ///
    /// # Errors
    /// [`Error::OutOfRange`] when the grid has no such row.
    pub fn position(self, row: GridRow) -> Result<u16> {
        let (GridRow::Data(index) | GridRow::Parity(index)) = row;
        if index.get() >= self.0 {
            return Err(Error::OutOfRange {
                what: "row of the grid",
                got: u64::from(index.get()),
                min: 0,
                max: u64::from(self.0).saturating_sub(1),
            });
        }
        Ok(match row {
            GridRow::Data(index) => index.get(),
            GridRow::Parity(index) => self.padded_rows() + index.get(),
        })
    }

    /// The row that stands at a position of the column's domain.
    ///
    /// # Errors
    /// [`Error::OutOfRange`] for a position at which nothing is stored.
    pub fn row_at(self, position: u64) -> Result<GridRow> {
        let (n, p) = (u64::from(self.0), u64::from(self.padded_rows()));
        if position < n {
            RowIndex::new(position).map(GridRow::Data)
        } else if (p..p + n).contains(&position) {
            RowIndex::new(position - p).map(GridRow::Parity)
        } else {
            Err(Error::OutOfRange {
                what: "position of a row",
                got: position,
                min: 0,
                max: (p + n).saturating_sub(1),
            })
        }
    }

    /// The cell with the given number, counting row by row, parity after data: 0..[`Self::cells`].
    ///
    /// # Errors
    /// [`Error::OutOfRange`] past the last cell.
    pub fn cell(self, number: u64) -> Result<Coordinates> {
        if number >= self.cells() {
            return Err(Error::OutOfRange {
                what: "cell",
                got: number,
                min: 0,
                max: self.cells().saturating_sub(1),
            });
        }
        let (row, column) = (number / COLUMNS as u64, number % COLUMNS as u64);
        let n = u64::from(self.0);
        let row = if row < n {
            GridRow::Data(RowIndex::new(row)?)
        } else {
            GridRow::Parity(RowIndex::new(row - n)?)
        };
        Ok(Coordinates {
            row,
            column: ColumnIndex::new(column)?,
        })
    }

    /// Checks that the coordinates lie in the grid.
    ///
    /// # Errors
    /// [`Error::OutsideGrid`].
    pub fn contain(self, at: Coordinates) -> Result<()> {
        self.position(at.row)
            .map(|_| ())
            .map_err(|_| Error::OutsideGrid {
                row: at.row,
                column: at.column,
                dimensions: self,
            })
    }
}

impl fmt::Display for GridDimensions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "2×{} rows by {COLUMNS} columns", self.0)
    }
}

/// Where a cell stands in a block's grid.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Coordinates {
    /// The row.
    pub row: GridRow,
    /// The column.
    pub column: ColumnIndex,
}

impl fmt::Display for Coordinates {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "({}, {})", self.row, self.column)
    }
}
