//! A block that comes back once every full node has stopped.

use serde_json::Value;
use std::process::Command;

fn repair() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_devnet"));
    command.args(["repair", "--block-ms", "300", "--empty-ms", "1000"]);
    command
}

#[test]
fn light_nodes_alone_bring_a_block_back() {
    let output = repair()
        .args(["--json", "--validators", "1", "--rows", "2"])
        .args(["--light", "6", "--samples", "96"])
        .output()
        .unwrap();
    let people = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{people}");
    let report: Value = serde_json::from_slice(&output.stdout).expect("exactly one object");
    assert_eq!(report["full_nodes"], 0);
    assert_eq!(report["light_nodes"], 6);
    assert_eq!(report["identical"], true);
    assert!(report["ms"].as_u64().is_some());
    assert!(report["peers"].as_u64().unwrap() > 1, "{report}");
    assert!(
        report["columns_rebuilt"].as_u64().unwrap() >= 32,
        "{report}"
    );
    assert!(people.contains("every full node has stopped"), "{people}");
}

#[test]
fn bad_input_numbers_out_of_bounds_are_refused_before_anything_starts() {
    for (option, value) in [
        ("--rows", "0"),
        ("--rows", "129"),
        ("--light", "0"),
        ("--light", "65"),
        ("--samples", "0"),
        ("--samples", "1025"),
    ] {
        let output = repair().args(["--json", option, value]).output().unwrap();
        assert!(!output.status.success(), "{option} {value}");
        assert!(output.stdout.is_empty() && !output.stderr.is_empty());
    }
}
