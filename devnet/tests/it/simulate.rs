//! The simulation, through the program.

use serde_json::Value;
use std::process::{Command, Output};

fn simulate(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_devnet"))
        .args(["simulate", "sampling"])
        .args(arguments)
        .output()
        .unwrap()
}

#[test]
fn two_runs_say_the_same_to_programs_and_to_people() {
    let small = [
        "--full", "20", "--light", "500", "--rows", "8", "--seed", "4",
    ];
    for more in [&["--json"][..], &[]] {
        let arguments = [&small[..], more].concat();
        let (one, other) = (simulate(&arguments), simulate(&arguments));
        assert!(one.status.success());
        assert_eq!(one.stdout, other.stdout);
        assert!(!one.stdout.is_empty() && one.stderr.is_empty());
    }
    let report = simulate(&[&small[..], &["--json"]].concat()).stdout;
    let report: Value = serde_json::from_slice(&report).unwrap();
    assert_eq!(
        (&report["full"], &report["light"]),
        (&20.into(), &500.into())
    );
    assert_eq!(report["full_node"]["cells"]["mean"], 600.0);
    assert!(report["rebuild"]["random"]["median"].as_u64().unwrap() > 0);
    assert!(report["fooled"]["selective"]["observed"].as_u64().unwrap() > 0);
}

#[test]
fn bad_input_numbers_out_of_their_bounds_are_refused() {
    for arguments in [
        ["--full", "0"],
        ["--rows", "257"],
        ["--peers", "101"],
        ["--samples", "0"],
    ] {
        let output = simulate(&arguments);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        assert!(output.stdout.is_empty());
    }
}
