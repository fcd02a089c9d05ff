//! How close a deadline is, and what a person is told then.

use crate::L1Time;

/// How close a deadline is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub enum Urgency {
    /// More than half of the time is left, or nothing is due.
    #[default]
    Calm,
    /// Less than half.
    Soon,
    /// Less than an eighth, or an hour: whatever it costs.
    Now,
}

/// Something that a person should know at once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Alarm {
    /// What is asked for.
    pub what: String,
    /// The last second in which an answer counts.
    pub deadline: L1Time,
    /// Why there is none yet.
    pub reason: &'static str,
}

/// Seconds before a deadline from which on what is not answered is an alarm, at least.
pub(super) const LAST_HOUR: u64 = 60 * 60;

/// How close a deadline is, of a time to answer of so many seconds.
#[must_use]
pub fn urgency(now: L1Time, deadline: L1Time, window: u64) -> Urgency {
    let left = deadline.since(now);
    if left < (window / 8).max(LAST_HOUR) {
        Urgency::Now
    } else if left < window / 2 {
        Urgency::Soon
    } else {
        Urgency::Calm
    }
}
