//! Who is there: connections, Hellos, departures.

use super::{Pending, Service};
use crate::bootstrap::named_peer;
use crate::codec::Inbound;
use crate::config::Quota;
use crate::error::{Error, Result};
use crate::event::{Event, PeerInfo};
use crate::gate::Share;
use crate::hello::{Greeted, Hello};
use crate::message::wire::{Answer, Ask};
use crate::message::{Question, Request};
use crate::score::Offence;
use libp2p::core::ConnectedPoint;
use libp2p::request_response::ResponseChannel;
use libp2p::swarm::dial_opts::DialOpts;
use libp2p::swarm::{ConnectionId, DialError};
use libp2p::{Multiaddr, PeerId};
use std::time::{Duration, Instant};
use tokio::sync::oneshot;

/// How long a peer may take to say Hello.
const HELLO_TIMEOUT: Duration = Duration::from_secs(10);
/// Requests that may wait for their sender's Hello.
const MAX_HELD: usize = 16;

/// A request that came in before its sender's Hello was checked.
pub(super) struct Held {
    pub(super) request: Request,
    pub(super) bytes: usize,
    pub(super) share: Option<Share>,
    pub(super) channel: ResponseChannel<Answer>,
}

/// A connected peer.
pub(super) struct Member {
    since: Instant,
    pub(super) addr: Multiaddr,
    /// Where it says that it listens, as far as that is where it is.
    pub(super) listens: Vec<Multiaddr>,
    /// Whether we called it, at least once.
    called: bool,
    /// Whether our Hello is under way.
    asked: bool,
    /// Present once the peer has passed the Hello.
    pub(super) standing: Option<Standing>,
    pub(super) held: Vec<Held>,
    /// Dials that wait for the Hello.
    awaiting: Vec<oneshot::Sender<Result<PeerId>>>,
}

/// A peer that passed the Hello.
#[derive(Clone, Copy)]
pub(super) struct Standing {
    pub(super) quota: Quota,
}

impl Service {
    pub(super) fn dial(&mut self, addr: Multiaddr, done: oneshot::Sender<Result<PeerId>>) {
        if let Some(peer) = named_peer(&addr) {
            if self.shared.is_banned(&peer) {
                let _ = done.send(Err(Error::Banned { peer }));
                return;
            }
            if let Some(member) = self.members.get_mut(&peer) {
                if member.standing.is_some() {
                    let _ = done.send(Ok(peer));
                } else {
                    member.awaiting.push(done);
                }
                return;
            }
        }
        let options = DialOpts::from(addr.clone());
        let connection = options.connection_id();
        match self.swarm.dial(options) {
            Ok(()) => {
                self.dials.insert(connection, done);
            }
            Err(error) => {
                let reason = error.to_string();
                let _ = done.send(Err(Error::Dial { addr, reason }));
            }
        }
    }

    pub(super) fn on_dial_failed(
        &mut self,
        connection: ConnectionId,
        peer: Option<PeerId>,
        error: &DialError,
    ) {
        tracing::debug!(?peer, %error, "dial failed");
        self.bootstrap.failed(connection, Instant::now());
        if let Some(done) = self.dials.remove(&connection) {
            let addr = match error {
                DialError::Transport(tried) => tried.first().map(|(addr, _)| addr.clone()),
                DialError::WrongPeerId { address, .. } => Some(address.clone()),
                _ => None,
            };
            let _ = done.send(Err(Error::Dial {
                addr: addr.unwrap_or_else(Multiaddr::empty),
                reason: error.to_string(),
            }));
        }
    }

    pub(super) fn on_connected(
        &mut self,
        peer: PeerId,
        connection: ConnectionId,
        endpoint: &ConnectedPoint,
    ) {
        self.bootstrap.connected(connection, peer);
        let member = self.members.entry(peer).or_insert_with(|| Member {
            since: Instant::now(),
            addr: endpoint.get_remote_address().clone(),
            listens: Vec::new(),
            called: false,
            asked: false,
            standing: None,
            held: Vec::new(),
            awaiting: Vec::new(),
        });
        member.called |= endpoint.is_dialer();
        if let Some(done) = self.dials.remove(&connection) {
            if member.standing.is_some() {
                let _ = done.send(Ok(peer));
            } else {
                member.awaiting.push(done);
            }
        }
        // Whoever called says Hello first. When both called, both do, and no harm is done.
        if endpoint.is_dialer() && member.standing.is_none() && !member.asked {
            member.asked = true;
            let ask = Ask::Hello(self.our_hello());
            let question = Question::of(&ask);
            let exchange = &mut self.swarm.behaviour_mut().exchange;
            let id = exchange.ask(&peer, Inbound::from(ask));
            let pending = Pending {
                peer,
                question,
                answer: None,
            };
            self.pending.insert(id, pending);
        }
    }

