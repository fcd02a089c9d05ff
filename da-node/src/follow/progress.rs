//! How a follower gets on, for people.

use std::time::{Duration, Instant};
use types::Height;

/// Between two lines while the node is far behind.
const EVERY: Duration = Duration::from_secs(1);

/// Heights reached, and how fast.
pub(super) struct Progress {
    /// Where the present stretch began.
    from: Height,
    since: Instant,
    told: Instant,
}

impl Progress {
    pub(super) fn new(tip: Height) -> Self {
        let now = Instant::now();
        Self {
            from: tip,
            since: now,
            told: now,
        }
    }

    /// Takes note of a stored height. Tells of it at times while the tip that peers name is
    /// still above.
    pub(super) fn reached(&mut self, height: Height, horizon: Height) {
        let now = Instant::now();
        if height >= horizon {
            *self = Self::new(height);
            return;
        }
        if now.duration_since(self.told) < EVERY {
            return;
        }
        self.told = now;
        let (per_second, left) = pace(self.from, height, horizon, now.duration_since(self.since));
        tracing::info!(
            %height,
            target = %horizon,
            heights_per_second = per_second,
            seconds_left = left,
            "catching up"
        );
    }
}

/// Whole heights per second over a stretch, and seconds to the horizon at that pace; none while
/// it is too slow to tell.
fn pace(from: Height, at: Height, horizon: Height, took: Duration) -> (u64, Option<u64>) {
    let millis = u64::try_from(took.as_millis()).unwrap_or(u64::MAX).max(1);
    let done = at.get().saturating_sub(from.get());
    let left = horizon.get().saturating_sub(at.get());
    let per_second = done.saturating_mul(1_000) / millis;
    let seconds = left.saturating_mul(millis).checked_div(done);
    (per_second, seconds.map(|ms| ms / 1_000))
}

#[cfg(test)]
mod tests {
    use super::pace;
    use std::time::Duration;
    use types::Height;

    #[test]
    fn the_pace_is_that_of_the_whole_stretch() {
        let [from, at, horizon] = [100, 300, 1_300].map(Height::new);
        let (per_second, left) = pace(from, at, horizon, Duration::from_secs(4));
        assert_eq!((per_second, left), (50, Some(20)));
    }

    #[test]
    fn nothing_done_promises_no_end() {
        let [at, horizon] = [100, 300].map(Height::new);
        assert_eq!(pace(at, at, horizon, Duration::ZERO), (0, None));
    }
}
