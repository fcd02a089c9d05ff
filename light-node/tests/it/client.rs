//! The client against full nodes over real libp2p, with real commitments and proofs.

use crate::fixture::{grid, other_grid};
use crate::network::{Chain, FullNode, Manner, config, full_nodes, light_node, shared};
use crate::wait::{next, patiently};
use chain::{Checkpoint, UnverifiedHeader};
use light_node::core::{Verdict, miss_probability};
use light_node::{Error, LightNode};
use std::time::Duration;
use types::{HeaderHash, Height};

const HONEST: Manner = Manner::Honest;
const FIRST: Height = Height::FIRST;

#[tokio::test]
async fn honest_nodes_make_a_block_available() {
    let chain = shared(Chain::new());
    let nodes = full_nodes(&chain, &[HONEST; 4]).await;
    let light = light_node(config(&chain, &nodes)).await;
    let mut verdicts = light.verdicts();
    let header = chain.lock().unwrap().extend(Some(grid()));
    let verdict = next(&mut verdicts).await;

    assert_eq!((verdict.height, verdict.hash), (FIRST, header.hash()));
    assert_eq!((verdict.verdict, verdict.rows), (Verdict::Available, 2));
    let figures = verdict.figures;
    assert_eq!(figures.verified, figures.samples);
    assert_eq!(figures.peers, 4);
    assert!(figures.largest_share <= figures.samples.div_ceil(4));
    let expected = miss_probability(grid().dimensions(), figures.samples as u32);
    assert!((verdict.miss_probability - expected).abs() < f64::EPSILON);
    assert!(verdict.miss_probability <= 0.001);
    // Each sample is a cell of 2,048 bytes and a proof of 48.
    assert!(verdict.bytes_received >= figures.samples as u64 * 2096);

    let json = serde_json::to_value(&verdict).unwrap();
    for key in [
        "height",
        "hash",
        "rows",
        "verdict",
        "samples",
        "asked",
        "answered",
        "verified",
        "peers",
        "cells",
        "assumed_withheld",
        "light_nodes",
        "miss_probability",
        "bytes_received",
        "ms",
        "reason",
    ] {
        assert!(json.get(key).is_some(), "{key}");
    }
    assert_eq!(json["verdict"], "available");
    // 65 · (2 + 1) of 256 · 2.
    assert_eq!(
        (&json["assumed_withheld"], &json["cells"]),
        (&195.into(), &512.into())
    );
    let line = verdict.to_string();
    assert!(line.starts_with("#1  2 rows  available  "), "{line}");
    assert!(line.contains("  miss 1 in "), "{line}");
}

#[tokio::test]
async fn an_announcement_is_enough() {
    let chain = shared(Chain::new());
    let nodes = full_nodes(&chain, &[HONEST; 2]).await;
    let mut config = config(&chain, &nodes);
    config.poll_interval = Duration::from_secs(3600);
    let light = light_node(config).await;
    let mut verdicts = light.verdicts();
    let header = chain.lock().unwrap().extend(Some(grid()));
    // Gossip needs a moment until the light node's subscription is known.
    let verdict = loop {
        nodes[0].announce(&header).await;
        let recent = tokio::time::timeout(Duration::from_millis(200), verdicts.recv()).await;
        if let Ok(verdict) = recent {
            break verdict.unwrap();
        }
    };
    assert_eq!(verdict.verdict, Verdict::Available);
}

#[tokio::test]
async fn a_block_without_rows_needs_no_samples() {
    let chain = shared(Chain::new());
    let nodes = full_nodes(&chain, &[HONEST]).await;
    let light = light_node(config(&chain, &nodes)).await;
    let mut verdicts = light.verdicts();
    chain.lock().unwrap().extend(None);
    let verdict = next(&mut verdicts).await;
    assert_eq!(verdict.verdict, Verdict::Available);
    assert_eq!((verdict.figures.samples, verdict.rows), (0, 0));
    assert!(verdict.miss_probability.abs() < f64::MIN_POSITIVE);
}

