//! The client commands, as a process of their own.

use crate::fixture::Fixture;
use serde_json::Value;
use std::path::Path;
use std::process::Output;
use tokio::process::Command;

async fn run(endpoint: &str, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_da-node"))
        .args(arguments)
        .env("ASSAY_NODE", endpoint)
        .output()
        .await
        .unwrap()
}

/// Runs a command that has to succeed and reads its one object.
async fn object(endpoint: &str, arguments: &[&str]) -> Value {
    let arguments = [&["--json"], arguments].concat();
    let output = run(endpoint, &arguments).await;
    assert!(output.status.success(), "{arguments:?}: {output:?}");
    serde_json::from_slice(&output.stdout).unwrap()
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_goes_in_comes_back_and_is_proven_offline() {
    let fixture = Fixture::start().await;
    let endpoint = fixture.endpoint();
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    let (file, copy, proof, set) = (path("x"), path("copy"), path("proof"), path("set"));
    let bytes: Vec<u8> = (0..150_000_u32)
        .map(|i| (i.wrapping_mul(i) >> 5) as u8)
        .collect();
    std::fs::write(&file, &bytes).unwrap();

    let put = object(
        &endpoint,
        &["put", text(&file), "--namespace", "cli", "--wait", "final"],
    )
    .await;
    let again = object(&endpoint, &["put", text(&file), "--namespace", "cli"]).await;
    assert_eq!(put["blob_id"], again["blob_id"]);
    assert_eq!((&put["state"], &put["rows"]), (&"final".into(), &2.into()));
    assert_eq!(again["state"], "certified");
    let id = put["blob_id"].as_str().unwrap();
    let height = put["height"].to_string();

    object(&endpoint, &["get", id, "-o", text(&copy)]).await;
    assert_eq!(std::fs::read(&copy).unwrap(), bytes);
    let at = [
        "get",
        "--height",
        &height,
        "--namespace",
        "cli",
        "-o",
        text(&copy),
    ];
    assert_eq!(object(&endpoint, &at).await["blob_id"], id);
    let stdout = run(&endpoint, &["get", id]).await;
    assert_eq!(stdout.stdout, bytes);
    assert_eq!(object(&endpoint, &["status", id]).await["state"], "final");
    assert_eq!(
        object(&endpoint, &["headers"]).await["height"].to_string(),
        height
    );
    assert_eq!(
        object(&endpoint, &["headers", "--from", &height]).await["rows"],
        2
    );
    let limits = object(&endpoint, &["limits"]).await;
    assert_eq!(limits["max_payload_bytes"], 16 << 20);
    object(&endpoint, &["proof", id, "-o", text(&proof)]).await;
    object(&endpoint, &["set", "-o", text(&set)]).await;
    fixture.stop().await;

    // The node is gone; the proof is not.
    let verify = [
        "verify",
        text(&proof),
        "--validators",
        text(&set),
        "--file",
        text(&file),
    ];
    let verified = object("http://127.0.0.1:1", &verify).await;
    assert_eq!(
        (&verified["verified"], &verified["blob_id"]),
        (&true.into(), &id.into())
    );

    let good = std::fs::read(&proof).unwrap();
    for place in [0, 2, good.len() / 3, good.len() / 2, good.len() - 1] {
        let mut flipped = good.clone();
        flipped[place] ^= 1;
        std::fs::write(&proof, &flipped).unwrap();
        let output = run("", &verify).await;
        assert_eq!(output.status.code(), Some(1), "byte {place}: {output:?}");
    }
    std::fs::write(&proof, &good).unwrap();
    let mut flipped = bytes.clone();
    flipped[70_000] ^= 1;
    std::fs::write(&file, &flipped).unwrap();
    assert_eq!(run("", &verify).await.status.code(), Some(1));
    flipped.pop();
    std::fs::write(&file, &flipped).unwrap();
    assert_eq!(run("", &verify).await.status.code(), Some(1));
}

#[tokio::test(flavor = "multi_thread")]
async fn failures_have_their_exit_codes_and_reasons() {
    let fixture = Fixture::start().await;
    let endpoint = fixture.endpoint();
    assert_eq!(run(&endpoint, &["put"]).await.status.code(), Some(2));
    assert_eq!(
        run(&endpoint, &["get", "no-id"]).await.status.code(),
        Some(2)
    );
    assert_eq!(run(&endpoint, &["get"]).await.status.code(), Some(2));

    let unknown = "11".repeat(32);
    let output = run(&endpoint, &["--json", "status", &unknown]).await;
    assert_eq!(output.status.code(), Some(1));
    let failure: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(failure["reason"], "ERROR_REASON_UNKNOWN");

    let folder = tempfile::tempdir().unwrap();
    let empty = folder.path().join("empty");
    std::fs::write(&empty, b"").unwrap();
    assert_eq!(
        run(&endpoint, &["put", text(&empty)]).await.status.code(),
        Some(1)
    );
    let large = folder.path().join("large");
    std::fs::write(&large, vec![0; (16 << 20) + 1]).unwrap();
    assert_eq!(
        run(&endpoint, &["put", text(&large)]).await.status.code(),
        Some(1)
    );
    assert_eq!(
        run(&endpoint, &["put", "/nowhere/x"]).await.status.code(),
        Some(1)
    );
    fixture.stop().await;
}
