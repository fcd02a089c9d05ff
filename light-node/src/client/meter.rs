//! The node's bytes: counted where they come in and go out, booked by the day, kept on disk.

use crate::client::status::Today;
use crate::core::{DailyBudget, Demand, Ledger, Spent};
use net::{Network, Traffic};
use rand::Rng;
use std::sync::{Mutex, MutexGuard, PoisonError};
use types::Timestamp;

/// Milliseconds between two writings of the day's bytes while no block is sampled.
const KEPT_EVERY_MS: u64 = 60_000;

/// What a node has spent, and what it may spend.
pub(crate) struct Meter {
    net: Network,
    books: Mutex<Books>,
}

struct Books {
    ledger: Ledger,
    /// The network's counters, as far as they are booked.
    booked: Traffic,
    /// When the day's bytes were handed out to be kept.
    kept: Timestamp,
}

impl Meter {
    /// Goes on from what former runs have spent.
    pub(crate) fn new(net: Network, limit: Option<DailyBudget>, spent: Spent) -> Self {
        Self {
            net,
            books: Mutex::new(Books {
                ledger: Ledger::new(limit, spent),
                booked: Traffic::default(),
                kept: Timestamp::new(0),
            }),
        }
    }

    /// The books, up to date.
    fn books(&self, now: Timestamp) -> MutexGuard<'_, Books> {
        let mut books = self.books.lock().unwrap_or_else(PoisonError::into_inner);
        let (traffic, booked) = (self.net.traffic(), books.booked);
        books.ledger.spend(
            traffic.received.saturating_sub(booked.received),
            traffic.sent.saturating_sub(booked.sent),
            now,
        );
        books.booked = traffic;
        books
    }

    /// Whether a block is to be sampled.
    pub(crate) fn admits(&self, block: &Demand, now: Timestamp, rng: &mut impl Rng) -> bool {
        self.books(now).ledger.admits(block, now, rng)
    }

    /// A block that was let in has been sampled.
    pub(crate) fn settle(&self, block: &Demand, now: Timestamp) {
        self.books(now).ledger.settle(block);
    }

    /// What the day has taken.
    pub(crate) fn today(&self, now: Timestamp) -> Today {
        let mut books = self.books(now);
        let spent = books.ledger.spent(now);
        Today {
            received: spent.received,
            sent: spent.sent,
            budget: books.ledger.limit().map(DailyBudget::bytes),
        }
    }

    /// What the day has taken, to be kept now.
    pub(crate) fn to_keep(&self, now: Timestamp) -> Spent {
        let mut books = self.books(now);
        books.kept = now;
        books.ledger.spent(now)
    }

    /// The same, if it has not been kept for a while.
    pub(crate) fn overdue(&self, now: Timestamp) -> Option<Spent> {
        let mut books = self.books(now);
        // A clock that was set back must not put it off.
        if now.get().abs_diff(books.kept.get()) < KEPT_EVERY_MS {
            return None;
        }
        books.kept = now;
        Some(books.ledger.spent(now))
    }
}
