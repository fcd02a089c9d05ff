//! What the network tells the application.

use crate::announcement::Announcement;
use crate::config::Role;
use crate::message::{Request, Response};
use chain::ValidatorAddress;
use libp2p::{Multiaddr, PeerId};
use tokio::sync::oneshot;
use types::Height;

/// A peer that passed the Hello.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PeerInfo {
    /// Its name.
    pub peer: PeerId,
    /// Its part, as it says.
    pub role: Role,
    /// The validator that speaks through it; proven. Whether it is in a set, the set knows.
    pub validator: Option<ValidatorAddress>,
    /// The newest final height that it had when it said Hello, as it says.
    pub tip: Height,
    /// Where it can be reached, as far as known.
    pub addrs: Vec<Multiaddr>,
}

impl PeerInfo {
    /// Whether it stores and serves, or speaks for a validator.
    #[must_use]
    pub fn is_full(&self) -> bool {
        self.role == Role::Full || self.validator.is_some()
    }
}

/// Something that happened on the network.
#[derive(Debug)]
#[expect(
    clippy::large_enum_variant,
    reason = "a bounded channel of these is small; a box for each would only add an allocation"
)]
pub enum Event {
    /// A peer asks. The request is well-formed and within its bounds.
    Request {
        /// Who asks.
        peer: PeerId,
        /// What.
        request: Request,
        /// Where the answer goes.
        reply: Reply,
    },
    /// A peer passes an announcement on. It goes no further until it is accepted.
    Announcement {
        /// Who passed it on.
        from: PeerId,
        /// What it says.
        announcement: Announcement,
        /// What becomes of it.
        verdict: Verdict,
    },
    /// A peer passed the Hello.
    Connected(PeerInfo),
    /// A peer that had passed the Hello is gone.
    Disconnected(PeerId),
}

/// Where an answer goes. Dropped, it answers Busy.
#[derive(Debug)]
pub struct Reply(pub(crate) oneshot::Sender<Response>);

impl Reply {
    /// Answers. Nothing happens when the asker has gone.
    pub fn send(self, response: Response) {
        let _ = self.0.send(response);
    }
}

/// What was made of an announcement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Judgement {
    Accept,
    Reject,
    Ignore,
}

/// What becomes of an announcement. Dropped, it is ignored.
#[derive(Debug)]
pub struct Verdict(pub(crate) oneshot::Sender<Judgement>);

impl Verdict {
    /// It is true, and goes on to others.
    pub fn accept(self) {
        let _ = self.0.send(Judgement::Accept);
    }

    /// It is false: it stops here, and whoever passed it on is to blame.
    pub fn reject(self) {
        let _ = self.0.send(Judgement::Reject);
    }

    /// It may be true and is of no use here: it stops here, and nobody is to blame.
    pub fn ignore(self) {
        let _ = self.0.send(Judgement::Ignore);
    }
}
