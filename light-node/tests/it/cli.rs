//! The binary, as a process of its own.

use crate::fixture::grid;
use crate::network::{Chain, FullNode, Manner, full_nodes, shared};
use std::process::Output;
use tokio::process::Command;

async fn run(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_light-node"))
        .arg("start")
        .args(arguments)
        .kill_on_drop(true)
        .output()
        .await
        .unwrap()
}

/// Runs the binary until its first verdict.
async fn judge_once(nodes: &[FullNode], checkpoint: &str, more: &[&str]) -> Output {
    let addresses: Vec<String> = nodes.iter().map(|node| node.addr().to_string()).collect();
    let mut arguments = vec!["--checkpoint", checkpoint, "--once"];
    arguments.extend_from_slice(more);
    for address in &addresses {
        arguments.extend(["--bootstrap", address]);
    }
    run(&arguments).await
}

#[tokio::test]
async fn one_block_is_judged_and_reported() {
    let chain = shared(Chain::new());
    let header = chain.lock().unwrap().extend(Some(grid()));
    let nodes = full_nodes(&chain, &[Manner::Honest; 4]).await;
    let checkpoint = chain.lock().unwrap().checkpoint().to_string();

    let output = judge_once(&nodes, &checkpoint, &["--json", "--samples", "16"]).await;
    assert_eq!(output.status.code(), Some(0));
    let verdict: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(verdict["height"], 1);
    assert_eq!(verdict["hash"], header.hash().to_string());
    assert_eq!(verdict["verdict"], "available");
    assert_eq!(
        (&verdict["samples"], &verdict["verified"]),
        (&16.into(), &16.into())
    );

    let output = judge_once(&nodes, &checkpoint, &[]).await;
    let line = String::from_utf8(output.stdout).unwrap();
    assert!(line.starts_with("#1  2 rows  available  "), "{line}");
    assert_eq!(line.lines().count(), 1);
}

#[tokio::test]
async fn the_exit_code_tells_an_unavailable_block() {
    let chain = shared(Chain::new());
    chain.lock().unwrap().extend(Some(grid()));
    let nodes = full_nodes(&chain, &[Manner::Withholds; 2]).await;
    let checkpoint = chain.lock().unwrap().checkpoint().to_string();
    let output = judge_once(&nodes, &checkpoint, &["--samples", "64"]).await;
    assert_eq!(output.status.code(), Some(3));
}

#[tokio::test]
async fn an_undecided_block_is_sampled_as_often_as_was_asked_for() {
    let chain = shared(Chain::new());
    chain.lock().unwrap().extend(Some(grid()));
    let nodes = full_nodes(&chain, &[Manner::HeadersOnly]).await;
    let checkpoint = chain.lock().unwrap().checkpoint().to_string();
    let patience = ["--deadline-ms", "400", "--request-timeout-ms", "200"];
    for (attempts, lines) in [("1", 1), ("3", 3)] {
        let more = [&patience[..], &["--attempts", attempts]].concat();
        let output = judge_once(&nodes, &checkpoint, &more).await;
        let said = String::from_utf8(output.stdout).unwrap();
        assert_eq!(output.status.code(), Some(4), "{said}");
        assert_eq!(said.lines().count(), lines, "{said}");
    }
}

#[tokio::test]
async fn the_end_of_standard_input_ends_it_where_that_counts() {
    let checkpoint = format!("{}@0", "11".repeat(32));
    let address = ["--bootstrap", "/ip4/127.0.0.1/tcp/1"];
    let arguments = [
        &["--checkpoint", &checkpoint, "--until-stdin-ends"],
        &address[..],
    ]
    .concat();
    // A test's own standard input may be anything; a child's here is at its end.
    let ended = Command::new(env!("CARGO_BIN_EXE_light-node"))
        .arg("start")
        .args(arguments)
        .stdin(std::process::Stdio::null())
        .kill_on_drop(true)
        .status();
    let ended = tokio::time::timeout(std::time::Duration::from_secs(60), ended).await;
    assert_eq!(ended.expect("it ends").unwrap().code(), Some(0));
}

#[tokio::test]
async fn the_exit_code_tells_a_fork_of_a_former_run() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("fork.json"), "{}").unwrap();
    let checkpoint = format!("{}@0", "11".repeat(32));
    let output = run(&[
        "--checkpoint",
        &checkpoint,
        "--bootstrap",
        "/ip4/127.0.0.1/tcp/1",
        "--data-dir",
        folder.path().to_str().unwrap(),
    ])
    .await;
    assert_eq!(output.status.code(), Some(5));
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert!(stderr.contains("fork.json"), "{stderr}");
}

#[tokio::test]
async fn bad_input_arguments_that_do_not_hold_together() {
    let hash = "11".repeat(32);
    let (genesis, above) = (format!("{hash}@0"), format!("{hash}@5"));
    let address = ["--bootstrap", "/ip4/127.0.0.1/tcp/1"];
    let cases: [(&[&str], i32, &str); 9] = [
        (
            &["--checkpoint", &genesis, "--attempts", "0"],
            2,
            "--attempts",
        ),
        (
            &["--checkpoint", &genesis, "--deadline-ms", "99"],
            2,
            "--deadline-ms",
        ),
        (&["--checkpoint", &above], 1, "does not name its chain"),
        (
            &["--checkpoint", &genesis, "--confidence", "2"],
            1,
            "miss probability",
        ),
        (
            &["--checkpoint", &genesis, "--samples", "0"],
            1,
            "samples per block",
        ),
        (
            &["--checkpoint", &genesis, "--max-mb-per-day", "0"],
            1,
            "megabytes per day",
        ),
        (
            &["--checkpoint", &genesis, "--max-mb-per-day", "-5"],
            2,
            "unexpected argument",
        ),
        (&["--checkpoint", "nonsense"], 2, "HASH@HEIGHT"),
        (
            &[
                "--checkpoint",
                &genesis,
                "--samples",
                "9",
                "--confidence",
                "0.1",
            ],
            2,
            "cannot be used with",
        ),
    ];
    for (arguments, code, message) in cases {
        let output = run(&[arguments, &address[..]].concat()).await;
        let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(code), "{stderr}");
        assert!(stderr.contains(message), "{stderr}");
    }
}
