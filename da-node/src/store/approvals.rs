//! What this node approves of changes of the validator set.

use super::{Family, Store};
use crate::{Error, Result};
use chain::{UnverifiedApproval, UnverifiedSetChange};
use rocksdb::{IteratorMode, WriteBatch};
use types::{Epoch, SetHash, Writer};

/// A change with this node's approval of it.
type OwnApproval = (UnverifiedSetChange, UnverifiedApproval);

/// Epochs first, so that those gone by are one range.
fn key(epoch: Epoch, set: &SetHash) -> [u8; 40] {
    let mut key = [0; 40];
    key[..8].copy_from_slice(&epoch.get().to_be_bytes());
    key[8..].copy_from_slice(set.as_bytes());
    key
}

/// `approval ‖ change`.
fn read(bytes: &[u8]) -> Result<OwnApproval> {
    let damaged = || Error::Storage(format!("approval: {} bytes", bytes.len()));
    let (approval, change) = bytes
        .split_at_checked(UnverifiedApproval::BYTES)
        .ok_or_else(damaged)?;
    Ok((
        UnverifiedSetChange::decode(change)?,
        UnverifiedApproval::decode(approval)?,
    ))
}

impl Store {
    /// Keeps an approval of this node's, synced: it may be told from now on.
    ///
    /// # Errors
    /// [`Error::Storage`].
    pub(crate) fn put_approval(
        &self,
        change: &UnverifiedSetChange,
        approval: &UnverifiedApproval,
    ) -> Result<()> {
        let value = Writer::new().raw(&approval.encode()).raw(&change.encode());
        let mut batch = WriteBatch::default();
        batch.put_cf(
            self.family(Family::Approval),
            key(change.epoch, &change.set),
            value.finish(),
        );
        self.write_synced(batch)
    }

    /// What this node approves for an epoch of a set.
    ///
    /// # Errors
    /// [`Error::Storage`], [`Error::Chain`] for damage.
    pub(crate) fn approval(&self, epoch: Epoch, set: &SetHash) -> Result<Option<OwnApproval>> {
        let value = self.get(Family::Approval, &key(epoch, set))?;
        value.map(|bytes| read(&bytes)).transpose()
    }

    /// Everything that this node approves, epochs ascending.
    ///
    /// # Errors
    /// As [`Self::approval`].
    pub(crate) fn approvals(&self) -> Result<Vec<OwnApproval>> {
        self.db
            .iterator_cf(self.family(Family::Approval), IteratorMode::Start)
            .map(|item| read(&item?.1))
            .collect()
    }

    /// Forgets the approvals for every epoch up to and including this one.
    ///
    /// # Errors
    /// [`Error::Storage`].
    pub(crate) fn prune_approvals(&self, up_to: Epoch) -> Result<()> {
        let Some(next) = up_to.get().checked_add(1) else {
            return Ok(());
        };
        let mut batch = WriteBatch::default();
        batch.delete_range_cf(
            self.family(Family::Approval),
            [].as_slice(),
            next.to_be_bytes().as_slice(),
        );
        self.write_unsynced(batch)
    }
}
