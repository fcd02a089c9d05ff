//! Pulling what a node should hold and does not: it missed the dispersal, or lost data.

use super::rebuild::rebuild;
use super::verify_and_store;
use crate::metrics::{Stage, names};
use crate::state::State;
use crate::store::BlobState;
use crate::{Error, Result};
use chain::ColumnSet;
use futures::StreamExt;
use net::{Offence, PeerId, Request, Response, Role};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::Notify;
use types::{BlobId, BlobMeta, RowIndex};

const META_DEADLINE: Duration = Duration::from_secs(3);
const CELLS_DEADLINE: Duration = Duration::from_secs(10);
/// Blobs pulled at a time.
const AT_A_TIME: usize = 2;
/// Between two rounds over what is still wanted.
const PAUSE: Duration = Duration::from_millis(500);
/// Rounds after which a blob that no block orders is given up.
const PATIENCE: u32 = 20;
/// Rounds after which a node gets other columns than its own to make those: before, its own may
/// just be under way, and half of all columns costs many times what they do.
const FAR_AFTER: u32 = 12;

/// How far to go for columns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Effort {
    /// Ask for them, and make them where 64 columns of a row are here already.
    Near,
    /// Where nobody has them, get any 64 columns of the row, too, and make them from those.
    Far,
}

/// The blobs whose custody is incomplete here, and how often each was tried.
#[derive(Debug, Default)]
pub(crate) struct Wanted {
    blobs: Mutex<BTreeMap<BlobId, u32>>,
    added: Notify,
}

impl Wanted {
    fn lock(&self) -> MutexGuard<'_, BTreeMap<BlobId, u32>> {
        // The map is consistent after every single call on it.
        self.blobs.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Has a blob pulled, until its custody is complete.
    pub(crate) fn add(&self, blob: BlobId) {
        self.lock().entry(blob).or_insert(0);
        self.added.notify_one();
    }

    fn remove(&self, blob: &BlobId) {
        self.lock().remove(blob);
    }

    /// Counts a failure and says how many there were.
    fn failed(&self, blob: &BlobId) -> u32 {
        self.lock().get_mut(blob).map_or(0, |tries| {
            *tries = tries.saturating_add(1);
            *tries
        })
    }

    /// How many there are.
    pub(crate) fn len(&self) -> usize {
        self.lock().len()
    }

    /// How often a blob was tried in vain.
    fn tries(&self, blob: &BlobId) -> u32 {
        self.lock().get(blob).copied().unwrap_or_default()
    }

    fn all(&self) -> Vec<BlobId> {
        self.lock().keys().copied().collect()
    }
}

/// Completes this node's custody until the node stops. What was incomplete when it was stopped
/// is looked up first.
pub(crate) async fn repair(state: Arc<State>) {
    let worker = Arc::clone(&state);
    match state.compute(move || find_incomplete(&worker)).await {
        Ok(Ok(())) => {}
        Ok(Err(error)) => tracing::error!(%error, "incomplete custody cannot be looked up"),
        Err(_) => return,
    }
    loop {
        let round = async {
            let blobs = state.wanted.all();
            if blobs.is_empty() {
                state.wanted.added.notified().await;
                return;
            }
            futures::stream::iter(blobs)
                .for_each_concurrent(AT_A_TIME, |blob| repair_one(&state, blob))
                .await;
            tokio::time::sleep(PAUSE).await;
        };
        tokio::select! {
            () = state.stop.cancelled() => return,
            () = round => {}
        }
    }
}

fn find_incomplete(state: &State) -> Result<()> {
    let kept = |s: &BlobState| matches!(s, BlobState::Certified { .. } | BlobState::Final { .. });
    for (blob, _) in state.store.records(kept)? {
        let held = state.store.held_of(&blob)?;
        if !held.is_some_and(|held| held.covers(state.columns())) {
            state.wanted.add(blob);
        }
    }
    Ok(())
}

async fn repair_one(state: &Arc<State>, blob: BlobId) {
    let timer = state.metrics.time(Stage::Pull);
    let effort = if state.wanted.tries(&blob) < FAR_AFTER {
        Effort::Near
    } else {
        Effort::Far
    };
    let pulled = pull(state, blob, state.columns(), effort).await;
    drop(timer);
    let outcome = if pulled.is_ok() {
        "complete"
    } else {
        "incomplete"
    };
    state.metrics.count(&names::PULLS, &[outcome], 1);
    match pulled {
        Ok(()) => {
            tracing::debug!(%blob, "custody complete");
            state.wanted.remove(&blob);
        }
        Err(error) => {
            let tries = state.wanted.failed(&blob);
            tracing::debug!(%blob, %error, tries, "custody incomplete");
            let ordered = matches!(
                state.store.record(&blob),
                Ok(Some(record)) if matches!(record.state, BlobState::Final { .. })
            );
            if !ordered && tries >= PATIENCE {
                tracing::warn!(%blob, %error, "a blob that no block orders is given up");
                state.wanted.remove(&blob);
            }
        }
    }
}

