//! kill -9, through the program.

use serde_json::Value;
use std::process::Command;

#[test]
fn what_was_acknowledged_survives_a_kill() {
    let output = Command::new(env!("CARGO_BIN_EXE_devnet"))
        .args(["crash", "--kills", "1", "--seed", "7", "--json"])
        .output()
        .unwrap();
    let people = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{people}");
    let report: Value = serde_json::from_slice(&output.stdout).expect("exactly one object");
    let number = |name: &str| report[name].as_u64().expect(name);
    assert_eq!(
        (number("kills"), number("lost"), number("forks")),
        (1, 0, 0)
    );
    assert_eq!(number("ordered_twice"), 0);
    // At least the one that is posted after the last restart.
    assert!(number("acknowledged") >= 1 && number("final") >= 1 && number("heights") >= 1);
    assert!(number("posted") >= number("acknowledged"));
}
