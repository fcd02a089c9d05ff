//! The store as it stood at one moment.

use super::{BlobRecord, Family, Store, keys};
use crate::{Error, Result};
use rocksdb::{ErrorKind, Snapshot};
use sha2::{Digest, Sha256};
use types::{BlobId, BlobMeta, Cell, ColumnIndex, Proof, RowIndex, limits};

/// The store as it stood at one moment. What it says of a blob and what it has of its cells
/// belong together, whatever is pruned meanwhile: a reader gets a blob whole, or hears that it
/// is pruned.
pub struct View<'a> {
    store: &'a Store,
    snapshot: Snapshot<'a>,
}

impl std::fmt::Debug for View<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "View of {:?}", self.store)
    }
}

impl Store {
    /// The store as it stands now.
    #[must_use]
    pub fn view(&self) -> View<'_> {
        View {
            store: self,
            snapshot: self.db.snapshot(),
        }
    }
}

impl View<'_> {
    /// How far a blob had come; none when it was never heard of.
    ///
    /// # Errors
    /// [`Error::Storage`].
    pub fn record(&self, blob: &BlobId) -> Result<Option<BlobRecord>> {
        let family = self.store.family(Family::Status);
        let bytes = self.snapshot.get_cf(family, blob.as_bytes())?;
        bytes.map(|bytes| BlobRecord::decode(&bytes)).transpose()
    }

    /// A blob's description.
    ///
    /// # Errors
    /// [`Error::Storage`].
    pub fn meta(&self, blob: &BlobId) -> Result<Option<BlobMeta>> {
        let family = self.store.family(Family::Blob);
        let bytes = self.snapshot.get_cf(family, blob.as_bytes())?;
        Ok(bytes.map(|bytes| BlobMeta::decode(&bytes)).transpose()?)
    }

    /// A stored cell with its proof; none when it is not held, which is also what a damaged one
    /// is from now on.
    ///
    /// # Errors
    /// [`Error::Storage`].
    pub fn cell(
        &self,
        blob: &BlobId,
        row: RowIndex,
        column: ColumnIndex,
    ) -> Result<Option<(Cell, Proof)>> {
        let key = keys::cell(blob, row, column);
        let family = self.store.family(Family::Cell);
        let problem = match read(&key, self.snapshot.get_cf(family, key))? {
            Reading::Sound(cell, proof) => return Ok(Some((*cell, proof))),
            Reading::Absent => return Ok(None),
            Reading::Damaged(problem) => problem,
        };
        self.store.disown(blob, row, column, &problem)?;
        Ok(None)
    }
}

/// What is found where a cell was stored.
pub(super) enum Reading {
    /// The cell, as it was written.
    Sound(Box<Cell>, Proof),
    /// Nothing.
    Absent,
    /// Something else, and what is wrong with it.
    Damaged(String),
}

/// What a store's answer is.
pub(super) fn read(key: &[u8], answer: Result<Option<Vec<u8>>, rocksdb::Error>) -> Result<Reading> {
    let bytes = match answer {
        Ok(Some(bytes)) => bytes,
        Ok(None) => return Ok(Reading::Absent),
        Err(error) if error.kind() == ErrorKind::Corruption => {
            return Ok(Reading::Damaged(error.into_string()));
        }
        Err(error) => return Err(Error::from(error)),
    };
    let Some((sum, value)) = bytes.split_first_chunk() else {
        return Ok(Reading::Damaged(format!("{} bytes", bytes.len())));
    };
    if *sum != checksum(key, value) {
        return Ok(Reading::Damaged(
            "another checksum than it was stored with".into(),
        ));
    }
    let (proof, cell) = value
        .split_at_checked(limits::POINT_BYTES)
        .unwrap_or_default();
    Ok(match (Cell::from_slice(cell), Proof::from_slice(proof)) {
        (Ok(cell), Ok(proof)) => Reading::Sound(Box::new(cell), proof),
        (Err(error), _) | (_, Err(error)) => Reading::Damaged(error.to_string()),
    })
}

/// The first eight bytes of SHA-256 over key and value: it tells a cell in another one's place,
/// too.
pub(super) fn checksum(key: &[u8], value: &[u8]) -> [u8; 8] {
    let hash: [u8; 32] = Sha256::new()
        .chain_update(key)
        .chain_update(value)
        .finalize()
        .into();
    let mut sum = [0; 8];
    sum.copy_from_slice(&hash[..8]);
    sum
}
