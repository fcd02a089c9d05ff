#![allow(clippy::cast_sign_loss, clippy::cast_possible_truncation)]

use super::{Alarms, ExperimentReport, Shape};

fn report(shape: Shape, recoverable: bool, alarms: u32) -> ExperimentReport {
    ExperimentReport {
        shape,
        rows: 4,
        withheld: 325,
        recoverable,
        light: 1_000,
        seed: 1,
        results: vec![Alarms::new(1_024, 325, 8, 1_000, alarms)],
    }
}

#[test]
fn rates_within_their_bounds_hold_and_others_are_told() {
    let alarms = Alarms::new(1_024, 325, 8, 1_000, 0);
    // 1 − 699·698·…·692 / (1024·1023·…·1017)
    assert!((alarms.predicted - 0.953_4).abs() < 1e-3, "{alarms:?}");
    let expected = (alarms.predicted * 1_000.0).round() as u32;
    let fine = report(Shape::Rectangle, false, expected);
    assert_eq!(fine.faults(), Vec::<String>::new());
    for alarms in [900, 990] {
        assert_eq!(report(Shape::Rectangle, false, alarms).faults().len(), 1);
    }
}

#[test]
fn recoverability_that_is_not_as_theory_has_it_is_told() {
    for (shape, recoverable) in [
        (Shape::Rectangle, true),
        (Shape::RectangleMinusOne, false),
        (Shape::Random, false),
        (Shape::Row, false),
        (Shape::Column, false),
    ] {
        let faults = report(shape, recoverable, 953).faults();
        assert_eq!(faults.len(), 1, "{shape:?}: {faults:?}");
    }
}

#[test]
fn a_whole_grid_is_sampled_where_more_was_asked_for() {
    let alarms = Alarms::new(256, 130, 1_000, 10, 10);
    assert_eq!(alarms.samples, 256);
    assert_eq!((alarms.predicted, alarms.low, alarms.high), (1.0, 1.0, 1.0));
}

#[test]
fn the_report_is_one_line_with_the_names_that_were_agreed() {
    let line = serde_json::to_value(report(Shape::RectangleMinusOne, true, 953)).ok();
    let line = line.as_ref().and_then(serde_json::Value::as_object);
    let names: Vec<&String> = line.into_iter().flat_map(|line| line.keys()).collect();
    for name in [
        "shape",
        "rows",
        "withheld",
        "recoverable",
        "light",
        "seed",
        "results",
    ] {
        assert!(names.iter().any(|has| *has == name), "{name}: {names:?}");
    }
    assert_eq!(
        line.and_then(|l| l["shape"].as_str()),
        Some("rectangle-minus-one")
    );
    let result = line.and_then(|l| l["results"][0].as_object());
    let names: Vec<&String> = result.into_iter().flat_map(|r| r.keys()).collect();
    assert_eq!(names.len(), 5, "{names:?}");
}
