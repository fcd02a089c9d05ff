//! Peers that go and come back, a node that sleeps, a clock that is off.

use crate::fixture::grid;
use crate::network::{Chain, FullNode, Manner, config, full_nodes, light_node, now, shared};
use crate::wait::{next, patiently, until};
use chain::Checkpoint;
use light_node::core::Verdict;
use light_node::{LightNode, Trouble};
use std::process::Stdio;
use std::time::Duration;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};
use types::{HeaderHash, Height, Timestamp};

const YEAR_MS: u64 = 365 * 24 * 3_600_000;

#[tokio::test]
async fn connections_that_die_are_made_again() {
    let chain = shared(Chain::new());
    let mut nodes = full_nodes(&chain, &[Manner::Honest]).await;
    let mut config = config(&chain, &nodes);
    config.deadline = Duration::from_millis(500);
    let light = light_node(config).await;
    let mut verdicts = light.verdicts();
    chain.lock().unwrap().extend(Some(grid()));
    assert_eq!(next(&mut verdicts).await.verdict, Verdict::Available);

    let node = nodes.remove(0);
    let (identity, addr) = (node.identity(), node.addr());
    node.stop().await;
    until(|| light.status().peers == 0).await;
    let verdict = light.sample(Height::FIRST).await.unwrap();
    assert_eq!(verdict.verdict, Verdict::Undecided);
    assert_eq!(verdict.reason, "no peer to ask");
    chain.lock().unwrap().extend(Some(grid()));

    let _node = FullNode::restart(identity, &addr, &chain, Manner::Honest).await;
    let verdict = next(&mut verdicts).await;
    assert_eq!(verdict.height, Height::new(2));
    assert_eq!(verdict.verdict, Verdict::Available);
}

/// A light node as a process of its own, and its standard output.
fn process(
    arguments: &[String],
) -> (
    Child,
    tokio::io::Lines<BufReader<tokio::process::ChildStdout>>,
) {
    let mut child = Command::new(env!("CARGO_BIN_EXE_light-node"))
        .arg("start")
        .args(arguments)
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    (child, lines)
}

async fn line(
    lines: &mut tokio::io::Lines<BufReader<tokio::process::ChildStdout>>,
) -> serde_json::Value {
    let line = patiently(lines.next_line()).await.unwrap().expect("a line");
    serde_json::from_str(&line).unwrap()
}

#[cfg(unix)]
async fn signal(child: &Child, name: &str) {
    let id = child.id().unwrap().to_string();
    let sent = Command::new("kill").args([name, &id]).status().await;
    assert!(sent.unwrap().success());
}

#[cfg(unix)]
#[tokio::test]
async fn a_node_that_slept_wakes_up_and_makes_up_for_it() {
    let chain = shared(Chain::new());
    let nodes = full_nodes(&chain, &[Manner::Honest; 2]).await;
    let checkpoint = chain.lock().unwrap().checkpoint().to_string();
    let mut arguments = vec!["--json".to_owned(), "--checkpoint".to_owned(), checkpoint];
    for node in &nodes {
        arguments.extend(["--bootstrap".to_owned(), node.addr().to_string()]);
    }
    let (child, mut lines) = process(&arguments);
    chain.lock().unwrap().extend(Some(grid()));
    assert_eq!(line(&mut lines).await["verdict"], "available");
    signal(&child, "-STOP").await;
    for _ in 0..3 {
        chain.lock().unwrap().extend(Some(grid()));
    }
    // Longer than a request may take, so that what was under way has timed out.
    tokio::time::sleep(Duration::from_secs(2)).await;
    signal(&child, "-CONT").await;
    let mut heights = Vec::new();
    for _ in 0..3 {
        let verdict = line(&mut lines).await;
        assert_eq!(verdict["verdict"], "available");
        heights.push(verdict["height"].as_u64().unwrap());
    }
    heights.sort_unstable();
    assert_eq!(heights, [2, 3, 4]);
}

