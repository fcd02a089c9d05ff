//! What was acknowledged, by whom, and how far it was seen to come.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use types::{BlobId, HeaderHash, Height};

/// How far an acknowledged blob was seen to come. Later ones compare greater.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Stage {
    Received,
    Certified,
    Final(Height, HeaderHash),
}

/// One acknowledged blob.
#[derive(Debug, Clone)]
pub(super) struct Entry {
    /// The nodes that acknowledged it.
    pub(super) nodes: BTreeSet<usize>,
    /// Its bytes.
    pub(super) payload: Arc<Vec<u8>>,
    pub(super) stage: Stage,
}

/// The oracle's memory.
#[derive(Debug, Default)]
pub(super) struct Ledger(Mutex<Inner>);

#[derive(Debug, Default)]
struct Inner {
    posted: u64,
    blobs: BTreeMap<BlobId, Entry>,
    headers: BTreeMap<Height, BTreeSet<HeaderHash>>,
}

impl Ledger {
    fn lock(&self) -> MutexGuard<'_, Inner> {
        // Every method leaves it consistent.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A submission has begun.
    pub(super) fn post(&self) {
        self.lock().posted += 1;
    }

    /// A node has acknowledged a blob.
    pub(super) fn acknowledge(&self, id: BlobId, node: usize, payload: Arc<Vec<u8>>) {
        let mut inner = self.lock();
        let entry = inner.blobs.entry(id).or_insert_with(|| Entry {
            nodes: BTreeSet::new(),
            payload,
            stage: Stage::Received,
        });
        entry.nodes.insert(node);
    }

    /// An acknowledged blob has come so far. A stage once reached is never taken back.
    pub(super) fn reach(&self, id: BlobId, stage: Stage) {
        if let Stage::Final(height, header) = stage {
            self.header(height, header);
        }
        if let Some(entry) = self.lock().blobs.get_mut(&id) {
            entry.stage = entry.stage.max(stage);
        }
    }

    /// A node has shown a final header.
    pub(super) fn header(&self, height: Height, hash: HeaderHash) {
        self.lock().headers.entry(height).or_default().insert(hash);
    }

    pub(super) fn posted(&self) -> u64 {
        self.lock().posted
    }

    /// Blobs acknowledged, and those of them that were seen final.
    pub(super) fn counts(&self) -> (usize, usize) {
        let inner = self.lock();
        let seen = |entry: &&Entry| matches!(entry.stage, Stage::Final(..));
        (inner.blobs.len(), inner.blobs.values().filter(seen).count())
    }

    pub(super) fn blobs(&self) -> BTreeMap<BlobId, Entry> {
        self.lock().blobs.clone()
    }

    pub(super) fn headers(&self) -> BTreeMap<Height, BTreeSet<HeaderHash>> {
        self.lock().headers.clone()
    }

    /// The bytes of one acknowledged blob, counted from `place`.
    pub(super) fn payload(&self, place: usize) -> Option<Arc<Vec<u8>>> {
        let inner = self.lock();
        let count = inner.blobs.len().max(1);
        inner
            .blobs
            .values()
            .nth(place % count)
            .map(|entry| Arc::clone(&entry.payload))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::{Ledger, Stage};
    use std::sync::Arc;
    use types::{BlobId, HeaderHash, Height};

    #[test]
    fn a_stage_is_never_taken_back_and_a_fork_is_never_forgotten() {
        let (ledger, id) = (Ledger::default(), BlobId::new([1; 32]));
        let at = |hash| Stage::Final(Height::new(5), HeaderHash::new([hash; 32]));
        ledger.acknowledge(id, 2, Arc::new(vec![7]));
        ledger.acknowledge(id, 0, Arc::new(vec![7]));
        ledger.reach(id, Stage::Certified);
        assert_eq!(ledger.counts(), (1, 0));
        ledger.reach(id, at(1));
        ledger.reach(id, Stage::Received);
        let entry = ledger.blobs().remove(&id).unwrap();
        assert_eq!(entry.stage, at(1));
        assert_eq!(entry.nodes.into_iter().collect::<Vec<_>>(), [0, 2]);
        ledger.reach(id, at(2));
        assert_eq!(ledger.headers()[&Height::new(5)].len(), 2);
        assert_eq!(ledger.counts(), (1, 1));
    }
}
