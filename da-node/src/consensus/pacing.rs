//! When a height starts: after peers are there, and after the application says so.
//!
//! A height that nobody needs is held back by not answering the engine. What the network says
//! meanwhile releases it: every vote, proposal, part and status is shown to the application
//! as a height that was seen. None of that is verified, so whatever height is claimed, only the
//! one after the tip is shown: a claim is worth starting one height early, once.

use super::Application;
use super::context::AssayContext;
use malachite::app::engine::consensus::ConsensusRef;
use malachite::app::engine::network::{NetworkEvent, NetworkMsg, NetworkRef, Subscriber};
use malachite::app::engine::util::output_port::{OutputPort, OutputPortSubscriberTrait};
use malachite::app::streaming::StreamContent;
use std::sync::Arc;
use std::time::Duration;
use types::Height;

/// Longest wait for peers before the first height: a proposal that finds no peer costs a round.
const PEERS_WAIT: Duration = Duration::from_secs(2);
const PEERS_POLL: Duration = Duration::from_millis(100);

/// The height that an event shows a peer to work at, or to have decided.
fn height_of(event: &NetworkEvent<AssayContext>) -> Option<Height> {
    match event {
        NetworkEvent::Vote(_, vote) => Some(vote.height.0),
        NetworkEvent::Proposal(_, proposal) => Some(proposal.height.0),
        NetworkEvent::ProposalPart(_, _, part) => match &part.content {
            StreamContent::Data(part) => Some(part.height.0),
            StreamContent::Fin => None,
        },
        NetworkEvent::PolkaCertificate(_, certificate) => Some(certificate.height.0),
        NetworkEvent::RoundCertificate(_, certificate) => Some(certificate.height.0),
        NetworkEvent::Status(_, status) => Some(status.tip_height.0),
        _ => None,
    }
}

/// Shows the application a height that the network is claimed to be at: nothing when the tip
/// has reached it, and never more than the height after the tip.
pub(super) fn show(app: &dyn Application, claimed: Height) {
    if let Some(next) = app.tip().next()
        && claimed >= next
    {
        app.saw(next);
    }
}

/// Shows what an event claims.
pub(super) fn observe(app: &dyn Application, event: &NetworkEvent<AssayContext>) {
    if let Some(claimed) = height_of(event) {
        show(app, claimed);
    }
}

/// Listens beside the engine and tells the application which heights were seen.
struct HeightWatch {
    consensus: ConsensusRef<AssayContext>,
    app: Arc<dyn Application>,
}

impl OutputPortSubscriberTrait<NetworkEvent<AssayContext>> for HeightWatch {
    fn subscribe_to_port(&self, port: &OutputPort<NetworkEvent<AssayContext>>) {
        let app = Arc::clone(&self.app);
        // The port wants an actor to forward to; nothing is forwarded, since the engine listens
        // by itself.
        port.subscribe(self.consensus.clone(), move |event| {
            observe(&*app, &event);
            None
        });
    }
}

impl Subscriber<NetworkEvent<AssayContext>> for HeightWatch {
    fn send(&self, event: NetworkEvent<AssayContext>) {
        observe(&*self.app, &event);
    }
}

/// Shows the application when the network is seen ahead of it.
pub(super) fn watch_heights(
    network: &NetworkRef<AssayContext>,
    consensus: &ConsensusRef<AssayContext>,
    app: &Arc<dyn Application>,
) {
    let watch = HeightWatch {
        consensus: consensus.clone(),
        app: Arc::clone(app),
    };
    if network
        .cast(NetworkMsg::Subscribe(Box::new(watch)))
        .is_err()
    {
        tracing::warn!("the network stopped before its heights could be watched");
    }
}

/// Waits until `expected` peers are connected, for two seconds at most.
pub(super) async fn wait_for_peers(network: &NetworkRef<AssayContext>, expected: usize) {
    let connected = async {
        while expected > 0 && peers(network).await < expected {
            tokio::time::sleep(PEERS_POLL).await;
        }
    };
    if tokio::time::timeout(PEERS_WAIT, connected).await.is_err() {
        tracing::info!(expected, "starting before all validators are connected");
    }
}

async fn peers(network: &NetworkRef<AssayContext>) -> usize {
    let (reply, answer) = tokio::sync::oneshot::channel();
    if network.cast(NetworkMsg::DumpState(reply.into())).is_err() {
        return 0;
    }
    answer
        .await
        .ok()
        .flatten()
        .map_or(0, |state| state.peers.len())
}
