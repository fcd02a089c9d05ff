//! The times that a chain fixes for itself.

use crate::{Error, Result};
use types::{Epoch, Height};

/// A chain's parameters: times in milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ChainParams {
    /// From one block to the next, while there is something to order.
    pub block_interval_ms: u64,
    /// From one block to the next, while there is nothing.
    pub empty_block_interval_ms: u64,
    /// For how long a blob is kept after its acceptance.
    pub retention_ms: u64,
    /// For how long after its acceptance a certified blob may be ordered.
    pub ordering_window_ms: u64,
    /// How far clocks may differ.
    pub clock_drift_ms: u64,
    /// Heights of an epoch, within which the validator set does not change.
    pub epoch_blocks: u64,
}

impl ChainParams {
    /// Longest of any of the times: a hundred years, so that no sum of them overflows.
    pub const MAX_MILLIS: u64 = 100 * 366 * 24 * 3_600_000;

    /// A block every 6 s or, empty, every minute; two weeks of retention; an epoch of 14,400
    /// blocks, a day of full ones.
    #[must_use]
    pub const fn mainnet() -> Self {
        Self {
            block_interval_ms: 6_000,
            empty_block_interval_ms: 60_000,
            retention_ms: 14 * 24 * 3_600_000,
            ordering_window_ms: 60_000,
            clock_drift_ms: 30_000,
            epoch_blocks: 14_400,
        }
    }

    /// As [`Self::mainnet`], with a block every 2 s.
    #[must_use]
    pub const fn devnet() -> Self {
        Self {
            block_interval_ms: 2_000,
            ..Self::mainnet()
        }
    }

    /// The epoch of a height.
    #[must_use]
    pub const fn epoch(&self, height: Height) -> Epoch {
        match height.get().checked_div(self.epoch_blocks) {
            Some(epoch) => Epoch::new(epoch),
            None => Epoch::new(0),
        }
    }

    /// Whether the height is its epoch's last: the next one may have another validator set.
    #[must_use]
    pub fn ends_epoch(&self, height: Height) -> bool {
        height
            .next()
            .is_none_or(|next| self.epoch(next) != self.epoch(height))
    }

    /// Checks that these can govern a chain.
    pub(crate) fn check(&self) -> Result<()> {
        let times = [
            ("block interval", self.block_interval_ms, 1),
            (
                "empty block interval",
                self.empty_block_interval_ms,
                self.block_interval_ms,
            ),
            (
                "ordering window",
                self.ordering_window_ms,
                self.block_interval_ms,
            ),
            ("retention", self.retention_ms, self.ordering_window_ms),
            ("clock drift", self.clock_drift_ms, 1),
        ];
        for (what, got, min) in times {
            if got > Self::MAX_MILLIS {
                let max = Self::MAX_MILLIS;
                return Err(Error::OutOfRange {
                    what,
                    got,
                    min,
                    max,
                });
            }
            if got < min {
                return Err(Error::Params { what, got, min });
            }
        }
        if self.epoch_blocks == 0 {
            return Err(Error::OutOfRange {
                what: "blocks of an epoch",
                got: 0,
                min: 1,
                max: u64::MAX,
            });
        }
        Ok(())
    }
}
