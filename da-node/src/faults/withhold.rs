//! A custodian that has the cells and refuses to hand them out.

use sha2::{Digest, Sha256};
use std::collections::HashSet;
use std::sync::Arc;
use types::{ColumnIndex, Commitment};

/// Which cells are refused: the same on every node that is told the same.
#[derive(Debug, Clone, PartialEq)]
pub struct Withholding(Which);

#[derive(Debug, Clone, PartialEq)]
enum Which {
    /// A fraction of all.
    Fraction { fraction: f64, seed: u64 },
    /// These.
    Cells(Arc<HashSet<(Commitment, ColumnIndex)>>),
}

impl Withholding {
    /// Refuses this fraction of the cells; anything outside 0..=1 is brought inside.
    #[must_use]
    pub fn new(fraction: f64, seed: u64) -> Self {
        let fraction = if fraction.is_nan() {
            0.0
        } else {
            fraction.clamp(0.0, 1.0)
        };
        Self(Which::Fraction { fraction, seed })
    }

    /// Refuses these cells and no others. A row, of data or of parity, is named by its
    /// commitment, so rows of the same content are refused alike.
    #[must_use]
    pub fn cells(cells: impl IntoIterator<Item = (Commitment, ColumnIndex)>) -> Self {
        Self(Which::Cells(Arc::new(cells.into_iter().collect())))
    }

    /// Whether the cell in this column of the row with this commitment is refused.
    #[must_use]
    pub fn refuses(&self, row: &Commitment, column: ColumnIndex) -> bool {
        let (fraction, seed) = match &self.0 {
            Which::Fraction { fraction, seed } => (*fraction, *seed),
            Which::Cells(cells) => return cells.contains(&(*row, column)),
        };
        let hash = Sha256::new()
            .chain_update(seed.to_be_bytes())
            .chain_update(row.as_bytes())
            .chain_update([column.get()])
            .finalize();
        let draw = hash
            .iter()
            .take(4)
            .fold(0_u32, |n, byte| (n << 8) | u32::from(*byte));
        f64::from(draw) < fraction * f64::from(u32::MAX)
    }
}
