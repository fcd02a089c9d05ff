//! The command that breaks networks, as far as it goes without breaking one.

use devnet::faults::Scenario;
use std::process::{Command, Output};

fn faults(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_devnet"));
    command.arg("faults").args(arguments);
    command
}

fn refused(output: &Output, code: i32, reason: &str) {
    let people = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(code), "{people}");
    assert!(people.contains(reason), "{people}");
    assert_eq!(output.stdout, b"");
}

#[test]
fn where_no_namespace_can_be_had_it_says_so() {
    // Without the program that makes them.
    let output = faults(&["--json"])
        .env("PATH", "/nowhere")
        .output()
        .unwrap();
    refused(&output, 1, "network namespaces: unshare: ");
}

#[test]
fn bad_input_scenarios_and_seconds() {
    let output = faults(&["--scenario", "delay,earthquake"])
        .output()
        .unwrap();
    refused(&output, 2, "earthquake");
    let known = Scenario::ALL.last().unwrap().name();
    refused(&output, 2, known);
    for seconds in ["0", "3601"] {
        let output = faults(&["--seconds", seconds]).output().unwrap();
        refused(&output, 2, "expected 1 to 3600");
    }
}
