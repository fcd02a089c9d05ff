//! What was acknowledged, by whom, and how far it was seen to come.

use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, MutexGuard, PoisonError};
use types::{BlobId, HeaderHash, Height};

/// How far an acknowledged blob was seen to come. Later ones compare greater.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Stage {
    Received,
    Certified,
    Final(Height, HeaderHash),
}

/// Bytes that can be made again, so that none need be kept: a run may post many.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Payload {
    pub(crate) seed: u64,
    pub(crate) length: usize,
}

impl Payload {
    /// The bytes, the same every time.
    pub(crate) fn bytes(self) -> Vec<u8> {
        let mut bytes = vec![0; self.length];
        StdRng::seed_from_u64(self.seed).fill_bytes(&mut bytes);
        bytes
    }
}

/// One acknowledged blob.
#[derive(Debug, Clone)]
pub(crate) struct Entry {
    /// The nodes that acknowledged it.
    pub(crate) nodes: BTreeSet<usize>,
    /// Its bytes.
    pub(crate) payload: Payload,
    pub(crate) stage: Stage,
}

/// The oracle's memory.
#[derive(Debug, Default)]
pub(crate) struct Ledger(Mutex<Inner>);

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
    pub(crate) fn post(&self) {
        self.lock().posted += 1;
    }

    /// A node has acknowledged a blob.
    pub(crate) fn acknowledge(&self, id: BlobId, node: usize, payload: Payload) {
        let mut inner = self.lock();
        let entry = inner.blobs.entry(id).or_insert_with(|| Entry {
            nodes: BTreeSet::new(),
            payload,
            stage: Stage::Received,
        });
        entry.nodes.insert(node);
    }

    /// An acknowledged blob has come so far. A stage once reached is never taken back.
    pub(crate) fn reach(&self, id: BlobId, stage: Stage) {
        if let Stage::Final(height, header) = stage {
            self.header(height, header);
        }
        if let Some(entry) = self.lock().blobs.get_mut(&id) {
            entry.stage = entry.stage.max(stage);
        }
    }

    /// A node has shown a final header.
    pub(crate) fn header(&self, height: Height, hash: HeaderHash) {
        self.lock().headers.entry(height).or_default().insert(hash);
    }

    pub(crate) fn posted(&self) -> u64 {
        self.lock().posted
    }

    /// Blobs acknowledged, and those of them that were seen final.
    pub(crate) fn counts(&self) -> (usize, usize) {
        let inner = self.lock();
        let seen = |entry: &&Entry| matches!(entry.stage, Stage::Final(..));
        (inner.blobs.len(), inner.blobs.values().filter(seen).count())
    }

    pub(crate) fn blobs(&self) -> BTreeMap<BlobId, Entry> {
        self.lock().blobs.clone()
    }

    pub(crate) fn headers(&self) -> BTreeMap<Height, BTreeSet<HeaderHash>> {
        self.lock().headers.clone()
    }

    /// One acknowledged blob, counted from `place`.
    pub(crate) fn any(&self, place: usize) -> Option<(BlobId, Entry)> {
        let inner = self.lock();
        let count = inner.blobs.len().max(1);
        inner
            .blobs
            .iter()
            .nth(place % count)
            .map(|(id, entry)| (*id, entry.clone()))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::{Ledger, Payload, Stage};
    use types::{BlobId, HeaderHash, Height};

    #[test]
    fn a_stage_is_never_taken_back_and_a_fork_is_never_forgotten() {
        let (ledger, id) = (Ledger::default(), BlobId::new([1; 32]));
        let at = |hash| Stage::Final(Height::new(5), HeaderHash::new([hash; 32]));
        let payload = Payload { seed: 7, length: 9 };
        ledger.acknowledge(id, 2, payload);
        ledger.acknowledge(id, 0, payload);
        assert_eq!(payload.bytes(), payload.bytes());
        assert_eq!(payload.bytes().len(), 9);
        assert_eq!(ledger.any(5).unwrap().0, id);
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
