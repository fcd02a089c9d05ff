//! Cells in custody, by blob: they are here before any block orders them.

use super::view::{self, Reading, checksum};
use super::{BlobRecord, BlobState, Family, Store, keys};
use crate::crash_point::{self, Step};
use crate::{Error, Result};
use chain::ColumnSet;
use commitments::VerifiedCell;
use rocksdb::WriteBatch;
use types::{BlobId, BlobMeta, Cell, ColumnIndex, GridRow, Proof, RowIndex, Timestamp, limits};

/// Which of a blob's columns are held, row by row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Held(Vec<ColumnSet>);

impl Held {
    /// Whether all of `columns` are held in every row.
    #[must_use]
    pub fn covers(&self, columns: ColumnSet) -> bool {
        self.0.iter().all(|row| columns.difference(*row).is_empty())
    }

    /// The rows that lack some of `columns`.
    pub fn lacking(&self, columns: ColumnSet) -> impl Iterator<Item = RowIndex> + '_ {
        (0_u64..)
            .zip(&self.0)
            .filter(move |(_, row)| !columns.difference(**row).is_empty())
            .filter_map(|(index, _)| RowIndex::new(index).ok())
    }

    /// Bytes of all cells held, with their proofs.
    fn cell_bytes(&self) -> u64 {
        let cells: usize = self.0.iter().map(|row| row.len()).sum();
        (cells * (limits::CELL_BYTES + limits::POINT_BYTES)) as u64
    }

    /// The columns held of each row, in their order.
    pub fn rows(&self) -> impl Iterator<Item = ColumnSet> + '_ {
        self.0.iter().copied()
    }

    /// The columns held of one row.
    #[must_use]
    pub fn row(&self, row: RowIndex) -> ColumnSet {
        self.0.get(row.as_usize()).copied().unwrap_or_default()
    }
}

/// Whether a promise was given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Promise {
    /// It is durable.
    Given,
    /// Not all that was to be promised is held.
    Incomplete,
}

impl Store {
    /// Stores verified cells of a blob's rows, notes that they are held, and keeps them at least
    /// until `until`. Not synced: call [`Store::sync`] before anybody is told.
    ///
    /// # Errors
    /// [`Error::Storage`], [`Error::CellOfAnotherBlob`] for a cell whose commitment is not the
    /// one that the description gives its row.
    pub fn put_cells(
        &self,
        blob: &BlobId,
        meta: &BlobMeta,
        cells: &[VerifiedCell],
        until: Timestamp,
    ) -> Result<()> {
        let _alone = self.lock_blob(blob);
        let mut batch = WriteBatch::default();
        let mut held = self.held(blob, meta)?;
        for cell in cells {
            let at = cell.coordinates();
            let GridRow::Data(row) = at.row else {
                return Err(Error::CellOfAnotherBlob { at, blob: *blob });
            };
            if meta.commitments().get(row.as_usize()) != Some(&cell.commitment()?) {
                return Err(Error::CellOfAnotherBlob { at, blob: *blob });
            }
            let key = keys::cell(blob, row, at.column);
            let mut value = vec![0; 8];
            value.reserve_exact(limits::POINT_BYTES + limits::CELL_BYTES);
            value.extend_from_slice(cell.proof().as_bytes());
            value.extend_from_slice(cell.cell().as_bytes());
            let sum = checksum(&key, &value[8..]);
            value[..8].copy_from_slice(&sum);
            batch.put_cf(self.family(Family::Cell), key, value);
            if let Some(columns) = held.0.get_mut(row.as_usize()) {
                *columns = columns.with(at.column);
            }
        }
        let touched: std::collections::BTreeSet<_> =
            cells.iter().map(|cell| cell.coordinates().row).collect();
        for row in touched {
            if let GridRow::Data(row) = row {
                let bits = held.row(row).to_bits().to_be_bytes();
                batch.put_cf(self.family(Family::Held), keys::row(blob, row), bits);
            }
        }
        batch.put_cf(self.family(Family::Blob), blob.as_bytes(), meta.encode());
        self.keep_until(&mut batch, blob, until)?;
        self.write_unsynced(batch)?;
        crash_point::reach(Step::Append);
        Ok(())
    }

    /// Which of a blob's columns are held.
    ///
    /// # Errors
    /// [`Error::Storage`].
    pub fn held(&self, blob: &BlobId, meta: &BlobMeta) -> Result<Held> {
        let rows = (0..u64::from(meta.rows())).map(|index| {
            let bytes = self.get(Family::Held, &keys::row(blob, RowIndex::new(index)?));
            let bytes = match bytes {
                Ok(Some(bytes)) => bytes,
                // A list that is damaged names nothing: what it named is fetched again.
                Ok(None) | Err(Error::Damaged(_)) => return Ok(ColumnSet::default()),
                Err(error) => return Err(error),
            };
            let bits = <[u8; 16]>::try_from(bytes.as_slice())
                .map_err(|_| Error::Storage(format!("held columns: {} bytes", bytes.len())))?;
            Ok(ColumnSet::from_bits(u128::from_be_bytes(bits)))
        });
        rows.collect::<Result<_>>().map(Held)
    }

