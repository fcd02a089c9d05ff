//! What goes on by itself while a node runs.

use crate::Result;
use crate::consensus::{Phase, Status};
use crate::metrics::{Stage, names};
use crate::state::State;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;

/// How often certified blobs are looked through for those that expired.
const TEND_INTERVAL: Duration = Duration::from_secs(1);
/// How often pruning looks for blobs whose retention is over.
const PRUNE_INTERVAL: Duration = Duration::from_secs(10);
/// Blobs pruned at a time.
const PRUNE_BATCH: usize = 256;

/// What has to be done again and again: certified blobs expire, blobs past their retention go.
pub(crate) async fn tend(state: Arc<State>) {
    let mut since_pruning = Duration::ZERO;
    loop {
        tokio::select! {
            () = state.stop.cancelled() => return,
            () = tokio::time::sleep(TEND_INTERVAL) => {}
        }
        since_pruning += TEND_INTERVAL;
        state.metrics.upkeep();
        let prune = since_pruning >= PRUNE_INTERVAL;
        if prune {
            since_pruning = Duration::ZERO;
        }
        let worker = Arc::clone(&state);
        let tended = state.compute(move || {
            worker.expire_certified()?;
            if prune { prune_once(&worker) } else { Ok(()) }
        });
        if let Ok(Err(error)) = tended.await {
            tracing::error!(%error, "the store cannot be tended");
        }
    }
}

/// A node whose consensus has halted or failed must not go on promising.
pub(crate) async fn watch_consensus(state: Arc<State>, mut status: watch::Receiver<Status>) {
    loop {
        let (height, round) = {
            let status = status.borrow_and_update();
            (status.height, status.round)
        };
        state.at_work.send_replace((height, round));
        let reason = match &status.borrow().phase {
            Phase::Halted(reason) => Some(format!("consensus is halted: {reason}")),
            Phase::Failed(reason) => Some(format!("consensus failed: {reason}")),
            _ => None,
        };
        if let Some(reason) = reason {
            tracing::error!(%reason, "this node promises nothing any more");
            state.unfit.send_replace(Some(reason));
            return;
        }
        tokio::select! {
            () = state.stop.cancelled() => return,
            changed = status.changed() => if changed.is_err() { return },
        }
    }
}

fn prune_once(state: &State) -> Result<()> {
    let _timer = state.metrics.time(Stage::Prune);
    let now = state.now();
    for (at, blob) in state.store.expired(now, PRUNE_BATCH)? {
        state.store.prune(&blob, at, now)?;
        state.metrics.count(&names::PRUNED_BLOBS, &[], 1);
    }
    Ok(())
}
