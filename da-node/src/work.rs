//! Who computes: the one place where a node's processor time is divided and counted.
//!
//! | pool | threads | priority | work |
//! |---|---|---|---|
//! | custody | one per processor | the process's | verifying what others disperse, before a receipt |
//! | posters | one per processor | lowered by [`POSTERS_NICENESS`] | laying out, committing, proving; verifying proofs that posters bring; making cells that nobody gives |
//!
//! In each pool as many jobs are at work as it has threads, at most [`MOST_TURNS`]; the others
//! wait in the order in which they came, so that each is done soon instead of all late. What
//! waits is bounded by who may ask: submissions, and requests of peers. Consensus, reads and
//! samples use threads of their own at the process's priority. So whoever floods a node with
//! blobs competes with other posters, and not with receipts or votes.

use crate::metrics::{Metrics, names};
use crate::{Error, Result};
use commitments::{Meter, Threads};
use std::cell::Cell;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use tokio::sync::{Semaphore, SemaphorePermit};

/// By how much the priority of threads that work for posters is lowered (setpriority(2)).
const POSTERS_NICENESS: i32 = 10;
/// Most jobs of one pool at a time, each of which may hold a whole blob with its cells: 60 MiB.
const MOST_TURNS: usize = 4;

/// What processor time is spent on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Work {
    /// Laying payloads out in rows, and committing to them.
    Describe,
    /// Cells and their proofs.
    Prove,
    /// Verifying proofs that posters brought.
    Check,
    /// Writing cells of a node's own posters.
    Store,
    /// Reading cells that are handed to other validators.
    Disperse,
    /// Verifying cells that others dispersed, and writing them.
    Verify,
    /// Making cells that nobody gives from others of their row.
    Rebuild,
    /// Promising and signing.
    Sign,
    /// Building, judging and storing blocks.
    Order,
    /// Answering peers, light nodes and readers.
    Serve,
}

impl Work {
    /// Their names, in the order of the variants.
    pub(crate) const NAMES: &[&str] = &[
        "describe", "prove", "check", "store", "disperse", "verify", "rebuild", "sign", "order",
        "serve",
    ];
}

/// For whom a pool works.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Pool {
    /// Validators that wait for a receipt.
    Custody,
    /// Those who post here.
    Posters,
}

/// A pool, and the turns on it.
struct Shift {
    threads: Threads,
    turns: Semaphore,
}

impl Shift {
    fn new(threads: Threads) -> Self {
        let turns = threads.count().get().min(MOST_TURNS);
        Self {
            threads,
            turns: Semaphore::new(turns),
        }
    }
}

/// A node's pools, and what has been spent on what.
pub(crate) struct Workers {
    custody: Shift,
    posters: Shift,
    spent: Arc<Spent>,
}

impl Workers {
    /// `threads` are the custody's; as many others are made for posters.
    pub(crate) fn new(threads: &Threads) -> Result<Self> {
        let posters = Threads::starting(threads.count(), || {
            // A system that refuses leaves them as important as the others.
            let _ = rustix::process::setpriority_process(None, POSTERS_NICENESS);
        })?;
        Ok(Self {
            custody: Shift::new(threads.clone()),
            posters: Shift::new(posters),
            spent: Arc::default(),
        })
    }

    const fn shift(&self, pool: Pool) -> &Shift {
        match pool {
            Pool::Custody => &self.custody,
            Pool::Posters => &self.posters,
        }
    }

    /// A turn on a pool, first come, first served.
    pub(crate) async fn turn(&self, pool: Pool) -> Result<SemaphorePermit<'_>> {
        let turn = self.shift(pool).turns.acquire().await;
        turn.map_err(|_| Error::Stopping)
    }

    /// The threads of a pool; what is done on them counts as this work.
    pub(crate) fn threads(&self, pool: Pool, work: Work) -> Threads {
        let account = Account {
            spent: Arc::clone(&self.spent),
            work,
        };
        self.shift(pool).threads.metered(Arc::new(account))
    }

    /// Does something on this thread, and counts the processor time of this thread alone.
    pub(crate) fn measure<T>(&self, work: Work, job: impl FnOnce() -> T) -> T {
        let account = Account {
            spent: Arc::clone(&self.spent),
            work,
        };
        let begun = account.begin();
        let done = job();
        account.end(begun);
        done
    }

    /// Sets the counters to what has been spent.
    pub(crate) fn show(&self, metrics: &Metrics) {
        for (name, nanoseconds) in Work::NAMES.iter().zip(&self.spent.0) {
            let microseconds = nanoseconds.load(Ordering::Relaxed) / 1_000;
            metrics
                .counting(&names::WORK_MICROSECONDS, &[name])
                .absolute(microseconds);
        }
    }
}

/// Nanoseconds of processor time, by work.
#[derive(Debug, Default)]
struct Spent([AtomicU64; Work::NAMES.len()]);

thread_local! {
    /// What this thread is being measured for, and since when: work within it counts as its own
    /// kind, once.
    static BEGUN: Cell<Option<(Work, Option<u64>)>> = const { Cell::new(None) };
}

/// Counts processor time as one kind of work.
struct Account {
    spent: Arc<Spent>,
    work: Work,
}

impl Account {
    /// What the clock did not show at both ends is not counted.
    fn add(&self, work: Work, since: Option<u64>, now: Option<u64>) {
        if let (Some(since), Some(now)) = (since, now) {
            let spent = now.saturating_sub(since);
            self.spent.0[work as usize].fetch_add(spent, Ordering::Relaxed);
        }
    }
}

/// The number that stands for nothing being measured around a piece.
const NOTHING: u64 = u64::MAX;

impl Meter for Account {
    fn begin(&self) -> u64 {
        let now = thread_nanoseconds();
        match BEGUN.replace(Some((self.work, now))) {
            // What was done until here was the outer work's.
            Some((outer, since)) => {
                self.add(outer, since, now);
                outer as u64
            }
            None => NOTHING,
        }
    }

    fn end(&self, begun: u64) {
        let now = thread_nanoseconds();
        if let Some((work, since)) = BEGUN.take() {
            self.add(work, since, now);
        }
        let outer = ALL.iter().find(|work| **work as u64 == begun);
        BEGUN.set(outer.map(|outer| (*outer, now)));
    }
}

const ALL: [Work; Work::NAMES.len()] = [
    Work::Describe,
    Work::Prove,
    Work::Check,
    Work::Store,
    Work::Disperse,
    Work::Verify,
    Work::Rebuild,
    Work::Sign,
    Work::Order,
    Work::Serve,
];

/// Processor time of this thread so far: the first number of `/proc/thread-self/schedstat`
/// (proc(5)); none where that cannot be read.
fn thread_nanoseconds() -> Option<u64> {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    text.split(' ').next()?.parse().ok()
}

#[cfg(test)]
mod tests;
