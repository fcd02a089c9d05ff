//! The figures, and the shape of the JSON.

use benches::report::{LeftOut, Report};
use serde_json::{Value, json};

use crate::fixtures::{measurement, report};

fn parsed(report: &Report) -> Value {
    serde_json::from_str(&report.json().unwrap()).unwrap()
}

#[test]
fn the_shape() {
    let value = parsed(&report());
    assert_eq!(value["cpu"], "A <processor> & \"more\"");
    assert_eq!(value["threads"], 2);
    assert_eq!(value["quick"], false);
    let rows = value["rows"].as_array().unwrap();
    assert_eq!(rows.len(), 5);
    for row in rows {
        assert!(row["op"].is_string() && row["engine"].is_string());
        for number in ["min_ms", "median_ms", "mib_s", "table_mib", "samples"] {
            assert!(row[number].is_number(), "{number} of {row}");
        }
    }
    assert_eq!(
        rows[1],
        json!({
            "op": "prove", "engine": "ifma", "ours": true,
            "min_ms": 16.0, "median_ms": 18.0, "mib_s": 62.5,
            "rival": "c-kzg", "ratio": 10.0, "table_mib": 96.0,
            "unit": "row", "units_per_call": 8, "samples": 2,
        })
    );
    assert_eq!(value["left_out"][0]["engine"], "reed-solomon-erasure");
}

#[test]
fn the_best_rival_is_the_one_with_the_smallest_minimum() {
    // rust_eth_kzg's median is the better one.
    let report = report();
    assert_eq!(report.rows[0].rival, Some("c-kzg"));
    assert_eq!(report.rows[0].ratio, Some(2.0));
}

#[test]
fn rivals_have_no_rival() {
    let value = parsed(&report());
    for row in [&value["rows"][2], &value["rows"][3]] {
        assert!(row["rival"].is_null() && row["ratio"].is_null(), "{row}");
    }
}

#[test]
fn without_rivals_there_is_no_ratio() {
    // Those of another operation do not count.
    let value = parsed(&report());
    let row = &value["rows"][4];
    assert_eq!(row["op"], "encode");
    assert!(row["rival"].is_null() && row["ratio"].is_null(), "{row}");
}

#[test]
fn a_slower_engine_has_a_ratio_below_one() {
    let rows = [
        measurement("verify", "scalar", true, &[40]),
        measurement("verify", "c-kzg", false, &[10]),
    ];
    let report = Report::new(String::new(), 1, true, &rows, Vec::new());
    assert_eq!(report.rows[0].ratio, Some(0.25));
}

#[test]
fn what_was_not_timed_is_not_reported() {
    let rows = [
        measurement("verify", "scalar", true, &[40]),
        measurement("verify", "c-kzg", false, &[]),
    ];
    let report = Report::new(String::new(), 1, true, &rows, Vec::new());
    assert_eq!(report.rows.len(), 1);
    assert_eq!(report.rows[0].rival, None);
}

#[test]
fn no_tables_are_null() {
    let mut row = measurement("encode", "ifma", true, &[1]);
    row.table_bytes = None;
    let report = Report::new(String::new(), 1, true, &[row], Vec::new());
    assert!(parsed(&report)["rows"][0]["table_mib"].is_null());
}

#[test]
fn the_table_has_every_row() {
    let table = report().table();
    for words in [
        "scalar",
        "10.00 × c-kzg",
        "160.000",
        "62.50",
        "encode",
        "reed-solomon-erasure is left out: got 512 shards, expected 1 to 256",
    ] {
        assert!(table.contains(words), "{words} in\n{table}");
    }
    assert!(table.lines().all(|line| line == line.trim_end()));
}

#[test]
fn nothing_measured_is_a_report_too() {
    let left_out = vec![LeftOut {
        engine: "ifma",
        reason: "absent".to_owned(),
    }];
    let report = Report::new(String::new(), 1, false, &[], left_out);
    assert_eq!(parsed(&report)["rows"], json!([]));
    assert!(report.table().contains("ifma is left out: absent"));
}
