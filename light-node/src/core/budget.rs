//! A budget of bytes per day, and which blocks are sampled within it.
//!
//! A node whose budget does not reach for every block samples a random subset, drawn with its
//! own randomness as each block comes: nobody outside can tell which blocks go unwatched, so
//! nobody can choose one to withhold. The chance is the share of what is left of the day's
//! bytes in what the rest of the day would take, so the bytes last until the day ends.
//! Headers are followed whatever happens, and their bytes count.

use crate::{Error, Result};
use rand::{Rng, RngExt};
use types::{Cell, Commitment, GridDimensions, Height, Proof, Timestamp};

/// Milliseconds of a day.
const DAY_MS: u64 = 24 * 60 * 60 * 1000;
/// About what following one header takes: its announcement, or an answer that has it.
const HEADER_BYTES: u64 = 1024;
/// What a cell takes besides itself and its proof: its place in the question, its place and the
/// fields' lengths in the answer.
const CELL_OVERHEAD: u64 = 32;

/// How many bytes of requests, answers and announcements a day may have, both ways together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DailyBudget(u64);

impl DailyBudget {
    /// Most megabytes that can be given: a terabyte.
    pub const MAX_MEGABYTES: u32 = 1_000_000;

    /// Takes megabytes, of 1,000,000 bytes.
    ///
    /// # Errors
    /// [`Error::Budget`] for none and for more than [`Self::MAX_MEGABYTES`].
    pub const fn megabytes(count: u32) -> Result<Self> {
        if count == 0 || count > Self::MAX_MEGABYTES {
            return Err(Error::Budget {
                got: count,
                max: Self::MAX_MEGABYTES,
            });
        }
        Ok(Self(count as u64 * 1_000_000))
    }

    /// In bytes.
    #[must_use]
    pub const fn bytes(self) -> u64 {
        self.0
    }
}

/// What the sampling of one block is expected to take, in bytes: the commitments and every
/// sample once.
#[must_use]
pub fn sampling_cost(dimensions: GridDimensions, samples: u32) -> u64 {
    let commitments = u64::from(dimensions.rows()) * Commitment::BYTES as u64;
    let cell = (Cell::BYTES + Proof::BYTES) as u64 + CELL_OVERHEAD;
    commitments + u64::from(samples) * cell
}

/// What one day has taken so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Spent {
    /// Which day: the number of days since 1970, UTC.
    pub day: u64,
    /// Bytes that came in.
    pub received: u64,
    /// Bytes that went out.
    pub sent: u64,
}

impl Spent {
    /// Both ways together.
    #[must_use]
    pub const fn bytes(&self) -> u64 {
        self.received.saturating_add(self.sent)
    }
}

/// The books of one node: what the day has taken, and what is still let in.
#[derive(Debug, Clone)]
pub struct Ledger {
    limit: Option<DailyBudget>,
    spent: Spent,
    /// What was let in and is not settled.
    promised: u64,
    pace: Pace,
}

impl Ledger {
    /// Goes on from what former runs have spent.
    #[must_use]
    pub const fn new(limit: Option<DailyBudget>, spent: Spent) -> Self {
        Self {
            limit,
            spent,
            promised: 0,
            pace: Pace::new(),
        }
    }

    /// The limit, if there is one.
    #[must_use]
    pub const fn limit(&self) -> Option<DailyBudget> {
        self.limit
    }

    /// Books bytes.
    pub fn spend(&mut self, received: u64, sent: u64, now: Timestamp) {
        self.turn(now);
        self.spent.received = self.spent.received.saturating_add(received);
        self.spent.sent = self.spent.sent.saturating_add(sent);
    }

    /// What the day has taken.
    pub fn spent(&mut self, now: Timestamp) -> Spent {
        self.turn(now);
        self.spent
    }

    /// Whether a block is to be sampled; if so, it is to be settled at the end. To be asked once
    /// for every block that is to be judged: the node learns from it how often blocks come and
    /// what they take. The randomness must be the node's own.
    pub fn admits(&mut self, block: &Demand, now: Timestamp, rng: &mut impl Rng) -> bool {
        self.turn(now);
        self.pace.see(block);
        let Some(limit) = self.limit.filter(|_| block.bytes > 0) else {
            return true;
        };
        let taken = self.spent.bytes().saturating_add(self.promised);
        let left = limit.bytes().saturating_sub(taken);
        if left < block.bytes.saturating_add(HEADER_BYTES) {
            return false;
        }
        let share = self.pace.share(left, DAY_MS - now.get() % DAY_MS);
        let admitted = rng.random::<f64>() < share;
        if admitted {
            self.promised += block.bytes;
        }
        admitted
    }

    /// A block that was let in has been sampled: what it took is booked by now.
    pub fn settle(&mut self, block: &Demand) {
        if self.limit.is_some() {
            self.promised = self.promised.saturating_sub(block.bytes);
        }
    }

    /// Begins a new day when the clock says so. A clock that is set back takes the day's name
    /// with it, not what was spent: else every day could be spent twice.
    fn turn(&mut self, now: Timestamp) {
        let day = now.get() / DAY_MS;
        if day > self.spent.day {
            self.spent = Spent::default();
        }
        self.spent.day = day;
    }
}

/// What a block asks of the budget.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Demand {
    /// The block's height.
    pub height: Height,
    /// Its time, as its header says.
    pub time: Timestamp,
    /// What sampling it takes: see [`sampling_cost`].
    pub bytes: u64,
}

/// How often blocks come and what they take: averages in which every block counts a sixteenth.
#[derive(Debug, Clone, Copy)]
struct Pace {
    /// The block seen last.
    last: Option<(Height, Timestamp)>,
    /// Milliseconds from block to block.
    interval: f64,
    /// Bytes for samples per block.
    bytes: Option<f64>,
}

impl Pace {
    const WEIGHT: f64 = 1.0 / 16.0;
    /// The protocol's interval, until the chain has shown its own.
    const FIRST_INTERVAL: f64 = 6000.0;
    /// No chain is quicker than this, and none slower, whatever its headers say.
    const INTERVALS: (f64, f64) = (200.0, 600_000.0);

    const fn new() -> Self {
        Self {
            last: None,
            interval: Self::FIRST_INTERVAL,
            bytes: None,
        }
    }

    #[expect(
        clippy::cast_precision_loss,
        reason = "averages: the last bits do not matter"
    )]
    fn see(&mut self, block: &Demand) {
        let towards = |average: f64, seen: f64| average + (seen - average) * Self::WEIGHT;
        if let Some((height, time)) = self.last {
            let blocks = block.height.get().abs_diff(height.get());
            let millis = block.time.get().abs_diff(time.get());
            if blocks > 0 {
                let (min, max) = Self::INTERVALS;
                let interval = (millis as f64 / blocks as f64).clamp(min, max);
                self.interval = towards(self.interval, interval);
            }
        }
        self.last = Some((block.height, block.time));
        let seen = block.bytes as f64;
        self.bytes = Some(self.bytes.map_or(seen, |average| towards(average, seen)));
    }

    /// The share of blocks that `left` bytes reach for, of those of the next `millis`.
    #[expect(
        clippy::cast_precision_loss,
        reason = "averages: the last bits do not matter"
    )]
    fn share(&self, left: u64, millis: u64) -> f64 {
        let blocks = (millis as f64 / self.interval).max(1.0);
        let for_samples = left as f64 - blocks * HEADER_BYTES as f64;
        let demand = blocks * self.bytes.unwrap_or(0.0);
        if for_samples <= 0.0 {
            0.0
        } else if demand <= for_samples {
            1.0
        } else {
            for_samples / demand
        }
    }
}
