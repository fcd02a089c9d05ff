//! Cells that were stored and do not read back as they were written.

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};
use types::BlobId;

/// What was found damaged and is to be fetched again.
#[derive(Debug, Default)]
pub struct Damage(Mutex<Found>);

#[derive(Debug, Default)]
struct Found {
    cells: u64,
    blobs: BTreeSet<BlobId>,
}

impl Damage {
    /// Most blobs that wait to be taken; what was damaged beyond them counts as not held all the
    /// same, and is found lacking when its blob is read or the node starts.
    const MAX_BLOBS: usize = 4096;

    /// Notes a cell of this blob.
    pub(super) fn note(&self, blob: BlobId) {
        let mut found = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        found.cells = found.cells.saturating_add(1);
        if found.blobs.len() < Self::MAX_BLOBS {
            found.blobs.insert(blob);
        }
    }

    /// Takes what was found since this was last called: how many cells, and of which blobs.
    pub fn take(&self) -> (u64, BTreeSet<BlobId>) {
        let mut found = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let Found { cells, blobs } = std::mem::take(&mut *found);
        (cells, blobs)
    }
}
