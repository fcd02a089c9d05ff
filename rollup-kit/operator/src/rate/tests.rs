#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::cast_possible_truncation
)]

use super::*;
use proptest::prelude::*;

proptest! {
    /// In no span of time does more pass than a burst and what the rate gives.
    #[test]
    fn no_more_passes_than_the_quota(
        burst in 1_u32..5,
        per_second in 1_u32..50,
        pauses in prop::collection::vec(0_u64..400_000, 1..80),
    ) {
        let mut bucket = Bucket::new(Quota { burst, per_second });
        let mut now = Duration::ZERO;
        let mut passed = Vec::new();
        for pause in pauses {
            now += Duration::from_micros(pause);
            if bucket.pass(now) {
                passed.push(now);
            }
        }
        for (from, first) in passed.iter().enumerate() {
            for (to, last) in passed.iter().enumerate().skip(from) {
                let span = (*last - *first).as_micros() as f64 / 1e6;
                let most = f64::from(burst) + span * f64::from(per_second);
                prop_assert!((to - from + 1) as f64 <= most + 1e-3);
            }
        }
        prop_assert!(!passed.is_empty());
    }
}

#[test]
fn it_fills_again() {
    let mut bucket = Bucket::new(Quota {
        burst: 2,
        per_second: 1,
    });
    let second = Duration::from_secs;
    let times = [0, 0, 0, 1, 1, 5, 5, 5];
    let passes = times.map(|at| bucket.pass(second(at)));
    assert_eq!(passes, [true, true, false, true, false, true, true, false]);
    // A clock that goes back gives nothing.
    assert!(!bucket.pass(second(1)));
}
