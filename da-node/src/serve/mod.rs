//! Answering peers and light nodes over libp2p.

mod announcements;
mod answer;
mod samples;
mod views;

pub(crate) use samples::samples;
pub(crate) use views::{BlockView, Views};

use crate::crash_point::{self, Step};
use crate::metrics::{Stage, names};
use crate::state::State;
use net::{Event, Response};
use std::sync::Arc;
use tokio::sync::mpsc;

/// Tells the network who counts as a validator at present.
pub(crate) fn name_validators(state: &State) {
    let in_force = state.sets.next();
    let previous = in_force.previous.as_deref().into_iter();
    let members = previous
        .chain([&*in_force.current])
        .flat_map(|assigned| assigned.set().iter().map(|(_, member)| member.address()));
    state.network.set_validators(members);
}

/// Names them again whenever the set changes.
pub(crate) async fn name_new_validators(state: Arc<State>) {
    let mut sets = state.sets.subscribe();
    loop {
        tokio::select! {
            () = state.stop.cancelled() => return,
            changed = sets.changed() => if changed.is_err() { return },
        }
        name_validators(&state);
    }
}

/// Takes the network's events until the node stops. Each request is answered by a task of its
/// own, at most [`crate::Limits::peer_requests`] at a time; the others are told to come back.
pub(crate) async fn serve(state: Arc<State>, mut events: mpsc::Receiver<Event>) {
    let (announced, waiting) = mpsc::channel(announcements::WAITING);
    let verifier = announcements::take_all(Arc::clone(&state), waiting);
    state.tasks.spawn(verifier);
    loop {
        let event = tokio::select! {
            () = state.stop.cancelled() => return,
            event = events.recv() => event,
        };
        match event {
            None => return,
            Some(Event::Request {
                peer,
                request,
                reply,
            }) => {
                let Ok(permit) = Arc::clone(&state.heavy).try_acquire_owned() else {
                    // Dropping the reply answers "busy".
                    state.metrics.count(&names::PEER_REQUESTS, &["busy"], 1);
                    continue;
                };
                let worker = Arc::clone(&state);
                state.tasks.spawn(async move {
                    let timer = worker.metrics.time(Stage::Serve);
                    let answered = answer::answer(&worker, peer, request).await;
                    drop(timer);
                    let outcome = if answered.is_ok() {
                        "answered"
                    } else {
                        "refused"
                    };
                    worker.metrics.count(&names::PEER_REQUESTS, &[outcome], 1);
                    let response = match answered {
                        Ok(response) => response,
                        Err(error) => {
                            tracing::debug!(%peer, %error, "request refused");
                            Response::Refused {
                                reason: error.to_string(),
                            }
                        }
                    };
                    if matches!(response, Response::Dispersed { .. } | Response::Receipt(_)) {
                        crash_point::reach(Step::Send);
                    }
                    reply.send(response);
                    drop(permit);
                });
            }
            Some(Event::Announcement {
                announcement,
                verdict,
                ..
            }) => {
                // Dropping the verdict ignores the announcement.
                let _ = announced.try_send((announcement, verdict));
            }
            Some(Event::Connected(peer)) => {
                tracing::debug!(peer = %peer.peer, role = ?peer.role, "peer connected");
                announcements::catch_up(&state, peer);
            }
            Some(Event::Disconnected(peer)) => tracing::debug!(%peer, "peer disconnected"),
        }
    }
}
