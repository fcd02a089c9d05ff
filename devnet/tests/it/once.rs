//! The program, once through.

use serde_json::Value;
use std::process::Command;

fn devnet() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_devnet"));
    command.args(["up", "--once", "--block-ms", "300", "--empty-ms", "1000"]);
    command
}

#[test]
fn the_report_is_one_object_and_people_read_the_other_stream() {
    let scratch = tempfile::tempdir().unwrap();
    let (file, folder) = (scratch.path().join("file"), scratch.path().join("net"));
    std::fs::write(&file, b"posted by a test").unwrap();
    let output = devnet()
        .args(["--json", "--light", "1", "--post"])
        .arg(&file)
        .arg("--data-dir")
        .arg(&folder)
        .output()
        .unwrap();
    let people = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{people}");
    let report: Value = serde_json::from_slice(&output.stdout).expect("exactly one object");
    assert_eq!(report["rows"], 1);
    assert_eq!(report["round_trip"], true);
    assert_eq!(report["light"][0]["verdict"], "available");
    assert_ne!(report["post_node"], report["get_node"]);
    for word in [
        "Assay devnet",
        "certified",
        "ordered",
        "sampled",
        "fetched",
        "validators.json",
    ] {
        assert!(people.contains(word), "{word}: {people}");
    }
    assert!(!people.contains('\x1b'), "no colours in a pipe");
    for kept in ["genesis.json", "validators.json", "endpoints.json"] {
        let text = std::fs::read(folder.join(kept)).unwrap();
        assert!(serde_json::from_slice::<Value>(&text).is_ok(), "{kept}");
    }
}

#[test]
fn bad_input_files_and_networks_are_refused_before_anything_starts() {
    let scratch = tempfile::tempdir().unwrap();
    let (empty, absent) = (scratch.path().join("empty"), scratch.path().join("absent"));
    std::fs::write(&empty, b"").unwrap();
    for (file, code) in [(&empty, 1), (&absent, 1)] {
        let output = devnet().arg("--post").arg(file).output().unwrap();
        assert_eq!(output.status.code(), Some(code));
        assert!(output.stdout.is_empty() && !output.stderr.is_empty());
    }
    let output = devnet().args(["--validators", "0"]).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
}
