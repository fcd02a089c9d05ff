//! A bucket of tokens: so many at once, and so many a second. Pure.

use std::time::Duration;

/// What may pass.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Quota {
    /// At once.
    pub burst: u32,
    /// A second, in the long run.
    pub per_second: u32,
}

/// Counts what passes.
#[derive(Debug, Clone, Copy)]
pub struct Bucket {
    quota: Quota,
    /// In millionths.
    tokens: u64,
    /// Since some beginning.
    filled_at: Duration,
}

const UNIT: u64 = 1_000_000;

impl Bucket {
    /// A full one.
    #[must_use]
    pub const fn new(quota: Quota) -> Self {
        Self {
            quota,
            tokens: quota.burst as u64 * UNIT,
            filled_at: Duration::ZERO,
        }
    }

    /// Whether one more may pass at this time since the same beginning; it has passed then.
    pub fn pass(&mut self, now: Duration) -> bool {
        let passed = now.saturating_sub(self.filled_at).as_micros();
        let passed = u64::try_from(passed).unwrap_or(u64::MAX);
        let more = passed.saturating_mul(self.quota.per_second.into());
        let full = u64::from(self.quota.burst) * UNIT;
        self.tokens = self.tokens.saturating_add(more).min(full);
        self.filled_at = self.filled_at.max(now);
        let passes = self.tokens >= UNIT;
        if passes {
            self.tokens -= UNIT;
        }
        passes
    }
}

#[cfg(test)]
mod tests;
