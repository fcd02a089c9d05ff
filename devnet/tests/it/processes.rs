//! Networks whose every node is a process of its own.

use crate::network::{bytes, config, patiently, post};
use devnet::{DevnetConfig, Error, Expectation, Network, Processes, Programs, round};
use futures::StreamExt;
use light_node::core::Verdict;
use serde_json::Value;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// How long children may take to be gone.
const GONE: Duration = Duration::from_secs(60);

fn programs() -> Programs {
    Programs::beside(Path::new(env!("CARGO_BIN_EXE_devnet"))).unwrap()
}

async fn start(config: DevnetConfig) -> Processes {
    let programs = programs();
    let starting = Processes::start(config, &programs);
    patiently(Box::pin(starting)).await.unwrap()
}

/// Whether a process runs: a dead one that nobody has waited for does not.
fn runs(pid: u32) -> bool {
    std::fs::read_to_string(format!("/proc/{pid}/stat"))
        .is_ok_and(|stat| !stat.rsplit(") ").next().unwrap_or("").starts_with('Z'))
}

fn wait_until_gone(pids: &[u32]) {
    let started = Instant::now();
    while pids.iter().any(|pid| runs(*pid)) {
        assert!(started.elapsed() < GONE, "still there: {pids:?}");
        std::thread::sleep(Duration::from_millis(50));
    }
}

#[test]
fn once_through_with_the_real_programs() {
    let scratch = tempfile::tempdir().unwrap();
    let folder = scratch.path().join("net");
    let output = Command::new(env!("CARGO_BIN_EXE_devnet"))
        .args(["up", "--processes", "--once", "--json", "--light", "2"])
        .args(["--block-ms", "300", "--empty-ms", "1000", "--data-dir"])
        .arg(&folder)
        .output()
        .unwrap();
    let people = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{people}");
    let report: Value = serde_json::from_slice(&output.stdout).expect("exactly one object");
    assert_eq!(
        (&report["round_trip"], &report["rows"]),
        (&true.into(), &6.into())
    );
    assert_eq!(report["light"].as_array().map(Vec::len), Some(2));
    for light in report["light"].as_array().unwrap() {
        assert_eq!(light["verdict"], "available");
    }
    for node in 0..4 {
        let log = std::fs::read_to_string(folder.join(format!("node-{node}/log"))).unwrap();
        assert!(
            log.contains("started") && log.contains("final block"),
            "{log}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_full_nodes_withhold_light_nodes_miss() {
    let withhold = Some(0.6);
    let network = start(DevnetConfig {
        validators: 2,
        withhold,
        ..config(1)
    })
    .await;
    let report = patiently(round(&network, &post(bytes(8)), |_, _| {}))
        .await
        .unwrap();
    assert_eq!(
        Expectation::of(withhold).faults(&report),
        Vec::<String>::new()
    );
    assert_eq!(report.light[0].verdict, Verdict::Unavailable);
    patiently(network.stop()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_child_that_dies_is_told_with_its_last_words_and_all_end() {
    let network = start(config(1)).await;
    let report = patiently(round(&network, &post(bytes(9)), |_, _| {}))
        .await
        .unwrap();
    let first = patiently(network.blocks(report.height).next()).await;
    let next = report.height.next().unwrap();
    assert_eq!(first.unwrap().unwrap().header.height, next);

    let pids = network.pids();
    assert_eq!(pids.len(), 5);
    let kill = format!("kill -KILL {}", pids[2]);
    assert!(
        Command::new("sh")
            .args(["-c", &kill])
            .status()
            .unwrap()
            .success()
    );
    let error = patiently(network.failed()).await;
    let Error::Child { name, reason, log } = &error else {
        panic!("{error}");
    };
    assert_eq!(name, "node 2");
    assert!(reason.contains("signal: 9"), "{reason}");
    assert!(log.contains("final block"), "{log}");
    // A round does not wait for what cannot come.
    let failed = patiently(round(&network, &post(bytes(10)), |_, _| {})).await;
    assert!(matches!(failed, Err(Error::Child { .. })), "{failed:?}");
    patiently(network.stop()).await;
    wait_until_gone(&pids);
}

#[test]
fn children_end_when_their_parent_is_killed() {
    let scratch = tempfile::tempdir().unwrap();
    let folder = scratch.path().join("net");
    let mut parent = Command::new(env!("CARGO_BIN_EXE_devnet"))
        .args(["up", "--processes", "--validators", "2", "--light", "1"])
        .args(["--block-ms", "300", "--empty-ms", "1000", "--data-dir"])
        .arg(&folder)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let started = Instant::now();
    let children = loop {
        let children = children_of(parent.id());
        // The light node is started once both validators run.
        if children.len() == 3 {
            break children;
        }
        assert!(started.elapsed() < GONE, "the network does not start");
        assert!(parent.try_wait().unwrap().is_none(), "it ended");
        std::thread::sleep(Duration::from_millis(50));
    };
    // SIGKILL: it has no time to tell anybody.
    parent.kill().unwrap();
    parent.wait().unwrap();
    wait_until_gone(&children);
}

fn children_of(parent: u32) -> Vec<u32> {
    let entries = std::fs::read_dir("/proc").unwrap().flatten();
    entries
        .filter_map(|entry| {
            let pid = entry.file_name().to_str()?.parse().ok()?;
            let stat = std::fs::read_to_string(entry.path().join("stat")).ok()?;
            let fields = stat.rsplit(") ").next()?;
            (fields.split(' ').nth(1)? == parent.to_string()).then_some(pid)
        })
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn bad_input_programs_that_are_not_there() {
    let scratch = tempfile::tempdir().unwrap();
    let error = Programs::beside(&scratch.path().join("devnet")).unwrap_err();
    assert!(
        matches!(&error, Error::File { path, .. } if path.ends_with("da-node")),
        "{error}"
    );
}
