//! When a snapshot is due.

use std::time::{Duration, Instant};

/// What came as rows waits at most so long.
const LONGEST: Duration = Duration::from_secs(60);
/// Of the time, saving takes a part in so many, as long as nothing waits for longer than it may.
const SHARE: u32 = 20;

/// What is not on disk yet. Pure: the clock is an argument.
#[derive(Debug, Default)]
pub(super) struct Saving {
    /// Parts of batches.
    parts: usize,
    /// Whether rows came that nobody may have any more by the time that they are needed again.
    has_rows: bool,
    /// When it was saved last, and how long that took.
    last: Option<(Instant, Duration)>,
}

impl Saving {
    /// So many parts of batches were applied; whether rows came for them.
    pub(super) const fn applied(&mut self, parts: usize, came: bool) {
        self.parts = self.parts.saturating_add(parts);
        self.has_rows |= came;
    }

    /// Whether to save now. A snapshot is as long as the state, so while rows come quickly, it is
    /// not written after each.
    pub(super) fn is_due(&self, every: usize, now: Instant) -> bool {
        if self.parts >= every.max(1) {
            return true;
        }
        let is_rested = self.last.is_none_or(|(at, took)| {
            let rest = LONGEST.min(took.saturating_mul(SHARE));
            now.saturating_duration_since(at) >= rest
        });
        self.has_rows && self.parts > 0 && is_rested
    }

    /// It was saved.
    pub(super) fn done(&mut self, begun: Instant, now: Instant) {
        let took = now.saturating_duration_since(begun);
        *self = Self {
            last: Some((now, took)),
            ..Self::default()
        };
    }
}

#[cfg(test)]
mod tests;
