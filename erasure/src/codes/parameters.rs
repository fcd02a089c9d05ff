//! How big a code is, and how big it may be.

use crate::ErasureError;

/// Shards that any code here may have, data and parity together.
pub const MAX_SHARDS: usize = 1 << 16;

/// Bytes that all shards of one encoding may have together: 1 GiB.
pub const MAX_CODED_BYTES: usize = 1 << 30;

/// Which of the n shards: the data shards from 0, the parity shards from k.
///
/// Sixteen bits name every shard that a code can have; whether a code has it is checked where it
/// is used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ShardIndex(u16);

impl ShardIndex {
    /// The shard of this index.
    #[must_use]
    pub fn new(index: u16) -> Self {
        Self(index)
    }

    /// The index as a position.
    #[must_use]
    pub fn as_usize(self) -> usize {
        usize::from(self.0)
    }

    /// The index of a position below [`MAX_SHARDS`].
    pub(crate) fn of_position(position: usize) -> Self {
        debug_assert!(position < MAX_SHARDS);
        Self(u16::try_from(position).unwrap_or(u16::MAX))
    }
}

impl std::fmt::Display for ShardIndex {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

/// k, n and the length of a shard in bytes.
///
/// They satisfy 1 ≤ k ≤ n ≤ [`MAX_SHARDS`], and n shards of this length, which is not 0, have at
/// most [`MAX_CODED_BYTES`] together. Each code has narrower limits besides.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct CodeParameters {
    data_shards: usize,
    shards: usize,
    shard_bytes: usize,
}

impl CodeParameters {
    /// `data_shards` is k, `shards` is n.
    ///
    /// # Errors
    /// [`ErasureError::DataShards`], [`ErasureError::Shards`] or [`ErasureError::ShardBytes`] for
    /// the first of them that is out of bounds.
    pub fn new(
        data_shards: usize,
        shards: usize,
        shard_bytes: usize,
    ) -> Result<Self, ErasureError> {
        let parameters = Self {
            data_shards,
            shards,
            shard_bytes,
        };
        CodeLimits {
            data_shards: MAX_SHARDS,
            shards: |_| MAX_SHARDS,
            shard_multiple: 1,
        }
        .check(parameters)?;
        Ok(parameters)
    }

    /// k.
    #[must_use]
    pub fn data_shards(self) -> usize {
        self.data_shards
    }

    /// n.
    #[must_use]
    pub fn shards(self) -> usize {
        self.shards
    }

    /// n − k.
    #[must_use]
    pub fn parity_shards(self) -> usize {
        self.shards - self.data_shards
    }

    /// Bytes of each shard.
    #[must_use]
    pub fn shard_bytes(self) -> usize {
        self.shard_bytes
    }
}

/// What a kind of code supports.
#[derive(Clone, Copy, Debug)]
pub struct CodeLimits {
    pub(super) data_shards: usize,
    /// From k to the largest n.
    pub(super) shards: fn(usize) -> usize,
    pub(super) shard_multiple: usize,
}

impl CodeLimits {
    /// The largest k.
    #[must_use]
    pub fn data_shards(&self) -> usize {
        self.data_shards
    }

    /// The largest n for this k; a k beyond the largest counts as the largest.
    #[must_use]
    pub fn shards(&self, data_shards: usize) -> usize {
        (self.shards)(data_shards.clamp(1, self.data_shards))
    }

    /// Bytes of which the length of a shard must be a multiple.
    #[must_use]
    pub fn shard_multiple(&self) -> usize {
        self.shard_multiple
    }

    /// The longest shard, in bytes, of a code of n shards: what [`MAX_CODED_BYTES`] leaves.
    #[must_use]
    pub fn shard_bytes(&self, shards: usize) -> usize {
        let most = MAX_CODED_BYTES / shards.max(1);
        most - most % self.shard_multiple
    }

    /// # Errors
    /// The first count or length that the code does not support.
    pub(super) fn check(&self, parameters: CodeParameters) -> Result<(), ErasureError> {
        let CodeParameters {
            data_shards,
            shards,
            shard_bytes,
        } = parameters;
        if data_shards == 0 || data_shards > self.data_shards {
            return Err(ErasureError::DataShards {
                got: data_shards,
                limit: self.data_shards,
            });
        }
        let limit = self.shards(data_shards);
        if shards < data_shards || shards > limit {
            return Err(ErasureError::Shards {
                got: shards,
                least: data_shards,
                limit,
            });
        }
        let limit = self.shard_bytes(shards);
        if shard_bytes == 0 || shard_bytes > limit || shard_bytes % self.shard_multiple != 0 {
            return Err(ErasureError::ShardBytes {
                got: shard_bytes,
                multiple: self.shard_multiple,
                limit,
            });
        }
        Ok(())
    }
}
