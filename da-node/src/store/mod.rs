//! What the node remembers: one RocksDB, one column family per kind of thing.
//!
//! A write that somebody is told about is synced before they are told. Torn tails of the
//! log are dropped at open, damage in the middle is refused. A stored cell was verified
//! before it was written, and RocksDB's checksums guard it from then on; it is read back
//! as an unverified cell all the same, and whoever receives it verifies it.
//!
//! | family | key | value |
//! |---|---|---|
//! | `blob` | blob id | description |
//! | `status` | blob id | [`BlobRecord`] |
//! | `cell` | blob id ‖ row u16 ‖ column u8 | proof ‖ cell |
//! | `held` | blob id ‖ row u16 | the columns held, 128 bits |
//! | `until` | blob id | the time u64 until which it is kept |
//! | `expiry` | time u64 ‖ blob id | nothing: the same, in the order of time |
//! | `block` | height u64 | block |
//! | `final` | height u64 | finality certificate |
//! | `decided` | height u64 | the engine's own record, for value sync |
//! | `height` | header hash | height u64 |
//! | `set` | set hash | validator set |
//! | `undecided` | height u64 ‖ round u32 ‖ value id | value |
//! | `evidence` | address ‖ height u64 ‖ round u32 ‖ kind u8 | two signatures that contradict one another |

mod blobs;
mod blocks;
mod custody;
mod evidence;
mod keys;
mod record;
mod undecided;

pub use blocks::{Kept, StoredBlock};
pub use custody::{Held, Promise};
pub use evidence::{Filed, MAX_EVIDENCE_PER_VALIDATOR};
pub use record::{BlobRecord, BlobState};

use crate::crash_point::{self, Step};
use crate::{Error, Result};
use rocksdb::{
    BlockBasedOptions, ColumnFamily, ColumnFamilyDescriptor, DB, DBRecoveryMode, ErrorKind,
    Options, WriteBatch, WriteOptions,
};
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use types::ChainId;

/// The format of this folder; another one is refused.
const VERSION: &[u8] = b"assay-store-1";
const VERSION_KEY: &[u8] = b"version";
const CHAIN_KEY: &[u8] = b"chain";

/// The column families, by name.
#[derive(Debug, Clone, Copy)]
enum Family {
    Blob,
    Status,
    Cell,
    Held,
    Until,
    Expiry,
    Block,
    Final,
    Decided,
    Height,
    Set,
    Undecided,
    Evidence,
}

impl Family {
    const ALL: [Self; 13] = [
        Self::Blob,
        Self::Status,
        Self::Cell,
        Self::Held,
        Self::Until,
        Self::Expiry,
        Self::Block,
        Self::Final,
        Self::Decided,
        Self::Height,
        Self::Set,
        Self::Undecided,
        Self::Evidence,
    ];

    const fn name(self) -> &'static str {
        match self {
            Self::Blob => "blob",
            Self::Status => "status",
            Self::Cell => "cell",
            Self::Held => "held",
            Self::Until => "until",
            Self::Expiry => "expiry",
            Self::Block => "block",
            Self::Final => "final",
            Self::Decided => "decided",
            Self::Height => "height",
            Self::Set => "set",
            Self::Undecided => "undecided",
            Self::Evidence => "evidence",
        }
    }

    fn options(self) -> Options {
        let mut options = Options::default();
        let mut table = BlockBasedOptions::default();
        table.set_bloom_filter(10.0, false);
        options.set_block_based_table_factory(&table);
        if matches!(self, Self::Cell) {
            // Cells are large and never change: keep them out of the sorted files, so that
            // compaction moves keys and not payloads.
            options.set_enable_blob_files(true);
            options.set_min_blob_size(1024);
            options.set_enable_blob_gc(true);
        }
        options
    }
}

/// The node's store. Cloning shares it; a folder is open in one process at a time.
#[derive(Clone)]
pub struct Store {
    db: Arc<DB>,
    /// Held from reading what is known of a blob to writing what follows from it.
    blobs: Arc<Mutex<()>>,
}

