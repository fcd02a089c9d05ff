//! Sets of columns.

use types::ColumnIndex;
use types::limits::COLUMNS;

/// A set of the grid's 128 columns: bit i for column i.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct ColumnSet(u128);

impl ColumnSet {
    /// No column.
    #[must_use]
    pub const fn empty() -> Self {
        Self(0)
    }

    /// Every column.
    #[must_use]
    pub const fn full() -> Self {
        Self(u128::MAX)
    }

    /// The set with these bits.
    #[must_use]
    pub const fn from_bits(bits: u128) -> Self {
        Self(bits)
    }

    /// The set's bits.
    #[must_use]
    pub const fn to_bits(self) -> u128 {
        self.0
    }

    /// This set and a column.
    #[must_use]
    pub const fn with(self, column: ColumnIndex) -> Self {
        Self(self.0 | 1 << column.get())
    }

    /// Whether the column is in it.
    #[must_use]
    pub const fn contains(self, column: ColumnIndex) -> bool {
        (self.0 >> column.get()) & 1 == 1
    }

    /// Its columns, ascending.
    pub fn iter(self) -> impl Iterator<Item = ColumnIndex> + Clone {
        ColumnIndex::all().filter(move |&column| self.contains(column))
    }

    /// How many columns it has.
    #[must_use]
    pub const fn len(self) -> usize {
        self.0.count_ones() as usize
    }

    /// Whether it has none.
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// The columns in either.
    #[must_use]
    pub const fn union(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// The columns in both.
    #[must_use]
    pub const fn intersection(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    /// The columns of this set that are not in the other.
    #[must_use]
    pub const fn difference(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }
}

impl FromIterator<ColumnIndex> for ColumnSet {
    fn from_iter<I: IntoIterator<Item = ColumnIndex>>(columns: I) -> Self {
        columns.into_iter().fold(Self::empty(), Self::with)
    }
}

impl std::fmt::Debug for ColumnSet {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "ColumnSet({} of {COLUMNS}: {:032x})", self.len(), self.0)
    }
}
