//! What can be rebuilt, and in which order.
//!
//! Any N of the 2N cells of a column rebuild it, any 64 of the 128 cells of a row rebuild the row.
//! Each line that is rebuilt adds cells to those that cross it, so lines are rebuilt until nothing
//! more follows: peeling. What is reached does not depend on the order.

use crate::core::repair::CellSet;
use types::limits::{COLUMNS, DATA_COLUMNS};
use types::{ColumnIndex, GridRow, RowIndex};

/// Which lines of the grid are rebuilt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lines {
    /// Columns only: their proofs are linear combinations, which a phone computes.
    Columns,
    /// Columns and rows: a row's proofs take the whole set-up, its tables and their memory.
    Both,
}

/// A line of the grid.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Line {
    /// The 2N cells of a column.
    Column(ColumnIndex),
    /// The 128 cells of a row.
    Row(GridRow),
}

/// Lines to rebuild, each possible with what is held and the lines before it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RebuildPlan {
    lines: Vec<Line>,
    reached: CellSet,
}

impl RebuildPlan {
    /// Plans the rebuilding of all that can be, columns before rows. Lines that are whole are
    /// not in it.
    #[must_use]
    pub fn new(held: &CellSet, lines: Lines) -> Self {
        let mut plan = Self {
            lines: Vec::new(),
            reached: held.clone(),
        };
        if !held.dimensions().is_empty() {
            while plan.take_columns() | (lines == Lines::Both && plan.take_rows()) {}
        }
        plan
    }

    /// The lines, in order.
    #[must_use]
    pub fn lines(&self) -> &[Line] {
        &self.lines
    }

    /// What will be there in the end.
    #[must_use]
    pub const fn reached(&self) -> &CellSet {
        &self.reached
    }

    /// Takes every column that can be rebuilt now; whether there was one.
    fn take_columns(&mut self) -> bool {
        let n = self.reached.rows().len() / 2;
        let counts = self.reached.column_counts();
        let mut rebuilt: u128 = 0;
        for (column, count) in ColumnIndex::all().zip(counts) {
            if (n..2 * n).contains(&count) {
                rebuilt |= 1 << column.get();
                self.lines.push(Line::Column(column));
            }
        }
        for row in self.reached.rows_mut() {
            *row |= rebuilt;
        }
        rebuilt != 0
    }

    /// Takes every row that can be rebuilt now; whether there was one.
    fn take_rows(&mut self) -> bool {
        let before = self.lines.len();
        let n = self.reached.rows().len() / 2;
        let lines = &mut self.lines;
        for (place, row) in self.reached.rows_mut().iter_mut().enumerate() {
            if !(DATA_COLUMNS..COLUMNS).contains(&(row.count_ones() as usize)) {
                continue;
            }
            let name = if place < n {
                RowIndex::new(place as u64).map(GridRow::Data)
            } else {
                RowIndex::new((place - n) as u64).map(GridRow::Parity)
            };
            // A row of a set is one of its grid.
            let Ok(name) = name else { continue };
            *row = u128::MAX;
            lines.push(Line::Row(name));
        }
        lines.len() > before
    }
}

/// Whether the whole grid follows from these cells, by columns and rows. Never from fewer than
/// all but 65(N + 1) cells, and from some sets of just as many not: the smallest that stops it is
/// a rectangle of N + 1 rows by 65 columns. An empty grid needs nothing.
#[must_use]
pub fn is_recoverable(held: &CellSet) -> bool {
    RebuildPlan::new(held, Lines::Both).reached().is_full()
}