impl std::fmt::Debug for Store {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Store({})", self.db.path().display())
    }
}

impl Store {
    /// Opens or makes the store of one chain.
    ///
    /// # Errors
    /// [`Error::FolderInUse`], [`Error::FolderOfAnotherChain`], [`Error::FolderVersion`],
    /// [`Error::FolderUnusable`] for one that cannot be written, [`Error::Storage`] for damage.
    pub fn open(folder: &Path, chain: &ChainId) -> Result<Self> {
        std::fs::create_dir_all(folder).map_err(|e| Error::FolderUnusable {
            folder: folder.into(),
            reason: e.to_string(),
        })?;
        let mut options = Options::default();
        options.create_if_missing(true);
        options.create_missing_column_families(true);
        options.set_wal_recovery_mode(DBRecoveryMode::TolerateCorruptedTailRecords);
        options.set_max_open_files(256);
        options.set_keep_log_file_num(2);
        options.set_max_total_wal_size(256 << 20);
        let families =
            Family::ALL.map(|family| ColumnFamilyDescriptor::new(family.name(), family.options()));
        let db = DB::open_cf_descriptors(&options, folder, families)
            .map_err(|e| open_error(folder, &e))?;
        let store = Self {
            db: Arc::new(db),
            blobs: Arc::default(),
        };
        store.check_identity(folder, chain)?;
        Ok(store)
    }

    /// Whoever changes what is known of blobs, one at a time.
    fn lock_blobs(&self) -> MutexGuard<'_, ()> {
        // It guards no value that a panic could leave half changed.
        self.blobs.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn check_identity(&self, folder: &Path, chain: &ChainId) -> Result<()> {
        match self.db.get(VERSION_KEY)? {
            None => {
                let mut batch = WriteBatch::default();
                batch.put(VERSION_KEY, VERSION);
                batch.put(CHAIN_KEY, chain.as_bytes());
                return self.write_synced(batch);
            }
            Some(version) if version == VERSION => {}
            Some(version) => {
                return Err(Error::FolderVersion {
                    folder: folder.into(),
                    got: String::from_utf8_lossy(&version).chars().take(40).collect(),
                    expected: String::from_utf8_lossy(VERSION).into_owned(),
                });
            }
        }
        let got = self.db.get(CHAIN_KEY)?.unwrap_or_default();
        if got == chain.as_bytes() {
            Ok(())
        } else {
            Err(Error::FolderOfAnotherChain {
                folder: folder.into(),
                got: hex::encode(got),
                expected: *chain,
            })
        }
    }

    #[allow(
        clippy::expect_used,
        reason = "every family was named when the store was opened"
    )]
    fn family(&self, family: Family) -> &ColumnFamily {
        self.db
            .cf_handle(family.name())
            .expect("a family of the store")
    }

    fn get(&self, family: Family, key: &[u8]) -> Result<Option<Vec<u8>>> {
        Ok(self.db.get_cf(self.family(family), key)?)
    }

    fn write_synced(&self, batch: WriteBatch) -> Result<()> {
        let mut options = WriteOptions::default();
        options.set_sync(true);
        self.db.write_opt(batch, &options)?;
        crash_point::reach(Step::Sync);
        Ok(())
    }

    fn write_unsynced(&self, batch: WriteBatch) -> Result<()> {
        Ok(self.db.write(batch)?)
    }

    /// Makes every write so far durable.
    ///
    /// # Errors
    /// [`Error::Storage`] when the disk refuses; nothing may be promised then.
    pub fn sync(&self) -> Result<()> {
        self.db.flush_wal(true)?;
        crash_point::reach(Step::Sync);
        Ok(())
    }
}

fn open_error(folder: &Path, error: &rocksdb::Error) -> Error {
    let text = error.to_string();
    if error.kind() == ErrorKind::IOError && text.contains("lock") {
        Error::FolderInUse {
            folder: folder.into(),
        }
    } else if error.kind() == ErrorKind::IOError {
        Error::FolderUnusable {
            folder: folder.into(),
            reason: text,
        }
    } else {
        Error::Storage(text)
    }
}
