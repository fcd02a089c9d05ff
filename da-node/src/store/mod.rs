//! What the node remembers: one RocksDB, one column family per kind of thing.
//!
//! A write that somebody is told about is synced before they are told. Torn tails of the
//! log are dropped at open, damage in the middle is refused. A stored cell was verified
//! before it was written; RocksDB's checksums and its own guard it from then on. One that is
//! damaged is found when it is read: it is given out no more, counts as not held, and is
//! named by [`Damage`], so that it is fetched again. A sound one is read back as an
//! unverified cell all the same, and whoever receives it verifies it.
//!
//! A write that failed is the last one: what a disk has once refused to keep, a later sync
//! does not bring back. Until the store is opened again it is for reading alone.
//!
//! | family | key | value |
//! |---|---|---|
//! | `blob` | blob id | description |
//! | `status` | blob id | [`BlobRecord`] |
//! | `cell` | blob id ‖ row u16 ‖ column u8 | checksum, 8 bytes ‖ proof ‖ cell |
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
//! | `approval` | epoch u64 ‖ set hash | the change of that set that this node approves |

mod approvals;
mod blobs;
mod blocks;
mod custody;
mod damage;
mod evidence;
mod keys;
mod record;
mod space;
mod undecided;
mod view;

pub use blocks::{Kept, StoredBlock};
pub use custody::{Held, Promise};
pub use damage::Damage;
pub use evidence::{Filed, MAX_EVIDENCE_PER_VALIDATOR};
pub use record::{BlobRecord, BlobState};
pub use view::View;

use crate::crash_point::{self, Step};
use crate::{Error, Result};
use rocksdb::{
    BlockBasedOptions, Cache, ColumnFamily, ColumnFamilyDescriptor, DB, DBRecoveryMode, ErrorKind,
    Options, WriteBatch, WriteOptions,
};
use std::ops::Deref;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::watch;
use types::{BlobId, ChainId};

/// The format of this folder; another one is refused.
const VERSION: &[u8] = b"assay-store-2";
const VERSION_KEY: &[u8] = b"version";
const CHAIN_KEY: &[u8] = b"chain";
/// Locks that blobs share.
const LOCKS: usize = 64;
/// Blocks read from disk that are kept, of all families together.
const CACHE_BYTES: usize = 64 << 20;
/// Writes that are not in files yet, of all families together.
const WRITE_BUFFER_BYTES: usize = 64 << 20;

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
    Approval,
}

impl Family {
    const ALL: [Self; 14] = [
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
        Self::Approval,
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
            Self::Approval => "approval",
        }
    }

    fn options(self, cache: &Cache) -> Options {
        let mut options = Options::default();
        let mut table = BlockBasedOptions::default();
        table.set_block_cache(cache);
        table.set_bloom_filter(10.0, false);
        options.set_block_based_table_factory(&table);
        if matches!(self, Self::Cell) {
            // Cells are large and never change: keep them out of the sorted files, so that
            // compaction moves keys and not payloads.
            options.set_enable_blob_files(true);
            options.set_min_blob_size(1024);
            options.set_enable_blob_gc(true);
            // They are moved when space is given back, and not before.
            options.set_blob_gc_age_cutoff(0.0);
        }
        options
    }
}

/// The node's store. Cloning shares it; a folder is open in one process at a time.
#[derive(Clone)]
pub struct Store {
    db: Arc<Open>,
    /// Held from reading what is known of a blob to writing what follows from it; a blob has the
    /// one that the first byte of its id names.
    blobs: Arc<[Mutex<()>; LOCKS]>,
    damage: Arc<Damage>,
    /// Why nothing is written any more.
    failure: Arc<watch::Sender<Option<String>>>,
}

/// The open database. Its fields are dropped in this order: whoever waits on the channel hears
/// of its end when the folder is free.
struct Open {
    db: DB,
    closed: watch::Sender<()>,
}

impl Deref for Open {
    type Target = DB;

    fn deref(&self) -> &DB {
        &self.db
    }
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
    /// [`Error::FolderUnusable`] for one that cannot be written, [`Error::FolderDamaged`].
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
        options.set_db_write_buffer_size(WRITE_BUFFER_BYTES);
        let cache = Cache::new_lru_cache(CACHE_BYTES);
        let families = Family::ALL
            .map(|family| ColumnFamilyDescriptor::new(family.name(), family.options(&cache)));
        let db = DB::open_cf_descriptors(&options, folder, families)
            .map_err(|e| open_error(folder, &e))?;
        let store = Self {
            db: Arc::new(Open {
                db,
                closed: watch::Sender::new(()),
            }),
            blobs: Arc::new([const { Mutex::new(()) }; LOCKS]),
            damage: Arc::default(),
            failure: Arc::new(watch::Sender::new(None)),
        };
        store.check_identity(folder, chain)?;
        Ok(store)
    }

    /// Whoever changes what is known of a blob, one at a time. Those who write of other blobs meet
    /// in the log, where one sync serves all who wait.
    fn lock_blob(&self, blob: &BlobId) -> MutexGuard<'_, ()> {
        let lock = &self.blobs[usize::from(blob.as_bytes()[0]) % LOCKS];
        // It guards no value that a panic could leave half changed.
        lock.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// As [`Store::lock_blob`] for all blobs.
    fn lock_blobs(&self) -> Vec<MutexGuard<'_, ()>> {
        // Always in the same order, so that nobody waits in a circle.
        self.blobs
            .iter()
            .map(|lock| lock.lock().unwrap_or_else(PoisonError::into_inner))
            .collect()
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
        self.writing(|db| db.write_opt(batch, &options))?;
        crash_point::reach(Step::Sync);
        Ok(())
    }

    fn write_unsynced(&self, batch: WriteBatch) -> Result<()> {
        self.writing(|db| db.write(batch))
    }

    /// Writes, unless a write has failed before.
    fn writing(&self, write: impl FnOnce(&DB) -> Result<(), rocksdb::Error>) -> Result<()> {
        if let Some(reason) = &*self.failure.borrow() {
            return Err(Error::StoreFailed {
                reason: reason.clone(),
            });
        }
        write(&self.db).map_err(|error| {
            let reason = error.into_string();
            self.failure.send_if_modified(|failure| {
                let first = failure.is_none();
                failure.get_or_insert_with(|| reason.clone());
                first
            });
            Error::StoreFailed { reason }
        })
    }

    /// Why nothing is written any more, from the moment on when a write has failed.
    #[must_use]
    pub fn failure(&self) -> watch::Receiver<Option<String>> {
        self.failure.subscribe()
    }

    /// Ends when the last clone is gone and the folder is free.
    pub fn closed(&self) -> impl Future<Output = ()> + use<> {
        let mut closed = self.db.closed.subscribe();
        async move { while closed.changed().await.is_ok() {} }
    }

    /// The damage found so far.
    #[must_use]
    pub fn damage(&self) -> &Damage {
        &self.damage
    }

    /// Makes every write so far durable.
    ///
    /// # Errors
    /// [`Error::StoreFailed`] when the disk refuses; nothing may be promised then.
    pub fn sync(&self) -> Result<()> {
        self.writing(|db| db.flush_wal(true))?;
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
        Error::FolderDamaged {
            folder: folder.into(),
            reason: text,
        }
    }
}
