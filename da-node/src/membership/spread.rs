//! Approvals between nodes.

use crate::state::{News, State};
use crate::{Error, Result};
use chain::{UnverifiedApproval, UnverifiedSetChange};
use net::{Announcement, PeerId, Request, Response};
use std::sync::Arc;
use std::time::Duration;

/// How often this node tells its approvals again, to whoever was away or behind.
const TELL_INTERVAL: Duration = Duration::from_secs(15);
const ASK_DEADLINE: Duration = Duration::from_secs(5);

/// Tells this node's approvals again and again, until the node stops.
pub(crate) async fn spread(state: Arc<State>) {
    loop {
        for (change, approval) in state.membership.own() {
            tell(&state, change, approval).await;
        }
        tokio::select! {
            () = state.stop.cancelled() => return,
            () = tokio::time::sleep(TELL_INTERVAL) => {}
        }
    }
}

/// Tells everyone of an approval.
pub(crate) async fn tell(state: &State, change: UnverifiedSetChange, approval: UnverifiedApproval) {
    let announcement = Announcement::Approval { change, approval };
    if let Err(error) = state.network.announce(announcement).await {
        tracing::debug!(%error, "approval not announced");
    }
}

/// Asks a full node for the approvals that were told while this node was away.
pub(crate) async fn ask(state: &Arc<State>, peer: PeerId) {
    let asked = state
        .network
        .request(peer, Request::Approvals, ASK_DEADLINE);
    let answer = tokio::select! {
        () = state.stop.cancelled() => return,
        answer = asked => answer,
    };
    let Ok(Response::Approvals(changes)) = answer else {
        return;
    };
    let worker = Arc::clone(state);
    let taken = state.compute(move || {
        for (change, approvals) in changes {
            for approval in approvals {
                if let Err(error) = take(&worker, change.clone(), approval) {
                    tracing::debug!(%error, "approval not taken in");
                    // One that lies about one approval gets no time for more of them.
                    if !matches!(error, Error::OtherApproval { .. }) {
                        break;
                    }
                }
            }
        }
    });
    if taken.await.is_err() {
        tracing::debug!("stopped while taking approvals in");
    }
}

/// Takes an approval in, where the chain stands now.
pub(crate) fn take(
    state: &State,
    change: UnverifiedSetChange,
    approval: UnverifiedApproval,
) -> Result<News> {
    let (next, tenure) = state.upcoming()?;
    state.membership.take(change, approval, next, tenure.set())
}
