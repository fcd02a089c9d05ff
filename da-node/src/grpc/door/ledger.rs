//! What clients have used of the day, kept over restarts.
//!
//! The file is written ahead: it says what a client may have used until it is written next, a
//! small share of its day at a time. So a blob seldom waits for the disk, a crash costs a
//! client at most that share, and no restart gives it more than its day.

use super::Client;
use super::quota::{Day, Exceeded, Meter, Moment};
use crate::metrics::{Metrics, names};
use crate::operator::files;
use crate::{Error, Result};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use types::Timestamp;

/// Most bytes of the file: a line for every client, with room to spare.
const MAX_BYTES: usize = 1 << 20;
/// Into how many shares a day's quota is divided.
const SHARES: u64 = 256;
/// When a client with too many blobs in flight should come back.
const RETRY_AFTER_MS: u64 = 1_000;

/// The file.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Record {
    version: u32,
    day: Day,
    /// Bytes that each client may have used of that day.
    bytes: BTreeMap<String, u64>,
}

const VERSION: u32 = 1;

/// The accounts of all clients.
pub(crate) struct Ledger {
    file: PathBuf,
    accounts: Vec<Account>,
    books: Mutex<Vec<Book>>,
    started: Instant,
    metrics: Arc<Metrics>,
}

struct Account {
    client: Client,
    in_flight: Arc<Semaphore>,
}

/// What one client has used, and what the file says at least.
#[derive(Debug, Clone, Copy, Default)]
struct Book {
    meter: Meter,
    written_day: Day,
    written: u64,
}

