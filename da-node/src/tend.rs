//! What goes on by itself while a node runs.

use crate::Result;
use crate::consensus::{Phase, Status};
use crate::disk::Need;
use crate::metrics::{Stage, names};
use crate::state::State;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;
use tokio::sync::watch;

/// How often certified blobs are looked through for those that expired, the store for damage
/// that was found, and the disk for its room.
const TEND_INTERVAL: Duration = Duration::from_secs(1);
/// How often pruning looks for blobs whose retention is over.
const PRUNE_INTERVAL: Duration = Duration::from_secs(10);
/// Blobs pruned at a time.
const PRUNE_BATCH: usize = 256;
/// Space is given back once what was pruned is this part of what is stored: each time costs
/// rewriting every key.
const RECLAIM_PART: u64 = 16;
/// Less than so much pruned is not worth it.
const RECLAIM_BYTES: u64 = 64 << 20;

/// What has to be done again and again: certified blobs expire, blobs past their retention go,
/// what is damaged is fetched again.
pub(crate) async fn tend(state: Arc<State>) {
    let mut since_pruning = Duration::ZERO;
    let mut refused = None;
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
        let (worker, before) = (Arc::clone(&state), refused);
        let tended = state.compute(move || {
            let refused = watch_disk(&worker, before);
            fetch_damaged(&worker);
            worker.expire_certified()?;
            if prune {
                prune_due(&worker)?;
            }
            Ok::<_, crate::Error>(refused)
        });
        match tended.await {
            Ok(Ok(now)) => refused = now,
            Ok(Err(error)) => tracing::error!(%error, "the store cannot be tended"),
            Err(_) => return,
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

/// A node whose store has failed must not go on promising either.
pub(crate) async fn watch_store(state: Arc<State>) {
    let mut failure = state.store.failure();
    let failed = tokio::select! {
        () = state.stop.cancelled() => return,
        failed = failure.wait_for(Option::is_some) => failed,
    };
    let reason = failed.ok().and_then(|failure| failure.clone());
    if let Some(reason) = reason {
        let reason = format!("the store failed: {reason}");
        tracing::error!(%reason, "this node promises nothing any more");
        state.unfit.send_replace(Some(reason));
    }
}

/// Says so when the disk fills up, and when there is room again.
fn watch_disk(state: &State, before: Option<Need>) -> Option<Need> {
    let refused = state.disk.refused();
    if refused != before {
        let (free, reserve) = (state.disk.free(), state.disk.reserve());
        match refused {
            Some(need) => tracing::error!(free, reserve, ?need, "no room on the disk for this"),
            None => tracing::info!(free, reserve, "there is room on the disk again"),
        }
    }
    refused
}

/// Has what was found damaged fetched again.
fn fetch_damaged(state: &State) {
    let (cells, blobs) = state.store.damage().take();
    if cells == 0 {
        return;
    }
    state.metrics.count(&names::DAMAGED_CELLS, &[], cells);
    tracing::warn!(
        cells,
        blobs = blobs.len(),
        "damaged cells are fetched again"
    );
    for blob in blobs {
        match state.columns_of(&blob) {
            Ok(columns) => state.wanted.add(blob, columns),
            Err(error) => tracing::error!(%blob, %error, "store"),
        }
    }
}

/// Prunes what is due, and gives space back when that is worth it or the disk needs it.
fn prune_due(state: &Arc<State>) -> Result<()> {
    let timer = state.metrics.time(Stage::Prune);
    let now = state.now();
    let mut freed = 0;
    for (at, blob) in state.store.expired(now, PRUNE_BATCH)? {
        freed += state.store.prune(&blob, at, now)?;
        state.metrics.count(&names::PRUNED_BLOBS, &[], 1);
    }
    drop(timer);
    let pruned = state.pruned.add(freed);
    let worth = (state.store.cell_bytes()? / RECLAIM_PART).max(RECLAIM_BYTES);
    if pruned >= worth || (pruned > 0 && state.disk.refused().is_some()) {
        reclaim(state, pruned);
    }
    Ok(())
}

/// Gives the space of what was pruned back, on a thread of its own and one at a time.
fn reclaim(state: &Arc<State>, pruned: u64) {
    let Some(turn) = state.pruned.take_turn() else {
        return;
    };
    let worker = Arc::clone(state);
    state.tasks.spawn_blocking(move || {
        let _turn = turn;
        tracing::info!(pruned, "giving space back");
        match worker.store.reclaim(pruned, || worker.stop.is_cancelled()) {
            Ok(()) => tracing::info!(free = worker.disk.free(), "space was given back"),
            Err(error) => tracing::error!(%error, "space cannot be given back"),
        }
    });
}

/// Bytes of cells that were pruned and whose space was not given back yet.
#[derive(Debug, Default)]
pub(crate) struct Pruned {
    bytes: AtomicU64,
    at_work: Arc<AtomicBool>,
}

/// The turn of whoever gives space back, until it is dropped.
struct Turn(Arc<AtomicBool>);

impl Pruned {
    /// Adds what was pruned and says how much it is by now.
    fn add(&self, bytes: u64) -> u64 {
        let before = self.bytes.fetch_add(bytes, Ordering::Relaxed);
        before.saturating_add(bytes)
    }

    /// Begins to count anew, unless somebody is at it.
    fn take_turn(&self) -> Option<Turn> {
        if self.at_work.swap(true, Ordering::AcqRel) {
            return None;
        }
        self.bytes.store(0, Ordering::Relaxed);
        Some(Turn(Arc::clone(&self.at_work)))
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        self.0.store(false, Ordering::Release);
    }
}
