//! The blobs of blocks, which the chain itself does not hold: kept as long as consensus nodes do.

use std::collections::VecDeque;
use std::sync::Arc;

use alloy::eips::eip7594::BlobTransactionSidecarVariant;
use alloy::primitives::B256;

use crate::limits;

/// The blobs of one transaction in a block.
#[derive(Clone, Debug)]
pub(crate) struct KeptBlobs {
    pub(crate) block: u64,
    /// The block's, in seconds.
    pub(crate) timestamp: u64,
    pub(crate) transaction: B256,
    pub(crate) sidecar: Arc<BlobTransactionSidecarVariant>,
}

/// The blobs that are kept, the newest last.
#[derive(Clone, Debug, Default)]
pub(crate) struct Blobs {
    kept: VecDeque<KeptBlobs>,
    /// Blobs, not transactions.
    count: usize,
}

impl Blobs {
    pub(crate) fn push(&mut self, blobs: KeptBlobs) {
        self.count += blobs.sidecar.blobs().len();
        self.kept.push_back(blobs);
    }

    /// Drops what is older than [`limits::BLOB_SECONDS`], and the oldest beyond [`limits::BLOBS`].
    pub(crate) fn prune(&mut self, now: u64) {
        while let Some(oldest) = self.kept.front()
            && (self.count > limits::BLOBS
                || oldest.timestamp.saturating_add(limits::BLOB_SECONDS) < now)
        {
            self.count -= oldest.sidecar.blobs().len();
            self.kept.pop_front();
        }
    }

    /// Takes back the blobs of blocks from `number` on.
    pub(crate) fn take_from(&mut self, number: u64) -> Vec<KeptBlobs> {
        let first = self.kept.partition_point(|blobs| blobs.block < number);
        let taken: Vec<_> = self.kept.drain(first..).collect();
        self.count -= taken
            .iter()
            .map(|blobs| blobs.sidecar.blobs().len())
            .sum::<usize>();
        taken
    }

    pub(crate) fn of_block(&self, number: u64) -> impl Iterator<Item = &KeptBlobs> {
        self.kept.iter().filter(move |blobs| blobs.block == number)
    }

    pub(crate) fn of_transaction(&self, hash: &B256) -> Option<&KeptBlobs> {
        self.kept.iter().find(|blobs| blobs.transaction == *hash)
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &KeptBlobs> {
        self.kept.iter()
    }
}
