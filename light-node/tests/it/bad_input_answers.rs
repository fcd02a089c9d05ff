//! Full nodes that answer falsely, too much, nothing or never: a verdict that is not
//! "available" when nobody else answers, and "available" when an honest one does.

use crate::fixture::{grid, other_grid};
use crate::network::{Chain, FullNode, Manner, config, full_nodes, light_node, shared};
use crate::wait::{next, until};
use light_node::core::Verdict;
use light_node::{BlockVerdict, LightNode};
use std::time::Duration;

/// A light node and the full nodes that it is connected with.
struct Network {
    light: LightNode,
    _nodes: Vec<FullNode>,
}

impl Network {
    fn peers(&self) -> usize {
        self.light.status().peers
    }
}

/// Judges one block by full nodes of these manners.
async fn judge(manners: &[Manner], deadline_ms: u64) -> (Network, BlockVerdict) {
    let chain = shared(Chain::new());
    let nodes = full_nodes(&chain, manners).await;
    let mut config = config(&chain, &nodes);
    config.deadline = Duration::from_millis(deadline_ms);
    config.request_timeout = Duration::from_millis(300);
    let light = light_node(config).await;
    let mut verdicts = light.verdicts();
    chain.lock().unwrap().extend(Some(grid()));
    let verdict = next(&mut verdicts).await;
    (
        Network {
            light,
            _nodes: nodes,
        },
        verdict,
    )
}

/// Nothing true came: nothing is verified and nothing claimed. Then the same beside an honest
/// node, which is enough.
async fn nothing_is_claimed(manner: Manner, expected: Verdict) -> Network {
    let (network, verdict) = judge(&[manner; 2], 1200).await;
    assert_eq!(verdict.verdict, expected, "{verdict}");
    assert_eq!(verdict.figures.verified, 0, "{verdict}");
    assert!((verdict.miss_probability - 1.0).abs() < f64::EPSILON);
    assert!(verdict.assumption.contains("nothing is claimed"));
    let (_, verdict) = judge(&[manner, Manner::Honest], 10_000).await;
    assert_eq!(verdict.verdict, Verdict::Available, "{verdict}");
    network
}

#[tokio::test]
async fn an_empty_answer_is_a_failure() {
    let network = nothing_is_claimed(Manner::Empty, Verdict::Unavailable).await;
    assert_eq!(
        network.peers(),
        2,
        "nobody is banned for what others withhold"
    );
}

#[tokio::test]
async fn cells_that_come_twice() {
    nothing_is_claimed(Manner::Twice, Verdict::Undecided).await;
}

#[tokio::test]
async fn the_whole_grid_in_place_of_a_few_cells() {
    nothing_is_claimed(Manner::Everything, Verdict::Undecided).await;
}

#[tokio::test]
async fn cells_of_another_block() {
    let network = nothing_is_claimed(Manner::GivesCells(other_grid()), Verdict::Unavailable).await;
    until(|| network.peers() == 0).await;
}

#[tokio::test]
async fn cells_of_another_column() {
    let network = nothing_is_claimed(Manner::Shifts, Verdict::Unavailable).await;
    until(|| network.peers() == 0).await;
}

#[tokio::test]
async fn proofs_that_prove_nothing_from_everybody() {
    let network = nothing_is_claimed(Manner::Lies, Verdict::Unavailable).await;
    until(|| network.peers() == 0).await;
}

#[tokio::test]
async fn commitments_of_another_block_from_everybody() {
    let others = Manner::GivesCommitments(other_grid().commitments().commitments());
    let network = nothing_is_claimed(others, Verdict::Undecided).await;
    until(|| network.peers() == 0).await;
}

#[tokio::test]
async fn silence_on_cells_on_all_sides() {
    nothing_is_claimed(Manner::SilentOnSamples, Verdict::Undecided).await;
}

#[tokio::test]
async fn silence_on_commitments_on_all_sides() {
    nothing_is_claimed(Manner::SilentOnCommitments, Verdict::Undecided).await;
}

#[tokio::test]
async fn an_answer_that_never_ends_ends_with_the_deadline() {
    let chain = shared(Chain::new());
    let nodes = full_nodes(&chain, &[Manner::SilentOnSamples; 2]).await;
    let mut config = config(&chain, &nodes);
    config.deadline = Duration::from_millis(800);
    config.request_timeout = Duration::from_secs(3600);
    let light = light_node(config).await;
    let mut verdicts = light.verdicts();
    chain.lock().unwrap().extend(Some(grid()));
    let verdict = next(&mut verdicts).await;
    assert_eq!(verdict.verdict, Verdict::Undecided, "{verdict}");
    assert_eq!(verdict.reason, "no peer answered");
}
