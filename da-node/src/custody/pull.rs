//! Pulling what a node should hold and does not: it missed the dispersal, or lost data.

use super::rebuild::rebuild;
use super::verify_and_store;
use crate::metrics::{Stage, names};
use crate::state::State;
use crate::store::BlobState;
use crate::work::Work;
use crate::{Error, Result};
use chain::ColumnSet;
use futures::StreamExt;
use net::{Offence, PeerId, PeerInfo, Request, Response, Role};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::Notify;
use types::{BlobId, BlobMeta, RowIndex};

const META_DEADLINE: Duration = Duration::from_secs(3);
const CELLS_DEADLINE: Duration = Duration::from_secs(10);
/// Blobs pulled at a time.
const AT_A_TIME: usize = 4;
/// Failures after which a blob counts as slow: whoever waits for room no longer waits for it.
const SLOW: u32 = 2;
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

/// The blobs whose custody is incomplete here.
#[derive(Debug, Default)]
pub(crate) struct Wanted {
    blobs: Mutex<BTreeMap<BlobId, Want>>,
    added: Notify,
    removed: Notify,
}

/// What is wanted of a blob.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Want {
    columns: ColumnSet,
    /// How often it was tried in vain.
    failures: u32,
}

impl Wanted {
    fn lock(&self) -> MutexGuard<'_, BTreeMap<BlobId, Want>> {
        // The map is consistent after every single call on it.
        self.blobs.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Has these columns of a blob pulled, until they are complete.
    pub(crate) fn add(&self, blob: BlobId, columns: ColumnSet) {
        let fresh = Want {
            columns: ColumnSet::empty(),
            failures: 0,
        };
        let mut blobs = self.lock();
        let want = blobs.entry(blob).or_insert(fresh);
        want.columns = want.columns.union(columns);
        drop(blobs);
        self.added.notify_one();
    }

    fn remove(&self, blob: &BlobId) {
        self.lock().remove(blob);
        self.removed.notify_waiters();
    }

    /// Counts a failure and says how many there were.
    fn failed(&self, blob: &BlobId) -> u32 {
        let failures = self.lock().get_mut(blob).map_or(0, |want| {
            want.failures = want.failures.saturating_add(1);
            want.failures
        });
        self.removed.notify_waiters();
        failures
    }

    /// Resolves once fewer than `room` blobs are wanted that may be had soon.
    pub(crate) async fn has_room(&self, room: usize) {
        loop {
            let changed = self.removed.notified();
            tokio::pin!(changed);
            // Before the look: what happens in between must ring, too.
            changed.as_mut().enable();
            let soon = self.lock().values().filter(|w| w.failures < SLOW).count();
            if soon < room {
                return;
            }
            changed.await;
        }
    }

    /// How many there are.
    pub(crate) fn len(&self) -> usize {
        self.lock().len()
    }

    /// All of them, each with its columns and how often it was tried in vain.
    fn all(&self) -> Vec<(BlobId, Want)> {
        let blobs = self.lock();
        blobs.iter().map(|(blob, want)| (*blob, *want)).collect()
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
                .for_each_concurrent(AT_A_TIME, |(blob, want)| repair_one(&state, blob, want))
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
    for (blob, record) in state.store.records(kept)? {
        let Some(certificate) = record.state.certificate() else {
            continue;
        };
        if !state.is_retained(&certificate.terms) {
            continue;
        }
        let columns = state.columns_under(&certificate.terms.set)?;
        let held = state.store.held_of(&blob)?;
        if !held.is_some_and(|held| held.covers(columns)) {
            state.wanted.add(blob, columns);
        }
    }
    Ok(())
}

async fn repair_one(state: &Arc<State>, blob: BlobId, want: Want) {
    let timer = state.metrics.time(Stage::Pull);
    let effort = if want.failures < FAR_AFTER {
        Effort::Near
    } else {
        Effort::Far
    };
    let pulled = pull(state, blob, want.columns, effort).await;
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
            let is_due = matches!(
                state.store.record(&blob),
                Ok(Some(record)) if matches!(&record.state, BlobState::Final { certificate, .. }
                    if state.is_retained(&certificate.terms))
            );
            if !is_due && tries >= PATIENCE {
                tracing::warn!(%blob, %error, "a blob that no block orders, or whose retention \
                    is over, is given up");
                state.wanted.remove(&blob);
            }
        }
    }
}

/// Completes these columns of a blob, durably: asks every peer for what it should have of them,
/// and rebuilds what nobody gives, as far as `effort` goes.
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
    let meta = gather(state, blob, columns).await?;
    if state.store.held(&blob, &meta)?.covers(columns) {
        return state.store.sync();
    }
    if !rebuild(state, &meta, columns).await? && effort == Effort::Far {
        // Any half of a row's cells is as good as those that are wanted.
        gather(state, blob, ColumnSet::full()).await?;
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

/// Asks every peer in turn, until nothing is lacking or nobody is left.
async fn gather(state: &Arc<State>, blob: BlobId, columns: ColumnSet) -> Result<BlobMeta> {
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
        let offered = columns.intersection(offer_of(state, blob, &peer)?);
        if pull_from(state, peer.peer, &known, offered).await?
            && state.store.held(&blob, &known)?.covers(columns)
        {
            return Ok(known);
        }
    }
    meta.ok_or(Error::UnknownBlob(blob))
}

/// The columns of a blob that a peer should have: its custody when it is a member of the set
/// that certified the blob. Of anybody else it is not known, so everything may be asked.
fn offer_of(state: &State, blob: BlobId, peer: &PeerInfo) -> Result<ColumnSet> {
    let Some(address) = peer.validator else {
        return Ok(ColumnSet::full());
    };
    let record = state.store.record(&blob)?;
    let set = match record.as_ref().and_then(|r| r.state.certificate()) {
        Some(certificate) => state.sets.by_hash(&certificate.terms.set)?,
        None => Some(state.sets.next().current),
    };
    Ok(set
        .and_then(|set| set.columns_of(&address))
        .unwrap_or_else(ColumnSet::full))
}

async fn ask_meta(state: &State, peer: PeerId, blob: BlobId) -> Option<BlobMeta> {
    let request = Request::BlobMeta { id: blob };
    match state.network.request(peer, request, META_DEADLINE).await {
        Ok(Response::BlobMeta(meta)) => Some(meta),
        _ => None,
    }
}

/// Asks one peer for what is lacking of these columns; true once nothing of them is.
async fn pull_from(
    state: &Arc<State>,
    peer: PeerId,
    meta: &BlobMeta,
    columns: ColumnSet,
) -> Result<bool> {
    let blob = meta.id();
    let held = state.store.held(&blob, meta)?;
    let lacking: Vec<RowIndex> = held.lacking(columns).collect();
    // What no row lacks need not be sent again.
    let columns = lacking.iter().fold(ColumnSet::empty(), |all, row| {
        all.union(columns.difference(held.row(*row)))
    });
    let rows_at_a_time = (net::MAX_CELLS / columns.len().max(1)).max(1);
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
            .compute_as(Work::Verify, move || {
                verify_and_store(&worker, &shared, rows, columns)
            })
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
