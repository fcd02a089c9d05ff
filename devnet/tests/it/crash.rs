//! kill -9, through the program.

use serde_json::Value;
use std::process::Command;

#[test]
fn what_was_acknowledged_survives_kills() {
    let output = Command::new(env!("CARGO_BIN_EXE_devnet"))
        .args(["crash", "--kills", "3", "--seed", "7", "--json"])
        .output()
        .unwrap();
    let people = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{people}");
    let report: Value = serde_json::from_slice(&output.stdout).expect("exactly one object");
    let number = |name: &str| report[name].as_u64().expect(name);
    assert_eq!(
        (number("kills"), number("lost"), number("forks")),
        (3, 0, 0)
    );
    assert_eq!(number("ordered_twice"), 0);
    assert_eq!(
        (number("double_signs"), number("unbacked_receipts")),
        (0, 0)
    );
    assert!(number("signed") > 0 && number("receipts") > 0);
    let by_step = report["kills_by_step"].as_object().expect("an object");
    assert_eq!(by_step.len(), 6);
    let kills: u64 = by_step.values().filter_map(Value::as_u64).sum();
    assert_eq!(kills, 3, "{by_step:?}");
    // At least the one that is posted after the last restart.
    assert!(number("acknowledged") >= 1 && number("final") >= 1 && number("heights") >= 1);
    assert!(number("posted") >= number("acknowledged"));
}