    pub(super) fn on_disconnected(&mut self, peer: PeerId) {
        self.bootstrap.disconnected(peer, Instant::now());
        let Some(member) = self.members.remove(&peer) else {
            return;
        };
        for done in member.awaiting {
            let _ = done.send(Err(Error::Disconnected { peer }));
        }
        if member.standing.is_some() {
            self.shared.with_peers(|peers| peers.remove(&peer));
            self.tell(Event::Disconnected(peer));
        }
    }

    /// A Hello has come in, as a question or as an answer.
    pub(super) fn on_hello(
        &mut self,
        peer: PeerId,
        hello: Hello,
        channel: Option<ResponseChannel<Answer>>,
    ) {
        match hello.verify(&self.config.chain_id, &peer) {
            Ok(greeted) if self.has_no_place(&peer, &greeted) => {
                self.turn_away(peer, "all places are taken".to_owned());
            }
            Ok(greeted) => {
                // The answer first: ours must be there before our first request is.
                if let Some(channel) = channel {
                    let answer = Answer::Hello(self.our_hello());
                    self.swarm.behaviour_mut().exchange.answer(channel, answer);
                }
                self.admit(peer, &greeted);
            }
            Err((offence, reason)) => {
                self.shared.report(peer, offence);
                self.turn_away(peer, reason);
                self.enforce_bans();
            }
        }
    }

    /// Whether the peer stands in a place that is kept for others.
    fn has_no_place(&self, peer: &PeerId, greeted: &Greeted) -> bool {
        let doors = &self.swarm.behaviour().doors;
        let came = |member: &Member| member.standing.is_none() && !member.called;
        self.members.get(peer).is_some_and(came)
            && doors.is_crowded()
            && !doors.keeps_place_for(peer, greeted.validator())
    }

    fn admit(&mut self, peer: PeerId, greeted: &Greeted) {
        let limits = self.config.limits;
        let Some(member) = self.members.get_mut(&peer) else {
            return;
        };
        let known = self.shared.peer(&peer).map(|info| info.addrs);
        let info = PeerInfo {
            peer,
            role: greeted.role(),
            validator: greeted.validator(),
            tip: greeted.tip(),
            addrs: known.unwrap_or_else(|| vec![member.addr.clone()]),
        };
        self.shared.admit(info.clone());
        let quota = if info.is_full() {
            limits.full
        } else {
            limits.light
        };
        if member.standing.replace(Standing { quota }).is_some() {
            return;
        }
        let held = self.release(peer);
        self.bootstrap.ready(peer);
        tracing::debug!(%peer, role = ?info.role, "connected");
        self.tell(Event::Connected(info));
        for held in held {
            self.on_request(peer, held);
        }
    }

    /// Lets go of what waited for the peer's Hello: answers the dials, returns the requests.
    fn release(&mut self, peer: PeerId) -> Vec<Held> {
        let Some(member) = self.members.get_mut(&peer) else {
            return Vec::new();
        };
        for done in std::mem::take(&mut member.awaiting) {
            let _ = done.send(Ok(peer));
        }
        std::mem::take(&mut member.held)
    }

    /// Keeps a request until its sender's Hello is checked; gives it back when too many wait.
    pub(super) fn hold(&mut self, peer: PeerId, held: Held) -> Option<Held> {
        match self.members.get_mut(&peer) {
            Some(member) if member.held.len() < MAX_HELD => {
                member.held.push(held);
                None
            }
            _ => Some(held),
        }
    }

    /// Our Hello came to nothing: ends the connection, unless the peer has said Hello by itself.
    pub(super) fn hello_failed(&mut self, peer: PeerId, reason: String) {
        let member = self.members.get(&peer);
        if member.is_some_and(|member| member.standing.is_none()) {
            self.turn_away(peer, reason);
        }
    }

    /// Closes the connection to a peer that did not pass the Hello.
    fn turn_away(&mut self, peer: PeerId, reason: String) {
        tracing::debug!(%peer, reason, "did not pass the Hello");
        if let Some(member) = self.members.get_mut(&peer) {
            for done in std::mem::take(&mut member.awaiting) {
                let reason = reason.clone();
                let _ = done.send(Err(Error::Hello { peer, reason }));
            }
        }
        let _ = self.swarm.disconnect_peer_id(peer);
    }

    pub(super) fn end_overdue_hellos(&mut self, now: Instant) {
        let overdue: Vec<PeerId> = self
            .members
            .iter()
            .filter(|(_, member)| {
                member.standing.is_none()
                    && now.saturating_duration_since(member.since) > HELLO_TIMEOUT
            })
            .map(|(peer, _)| *peer)
            .collect();
        for peer in overdue {
            self.shared.report(peer, Offence::Timeout);
            self.turn_away(peer, "no Hello in time".to_owned());
        }
    }
}
