//! The times that a chain fixes for itself.

use crate::{Error, Result};
use types::{Epoch, Height};

/// Whether a chain's blobs are anybody's but its maker's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NetworkKind {
    /// Others rely on it: nothing in its genesis undercuts the protocol's constants.
    Public,
    /// A network to try things on: it may forget sooner.
    Devnet,
}

impl NetworkKind {
    /// What a chain of this name is: a devnet when the last word of its name, words being
    /// separated by `-`, is `devnet`. The name is part of what the chain's id commits to, so
    /// that a chain which forgets sooner says so to everybody.
    #[must_use]
    pub fn of(chain_name: &str) -> Self {
        match chain_name.rsplit('-').next() {
            Some("devnet") => Self::Devnet,
            _ => Self::Public,
        }
    }
}

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
    /// For how long every chain keeps its blobs, at least: 14 days. A certificate's age limit and
    /// every challenge window on L1 fit into it. Only a devnet may ask for less.
    pub const MIN_RETENTION_MS: u64 = 14 * 24 * 3_600_000;
    /// Longest of any of the times: a hundred years, so that no sum of them overflows.
    pub const MAX_MILLIS: u64 = 100 * 366 * 24 * 3_600_000;

    /// A block every 6 s or, empty, every minute; two weeks of retention; an epoch of 14,400
    /// blocks, a day of full ones.
    #[must_use]
    pub const fn mainnet() -> Self {
        Self {
            block_interval_ms: 6_000,
            empty_block_interval_ms: 60_000,
            retention_ms: Self::MIN_RETENTION_MS,
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

    /// Checks that these can govern a chain of that kind.
    pub(crate) fn check(&self, network: NetworkKind) -> Result<()> {
        self.check_times()?;
        match network {
            NetworkKind::Devnet => Ok(()),
            NetworkKind::Public if self.retention_ms >= Self::MIN_RETENTION_MS => Ok(()),
            NetworkKind::Public => Err(Error::Params {
                what: "retention of a chain that is no devnet",
                got: self.retention_ms,
                min: Self::MIN_RETENTION_MS,
            }),
        }
    }

    fn check_times(&self) -> Result<()> {
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
