//! What the network says of itself: new headers, new certificates, and who approves which change
//! of the validator set.

use crate::state::{News, State};
use crate::{Error, Result, membership};
use chain::{UnverifiedAvailability, UnverifiedHeader};
use net::{Announcement, PeerInfo, Request, Response, Role, Verdict};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc::Receiver;
use types::{BlobMeta, Height};

const CATCH_UP_DEADLINE: Duration = Duration::from_secs(5);
/// Shorter than gossip remembers what it has not passed on yet.
const PASS_ON_WAIT: Duration = Duration::from_secs(2);

/// Announcements that wait to be verified; more are ignored, and heard of again.
pub(super) const WAITING: usize = 256;

/// Verifies announcements one after the other, off the event loop: each is a pairing.
pub(super) async fn take_all(state: Arc<State>, mut waiting: Receiver<(Announcement, Verdict)>) {
    loop {
        let (announcement, verdict) = tokio::select! {
            () = state.stop.cancelled() => return,
            next = waiting.recv() => match next {
                None => return,
                Some(next) => next,
            },
        };
        let worker = Arc::clone(&state);
        let height = match &announcement {
            Announcement::Header(header) => Some(header.header.height),
            Announcement::Certified { .. } | Announcement::Approval { .. } => None,
        };
        let taken = state.compute(move || take(&worker, announcement)).await;
        match taken.and_then(|taken| taken) {
            Ok(News::New) => pass_on(&state, height, verdict),
            Ok(News::Old) => verdict.ignore(),
            Err(error) if error.is_peer_fault() => verdict.reject(),
            Err(error) => {
                tracing::warn!(%error, "announcement not taken in");
                verdict.ignore();
            }
        }
    }
}

/// Lets an announcement go on to others. A header waits until its block is here, for a moment:
/// whoever hears of it from us asks us for the block's cells.
fn pass_on(state: &Arc<State>, height: Option<Height>, verdict: Verdict) {
    let Some(height) = height.filter(|height| *height > *state.tip.borrow()) else {
        return verdict.accept();
    };
    let worker = Arc::clone(state);
    state.tasks.spawn(async move {
        let mut tip = worker.tip.subscribe();
        let stored = tokio::time::timeout(PASS_ON_WAIT, tip.wait_for(|tip| *tip >= height));
        tokio::select! {
            () = worker.stop.cancelled() => {}
            _ = stored => verdict.accept(),
        }
    });
}

/// Verifies an announcement and takes it in.
fn take(state: &State, announcement: Announcement) -> Result<News> {
    match announcement {
        Announcement::Header(header) => header_seen(state, header),
        Announcement::Certified { meta, certificate } => certified(state, &meta, certificate),
        Announcement::Approval { change, approval } => membership::take(state, change, approval),
    }
}

/// A final header above ours: the network is ahead, and consensus shall not wait.
fn header_seen(state: &State, header: UnverifiedHeader) -> Result<News> {
    let height = header.header.height;
    state.heard_of(height);
    if height <= *state.seen.borrow() {
        return Ok(News::Old);
    }
    // By a set that this node has still to learn of, or by one that is no longer in force, whose
    // members may have sold their keys.
    let set = state.validators();
    if header.header.validators != set.hash() {
        return Ok(News::Old);
    }
    header.verify(&state.chain_id(), &set)?;
    state.seen.send_if_modified(|seen| {
        let higher = height > *seen;
        *seen = height.max(*seen);
        higher
    });
    Ok(News::New)
}

fn certified(state: &State, meta: &BlobMeta, certificate: UnverifiedAvailability) -> Result<News> {
    let set = certificate.terms.set;
    let news = state.take_certificate(meta, certificate)?;
    let blob = meta.id();
    let columns = state.columns_under(&set)?;
    if news == News::New && !state.store.held(&blob, meta)?.covers(columns) {
        state.wanted.add(blob, columns);
    }
    Ok(news)
}

/// Asks a full node that has just connected for its newest header, and for the approvals and the
/// certified blobs we may have missed.
pub(super) fn catch_up(state: &Arc<State>, peer: PeerInfo) {
    if peer.role != Role::Full {
        return;
    }
    state.heard_of(peer.tip);
    let worker = Arc::clone(state);
    state.tasks.spawn(async move {
        let latest = worker
            .network
            .request(peer.peer, Request::LatestHeader, CATCH_UP_DEADLINE);
        let latest = tokio::select! {
            () = worker.stop.cancelled() => return,
            latest = latest => latest,
        };
        if let Ok(Response::LatestHeader(header)) = latest {
            let state = Arc::clone(&worker);
            let taken = worker.compute(move || header_seen(&state, header)).await;
            if let Err(error) = taken.and_then(|taken| taken) {
                tracing::debug!(peer = %peer.peer, %error, "newest header not taken in");
            } else {
                worker.greeted.send_replace(true);
            }
        } else if matches!(latest, Ok(Response::NotFound)) {
            worker.greeted.send_replace(true);
        }
        membership::ask(&worker, peer.peer).await;
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
        let state = Arc::clone(&worker);
        let taken = worker.compute(move || {
            for (meta, certificate) in waiting {
                if let Err(error) = certified(&state, &meta, certificate) {
                    tracing::debug!(%error, "certificate not taken in");
                    if matches!(error, Error::Storage(_)) {
                        return;
                    }
                }
            }
        });
        if taken.await.is_err() {
            tracing::debug!("stopped while catching up");
        }
    });
}
