//! What is withheld.

use crate::Result;
use light_node::core::repair::CellSet;
use rand::seq::index;
use rand::{Rng, RngExt};
use serde::Serialize;
use types::limits::{COLUMNS, DATA_COLUMNS};
use types::{Coordinates, GridDimensions};

/// The cells of a grid of N rows of data that are withheld.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, clap::ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub enum Shape {
    /// 65(N + 1) cells anywhere: as many as a rectangle has, and no obstacle.
    Random,
    /// N + 1 rows by 65 columns: the fewest cells that stop recovery.
    Rectangle,
    /// One cell less.
    RectangleMinusOne,
    /// One whole row.
    Row,
    /// One whole column.
    Column,
}

impl Shape {
    /// How many cells are withheld.
    #[must_use]
    pub const fn withheld(self, dimensions: GridDimensions) -> u64 {
        match self {
            Self::Random | Self::Rectangle => dimensions.min_withheld(),
            Self::RectangleMinusOne => dimensions.min_withheld().saturating_sub(1),
            Self::Row => COLUMNS as u64,
            Self::Column => 2 * dimensions.rows() as u64,
        }
    }

    /// Whether what is left recovers the grid, by theory. Fewer than 65(N + 1) missing cells
    /// never stop it, and that many only as a rectangle: so many cells drawn at random are one
    /// with a chance below 2^-100.
    #[must_use]
    pub const fn is_recoverable(self) -> bool {
        !matches!(self, Self::Rectangle)
    }

    /// Draws where the shape lies: cells, rows and columns uniformly and without replacement.
    ///
    /// # Errors
    /// None for a grid that has rows.
    pub fn draw(self, dimensions: GridDimensions, rng: &mut impl Rng) -> Result<CellSet> {
        let mut withheld = CellSet::none(dimensions);
        let rows = 2 * usize::from(dimensions.rows());
        for number in self.numbers(rows, rng) {
            withheld.insert(at(dimensions, number)?)?;
        }
        Ok(withheld)
    }

    /// The numbers of the cells, counted row by row.
    fn numbers(self, rows: usize, rng: &mut impl Rng) -> Vec<usize> {
        match self {
            Self::Random => {
                let withheld = (DATA_COLUMNS + 1) * (rows / 2 + 1);
                index::sample(rng, rows * COLUMNS, withheld).into_vec()
            }
            Self::Rectangle => rectangle(rows, rng),
            Self::RectangleMinusOne => {
                let mut numbers = rectangle(rows, rng);
                // In no order, so that the last is any of them.
                numbers.pop();
                numbers
            }
            Self::Row => {
                let row = rng.random_range(0..rows);
                (0..COLUMNS).map(|column| row * COLUMNS + column).collect()
            }
            Self::Column => {
                let column = rng.random_range(0..COLUMNS);
                (0..rows).map(|row| row * COLUMNS + column).collect()
            }
        }
    }
}

/// The crossings of N + 1 of the 2N rows and 65 of the 128 columns.
fn rectangle(rows: usize, rng: &mut impl Rng) -> Vec<usize> {
    let chosen_rows = index::sample(rng, rows, rows / 2 + 1);
    let chosen_columns = index::sample(rng, COLUMNS, DATA_COLUMNS + 1);
    chosen_rows
        .iter()
        .flat_map(|row| {
            chosen_columns
                .iter()
                .map(move |column| row * COLUMNS + column)
        })
        .collect()
}

fn at(dimensions: GridDimensions, number: usize) -> Result<Coordinates> {
    Ok(dimensions.cell(number as u64)?)
}

/// What is left of a grid when these are withheld.
///
/// # Errors
/// None that a set can cause.
pub(crate) fn without(withheld: &CellSet) -> Result<CellSet> {
    let mut held = CellSet::all(withheld.dimensions());
    for at in withheld.iter() {
        held.remove(at)?;
    }
    Ok(held)
}

#[cfg(test)]
mod tests;
