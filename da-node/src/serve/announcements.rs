//! What the network says of itself: new headers and new certificates.

use crate::custody::spawn_pull;
use crate::state::{News, State};
use crate::{Error, Result};
use chain::{UnverifiedAvailability, UnverifiedHeader};
use net::{Announcement, PeerInfo, Request, Response, Role, Verdict};
use std::sync::Arc;
use std::time::Duration;
use types::BlobMeta;

const CATCH_UP_DEADLINE: Duration = Duration::from_secs(5);

/// Verifies an announcement, takes it in, and lets it travel on if it is true and news.
pub(super) fn take(state: &Arc<State>, announcement: Announcement, verdict: Verdict) {
    let taken = match announcement {
        Announcement::Header(header) => header_seen(state, header),
        Announcement::Certified { meta, certificate } => certified(state, &meta, certificate),
    };
    match taken {
        Ok(News::New) => verdict.accept(),
        Ok(News::Old) => verdict.ignore(),
        Err(error) if error.is_peer_fault() => verdict.reject(),
        Err(error) => {
            tracing::warn!(%error, "announcement not taken in");
            verdict.ignore();
        }
    }
}

/// A final header above ours: the network is ahead, and consensus shall not wait.
fn header_seen(state: &State, header: UnverifiedHeader) -> Result<News> {
    let height = header.header.height;
    if height <= *state.seen.borrow() {
        return Ok(News::Old);
    }
    header.verify(&state.chain_id(), state.validators())?;
    state.seen.send_if_modified(|seen| {
        let higher = height > *seen;
        *seen = height.max(*seen);
        higher
    });
    Ok(News::New)
}

fn certified(
    state: &Arc<State>,
    meta: &BlobMeta,
    certificate: UnverifiedAvailability,
) -> Result<News> {
    let news = state.take_certificate(meta, certificate)?;
    let blob = meta.id();
    if news == News::New && !state.store.held(&blob, meta)?.covers(state.columns()) {
        spawn_pull(state, blob);
    }
    Ok(news)
}

/// Asks a full node that has just connected for the certified blobs we may have missed.
pub(super) fn catch_up(state: &Arc<State>, peer: PeerInfo) {
    if peer.role != Role::Full {
        return;
    }
    let worker = Arc::clone(state);
    state.tasks.spawn(async move {
        let asked = worker
            .network
            .request(peer.peer, Request::Certificates, CATCH_UP_DEADLINE);
        let answer = tokio::select! {
            () = worker.stop.cancelled() => return,
            answer = asked => answer,
        };
        let Ok(Response::Certificates(waiting)) = answer else {
            return;
        };
        for (meta, certificate) in waiting {
            if let Err(error) = certified(&worker, &meta, certificate) {
                tracing::debug!(%error, "certificate not taken in");
                if matches!(error, Error::Storage(_)) {
                    return;
                }
            }
        }
    });
}
