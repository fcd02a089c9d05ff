//! Descriptions and states of blobs.

use super::{BlobRecord, BlobState, Family, Store, keys};
use crate::Result;
use rocksdb::{IteratorMode, WriteBatch};
use types::{BlobId, BlobMeta, Timestamp};

impl Store {
    /// A blob's description.
    ///
    /// # Errors
    /// [`Error::Storage`](crate::Error::Storage).
    pub fn meta(&self, blob: &BlobId) -> Result<Option<BlobMeta>> {
        let bytes = self.get(Family::Blob, blob.as_bytes())?;
        Ok(bytes.map(|bytes| BlobMeta::decode(&bytes)).transpose()?)
    }

    /// Keeps a description. Its id is its own hash, so this can tell no lie.
    ///
    /// # Errors
    /// [`Error::Storage`](crate::Error::Storage).
    pub fn put_meta(&self, meta: &BlobMeta) -> Result<()> {
        let mut batch = WriteBatch::default();
        batch.put_cf(
            self.family(Family::Blob),
            meta.id().as_bytes(),
            meta.encode(),
        );
        self.write_unsynced(batch)
    }

    /// How far a blob has come; none when it was never heard of.
    ///
    /// # Errors
    /// [`Error::Storage`](crate::Error::Storage).
    pub fn record(&self, blob: &BlobId) -> Result<Option<BlobRecord>> {
        let bytes = self.get(Family::Status, blob.as_bytes())?;
        bytes.map(|bytes| BlobRecord::decode(&bytes)).transpose()
    }

    /// Writes a blob's state, synced, unless it may not follow the present one. Returns what
    /// stands then.
    ///
    /// # Errors
    /// [`Error::Storage`](crate::Error::Storage).
    pub fn put_record(&self, blob: &BlobId, record: BlobRecord) -> Result<BlobRecord> {
        let _alone = self.lock_statuses();
        if let Some(before) = self.record(blob)?
            && !record.state.may_follow(&before.state)
        {
            return Ok(before);
        }
        let mut batch = WriteBatch::default();
        batch.put_cf(
            self.family(Family::Status),
            blob.as_bytes(),
            record.encode(),
        );
        self.write_synced(batch)?;
        Ok(record)
    }

    /// Every blob whose state satisfies `wanted`: read at start, to go on where it stopped.
    ///
    /// # Errors
    /// [`Error::Storage`](crate::Error::Storage).
    pub fn records(
        &self,
        wanted: impl Fn(&BlobState) -> bool,
    ) -> Result<Vec<(BlobId, BlobRecord)>> {
        let mut found = Vec::new();
        for item in self
            .db
            .iterator_cf(self.family(Family::Status), IteratorMode::Start)
        {
            let (key, value) = item?;
            let record = BlobRecord::decode(&value)?;
            if wanted(&record.state) {
                found.push((BlobId::from_slice(&key)?, record));
            }
        }
        Ok(found)
    }

    /// Notes when a blob's retention ends.
    pub(super) fn put_expiry(&self, batch: &mut WriteBatch, at: Timestamp, blob: &BlobId) {
        batch.put_cf(self.family(Family::Expiry), keys::expiry(at, blob), []);
    }

    /// Up to `limit` blobs whose retention was over by `now`.
    ///
    /// # Errors
    /// [`Error::Storage`](crate::Error::Storage).
    pub fn expired(&self, now: Timestamp, limit: usize) -> Result<Vec<(Timestamp, BlobId)>> {
        let mut found = Vec::new();
        for item in self
            .db
            .iterator_cf(self.family(Family::Expiry), IteratorMode::Start)
        {
            let (key, _) = item?;
            let (at, blob) = key.split_at_checked(8).unwrap_or_default();
            let at = Timestamp::new(u64::from_be_bytes(at.try_into().unwrap_or_default()));
            if at > now || found.len() >= limit {
                break;
            }
            found.push((at, BlobId::from_slice(blob)?));
        }
        Ok(found)
    }
}
