#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use super::{DAY_MS, Exceeded, Meter, Moment, Quotas, SECOND};
use proptest::prelude::*;
use types::Timestamp;

const QUOTAS: Quotas = Quotas {
    bytes_per_second: 1_000,
    bytes_per_day: 1_000_000,
    blobs_in_flight: 1,
};
/// A quarter of an hour before midnight.
const EVENING: u64 = 20_000 * DAY_MS - 900_000;

fn at(seconds: u64) -> Moment {
    Moment {
        uptime: seconds * SECOND,
        time: Timestamp::new(EVENING + seconds * 1_000),
    }
}

#[test]
fn a_blob_waits_until_those_before_it_are_paid_for() {
    let mut meter = Meter::default();
    meter.charge(&QUOTAS, 10_000, at(0)).unwrap();
    let refused = meter.charge(&QUOTAS, 1, at(0)).unwrap_err();
    let expected = Exceeded::Second {
        unpaid: 10_000,
        retry_after_ms: 9_000,
    };
    assert_eq!(refused, expected);
    // What it said holds: not a second before, and then indeed.
    meter.charge(&QUOTAS, 1, at(8)).unwrap_err();
    meter.charge(&QUOTAS, 1, at(9)).unwrap();
}

#[test]
fn a_second_of_small_blobs_may_come_at_once() {
    let mut meter = Meter::default();
    for _ in 0..11 {
        meter.charge(&QUOTAS, 100, at(0)).unwrap();
    }
    meter.charge(&QUOTAS, 100, at(0)).unwrap_err();
    meter.charge(&QUOTAS, 100, at(1)).unwrap();
}

#[test]
fn a_day_ends_at_midnight() {
    let mut meter = Meter::default();
    meter.charge(&QUOTAS, 600_000, at(0)).unwrap();
    let refused = meter.charge(&QUOTAS, 400_001, at(899)).unwrap_err();
    let expected = Exceeded::Day {
        got: 1_000_001,
        retry_after_ms: 1_000,
    };
    assert_eq!(refused, expected);
    // Nothing was charged: what fits is let in, and with the new day all of it.
    meter.charge(&QUOTAS, 400_000, at(899)).unwrap();
    let tomorrow = Moment {
        uptime: 10_000 * SECOND,
        ..at(900)
    };
    meter.charge(&QUOTAS, 1_000_000, tomorrow).unwrap();
}

#[test]
fn what_is_given_back_can_be_used_again() {
    let mut meter = Meter::default();
    meter.charge(&QUOTAS, 1_000_000, at(0)).unwrap();
    let day = meter.day();
    meter.give_back(&QUOTAS, 1_000_000, day);
    meter.charge(&QUOTAS, 1_000_000, at(0)).unwrap();

    // Yesterday's bytes do not make room today.
    let tomorrow = Moment {
        uptime: 10_000 * SECOND,
        ..at(900)
    };
    meter.charge(&QUOTAS, 1_000_000, tomorrow).unwrap();
    meter.give_back(&QUOTAS, 1_000_000, day);
    assert_eq!(meter.used(), 1_000_000);
}

#[test]
fn bad_input_numbers_at_their_ends() {
    let huge = Quotas {
        bytes_per_second: 1,
        bytes_per_day: u64::MAX,
        blobs_in_flight: 1,
    };
    let mut meter = Meter::default();
    meter.charge(&huge, u64::MAX, at(0)).unwrap();
    meter.charge(&huge, u64::MAX, at(0)).unwrap_err();
    let last = Moment {
        uptime: u64::MAX,
        time: Timestamp::new(u64::MAX),
    };
    meter.charge(&huge, 1, last).unwrap();
    let none = Quotas {
        bytes_per_second: 0,
        ..huge
    };
    Meter::default().charge(&none, 1, last).unwrap();
}

proptest! {
    /// Held against the sum of what was let in, however calls and pauses fall.
    #[test]
    fn no_more_is_let_in_than_the_rate_and_one_blob_allow(
        calls in prop::collection::vec((1_u64..5_000, 0_u64..4_000_000), 1..200)
    ) {
        let quotas = Quotas { bytes_per_day: u64::MAX, ..QUOTAS };
        let mut meter = Meter::default();
        let (mut uptime, mut sum, mut largest) = (0, 0, 0);
        for (bytes, pause) in calls {
            uptime += pause;
            let now = Moment { uptime, time: Timestamp::new(EVENING) };
            if meter.charge(&quotas, bytes, now).is_ok() {
                sum += bytes;
                largest = largest.max(bytes);
            }
            let allowed = quotas.bytes_per_second * (uptime / SECOND + 2) + largest;
            prop_assert!(sum <= allowed, "{sum} > {allowed}");
        }
    }
}
