//! What is known of each blob, and who waits to hear of it.

use crate::store::{BlobRecord, BlobState, Store};
use crate::{Clock, Result};
use std::sync::Arc;
use tokio::sync::broadcast;
use types::{BlobId, Timestamp};

/// Changes that a slow watcher may lag behind before it has to read the store again.
const BACKLOG: usize = 1024;

/// Writes blobs' states and tells watchers. What a watcher hears is durable, except that receipts
/// come in.
#[derive(Clone)]
pub(crate) struct Board {
    store: Store,
    clock: Arc<dyn Clock>,
    changes: broadcast::Sender<(BlobId, BlobRecord)>,
}

impl Board {
    pub(crate) fn new(store: Store, clock: Arc<dyn Clock>) -> Self {
        Self {
            store,
            clock,
            changes: broadcast::channel(BACKLOG).0,
        }
    }

    /// Moves a blob to a state and tells its watchers; one that has come further stays
    /// where it is. Returns what stands.
    pub(crate) fn set(
        &self,
        blob: BlobId,
        state: BlobState,
        accepted_at: Timestamp,
    ) -> Result<BlobRecord> {
        let record = BlobRecord {
            state,
            at: self.clock.now(),
            accepted_at,
        };
        let standing = self.store.put_record(&blob, record.clone())?;
        if standing == record {
            self.tell(blob, record);
        }
        Ok(standing)
    }

    /// Tells watchers of a state that is durable already.
    pub(crate) fn tell(&self, blob: BlobId, record: BlobRecord) {
        // Nobody may be watching.
        let _ = self.changes.send((blob, record));
    }

    pub(crate) fn record(&self, blob: &BlobId) -> Result<Option<BlobRecord>> {
        self.store.record(blob)
    }

    pub(crate) fn watch(&self) -> broadcast::Receiver<(BlobId, BlobRecord)> {
        self.changes.subscribe()
    }
}
