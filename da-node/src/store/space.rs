//! Giving space back to the disk.

use super::{Family, Store};
use crate::Result;
use rocksdb::{BottommostLevelCompaction, CompactOptions, FlushOptions};

/// Parts of the keys that are compacted one after the other, so that a node that stops need not
/// wait for all of them. Blob ids are hashes: every part has as many.
const PARTS: u16 = 16;

impl Store {
    /// Gives the space of so many pruned bytes back. A deletion only hides what it deletes: here
    /// the log, the sorted files and the oldest files of cells are rewritten without it. Goes on
    /// until done, or until `stop` says so.
    ///
    /// Cells are pruned in about the order in which they came, so the oldest files have little
    /// else: twice the part that was pruned is looked at, and the younger files stay.
    ///
    /// # Errors
    /// [`crate::Error::Storage`].
    pub fn reclaim(&self, pruned: u64, stop: impl Fn() -> bool) -> Result<()> {
        // The log is freed once no family needs it, so all of them are written out.
        let mut flush = FlushOptions::default();
        flush.set_wait(true);
        for family in Family::ALL {
            self.db.flush_cf_opt(self.family(family), &flush)?;
        }
        let part = (2 * pruned * 100 / self.cell_bytes()?.max(1)).min(100);
        self.rewrite_oldest(part)?;
        let compacted = self.compact(stop);
        self.rewrite_oldest(0)?;
        compacted
    }

    /// Has compactions rewrite so many percent of the files of cells, the oldest ones.
    fn rewrite_oldest(&self, percent: u64) -> Result<()> {
        let part = format!("{}.{:02}", percent / 100, percent % 100);
        let option = ("blob_garbage_collection_age_cutoff", part.as_str());
        Ok(self
            .db
            .set_options_cf(self.family(Family::Cell), &[option])?)
    }

    fn compact(&self, stop: impl Fn() -> bool) -> Result<()> {
        let mut options = CompactOptions::default();
        options.set_bottommost_level_compaction(BottommostLevelCompaction::Force);
        // Writers and other compactions go on meanwhile.
        options.set_exclusive_manual_compaction(false);
        let bound = |part: u16| u8::try_from(part * (256 / PARTS)).ok().map(|byte| [byte]);
        for part in 0..PARTS {
            for family in [Family::Cell, Family::Held] {
                if stop() {
                    return Ok(());
                }
                let (from, to) = (bound(part), bound(part + 1));
                let family = self.family(family);
                self.db.compact_range_cf_opt(family, from, to, &options);
            }
        }
        Ok(())
    }

    /// Bytes of cells that the store has on disk, as far as they are written out.
    ///
    /// # Errors
    /// [`crate::Error::Storage`].
    pub fn cell_bytes(&self) -> Result<u64> {
        let family = self.family(Family::Cell);
        let mut bytes = 0_u64;
        for property in [
            "rocksdb.total-blob-file-size",
            "rocksdb.total-sst-files-size",
        ] {
            let size = self.db.property_int_value_cf(family, property)?;
            bytes = bytes.saturating_add(size.unwrap_or_default());
        }
        Ok(bytes)
    }
}

#[cfg(test)]
mod tests;