#[tokio::test]
async fn a_node_that_is_killed_remembers() {
    let chain = shared(Chain::new());
    let nodes = full_nodes(&chain, &[Manner::Honest; 2]).await;
    let folder = tempfile::tempdir().unwrap();
    let checkpoint = chain.lock().unwrap().checkpoint().to_string();
    let mut arguments = vec![
        "--json".to_owned(),
        "--checkpoint".to_owned(),
        checkpoint,
        "--data-dir".to_owned(),
        folder.path().to_str().unwrap().to_owned(),
    ];
    for node in &nodes {
        arguments.extend(["--bootstrap".to_owned(), node.addr().to_string()]);
    }
    let (mut child, mut lines) = process(&arguments);
    for _ in 0..3 {
        chain.lock().unwrap().extend(Some(grid()));
        assert_eq!(line(&mut lines).await["verdict"], "available");
    }
    // No farewell: on Unix this is kill -9.
    child.kill().await.unwrap();
    let mut config = config(&chain, &nodes);
    config.data_dir = Some(folder.path().to_owned());
    let light = light_node(config).await;
    let past = light.history(99).unwrap();
    let heights: Vec<u64> = past.iter().map(|verdict| verdict.height.get()).collect();
    assert_eq!(heights, [1, 2, 3]);
    let bytes: u64 = past.iter().map(|v| u64::from(v.bytes_received)).sum();
    assert!(light.status().today.received >= bytes);
}

#[tokio::test]
async fn bad_input_a_clock_that_is_a_year_slow() {
    let ahead = Timestamp::new(now().get() + YEAR_MS);
    let chain = shared(Chain::begun_at(ahead));
    chain.lock().unwrap().extend(Some(grid()));
    let nodes = full_nodes(&chain, &[Manner::Honest; 2]).await;
    let light = light_node(config(&chain, &nodes)).await;
    let mut verdicts = light.verdicts();
    until(|| light.status().trouble.is_some()).await;
    let status = light.status();
    let Some(Trouble::ClockBehind { header, now }) = status.trouble else {
        panic!("{:?}", status.trouble);
    };
    assert!(header.get() > now.get() + YEAR_MS - 3_600_000);
    assert!(status.tip.is_none() && status.stopped.is_none());
    assert!(verdicts.try_recv().is_err());
    assert_eq!(status.peers, 2, "nobody is banned for it");
}

#[tokio::test]
async fn bad_input_a_clock_that_is_a_year_fast() {
    let behind = Timestamp::new(now().get() - YEAR_MS);
    let chain = shared(Chain::begun_at(behind));
    chain.lock().unwrap().extend(Some(grid()));
    let nodes = full_nodes(&chain, &[Manner::Honest; 2]).await;
    let light = LightNode::start(config(&chain, &nodes)).await.unwrap();
    let mut verdicts = light.verdicts();
    patiently(light.stopped()).await;
    let reason = light.status().stopped.unwrap();
    assert!(reason.contains("trust"), "{reason}");
    assert!(light.status().fork.is_none());
    assert!(verdicts.try_recv().is_err());
}

#[tokio::test]
async fn bad_input_a_wrong_checkpoint_is_told() {
    let chain = shared(Chain::new());
    let first = chain.lock().unwrap().extend(Some(grid()));
    let nodes = full_nodes(&chain, &[Manner::Honest]).await;
    let mut config = config(&chain, &nodes);
    config.chain = Some(first.header().chain_id);
    config.checkpoint = Checkpoint {
        height: Height::FIRST,
        hash: HeaderHash::new([3; 32]),
    };
    let light = LightNode::start(config).await.unwrap();
    until(|| light.status().trouble.is_some()).await;
    let trouble = light.status().trouble.unwrap();
    let Trouble::Checkpoint { reason } = &trouble else {
        panic!("{trouble}");
    };
    assert!(reason.contains(&first.hash().to_string()), "{reason}");
    assert!(light.status().tip.is_none());
}