    /// As [`Store::held`] for a blob of which only the id is known; none without its
    /// description.
    ///
    /// # Errors
    /// [`Error::Storage`].
    pub fn held_of(&self, blob: &BlobId) -> Result<Option<Held>> {
        self.meta(blob)?
            .map(|meta| self.held(blob, &meta))
            .transpose()
    }

    /// One stored cell with its proof, as [`super::View::cell`] reads it.
    ///
    /// # Errors
    /// [`Error::Storage`].
    pub fn cell(
        &self,
        blob: &BlobId,
        row: RowIndex,
        column: ColumnIndex,
    ) -> Result<Option<(Cell, Proof)>> {
        self.view().cell(blob, row, column)
    }

    /// Takes a cell that does not read back as it was written for one that is not held.
    pub(super) fn disown(
        &self,
        blob: &BlobId,
        row: RowIndex,
        column: ColumnIndex,
        problem: &str,
    ) -> Result<()> {
        let _alone = self.lock_blob(blob);
        let key = keys::cell(blob, row, column);
        let stands = self.db.get_cf(self.family(Family::Cell), key);
        if !matches!(view::read(&key, stands)?, Reading::Damaged(_)) {
            // Another reader has found it, and it may be here again by now.
            return Ok(());
        }
        tracing::error!(%blob, %row, %column, problem, "a stored cell is damaged");
        let mut batch = WriteBatch::default();
        batch.delete_cf(self.family(Family::Cell), key);
        let row_key = keys::row(blob, row);
        if let Ok(Some(bits)) = self.get(Family::Held, &row_key)
            && let Ok(bits) = <[u8; 16]>::try_from(bits.as_slice())
        {
            let held = ColumnSet::from_bits(u128::from_be_bytes(bits));
            let left = held.difference(ColumnSet::empty().with(column));
            let bits = left.to_bits().to_be_bytes();
            batch.put_cf(self.family(Family::Held), row_key, bits);
        }
        self.damage.note(*blob);
        self.write_unsynced(batch)
    }

    /// Promises to keep these columns of every row of a blob until then, if they are all held:
    /// synced together with everything written before. Says whether it is promised.
    ///
    /// # Errors
    /// [`Error::Storage`].
    pub fn promise(
        &self,
        blob: &BlobId,
        meta: &BlobMeta,
        columns: ColumnSet,
        until: Timestamp,
    ) -> Result<Promise> {
        let _alone = self.lock_blob(blob);
        if !self.held(blob, meta)?.covers(columns) {
            return Ok(Promise::Incomplete);
        }
        let mut batch = WriteBatch::default();
        batch.put_cf(self.family(Family::Blob), blob.as_bytes(), meta.encode());
        self.keep_until(&mut batch, blob, until)?;
        self.write_synced(batch)?;
        Ok(Promise::Given)
    }

    /// Deletes a blob's cells and marks it pruned. `at` is the expiry that has passed; a blob
    /// that is kept for longer by now stays. Returns the bytes of cells that are not needed any
    /// more: [`Store::reclaim`] gives their space back.
    ///
    /// # Errors
    /// [`Error::Storage`].
    pub fn prune(&self, blob: &BlobId, at: Timestamp, now: Timestamp) -> Result<u64> {
        let _alone = self.lock_blob(blob);
        let mut batch = WriteBatch::default();
        batch.delete_cf(self.family(Family::Expiry), keys::expiry(at, blob));
        if self.until(blob)?.is_some_and(|until| until > at) {
            self.write_synced(batch)?;
            return Ok(0);
        }
        let freed = self.held_of(blob)?.map_or(0, |held| held.cell_bytes());
        batch.delete_cf(self.family(Family::Until), blob.as_bytes());
        let end = keys::after(blob.as_bytes());
        for family in [Family::Cell, Family::Held] {
            batch.delete_range_cf(self.family(family), blob.as_bytes().as_slice(), &end);
        }
        if let Some(before) = self.record(blob)? {
            let height = match before.state {
                BlobState::Final { height, .. } => Some(height),
                _ => None,
            };
            let record = BlobRecord {
                state: BlobState::Pruned { height },
                at: now,
                accepted_at: before.accepted_at,
            };
            let family = self.family(Family::Status);
            batch.put_cf(family, blob.as_bytes(), record.encode());
        } else {
            // Parts of a dispersal that was never completed: nobody was told anything.
            batch.delete_cf(self.family(Family::Blob), blob.as_bytes());
        }
        self.write_synced(batch)?;
        Ok(freed)
    }
}

#[cfg(test)]
pub(super) mod tests;
