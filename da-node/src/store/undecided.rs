//! Values under consensus that were seen and not yet decided.

use super::{Family, Store, keys};
use crate::{Error, Result};
use bytes::Bytes;
use rocksdb::{IteratorMode, WriteBatch};
use types::{Height, Round};

fn key(height: Height, round: Round, id: &[u8]) -> Vec<u8> {
    let mut key = keys::height(height).to_vec();
    key.extend_from_slice(&round.get().to_be_bytes());
    key.extend_from_slice(id);
    key
}

impl Store {
    /// Keeps an undecided value, synced: consensus may sign it from now on.
    ///
    /// # Errors
    /// [`Error::Storage`].
    pub fn put_undecided(
        &self,
        height: Height,
        round: Round,
        id: &[u8],
        value: &[u8],
    ) -> Result<()> {
        let mut batch = WriteBatch::default();
        batch.put_cf(
            self.family(Family::Undecided),
            key(height, round, id),
            value,
        );
        self.write_synced(batch)
    }

    /// Every undecided value of a height.
    ///
    /// # Errors
    /// [`Error::Storage`].
    pub fn undecided(&self, height: Height) -> Result<Vec<(Round, Bytes)>> {
        let prefix = keys::height(height);
        let from = IteratorMode::From(&prefix, rocksdb::Direction::Forward);
        let mut found = Vec::new();
        for item in self.db.iterator_cf(self.family(Family::Undecided), from) {
            let (key, value) = item?;
            let Some(rest) = key.strip_prefix(prefix.as_slice()) else {
                break;
            };
            let round = rest.first_chunk().ok_or_else(|| {
                Error::Storage(format!("undecided value: key of {} bytes", key.len()))
            })?;
            found.push((Round::new(u32::from_be_bytes(*round)), Bytes::from(value)));
        }
        Ok(found)
    }

    /// Forgets the undecided values of every height up to and including this one.
    ///
    /// # Errors
    /// [`Error::Storage`].
    pub fn prune_undecided(&self, up_to: Height) -> Result<()> {
        let mut batch = WriteBatch::default();
        let end = keys::height(up_to.next().unwrap_or(up_to));
        batch.delete_range_cf(
            self.family(Family::Undecided),
            [].as_slice(),
            end.as_slice(),
        );
        self.write_unsynced(batch)
    }
}
