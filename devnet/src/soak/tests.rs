#![allow(clippy::unwrap_used)]

use super::shape::Look;
use super::{ProcessReport, Shape};
use std::time::Duration;

const MIB: u64 = 1 << 20;

fn looks(count: u64, resident: impl Fn(u64) -> u64, files: impl Fn(u64) -> usize) -> Vec<Look> {
    (0..count)
        .map(|second| Look {
            at: Duration::from_secs(second),
            resident: resident(second),
            files: files(second),
        })
        .collect()
}

#[test]
fn a_process_that_stays_as_it_is_is_flat() {
    let shape = Shape::of(&looks(120, |_| 300 * MIB, |_| 90)).unwrap();
    assert!(shape.is_flat());
    assert_eq!(
        (shape.first_bytes, shape.last_bytes),
        (300 * MIB, 300 * MIB)
    );
    assert!(shape.slope_mib_per_minute.abs() < 1e-9);
    assert_eq!(shape.looks, 90);
}

#[test]
fn a_warm_up_and_a_single_peak_do_not_count() {
    let resident = |second| match second {
        0..30 => second * 20 * MIB,
        70 => 9_000 * MIB,
        _ => 600 * MIB,
    };
    let shape = Shape::of(&looks(120, resident, |_| 90)).unwrap();
    assert!(shape.is_flat());
    assert_eq!(shape.most_bytes, 9_000 * MIB);
}

#[test]
fn a_leak_is_not_flat_and_its_slope_is_told() {
    let shape = Shape::of(&looks(600, |second| (200 + second) * MIB, |_| 90)).unwrap();
    assert!(!shape.is_flat());
    assert!((shape.slope_mib_per_minute - 60.0).abs() < 1e-6);
    let files = |second| usize::try_from(second).unwrap();
    assert!(
        !Shape::of(&looks(600, |_| 200 * MIB, files))
            .unwrap()
            .is_flat()
    );
}

#[test]
fn who_was_not_seen_long_enough_has_no_shape() {
    assert_eq!(Shape::of(&[]), None);
    assert_eq!(Shape::of(&looks(12, |_| MIB, |_| 1)), None);
    let report = |restarts| ProcessReport {
        name: "validator 1".to_owned(),
        restarts,
        shape: None,
        store_bytes: None,
    };
    assert!(report(1).is_flat());
    assert!(!report(0).is_flat());
}
