//! Descriptions and states of blobs.

use super::{BlobRecord, BlobState, Family, Store, keys};
use crate::{Error, Result};
use rocksdb::{IteratorMode, WriteBatch};
use types::{BlobId, BlobMeta, Timestamp};

impl Store {
    /// A blob's description.
    ///
    /// # Errors
    /// [`Error::Storage`].
    pub fn meta(&self, blob: &BlobId) -> Result<Option<BlobMeta>> {
        let bytes = self.get(Family::Blob, blob.as_bytes())?;
        Ok(bytes.map(|bytes| BlobMeta::decode(&bytes)).transpose()?)
    }

    /// Keeps a description. Its id is its own hash, so this can tell no lie.
    ///
    /// # Errors
    /// [`Error::Storage`].
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
    /// [`Error::Storage`].
    pub fn record(&self, blob: &BlobId) -> Result<Option<BlobRecord>> {
        let bytes = self.get(Family::Status, blob.as_bytes())?;
        bytes.map(|bytes| BlobRecord::decode(&bytes)).transpose()
    }

    /// Writes a blob's state, unless it may not follow the present one. Returns what stands then.
    /// It is synced, except that receipts come in: after a crash they are asked for again.
    ///
    /// # Errors
    /// [`Error::Storage`].
    pub fn put_record(&self, blob: &BlobId, record: BlobRecord) -> Result<BlobRecord> {
        let _alone = self.lock_blob(blob);
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
        if matches!(record.state, BlobState::Dispersed { .. }) {
            self.write_unsynced(batch)?;
        } else {
            self.write_synced(batch)?;
        }
        Ok(record)
    }

    /// Every blob whose state satisfies `wanted`: read at start, to go on where it stopped.
    ///
    /// # Errors
    /// [`Error::Storage`].
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

    /// Keeps a blob at least until then: the latest of all promises counts. The caller holds
    /// the lock.
    pub(super) fn keep_until(
        &self,
        batch: &mut WriteBatch,
        blob: &BlobId,
        until: Timestamp,
    ) -> Result<()> {
        let before = self.until(blob)?;
        if before.is_some_and(|before| before >= until) {
            return Ok(());
        }
        if let Some(before) = before {
            batch.delete_cf(self.family(Family::Expiry), keys::expiry(before, blob));
        }
        batch.put_cf(
            self.family(Family::Until),
            blob.as_bytes(),
            until.get().to_be_bytes(),
        );
        batch.put_cf(self.family(Family::Expiry), keys::expiry(until, blob), []);
        Ok(())
    }

    /// Until when a blob is kept; none for one of which nothing is kept.
    pub(super) fn until(&self, blob: &BlobId) -> Result<Option<Timestamp>> {
        let Some(bytes) = self.get(Family::Until, blob.as_bytes())? else {
            return Ok(None);
        };
        let bytes = <[u8; 8]>::try_from(bytes.as_slice())
            .map_err(|_| Error::Storage(format!("time of expiry: {} bytes", bytes.len())))?;
        Ok(Some(Timestamp::new(u64::from_be_bytes(bytes))))
    }

    /// Up to `limit` blobs whose retention was over by `now`.
    ///
    /// # Errors
    /// [`Error::Storage`].
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
