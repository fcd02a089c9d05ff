//! Pulling what a validator should hold and does not: it missed the dispersal, or lost data.

use super::verify_and_store;
use crate::state::State;
use crate::{Error, Result};
use net::{Offence, PeerId, Request, Response, Role};
use std::sync::Arc;
use std::time::Duration;
use types::{BlobId, BlobMeta, RowIndex};

const META_DEADLINE: Duration = Duration::from_secs(3);
const CELLS_DEADLINE: Duration = Duration::from_secs(10);
/// Rounds over all peers before a pull gives up; whoever needs the blob asks again.
const ROUNDS: usize = 3;
const PAUSE: Duration = Duration::from_millis(500);

/// Starts a pull unless one runs already.
pub(crate) fn spawn_pull(state: &Arc<State>, blob: BlobId) {
    let Some(claim) = state.pulling.claim(blob) else {
        return;
    };
    let worker = Arc::clone(state);
    state.tasks.spawn(async move {
        tokio::select! {
            () = worker.stop.cancelled() => {}
            pulled = pull(&worker, blob) => match pulled {
                Ok(()) => tracing::debug!(%blob, "custody complete"),
                Err(error) => tracing::warn!(%blob, %error, "custody incomplete"),
            }
        }
        drop(claim);
    });
}

/// Completes this node's custody of a blob from its peers, durably.
pub(crate) async fn pull(state: &Arc<State>, blob: BlobId) -> Result<()> {
    let mut meta = state.store.meta(&blob)?;
    for _ in 0..ROUNDS {
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
            if pull_from(state, peer.peer, &known).await? {
                return state.store.sync();
            }
        }
        tokio::time::sleep(PAUSE).await;
    }
    let Some(meta) = meta else {
        return Err(Error::UnknownBlob(blob));
    };
    let expected = usize::from(meta.rows());
    let lacking = state
        .store
        .held(&blob, &meta)?
        .lacking(state.columns())
        .count();
    Err(Error::IncompleteBlob {
        blob,
        got: expected - lacking,
        expected,
    })
}

async fn ask_meta(state: &State, peer: PeerId, blob: BlobId) -> Option<BlobMeta> {
    let request = Request::BlobMeta { id: blob };
    match state.network.request(peer, request, META_DEADLINE).await {
        Ok(Response::BlobMeta(meta)) => Some(meta),
        _ => None,
    }
}

/// Asks one peer for everything that is lacking; true once nothing is.
async fn pull_from(state: &Arc<State>, peer: PeerId, meta: &BlobMeta) -> Result<bool> {
    let (blob, columns) = (meta.id(), state.columns());
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
            .compute(move || verify_and_store(&worker, &shared, rows))
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