/// Completes these columns of a blob, durably: asks every peer in turn for what is lacking, and
/// rebuilds what nobody gives, as far as `effort` goes.
///
/// # Errors
/// [`Error::UnknownBlob`] when nobody describes it, [`Error::IncompleteBlob`] when peers do not
/// give enough of it.
pub(crate) async fn pull(
    state: &Arc<State>,
    blob: BlobId,
    columns: ColumnSet,
    effort: Effort,
) -> Result<()> {
    let meta = match ask_all(state, blob, columns).await? {
        Asked::Complete => return Ok(()),
        Asked::Unknown => return Err(Error::UnknownBlob(blob)),
        Asked::Lacking(meta) => meta,
    };
    if !rebuild(state, &meta, columns).await? && effort == Effort::Far {
        // Any half of a row's cells is as good as those that are wanted.
        ask_all(state, blob, ColumnSet::full()).await?;
        rebuild(state, &meta, columns).await?;
    }
    let expected = usize::from(meta.rows());
    let lacking = state.store.held(&blob, &meta)?.lacking(columns).count();
    if lacking == 0 {
        return Ok(());
    }
    Err(Error::IncompleteBlob {
        blob,
        got: expected - lacking,
        expected,
    })
}

/// What came of asking everybody.
enum Asked {
    /// All of the columns are here.
    Complete,
    /// Nobody knows the blob.
    Unknown,
    /// Not all of them are.
    Lacking(BlobMeta),
}

/// Asks every peer in turn for what is lacking of these columns, durably.
async fn ask_all(state: &Arc<State>, blob: BlobId, columns: ColumnSet) -> Result<Asked> {
    let mut meta = state.store.meta(&blob)?;
    for peer in state.network.connected_peers() {
        if peer.role != Role::Full {
            continue;
        }
        let known = match &meta {
            Some(known) => known.clone(),
            None => match ask_meta(state, peer.peer, blob).await {
                Some(found) => {
                    state.store.put_meta(&found)?;
                    meta.insert(found).clone()
                }
                None => continue,
            },
        };
        if pull_from(state, peer.peer, &known, columns).await? {
            state.store.sync()?;
            return Ok(Asked::Complete);
        }
    }
    Ok(meta.map_or(Asked::Unknown, Asked::Lacking))
}

async fn ask_meta(state: &State, peer: PeerId, blob: BlobId) -> Option<BlobMeta> {
    let request = Request::BlobMeta { id: blob };
    match state.network.request(peer, request, META_DEADLINE).await {
        Ok(Response::BlobMeta(meta)) => Some(meta),
        _ => None,
    }
}

/// Asks one peer for everything that is lacking; true once nothing is.
async fn pull_from(
    state: &Arc<State>,
    peer: PeerId,
    meta: &BlobMeta,
    columns: ColumnSet,
) -> Result<bool> {
    let blob = meta.id();
    let rows_at_a_time = (net::MAX_CELLS / columns.len().max(1)).max(1);
    let lacking: Vec<RowIndex> = state.store.held(&blob, meta)?.lacking(columns).collect();
    for run in runs(&lacking, rows_at_a_time) {
        let request = Request::BlobCells {
            id: blob,
            first: run.0,
            count: run.1,
            columns,
        };
        let Ok(Response::BlobCells(rows)) =
            state.network.request(peer, request, CELLS_DEADLINE).await
        else {
            return Ok(false);
        };
        let (worker, shared) = (Arc::clone(state), meta.clone());
        let stored = state
            .compute(move || verify_and_store(&worker, &shared, rows, columns))
            .await?;
        if let Err(error) = stored {
            if error.is_peer_fault() {
                state.network.report(peer, Offence::BadProof);
                return Ok(false);
            }
            return Err(error);
        }
    }
    Ok(state.store.held(&blob, meta)?.covers(columns))
}

/// Joins rows into runs of neighbours, none longer than `longest`.
fn runs(rows: &[RowIndex], longest: usize) -> Vec<(RowIndex, u16)> {
    let mut runs: Vec<(RowIndex, u16)> = Vec::new();
    for row in rows {
        match runs.last_mut() {
            Some((first, count))
                if first.get() + *count == row.get() && usize::from(*count) < longest =>
            {
                *count += 1;
            }
            _ => runs.push((*row, 1)),
        }
    }
    runs
}

#[cfg(test)]
mod tests;
