#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use super::{Expectation, LightReport, Report};
use light_node::core::Verdict;
use types::{BlobId, Height};

fn light(verdict: Verdict) -> LightReport {
    LightReport {
        verdict,
        samples: 24,
        peers: 4,
        miss_probability: 0.001,
        bytes_received: 60_000,
        ms: 100,
        attempts: 1,
    }
}

fn report(round_trip: bool, verdicts: &[Verdict]) -> Report {
    Report {
        blob_id: BlobId::new([7; 32]),
        height: Height::new(3),
        rows: 2,
        submit_to_certificate_ms: 500,
        signed_weight: 3,
        total_weight: 4,
        post_node: 0,
        get_node: 1,
        round_trip,
        light: verdicts.iter().copied().map(light).collect(),
    }
}

#[test]
fn the_fraction_decides_what_is_expected() {
    for (withhold, expected) in [
        (None, Expectation::Available),
        (Some(0.0), Expectation::Available),
        (Some(0.1), Expectation::Judged),
        (Some(0.3), Expectation::Unavailable),
        (Some(1.0), Expectation::Unavailable),
    ] {
        assert_eq!(Expectation::of(withhold), expected, "{withhold:?}");
    }
}

#[test]
fn available_needs_every_verdict_and_every_byte() {
    use Verdict::{Available, Unavailable, Undecided};
    let faults = |report: &Report| Expectation::Available.faults(report).len();
    assert_eq!(faults(&report(true, &[Available; 3])), 0);
    assert_eq!(faults(&report(false, &[Available; 3])), 1);
    assert_eq!(
        faults(&report(true, &[Available, Undecided, Unavailable])),
        2
    );
}

#[test]
fn withheld_needs_every_verdict_to_say_so() {
    use Verdict::{Available, Unavailable, Undecided};
    let faults = |report: &Report| Expectation::Unavailable.faults(report).len();
    assert_eq!(faults(&report(true, &[Unavailable; 3])), 0);
    assert_eq!(
        faults(&report(false, &[Unavailable; 3])),
        0,
        "reported as it is"
    );
    assert_eq!(
        faults(&report(true, &[Unavailable, Undecided, Available])),
        2
    );
}

#[test]
fn a_little_withheld_may_be_found_or_not() {
    use Verdict::{Available, Unavailable, Undecided};
    let faults = |report: &Report| Expectation::Judged.faults(report).len();
    assert_eq!(faults(&report(true, &[Unavailable, Available])), 0);
    assert_eq!(faults(&report(false, &[Available])), 1);
    assert_eq!(faults(&report(true, &[Undecided])), 1);
}

#[test]
fn the_report_is_one_flat_object_with_the_names_that_scripts_read() {
    let value = serde_json::to_value(report(true, &[Verdict::Available])).unwrap();
    let names: Vec<&str> = value
        .as_object()
        .unwrap()
        .keys()
        .map(String::as_str)
        .collect();
    for name in [
        "blob_id",
        "height",
        "rows",
        "submit_to_certificate_ms",
        "signed_weight",
        "total_weight",
        "post_node",
        "get_node",
        "round_trip",
        "light",
    ] {
        assert!(names.contains(&name), "{name}");
    }
    assert_eq!(value["light"][0]["verdict"], "available");
    assert_eq!(value["blob_id"], "07".repeat(32));
}
