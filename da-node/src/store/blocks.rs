//! Final blocks and the validator sets that certify them.

use super::{BlobRecord, BlobState, Family, Store, keys};
use crate::{Error, Result};
use bytes::Bytes;
use chain::{
    FinalityCertificate, UnverifiedBlock, UnverifiedFinality, UnverifiedHeader, ValidatorSet,
};
use rocksdb::{IteratorMode, WriteBatch};
use types::{BlobId, BlobPlacement, HeaderHash, Height, SetHash, Timestamp};

/// The height from which on the engine's records have no gap.
const DECIDED_FROM_KEY: &[u8] = b"decided from";

/// A block that was final when it was stored.
#[derive(Debug, Clone)]
pub struct StoredBlock {
    /// Header and references.
    pub block: UnverifiedBlock,
    /// The certificate, verified before it was stored.
    pub finality: UnverifiedFinality,
}

impl StoredBlock {
    /// The header with its certificate, as it is announced.
    #[must_use]
    pub fn header(&self) -> UnverifiedHeader {
        UnverifiedHeader {
            header: self.block.header,
            finality: self.finality.clone(),
        }
    }

    /// The blobs that the block orders, with their places.
    pub fn blobs(&self) -> impl Iterator<Item = (BlobId, BlobPlacement)> + '_ {
        self.block
            .references
            .iter()
            .map(|r| (r.entry.id(), r.entry.placement()))
    }
}

/// For how long blobs are kept once a block orders them.
#[derive(Debug, Clone, Copy)]
pub struct Kept {
    /// Milliseconds from the block's time: long enough that every node, however its clock
    /// stands, still knows the blob as ordered while another could propose it again.
    pub after_order_ms: u64,
}

impl Store {
    /// The last final height; the genesis when there is none.
    ///
    /// # Errors
    /// [`Error::Storage`].
    pub fn tip(&self) -> Result<Height> {
        let last = self
            .db
            .iterator_cf(self.family(Family::Final), IteratorMode::End)
            .next();
        last.transpose()?
            .map_or(Ok(Height::GENESIS), |(key, _)| read_height(&key))
    }

    /// Stores a final block, its certificate, the engine's record, if this node's engine has
    /// decided it, and the new state of every blob it orders, in one synced write.
    ///
    /// # Errors
    /// [`Error::Storage`].
    pub fn put_block(
        &self,
        block: &UnverifiedBlock,
        finality: &FinalityCertificate,
        decided: Option<&Bytes>,
        kept: Kept,
        now: Timestamp,
    ) -> Result<Vec<(BlobId, BlobRecord)>> {
        let _alone = self.lock_blobs();
        let header = &block.header;
        let hash = header.hash();
        let key = keys::height(header.height);
        let mut batch = WriteBatch::default();
        batch.put_cf(self.family(Family::Block), key, block.encode());
        batch.put_cf(self.family(Family::Final), key, finality.encode());
        match decided {
            Some(decided) => batch.put_cf(self.family(Family::Decided), key, decided),
            // Whoever syncs from this node's engine gets heights without a gap, so from here on.
            None => batch.put(DECIDED_FROM_KEY, keys::height(after(header.height))),
        }
        batch.put_cf(self.family(Family::Height), hash.as_bytes(), key);
        let mut ordered = Vec::with_capacity(block.references.len());
        for reference in &block.references {
            let id = reference.entry.id();
            let record = BlobRecord {
                state: BlobState::Final {
                    height: header.height,
                    header: hash,
                    time: header.time,
                    certificate: reference.certificate.clone(),
                },
                at: now,
                accepted_at: reference.certificate.terms.accepted_at,
            };
            batch.put_cf(self.family(Family::Status), id.as_bytes(), record.encode());
            let until = header.time.plus_millis(kept.after_order_ms);
            let until = until.max(reference.certificate.terms.expires_at);
            self.keep_until(&mut batch, &id, until)?;
            ordered.push((id, record));
        }
        self.write_synced(batch)?;
        Ok(ordered)
    }

    /// A final block.
    ///
    /// # Errors
    /// [`Error::Storage`].
    pub fn block(&self, height: Height) -> Result<Option<StoredBlock>> {
        let key = keys::height(height);
        let (block, finality) = (
            self.get(Family::Block, &key)?,
            self.get(Family::Final, &key)?,
        );
        let (Some(block), Some(finality)) = (block, finality) else {
            return Ok(None);
        };
        Ok(Some(StoredBlock {
            block: UnverifiedBlock::decode(&block)?,
            finality: UnverifiedFinality::decode(&finality)?,
        }))
    }

    /// The height of a final header.
    ///
    /// # Errors
    /// [`Error::Storage`].
    pub fn height_of(&self, header: &HeaderHash) -> Result<Option<Height>> {
        self.get(Family::Height, header.as_bytes())?
            .map(|key| read_height(&key))
            .transpose()
    }

    /// The engine's record of a decided height.
    ///
    /// # Errors
    /// [`Error::Storage`].
    pub fn decided(&self, height: Height) -> Result<Option<Bytes>> {
        Ok(self
            .get(Family::Decided, &keys::height(height))?
            .map(Bytes::from))
    }

    /// The height from which on every engine's record is here; the first one when there is
    /// none.
    ///
    /// # Errors
    /// [`Error::Storage`].
    pub fn first_decided(&self) -> Result<Height> {
        let from = match self.db.get(DECIDED_FROM_KEY)? {
            Some(key) => read_height(&key)?,
            None => Height::FIRST,
        };
        let family = self.family(Family::Decided);
        let key = keys::height(from);
        let start = IteratorMode::From(&key, rocksdb::Direction::Forward);
        let first = self.db.iterator_cf(family, start).next();
        first
            .transpose()?
            .map_or(Ok(from), |(key, _)| read_height(&key))
    }

    /// Keeps a validator set under its hash.
    ///
    /// # Errors
    /// [`Error::Storage`].
    pub fn put_set(&self, set: &ValidatorSet) -> Result<()> {
        let mut batch = WriteBatch::default();
        batch.put_cf(
            self.family(Family::Set),
            set.hash().as_bytes(),
            set.encode(),
        );
        self.write_synced(batch)
    }

    /// Every validator set that was ever in force.
    ///
    /// # Errors
    /// [`Error::Storage`].
    pub fn sets(&self) -> Result<Vec<ValidatorSet>> {
        self.db
            .iterator_cf(self.family(Family::Set), IteratorMode::Start)
            .map(|item| Ok(ValidatorSet::decode(&item?.1)?))
            .collect()
    }

    /// A validator set by its hash.
    ///
    /// # Errors
    /// [`Error::Storage`].
    pub fn set(&self, hash: &SetHash) -> Result<Option<ValidatorSet>> {
        let bytes = self.get(Family::Set, hash.as_bytes())?;
        Ok(bytes
            .map(|bytes| ValidatorSet::decode(&bytes))
            .transpose()?)
    }
}

fn after(height: Height) -> Height {
    height.next().unwrap_or(height)
}

fn read_height(bytes: &[u8]) -> Result<Height> {
    let bytes = <[u8; 8]>::try_from(bytes)
        .map_err(|_| Error::Storage(format!("height: {} bytes", bytes.len())))?;
    Ok(Height::new(u64::from_be_bytes(bytes)))
}
