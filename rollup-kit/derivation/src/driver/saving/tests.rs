#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::cast_possible_truncation
)]

use super::*;

const EVERY: usize = 64;

fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

#[test]
fn rows_are_saved_at_once() {
    let now = Instant::now();
    let mut saving = Saving::default();
    assert!(!saving.is_due(EVERY, now));
    // A row that nothing could be done with yet is not in a snapshot.
    saving.applied(0, true);
    assert!(!saving.is_due(EVERY, now));
    saving.applied(1, false);
    assert!(saving.is_due(EVERY, now));
    saving.done(now, now);
    assert!(!saving.is_due(EVERY, now + seconds(3600)));
}

#[test]
fn what_l1_has_is_saved_now_and_then() {
    let now = Instant::now();
    let mut saving = Saving::default();
    for _ in 1..EVERY {
        saving.applied(1, false);
        assert!(!saving.is_due(EVERY, now + seconds(3600)));
    }
    saving.applied(1, false);
    assert!(saving.is_due(EVERY, now));
}

#[test]
fn saving_takes_a_small_part_of_the_time_and_waits_a_minute_at_most() {
    for (took, rest) in [(0, 0), (1, 20), (3, 60), (10, 60), (600, 60)] {
        let begun = Instant::now();
        let mut saving = Saving::default();
        let done = begun + seconds(took);
        saving.done(begun, done);
        saving.applied(1, true);
        assert!(saving.is_due(EVERY, done + seconds(rest)), "{took}");
        let before = (done + seconds(rest)).checked_sub(Duration::from_millis(1));
        let is_early = before.is_some_and(|before| before >= done);
        assert!(
            !is_early || !saving.is_due(EVERY, before.unwrap()),
            "{took}"
        );
    }
}
