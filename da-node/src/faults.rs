//! Faults that a network can be told to have, for demonstrations and tests.

use sha2::{Digest, Sha256};
use types::{ColumnIndex, Commitment};

/// The faults of one node. The default has none.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Faults {
    /// Refuses to hand out some cells, to light nodes and to peers alike.
    pub withholding: Option<Withholding>,
}

/// Which cells are refused: a fraction of all, the same on every node with this seed.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Withholding {
    fraction: f64,
    seed: u64,
}

impl Withholding {
    /// Refuses this fraction of the cells; anything outside 0..=1 is brought inside.
    #[must_use]
    pub fn new(fraction: f64, seed: u64) -> Self {
        Self {
            fraction: if fraction.is_nan() {
                0.0
            } else {
                fraction.clamp(0.0, 1.0)
            },
            seed,
        }
    }

    /// Whether the cell in this column of the row with this commitment is refused.
    #[must_use]
    pub fn refuses(&self, row: &Commitment, column: ColumnIndex) -> bool {
        let hash = Sha256::new()
            .chain_update(self.seed.to_be_bytes())
            .chain_update(row.as_bytes())
            .chain_update([column.get()])
            .finalize();
        let draw = hash
            .iter()
            .take(4)
            .fold(0_u32, |n, byte| (n << 8) | u32::from(*byte));
        f64::from(draw) < self.fraction * f64::from(u32::MAX)
    }
}
