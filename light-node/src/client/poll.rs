//! When to ask for the newest header, should announcements stay away.

use crate::client::Config;
use std::time::Duration;
use tokio::time::Instant;

/// Patience: long while announcements come, short once one was missed.
#[derive(Debug)]
pub(crate) struct Poll {
    interval: Duration,
    /// How many intervals to wait.
    patience: u32,
    at: Instant,
}

impl Poll {
    /// The first is due at once.
    pub(crate) fn new(interval: Duration) -> Self {
        Self {
            interval,
            patience: 1,
            at: Instant::now(),
        }
    }

    /// When the next is due.
    pub(crate) const fn at(&self) -> Instant {
        self.at
    }

    /// An announcement was news: others will follow.
    pub(crate) fn heard(&mut self) {
        self.wait(Config::LONGEST_POLL);
    }

    /// A poll found what no announcement had told.
    pub(crate) fn found(&mut self) {
        self.wait(1);
    }

    /// The time has come. `is_idle`: nothing is known to be missing, so the next may take twice
    /// as long.
    pub(crate) fn in_vain(&mut self, is_idle: bool) {
        let longer = (self.patience * 2).min(Config::LONGEST_POLL);
        self.wait(if is_idle { longer } else { 1 });
    }

    fn wait(&mut self, patience: u32) {
        self.patience = patience;
        self.at = Instant::now() + self.interval.saturating_mul(patience);
    }
}