impl Ledger {
    /// The accounts as they stood today, in a file that need not be there.
    ///
    /// # Errors
    /// [`Error::Quotas`] for a file that cannot be read or is none.
    pub(crate) fn open(
        file: PathBuf,
        clients: &[Client],
        metrics: Arc<Metrics>,
        now: Timestamp,
    ) -> Result<Self> {
        let record = read(&file)?;
        let today = Day::of(now);
        let books = clients.iter().map(|client| {
            let before = Some(&record.bytes)
                .filter(|_| record.day == today)
                .and_then(|bytes| bytes.get(&client.name));
            let used = before.copied().unwrap_or_default();
            Book {
                meter: Meter::resumed(today, used),
                written_day: today,
                written: used,
            }
        });
        Ok(Self {
            books: Mutex::new(books.collect()),
            accounts: clients.iter().cloned().map(Account::new).collect(),
            file,
            started: Instant::now(),
            metrics,
        })
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Book>> {
        // Every change of a book is one that stands by itself.
        self.books.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Charges a client for a blob, before its bytes are there. May write to the disk.
    ///
    /// # Errors
    /// [`Error::Quota`], which says when to come back; [`Error::Quotas`] when the file cannot
    /// be written.
    pub(crate) fn charge(
        self: &Arc<Self>,
        client: ClientIndex,
        bytes: u64,
        now: Timestamp,
    ) -> Result<Toll> {
        let account = &self.accounts[client.0];
        let permit = Arc::clone(&account.in_flight)
            .try_acquire_owned()
            .map_err(|_| {
                let most = account.client.quotas.blobs_in_flight as u64;
                self.refuse(account, "blobs", (most, most), RETRY_AFTER_MS)
            })?;
        let day = self.charge_bytes(client, bytes, now)?;
        self.metrics
            .count(&names::CLIENT_BYTES, &[&account.client.name], bytes);
        Ok(Toll {
            ledger: Arc::clone(self),
            client,
            charged: bytes,
            received: 0,
            day,
            permit: Some(permit),
        })
    }

    fn charge_bytes(&self, client: ClientIndex, bytes: u64, now: Timestamp) -> Result<Day> {
        let account = &self.accounts[client.0];
        let quotas = &account.client.quotas;
        let uptime = u64::try_from(self.started.elapsed().as_micros()).unwrap_or(u64::MAX);
        let moment = Moment { uptime, time: now };
        let mut books = self.lock();
        let book = &mut books[client.0];
        book.meter
            .charge(quotas, bytes, moment)
            .map_err(|exceeded| match exceeded {
                Exceeded::Second {
                    unpaid,
                    retry_after_ms,
                } => {
                    let numbers = (unpaid, quotas.bytes_per_second);
                    self.refuse(account, "second", numbers, retry_after_ms)
                }
                Exceeded::Day {
                    got,
                    retry_after_ms,
                } => {
                    let numbers = (got, quotas.bytes_per_day);
                    self.refuse(account, "day", numbers, retry_after_ms)
                }
            })?;
        let (day, used) = (book.meter.day(), book.meter.used());
        if book.written_day != day || book.written < used {
            let share = (quotas.bytes_per_day / SHARES).max(1);
            (book.written_day, book.written) = (day, used.saturating_add(share));
            if let Err(error) = self.write(&books, day) {
                let book = &mut books[client.0];
                book.meter.give_back(quotas, bytes, day);
                book.written = 0;
                return Err(error);
            }
        }
        Ok(day)
    }

    fn refuse(
        &self,
        account: &Account,
        quota: &'static str,
        (got, max): (u64, u64),
        retry_after_ms: u64,
    ) -> Error {
        let name = &account.client.name;
        self.metrics
            .count(&names::CLIENT_REFUSALS, &[name, quota], 1);
        Error::Quota {
            client: name.clone(),
            quota,
            got,
            max,
            retry_after_ms,
        }
    }

    fn give_back(&self, client: ClientIndex, bytes: u64, day: Day) {
        let quotas = &self.accounts[client.0].client.quotas;
        self.lock()[client.0].meter.give_back(quotas, bytes, day);
    }

    /// Writes what was used and no more, for a node that stops in order.
    ///
    /// # Errors
    /// [`Error::Quotas`].
    pub(crate) fn close(&self, now: Timestamp) -> Result<()> {
        let mut books = self.lock();
        if books.is_empty() {
            return Ok(());
        }
        for book in books.iter_mut() {
            (book.written_day, book.written) = (book.meter.day(), book.meter.used());
        }
        self.write(&books, Day::of(now))
    }

    /// What is written of another day than this one has no worth any more.
    fn write(&self, books: &[Book], day: Day) -> Result<()> {
        let bytes = self.accounts.iter().zip(books);
        let bytes = bytes
            .filter(|(_, book)| book.written_day == day)
            .map(|(account, book)| (account.client.name.clone(), book.written));
        let record = Record {
            version: VERSION,
            day,
            bytes: bytes.collect(),
        };
        files::replace_json(&self.file, &record).map_err(|error| Error::Quotas(error.to_string()))
    }
}

impl Account {
    fn new(client: Client) -> Self {
        let most = client.quotas.blobs_in_flight.min(Semaphore::MAX_PERMITS);
        Self {
            client,
            in_flight: Arc::new(Semaphore::new(most)),
        }
    }
}

fn read(file: &Path) -> Result<Record> {
    if !file.exists() {
        return Ok(Record::default());
    }
    let read = files::read_json(file, "record of quotas", MAX_BYTES);
    let record: Record = read.map_err(|error| Error::Quotas(error.to_string()))?;
    if record.version == VERSION {
        Ok(record)
    } else {
        Err(Error::Quotas(format!(
            "{}: got version {}, expected {VERSION}",
            file.display(),
            record.version
        )))
    }
}

/// Which of the clients.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ClientIndex(pub(super) usize);

/// What a client was charged for a blob. Dropped, it gives back what did not arrive.
pub(crate) struct Toll {
    ledger: Arc<Ledger>,
    client: ClientIndex,
    charged: u64,
    received: u64,
    day: Day,
    permit: Option<OwnedSemaphorePermit>,
}

impl Toll {
    /// Counts bytes that arrived: they stay charged, whatever becomes of the blob.
    pub(crate) fn received(&mut self, bytes: u64) {
        self.received = self.received.saturating_add(bytes).min(self.charged);
    }

    /// Gives everything back: the blob was refused for a reason of the node's.
    pub(crate) fn waive(&mut self) {
        self.received = 0;
    }

    /// The client's place for a blob in flight.
    pub(crate) fn take_place(&mut self) -> Option<OwnedSemaphorePermit> {
        self.permit.take()
    }
}

impl Drop for Toll {
    fn drop(&mut self) {
        let back = self.charged - self.received;
        if back > 0 {
            self.ledger.give_back(self.client, back, self.day);
        }
    }
}

#[cfg(test)]
mod tests;
