//! The program, all the way.

use crate::network::Network;
use serde_json::Value;
use std::path::Path;
use std::process::{Command, Output};

fn rollup_kit(network: &Network, node: usize, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_rollup-kit"))
        .args(["--json", "--node", network.grpc(node), "--validators"])
        .arg(network.validators())
        .args(arguments)
        .output()
        .unwrap()
}

fn answer(output: &Output) -> Value {
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{stderr}");
    serde_json::from_slice(&output.stdout).expect("one JSON object")
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

#[test]
fn a_file_goes_in_through_one_node_and_out_through_another() {
    let network = Network::start();
    let scratch = tempfile::tempdir().unwrap();
    let (file, copy) = (scratch.path().join("batch"), scratch.path().join("copy"));
    let proof = scratch.path().join("proof");
    std::fs::write(&file, b"transactions ".repeat(1000)).unwrap();

    let submitted = answer(&rollup_kit(
        &network,
        0,
        &["submit", text(&file), "--namespace", "rollup"],
    ));
    assert_eq!(submitted["bytes"], 13_000);
    let id = submitted["blob_id"].as_str().unwrap();
    let certified = answer(&rollup_kit(
        &network,
        0,
        &["await", id, "--proof", text(&proof)],
    ));
    assert!(certified["signed_weight"].as_u64().unwrap() >= 3);
    assert!(certified["height"].as_u64().unwrap() >= 1);
    let encoded = std::fs::read(&proof).unwrap();
    assert!(chain::UnverifiedBlobProof::decode(&encoded).is_ok());

    let fetched = answer(&rollup_kit(&network, 1, &["fetch", id, "-o", text(&copy)]));
    assert_eq!(fetched["blob_id"], id);
    assert_eq!(std::fs::read(&copy).unwrap(), std::fs::read(&file).unwrap());

    let absent = scratch.path().join("absent");
    let unknown = "11".repeat(32);
    let refused = rollup_kit(&network, 1, &["fetch", &unknown, "-o", text(&absent)]);
    assert_eq!(refused.status.code(), Some(1));
    assert!(!absent.exists() && refused.stdout.is_empty());
}

#[test]
fn bad_input_set_files_are_refused() {
    let scratch = tempfile::tempdir().unwrap();
    let set = scratch.path().join("set.json");
    let zeros = "00".repeat(32);
    for text in [
        None,
        Some("{".to_owned()),
        Some(format!(r#"{{"chain_id":"{zeros}"}}"#)),
        Some(format!(r#"{{"chain_id":"{zeros}","validators":"xy"}}"#)),
        Some(format!(r#"{{"chain_id":"{zeros}","validators":"0000"}}"#)),
    ] {
        if let Some(text) = &text {
            std::fs::write(&set, text).unwrap();
        }
        let output = Command::new(env!("CARGO_BIN_EXE_rollup-kit"))
            .args(["await", &zeros, "--validators", self::text(&set)])
            .output()
            .unwrap();
        assert_eq!(output.status.code(), Some(1), "{text:?}");
        assert!(
            String::from_utf8_lossy(&output.stderr).contains("set.json"),
            "{text:?}"
        );
    }
}

/// A circuit with rules is known by its name, and this program has none.
#[test]
fn a_ceremony_of_rules_is_refused_without_them() {
    const RULED: &str = "batch-8-shop-5e0c1a2b";
    let scratch = tempfile::tempdir().unwrap();
    let folder = scratch.path().join("ceremony");
    std::fs::create_dir(&folder).unwrap();
    std::fs::write(folder.join(format!("{RULED}.phase2")), []).unwrap();
    let steps: [&[&str]; 7] = [
        &["begin", "--circuit", RULED],
        &["contribute"],
        &["verify"],
        &["verify", "--all"],
        &["finish"],
        &["verifier", "Verifier.sol"],
        &["development", "--circuit", RULED],
    ];
    for step in steps {
        let output = Command::new(env!("CARGO_BIN_EXE_rollup-kit"))
            .args(["--json", "setup", "--verified", "verified"])
            .args(step)
            .current_dir(scratch.path())
            .output()
            .unwrap();
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{step:?}: {stderr}");
        let expected = format!("the circuit is {RULED}; this program's rules make it batch-8");
        assert!(stderr.contains(&expected), "{step:?}: {stderr}");
    }
    assert!(!scratch.path().join("Verifier.sol").exists());
}
