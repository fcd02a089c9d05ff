//! The client over changes of the validators.

use crate::fixture::grid;
use crate::network::{
    Chain, FullNode, Manner, SharedChain, config, full_nodes, light_node, shared,
};
use crate::wait::{next, until};
use chain::Checkpoint;
use light_node::core::Verdict;
use std::time::{Duration, Instant};
use types::Height;

/// 80 blocks; the validators change with some of them.
fn long_chain(changes: &[u64]) -> SharedChain {
    let mut chain = Chain::new();
    for height in 1..=80 {
        if changes.contains(&height) {
            chain.change_validators();
        }
        chain.extend((height == 80).then(grid));
    }
    shared(chain)
}

fn headers_asked(nodes: &[FullNode]) -> usize {
    nodes.iter().map(|node| node.asked("headers")).sum()
}

#[tokio::test]
async fn a_node_that_was_away_catches_up_over_changes_of_the_set() {
    let chain = long_chain(&[3, 40, 41, 79]);
    let nodes = full_nodes(&chain, &[Manner::Honest; 2]).await;
    let light = light_node(config(&chain, &nodes)).await;
    let verdict = next(&mut light.verdicts()).await;
    assert_eq!(verdict.height, Height::new(80));
    assert_eq!(verdict.verdict, Verdict::Available);
    // A few to find each change, by halving 80; never all of them.
    let asked = headers_asked(&nodes);
    assert!((4..=28).contains(&asked), "{asked}");
}

#[tokio::test]
async fn a_checkpoint_before_a_change_is_enough() {
    let chain = long_chain(&[30, 60]);
    let nodes = full_nodes(&chain, &[Manner::Honest]).await;
    let mut config = config(&chain, &nodes);
    let trusted = chain.lock().unwrap().header(20).clone();
    config.checkpoint = Checkpoint::of(&trusted);
    config.chain = Some(trusted.header().chain_id);
    let light = light_node(config).await;
    assert_eq!(next(&mut light.verdicts()).await.height, Height::new(80));
}

#[tokio::test]
async fn a_change_while_it_follows_is_followed() {
    let chain = shared(Chain::new());
    let nodes = full_nodes(&chain, &[Manner::Honest; 2]).await;
    let light = light_node(config(&chain, &nodes)).await;
    let mut verdicts = light.verdicts();
    for height in 1..=6 {
        {
            let mut chain = chain.lock().unwrap();
            if height % 2 == 0 {
                chain.change_validators();
            }
            chain.extend(Some(grid()));
        }
        let verdict = next(&mut verdicts).await;
        assert_eq!(verdict.height, Height::new(height));
        assert_eq!(verdict.verdict, Verdict::Available);
    }
}

#[tokio::test]
async fn blocks_that_were_missed_over_a_change_are_made_up_for() {
    let chain = shared(Chain::new());
    let nodes = full_nodes(&chain, &[Manner::Honest; 2]).await;
    let light = light_node(config(&chain, &nodes)).await;
    let mut verdicts = light.verdicts();
    chain.lock().unwrap().extend(Some(grid()));
    next(&mut verdicts).await;
    {
        let mut chain = chain.lock().unwrap();
        for height in 2..=7 {
            if height == 4 {
                chain.change_validators();
            }
            chain.extend(Some(grid()));
        }
    }
    let mut heights = Vec::new();
    for _ in 2..=7 {
        let verdict = next(&mut verdicts).await;
        assert_eq!(verdict.verdict, Verdict::Available);
        heights.push(verdict.height.get());
    }
    heights.sort_unstable();
    assert_eq!(heights, [2, 3, 4, 5, 6, 7]);
}

#[tokio::test]
async fn a_set_that_nobody_gives_is_not_asked_for_without_end() {
    let mut first = Chain::new();
    first.change_validators();
    first.extend(None);
    first.extend(None);
    let chain = shared(first);
    let nodes = full_nodes(&chain, &[Manner::KeepsSets]).await;
    let light = light_node(config(&chain, &nodes)).await;
    until(|| nodes[0].asked("validator set") > 0).await;
    let (before, begun) = (nodes[0].asked("validator set"), Instant::now());
    tokio::time::sleep(Duration::from_secs(1)).await;
    // As often as polls come: ten a second at the very most.
    let more = nodes[0].asked("validator set") - before;
    let polls = begun.elapsed().as_millis() / 100;
    assert!(more as u128 <= polls, "{more} of {polls}");
    let (height, _) = light.status().tip.unwrap();
    assert_eq!(height, Height::FIRST, "the last of the first set");
}

#[tokio::test]
async fn bad_input_headers_of_other_heights_lead_nowhere() {
    let chain = long_chain(&[40]);
    let nodes = full_nodes(&chain, &[Manner::Misleads]).await;
    let light = light_node(config(&chain, &nodes)).await;
    let mut verdicts = light.verdicts();
    until(|| headers_asked(&nodes) >= 2).await;
    assert!(light.status().tip.is_none());
    assert!(verdicts.try_recv().is_err());
}
