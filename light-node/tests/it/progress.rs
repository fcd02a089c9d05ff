//! What a listener hears of the sampling of a block.

use crate::fixture::grid;
use crate::network::{Chain, Manner, config, full_nodes, light_node, shared};
use crate::wait::patiently;
use light_node::Progress;
use light_node::core::Verdict;
use std::collections::BTreeSet;
use tokio::sync::broadcast::Receiver;
use types::{Coordinates, Height};

/// All steps of one block, up to its verdict.
async fn steps(progress: &mut Receiver<Progress>) -> Vec<Progress> {
    let mut steps = Vec::new();
    loop {
        let step = patiently(progress.recv()).await.unwrap();
        let is_last = matches!(step, Progress::Judged(_));
        steps.push(step);
        if is_last {
            return steps;
        }
    }
}

fn cells(steps: &[Progress], of: impl Fn(&Progress) -> Vec<Coordinates>) -> Vec<Coordinates> {
    let mut cells: Vec<_> = steps.iter().flat_map(of).collect();
    cells.sort_unstable();
    cells
}

fn verified(step: &Progress) -> Vec<Coordinates> {
    match step {
        Progress::Verified { cells, .. } => cells.to_vec(),
        _ => Vec::new(),
    }
}

#[tokio::test]
async fn every_cell_is_planned_asked_answered_and_verified() {
    let chain = shared(Chain::new());
    let nodes = full_nodes(&chain, &[Manner::Honest; 3]).await;
    let light = light_node(config(&chain, &nodes)).await;
    let mut progress = light.progress();
    chain.lock().unwrap().extend(Some(grid()));
    let steps = steps(&mut progress).await;
    assert!(steps.iter().all(|step| step.height() == Height::FIRST));
    let Some(Progress::Begun {
        dimensions,
        planned,
        ..
    }) = steps.first()
    else {
        panic!("{:?}", steps.first());
    };
    assert_eq!(*dimensions, grid().dimensions());
    let mut planned = planned.to_vec();
    planned.sort_unstable();
    let asked = cells(&steps, |step| match step {
        Progress::Asked { cells, .. } => cells.to_vec(),
        _ => Vec::new(),
    });
    let answered = cells(&steps, |step| match step {
        Progress::Answered { cells, .. } => cells.to_vec(),
        _ => Vec::new(),
    });
    assert_eq!(asked, planned);
    assert_eq!(answered, planned);
    assert_eq!(cells(&steps, verified), planned);
    let Some(Progress::Judged(verdict)) = steps.last() else {
        panic!("{:?}", steps.last());
    };
    assert_eq!(verdict.verdict, Verdict::Available);
    assert_eq!(verdict.figures.verified, planned.len());
}

#[tokio::test]
async fn what_is_withheld_is_missed_and_what_is_false_has_failed() {
    let chain = shared(Chain::new());
    let nodes = full_nodes(&chain, &[Manner::Withholds, Manner::Lies]).await;
    let mut config = config(&chain, &nodes);
    config.deadline = std::time::Duration::from_secs(5);
    let light = light_node(config).await;
    let mut progress = light.progress();
    chain.lock().unwrap().extend(Some(grid()));
    let steps = steps(&mut progress).await;
    let missed: BTreeSet<_> = cells(&steps, |step| match step {
        Progress::Missed { cells, .. } => cells.to_vec(),
        _ => Vec::new(),
    })
    .into_iter()
    .collect();
    let failed = cells(&steps, |step| match step {
        Progress::Failed { cell, .. } => vec![*cell],
        _ => Vec::new(),
    });
    assert!(!missed.is_empty() && !failed.is_empty());
    assert!(missed.iter().all(|at| at.column.get() % 2 == 1));
    let verified: BTreeSet<_> = cells(&steps, verified).into_iter().collect();
    assert!(verified.iter().all(|at| at.column.get() % 2 == 0));
    assert!(matches!(steps.last(), Some(Progress::Judged(v)) if v.verdict == Verdict::Unavailable));
}

#[tokio::test]
async fn a_block_without_rows_is_only_judged() {
    let chain = shared(Chain::new());
    let nodes = full_nodes(&chain, &[Manner::Honest]).await;
    let light = light_node(config(&chain, &nodes)).await;
    let mut progress = light.progress();
    chain.lock().unwrap().extend(None);
    assert_eq!(steps(&mut progress).await.len(), 1);
}
