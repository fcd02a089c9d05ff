//! What is withheld, and how often light nodes notice, through the program.

use serde_json::Value;
use std::process::{Command, Output};

fn experiment(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_devnet"))
        .arg("experiment")
        .args(arguments)
        .output()
        .unwrap()
}

fn report(arguments: &[&str]) -> Value {
    let output = experiment(arguments);
    let people = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{people}");
    let lines = String::from_utf8(output.stdout).unwrap();
    assert_eq!(lines.lines().count(), 1, "{lines}");
    serde_json::from_str(&lines).unwrap()
}

#[test]
fn alarms_are_as_frequent_as_predicted_and_one_cell_decides_on_recovery() {
    let common = [
        "--rows",
        "2",
        "--light",
        "50",
        "--seed",
        "1",
        "--json",
        "--samples",
        "2,8",
    ];
    for (shape, withheld, recoverable) in [
        ("rectangle", 195, false),
        ("rectangle-minus-one", 194, true),
    ] {
        let report = report(&[&["--shape", shape], &common[..]].concat());
        assert_eq!(report["shape"], shape);
        assert_eq!(report["withheld"], withheld);
        assert_eq!(report["recoverable"], recoverable);
        assert_eq!(report["light"], 50);
        let results = report["results"].as_array().unwrap();
        assert_eq!(results.len(), 2);
        for (result, samples) in results.iter().zip([2, 8]) {
            assert_eq!(result["samples"], samples);
            let number = |name: &str| result[name].as_f64().unwrap();
            assert!((number("low")..=number("high")).contains(&number("observed")));
            // As the formula: 1 − C(512 − W, s) / C(512, s).
            let left = 512.0 - f64::from(withheld);
            let miss: f64 = (0..samples)
                .map(|i| (left - f64::from(i)) / (512.0 - f64::from(i)))
                .product();
            assert!((number("predicted") - (1.0 - miss)).abs() < 1e-12);
            // Some of fifty, and at two samples not all.
            assert!(number("observed") > 0.0 && (samples > 2 || number("observed") < 1.0));
        }
    }
}

#[test]
fn the_same_seed_gives_the_same_plans_and_so_the_same_alarms() {
    let arguments = [
        "--shape",
        "column",
        "--rows",
        "1",
        "--light",
        "50",
        "--seed",
        "9",
        "--samples",
        "16",
        "--json",
    ];
    assert_eq!(report(&arguments), report(&arguments));
}

#[test]
fn bad_input_what_cannot_be_measured_is_refused() {
    for arguments in [
        &["--shape", "circle"][..],
        &["--shape", "row", "--rows", "0"],
        &["--shape", "row", "--rows", "129"],
        &["--shape", "row", "--light", "0"],
        &["--shape", "row", "--samples", "0"],
        &["--shape", "row", "--samples", "2000"],
        &["--shape", "row", "--samples", "eight"],
    ] {
        let output = experiment(arguments);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        assert!(output.stdout.is_empty());
    }
}