#[tokio::test]
async fn withheld_columns_make_a_block_unavailable() {
    let chain = shared(Chain::new());
    let nodes = full_nodes(&chain, &[Manner::Withholds; 4]).await;
    let mut config = config(&chain, &nodes);
    config.deadline = Duration::from_secs(5);
    config.goal = light_node::core::Goal::Samples(light_node::core::SampleCount::new(64).unwrap());
    let light = light_node(config).await;
    let mut verdicts = light.verdicts();
    chain.lock().unwrap().extend(Some(grid()));
    let verdict = next(&mut verdicts).await;
    assert_eq!(verdict.verdict, Verdict::Unavailable);
    assert_eq!(verdict.figures.asked, 64);
    assert!(verdict.figures.verified < 64);
    let line = verdict.to_string();
    assert!(line.contains("no asked peer gave"), "{line}");
    // Those that came say nothing of those that did not.
    assert!((verdict.miss_probability - 1.0).abs() < f64::EPSILON);
    assert!(!line.contains("miss"), "{line}");
}

#[tokio::test]
async fn one_node_that_has_everything_outweighs_those_that_withhold() {
    let chain = shared(Chain::new());
    let manners = [Manner::Withholds, Manner::Withholds, HONEST];
    let nodes = full_nodes(&chain, &manners).await;
    let light = light_node(config(&chain, &nodes)).await;
    let mut verdicts = light.verdicts();
    chain.lock().unwrap().extend(Some(grid()));
    assert_eq!(next(&mut verdicts).await.verdict, Verdict::Available);
}

