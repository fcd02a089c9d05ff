//! Certified blobs that wait for a block.

use chain::AvailabilityCertificate;
use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use tokio::sync::Notify;
use types::{BlobId, BlobMeta, Timestamp, limits};

/// Most rows that wait for a block before posters are told to come back: eight full blocks, which
/// hold 256 MiB and are ordered in less time than a certified blob waits.
pub(crate) const MANY_ROWS: usize = 8 * limits::MAX_BLOCK_ROWS;
/// Most blobs that wait at all. Beyond them a certificate that comes is let go: its blob expires
/// where it was accepted, unless another proposer orders it.
const MOST_BLOBS: usize = 4 * MANY_ROWS;

/// A certified blob with its description.
pub(crate) type Certified = (AvailabilityCertificate, BlobMeta);

/// First accepted, first ordered; each blob once.
#[derive(Debug, Default)]
pub(crate) struct Pool {
    waiting: Mutex<BTreeMap<(Timestamp, BlobId), Certified>>,
    changed: Notify,
}

impl Pool {
    fn lock(&self) -> MutexGuard<'_, BTreeMap<(Timestamp, BlobId), Certified>> {
        // The map is consistent after every single call on it.
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds a blob, if there is room; one that waits already under another certificate stays as it
    /// is.
    pub(crate) fn insert(&self, certificate: AvailabilityCertificate, meta: BlobMeta) {
        let id = certificate.blob();
        let mut waiting = self.lock();
        if waiting.len() < MOST_BLOBS && waiting.keys().all(|(_, waiting)| *waiting != id) {
            waiting.insert((certificate.terms().accepted_at, id), (certificate, meta));
            self.changed.notify_waiters();
        }
    }

    /// Takes out a blob that a block has ordered.
    pub(crate) fn remove(&self, id: &BlobId) {
        self.lock().retain(|(_, waiting), _| waiting != id);
    }

    /// Takes out and names every blob accepted before `limit`.
    pub(crate) fn expire(&self, limit: Timestamp) -> Vec<BlobId> {
        let mut waiting = self.lock();
        let kept = waiting.split_off(&(limit, BlobId::new([0; 32])));
        std::mem::replace(&mut *waiting, kept)
            .into_keys()
            .map(|(_, id)| id)
            .collect()
    }

    /// All that wait, oldest first.
    pub(crate) fn waiting(&self) -> Vec<Certified> {
        self.lock().values().cloned().collect()
    }

    /// How many rows wait.
    pub(crate) fn rows(&self) -> usize {
        self.lock()
            .values()
            .map(|(_, meta)| usize::from(meta.rows()))
            .sum()
    }

    /// Resolves when something was added after this call.
    pub(crate) async fn changed(&self) {
        self.changed.notified().await;
    }
}
