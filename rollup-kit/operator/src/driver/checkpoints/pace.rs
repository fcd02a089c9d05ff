//! When a checkpoint is tried, and for how long batches stand back for it. Pure.

use settlement::L1Time;

/// Seconds for which batches stand back at most.
pub(super) const LONGEST_HOLD: u64 = 30 * 60;
/// Seconds from a first failure to the next try; each further one doubles them.
const FIRST_PAUSE: u64 = 30 * 60;
/// Seconds that the pause grows to: between the seventh day, when a checkpoint is due, and the
/// tenth, from which on L1 insists on it, there are many tries.
const LONGEST_PAUSE: u64 = 6 * 60 * 60;

/// Where tries stand.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Pace {
    /// Since when batches stand back, if they do.
    since: Option<L1Time>,
    /// Tries that failed, one after the other.
    failures: u32,
    again_at: L1Time,
}

impl Pace {
    /// Whether it is time to try.
    pub(super) fn may_try(&self, now: L1Time) -> bool {
        now >= self.again_at
    }

    /// Has batches stand back from now on, if they do not yet; false once that took too long.
    pub(super) fn hold(&mut self, now: L1Time) -> bool {
        let since = *self.since.get_or_insert(now);
        now.since(since) < LONGEST_HOLD
    }

    /// Batches go on, and nothing was tried.
    pub(super) const fn let_go(&mut self) {
        self.since = None;
    }

    /// A try failed: the next one comes after a pause.
    pub(super) fn failed(&mut self, now: L1Time) {
        let doubled = FIRST_PAUSE.saturating_mul(2_u64.saturating_pow(self.failures));
        let pause = doubled.min(LONGEST_PAUSE);
        self.failures = self.failures.saturating_add(1);
        self.again_at = now.plus(pause);
        self.since = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn batches_stand_back_for_a_bounded_time_and_pauses_grow_to_a_bound() {
        let mut pace = Pace::default();
        let mut now = L1Time::new(1_000);
        let mut pauses = Vec::new();
        for _ in 0..80 {
            assert!(pace.may_try(now) && pace.hold(now));
            assert!(pace.hold(now.plus(LONGEST_HOLD - 1)));
            now = now.plus(LONGEST_HOLD);
            assert!(!pace.hold(now));
            pace.failed(now);
            let pause = (1..=LONGEST_PAUSE).find(|s| pace.may_try(now.plus(*s)));
            pauses.push(pause.unwrap_or(0));
            now = now.plus(pause.unwrap_or(0));
        }
        assert_eq!(pauses[..4], [1800, 3600, 7200, 14_400]);
        assert!(pauses[4..].iter().all(|pause| *pause == LONGEST_PAUSE));
    }

    #[test]
    fn what_was_let_go_holds_for_its_whole_time_again() {
        let mut pace = Pace::default();
        let now = L1Time::new(1_000);
        assert!(pace.hold(now));
        pace.let_go();
        assert!(pace.may_try(now) && pace.hold(now.plus(LONGEST_HOLD)));
    }
}