#[tokio::test]
async fn liars_are_banned_and_the_honest_one_is_asked() {
    let chain = shared(Chain::new());
    let nodes = full_nodes(&chain, &[Manner::Lies, Manner::Lies, HONEST]).await;
    let light = light_node(config(&chain, &nodes)).await;
    let mut verdicts = light.verdicts();
    chain.lock().unwrap().extend(Some(grid()));
    let verdict = next(&mut verdicts).await;
    assert_eq!(verdict.verdict, Verdict::Available);
    assert_eq!(verdict.figures.liars, 2);
    patiently(async {
        while light.status().peers != 1 {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    })
    .await;
}

#[tokio::test]
async fn whoever_gives_other_commitments_is_banned() {
    let chain = shared(Chain::new());
    let others = Manner::GivesCommitments(other_grid().commitments().commitments());
    let nodes = full_nodes(&chain, &[others, others, HONEST]).await;
    let light = light_node(config(&chain, &nodes)).await;
    let mut verdicts = light.verdicts();
    chain.lock().unwrap().extend(Some(grid()));
    assert_eq!(next(&mut verdicts).await.verdict, Verdict::Available);
}

#[tokio::test]
async fn nodes_that_need_a_moment_are_given_it() {
    let chain = shared(Chain::new());
    let nodes = full_nodes(&chain, &[HONEST; 2]).await;
    nodes.iter().for_each(|node| node.serve(false));
    let light = light_node(config(&chain, &nodes)).await;
    let mut verdicts = light.verdicts();
    chain.lock().unwrap().extend(Some(grid()));
    tokio::time::sleep(Duration::from_millis(600)).await;
    assert!(verdicts.try_recv().is_err());
    nodes.iter().for_each(|node| node.serve(true));
    assert_eq!(next(&mut verdicts).await.verdict, Verdict::Available);
}

#[tokio::test]
async fn without_commitments_nothing_is_decided() {
    let chain = shared(Chain::new());
    let nodes = full_nodes(&chain, &[Manner::HeadersOnly]).await;
    let mut config = config(&chain, &nodes);
    config.deadline = Duration::from_millis(500);
    let light = light_node(config).await;
    let mut verdicts = light.verdicts();
    chain.lock().unwrap().extend(Some(grid()));
    let verdict = next(&mut verdicts).await;
    assert_eq!(verdict.verdict, Verdict::Undecided);
    assert!((verdict.miss_probability - 1.0).abs() < f64::EPSILON);
    assert!(verdict.reason.contains("commitments"));
}

#[tokio::test]
async fn busy_nodes_decide_nothing() {
    let chain = shared(Chain::new());
    let nodes = full_nodes(&chain, &[Manner::Busy; 2]).await;
    let mut config = config(&chain, &nodes);
    config.deadline = Duration::from_millis(500);
    let light = light_node(config).await;
    let mut verdicts = light.verdicts();
    chain.lock().unwrap().extend(Some(grid()));
    let verdict = next(&mut verdicts).await;
    assert_eq!(verdict.verdict, Verdict::Undecided);
    assert_eq!(verdict.reason, "no peer answered");
}

#[tokio::test]
async fn nodes_that_are_busy_to_the_end_withhold_nothing() {
    let chain = shared(Chain::new());
    let nodes = full_nodes(&chain, &[Manner::BusySoon, Manner::Busy]).await;
    let mut config = config(&chain, &nodes);
    config.deadline = Duration::from_secs(5);
    let light = light_node(config).await;
    let mut verdicts = light.verdicts();
    chain.lock().unwrap().extend(Some(grid()));
    let verdict = next(&mut verdicts).await;
    let figures = verdict.figures;
    assert!(0 < figures.verified && figures.verified < figures.samples);
    assert_eq!(verdict.verdict, Verdict::Undecided);
    assert!(verdict.reason.contains("busy"), "{}", verdict.reason);
    assert_eq!(light.status().peers, 2, "nobody is banned for it");
}

#[tokio::test]
async fn silence_on_commitments_costs_a_moment_only() {
    let chain = shared(Chain::new());
    let mut manners = vec![Manner::SilentOnCommitments; 5];
    manners.push(HONEST);
    let nodes = full_nodes(&chain, &manners).await;
    let mut config = config(&chain, &nodes);
    // One silent node alone could use up all the time.
    config.deadline = Duration::from_secs(20);
    config.request_timeout = config.deadline;
    let light = light_node(config).await;
    let mut verdicts = light.verdicts();
    chain.lock().unwrap().extend(Some(grid()));
    assert_eq!(next(&mut verdicts).await.verdict, Verdict::Available);
}

#[tokio::test]
async fn the_wait_for_other_blocks_counts() {
    let chain = shared(Chain::new());
    let nodes = full_nodes(&chain, &[Manner::HeadersOnly]).await;
    let mut config = config(&chain, &nodes);
    config.deadline = Duration::from_millis(600);
    let light = light_node(config).await;
    let mut verdicts = light.verdicts();
    chain.lock().unwrap().extend(None);
    next(&mut verdicts).await;
    {
        let mut chain = chain.lock().unwrap();
        for _ in 0..25 {
            chain.extend(Some(grid()));
        }
    }
    let mut longest = 0;
    for _ in 0..25 {
        longest = longest.max(next(&mut verdicts).await.ms);
    }
    // 24 came at once, four are sampled at a time, and each takes 200 ms at the least.
    assert!(longest >= 1000, "{longest}");
}

#[tokio::test]
async fn without_peers_nothing_is_decided() {
    let chain = shared(Chain::new());
    let mut nodes = full_nodes(&chain, &[HONEST]).await;
    let mut config = config(&chain, &nodes);
    config.deadline = Duration::from_millis(500);
    let light = light_node(config).await;
    let mut verdicts = light.verdicts();
    chain.lock().unwrap().extend(Some(grid()));
    next(&mut verdicts).await;
    nodes.remove(0).stop().await;
    patiently(async {
        while light.status().peers > 0 {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    })
    .await;
    let verdict = light.sample(FIRST).await.unwrap();
    assert_eq!(verdict.verdict, Verdict::Undecided);
    assert_eq!(verdict.reason, "no peer to ask");
    let error = light.sample(Height::new(2)).await;
    assert!(matches!(error, Err(Error::NoHeader { height }) if height.get() == 2));
}

#[tokio::test]
async fn blocks_that_were_slept_through_are_made_up_for() {
    let chain = shared(Chain::new());
    let nodes = full_nodes(&chain, &[HONEST; 2]).await;
    let light = light_node(config(&chain, &nodes)).await;
    let mut verdicts = light.verdicts();
    chain.lock().unwrap().extend(None);
    next(&mut verdicts).await;
    {
        let mut chain = chain.lock().unwrap();
        chain.extend(Some(grid()));
        chain.extend(None);
        chain.extend(Some(other_grid()));
    }
    let mut heights = Vec::new();
    for _ in 0..3 {
        let verdict = next(&mut verdicts).await;
        assert_eq!(verdict.verdict, Verdict::Available);
        heights.push(verdict.height.get());
    }
    heights.sort_unstable();
    assert_eq!(heights, [2, 3, 4]);
}

#[tokio::test]
async fn an_older_block_is_sampled_on_demand() {
    let chain = shared(Chain::new());
    for _ in 0..3 {
        chain.lock().unwrap().extend(Some(grid()));
    }
    let nodes = full_nodes(&chain, &[HONEST; 2]).await;
    let light = light_node(config(&chain, &nodes)).await;
    let mut verdicts = light.verdicts();
    assert_eq!(next(&mut verdicts).await.height, Height::new(3));
    let verdict = light.sample(FIRST).await.unwrap();
    assert_eq!(
        (verdict.height, verdict.verdict),
        (FIRST, Verdict::Available)
    );
}

#[tokio::test]
async fn a_checkpoint_above_the_genesis_is_enough() {
    let chain = shared(Chain::new());
    let first = chain.lock().unwrap().extend(None);
    chain.lock().unwrap().extend(Some(grid()));
    let nodes = full_nodes(&chain, &[HONEST; 2]).await;
    let mut config = config(&chain, &nodes);
    config.checkpoint = Checkpoint::of(&first);
    config.chain = Some(first.header().chain_id);
    let light = light_node(config).await;
    let mut verdicts = light.verdicts();
    let verdict = next(&mut verdicts).await;
    assert_eq!(verdict.height, Height::new(2));
    assert_eq!(verdict.verdict, Verdict::Available);
}

#[tokio::test]
async fn bad_input_a_checkpoint_that_nobody_has() {
    let chain = shared(Chain::new());
    let first = chain.lock().unwrap().extend(Some(grid()));
    let nodes = full_nodes(&chain, &[HONEST]).await;
    let mut config = config(&chain, &nodes);
    config.deadline = Duration::from_millis(500);
    config.chain = Some(first.header().chain_id);
    config.checkpoint = Checkpoint {
        height: FIRST,
        hash: HeaderHash::new([3; 32]),
    };
    let light = LightNode::start(config).await.unwrap();
    let error = light.sample(FIRST).await;
    assert!(matches!(error, Err(Error::NoHeader { .. })));
    assert!(light.status().tip.is_none());
}

#[tokio::test]
async fn bad_input_a_fork_halts_with_the_evidence() {
    let mut honest = Chain::new();
    let mut draft = honest.draft(None);
    draft.time = draft.time.plus_millis(5);
    let other = honest.sign(draft);
    let first = honest.extend(None);
    let chain = shared(honest);
    let nodes = full_nodes(&chain, &[HONEST; 2]).await;
    let folder = tempfile::tempdir().unwrap();
    let mut config = config(&chain, &nodes);
    config.data_dir = Some(folder.path().to_owned());
    let light = light_node(config.clone()).await;
    let mut verdicts = light.verdicts();
    next(&mut verdicts).await;

    patiently(async {
        while light.status().fork.is_none() {
            nodes[0].announce(&other).await;
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        light.stopped().await;
    })
    .await;
    let fork = light.status().fork.unwrap();
    assert_eq!(fork.height, FIRST);
    let decode = |text: &str| UnverifiedHeader::decode(&hex::decode(text).unwrap()).unwrap();
    let (chain_id, set) = {
        let chain = chain.lock().unwrap();
        (chain.genesis().chain_id(), chain.set().clone())
    };
    // The evidence convinces anybody who knows the set.
    assert_eq!(decode(&fork.first).verify(&chain_id, &set).unwrap(), first);
    assert_eq!(decode(&fork.second).verify(&chain_id, &set).unwrap(), other);
    let error = light.sample(FIRST).await;
    assert!(matches!(error, Err(Error::Stopped { .. })));

    // A restart does not forget.
    light.shutdown().await;
    let record = folder.path().join("fork.json");
    let kept: serde_json::Value =
        serde_json::from_str(&std::fs::read_to_string(&record).unwrap()).unwrap();
    assert_eq!(kept, serde_json::json!(fork));
    let error = LightNode::start(config.clone()).await;
    assert!(matches!(error, Err(Error::ForkOnRecord { path }) if path == record));
    std::fs::remove_file(&record).unwrap();
    assert!(LightNode::start(config).await.is_ok());
}

#[tokio::test]
async fn a_restart_goes_on_from_what_was_trusted() {
    let chain = shared(Chain::new());
    let nodes: Vec<FullNode> = full_nodes(&chain, &[HONEST]).await;
    let folder = tempfile::tempdir().unwrap();
    let mut config = config(&chain, &nodes);
    config.data_dir = Some(folder.path().to_owned());
    let light = light_node(config.clone()).await;
    let mut verdicts = light.verdicts();
    let first = chain.lock().unwrap().extend(Some(grid()));
    next(&mut verdicts).await;
    light.shutdown().await;
    drop(light);

    let trusted = std::fs::read_to_string(folder.path().join("trusted")).unwrap();
    assert!(trusted.contains(&Checkpoint::of(&first).to_string()));
    let light = light_node(config).await;
    let mut verdicts = light.verdicts();
    chain.lock().unwrap().extend(Some(other_grid()));
    let second = loop {
        let verdict = next(&mut verdicts).await;
        if verdict.height == Height::new(2) {
            break verdict;
        }
    };
    assert_eq!(second.verdict, Verdict::Available);
}
