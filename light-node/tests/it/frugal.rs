//! What a block takes, and what happens when the day's budget does not reach.

use crate::fixture::grid;
use crate::network::{Chain, FullNode, Manner, config, full_nodes, light_node, shared};
use crate::wait::{next, until};
use light_node::core::{DailyBudget, Verdict, sampling_cost};
use std::time::{Duration, Instant};
use types::{GridDimensions, Height};

fn asked(nodes: &[FullNode], name: &str) -> usize {
    nodes.iter().map(|node| node.asked(name)).sum()
}

#[tokio::test]
async fn a_block_takes_its_commitments_and_its_samples_once() {
    let chain = shared(Chain::new());
    let nodes = full_nodes(&chain, &[Manner::Honest; 4]).await;
    let light = light_node(config(&chain, &nodes)).await;
    let mut verdicts = light.verdicts();
    chain.lock().unwrap().extend(Some(grid()));
    let verdict = next(&mut verdicts).await;
    assert_eq!(verdict.verdict, Verdict::Available);
    assert_eq!(asked(&nodes, "commitments"), 1);
    // One burst: each peer is asked once.
    assert_eq!(asked(&nodes, "samples"), 4);
    let samples = verdict.figures.samples as u32;
    let cost = sampling_cost(grid().dimensions(), samples);
    // A header may come in between.
    let most = cost + 2048;
    assert!(verdict.bytes_received <= most, "{verdict}: at most {most}");
    assert!(verdict.bytes_received >= cost - u64::from(samples) * 32);
    // By the same measure the largest block stays within 64 KiB at 1 in 1,000.
    assert!(sampling_cost(GridDimensions::new(256).unwrap(), 24) + 2048 <= 64 << 10);
}

#[tokio::test]
async fn an_idle_node_asks_less_and_less_often() {
    let chain = shared(Chain::new());
    let nodes = full_nodes(&chain, &[Manner::Honest]).await;
    let light = light_node(config(&chain, &nodes)).await;
    let mut verdicts = light.verdicts();
    chain.lock().unwrap().extend(None);
    next(&mut verdicts).await;
    let (before, begun) = (asked(&nodes, "latest header"), Instant::now());
    tokio::time::sleep(Duration::from_secs(3)).await;
    // At 100, 300, 700, 1500, 2300 ms, then each 800 ms; every 100 ms it would be 30.
    let polls = asked(&nodes, "latest header") - before;
    let most = 5 + begun.elapsed().as_millis() / 800;
    assert!((1..=most).contains(&(polls as u128)), "{polls}");
}

#[tokio::test]
async fn over_the_budget_headers_go_on_and_blocks_are_undecided() {
    let chain = shared(Chain::new());
    let nodes = full_nodes(&chain, &[Manner::Honest; 2]).await;
    let folder = tempfile::tempdir().unwrap();
    // All is spent but a byte, on a day that a fast clock named.
    std::fs::write(folder.path().join("spent"), "4000000 999000 999\n").unwrap();
    let mut config = config(&chain, &nodes);
    config.budget = Some(DailyBudget::megabytes(1).unwrap());
    config.data_dir = Some(folder.path().to_owned());
    let light = light_node(config.clone()).await;
    let mut verdicts = light.verdicts();
    for height in 1..=3 {
        let header = chain.lock().unwrap().extend(Some(grid()));
        let verdict = next(&mut verdicts).await;
        assert_eq!(verdict.height, Height::new(height));
        assert_eq!(verdict.verdict, Verdict::Undecided);
        assert!(verdict.reason.contains("budget"), "{verdict}");
        assert_eq!((verdict.figures.asked, verdict.bytes_received), (0, 0));
        assert!((verdict.miss_probability - 1.0).abs() < f64::EPSILON);
        assert_eq!(light.status().tip.unwrap().1, header.hash());
    }
    assert_eq!(
        (asked(&nodes, "commitments"), asked(&nodes, "samples")),
        (0, 0)
    );

    // Whoever asks for a block gets it.
    let verdict = light.sample(Height::new(3)).await.unwrap();
    assert_eq!(verdict.verdict, Verdict::Available);
    let today = light.status().today;
    assert_eq!(today.budget, Some(1_000_000));
    assert!(today.received > 999_000 + verdict.bytes_received);
    assert!(today.sent > 999);
    light.shutdown().await;
    drop(light);

    // What was spent is spent.
    let light = light_node(config).await;
    assert!(light.status().today.received >= today.received);
    chain.lock().unwrap().extend(Some(grid()));
    let verdict = next(&mut light.verdicts()).await;
    assert_eq!(verdict.verdict, Verdict::Undecided);
}

#[tokio::test]
async fn a_block_without_rows_is_judged_on_any_budget() {
    let chain = shared(Chain::new());
    let nodes = full_nodes(&chain, &[Manner::Honest]).await;
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("spent"), "4000000 2000000 0\n").unwrap();
    let mut config = config(&chain, &nodes);
    config.budget = Some(DailyBudget::megabytes(1).unwrap());
    config.data_dir = Some(folder.path().to_owned());
    let light = light_node(config).await;
    let mut verdicts = light.verdicts();
    chain.lock().unwrap().extend(None);
    assert_eq!(next(&mut verdicts).await.verdict, Verdict::Available);
    until(|| light.status().recent.len() == 1).await;
}
