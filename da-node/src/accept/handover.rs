//! How far one validator has been handed a blob.

use std::ops::Range;
use std::time::Duration;

/// The pause after a first failure; it doubles with each further one.
const SHORTEST_PAUSE: Duration = Duration::from_millis(100);
/// The longest pause of our own choice.
const LONGEST_PAUSE: Duration = Duration::from_secs(2);
/// The longest pause that a validator can impose.
const LONGEST_IMPOSED: Duration = Duration::from_secs(5);

/// What to send next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Next {
    /// These rows.
    Rows(Range<u16>),
    /// Nothing: all was handed over, and only the receipt is wanted.
    Receipt,
}

/// What a validator has acknowledged of a blob. What it has it is not sent again, however often
/// it is busy or silent in between.
#[derive(Debug)]
pub(super) struct Handover {
    rows: u16,
    at_a_time: u16,
    /// The first row that it has not acknowledged.
    next: u16,
    failures: u32,
}

impl Handover {
    /// Of so many rows, in messages of so many.
    pub(super) fn new(rows: u16, at_a_time: u16) -> Self {
        Self {
            rows,
            at_a_time: at_a_time.max(1),
            next: 0,
            failures: 0,
        }
    }

    pub(super) fn next(&self) -> Next {
        if self.next >= self.rows {
            return Next::Receipt;
        }
        let end = self.next.saturating_add(self.at_a_time).min(self.rows);
        Next::Rows(self.next..end)
    }

    /// The validator has what it was sent last.
    pub(super) fn acknowledged(&mut self) {
        if let Next::Rows(rows) = self.next() {
            self.next = rows.end;
        }
        self.failures = 0;
    }

    /// It was handed everything, and lacks some of it: it forgot what it had not synced.
    pub(super) fn forgotten(&mut self) {
        self.next = 0;
    }

    /// It could not take what it was sent: how long to wait before it is sent again. `jitter`,
    /// from 0 to 1, keeps those who failed together from coming back together.
    pub(super) fn failed(&mut self, asked: Option<Duration>, jitter: f64) -> Duration {
        let own = SHORTEST_PAUSE
            .saturating_mul(2_u32.saturating_pow(self.failures))
            .min(LONGEST_PAUSE);
        self.failures = self.failures.saturating_add(1);
        let asked = asked.unwrap_or_default().min(LONGEST_IMPOSED);
        own.max(asked).mul_f64(1.0 + jitter.clamp(0.0, 1.0) / 2.0)
    }
}

#[cfg(test)]
mod tests;
