//! Whom to stay connected to, and when to try again. The clock is an argument.

use libp2p::multiaddr::Protocol;
use libp2p::swarm::ConnectionId;
use libp2p::{Multiaddr, PeerId};
use std::time::{Duration, Instant};

const FIRST_WAIT: Duration = Duration::from_millis(500);
const LONGEST_WAIT: Duration = Duration::from_secs(30);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// To be dialled at this time.
    Waiting(Instant),
    /// Being dialled.
    Dialling(ConnectionId),
    /// This peer answered there.
    Connected(PeerId),
}

#[derive(Debug)]
struct Entry {
    addr: Multiaddr,
    state: State,
    wait: Duration,
}

/// The addresses given at the start, each with its next attempt.
#[derive(Debug)]
pub(crate) struct Bootstrap(Vec<Entry>);

impl Bootstrap {
    pub(crate) fn new(addrs: Vec<Multiaddr>, now: Instant) -> Self {
        let entry = |addr| Entry {
            addr,
            state: State::Waiting(now),
            wait: FIRST_WAIT,
        };
        Self(addrs.into_iter().map(entry).collect())
    }

    /// The addresses to dial now. Each is due again only after [`Self::failed`] or
    /// [`Self::disconnected`], so report every one with [`Self::dialling`] or
    /// [`Self::connected`] or [`Self::postpone`].
    pub(crate) fn due(&self, now: Instant) -> Vec<Multiaddr> {
        self.0
            .iter()
            .filter(|entry| matches!(entry.state, State::Waiting(at) if at <= now))
            .map(|entry| entry.addr.clone())
            .collect()
    }

    /// The address is being dialled.
    pub(crate) fn dialling(&mut self, addr: &Multiaddr, connection: ConnectionId) {
        if let Some(entry) = self.0.iter_mut().find(|entry| entry.addr == *addr) {
            entry.state = State::Dialling(connection);
        }
    }

    /// The address could not even be dialled.
    pub(crate) fn postpone(&mut self, addr: &Multiaddr, now: Instant) {
        for entry in self.0.iter_mut().filter(|entry| entry.addr == *addr) {
            entry.back_off(now);
        }
    }

    /// A dial succeeded.
    pub(crate) fn connected(&mut self, connection: ConnectionId, peer: PeerId) {
        for entry in &mut self.0 {
            let named = entry.peer() == Some(peer);
            if entry.state == State::Dialling(connection) || named {
                entry.state = State::Connected(peer);
            }
        }
    }

    /// The peer passed the Hello: the next failure starts from the shortest wait.
    pub(crate) fn ready(&mut self, peer: PeerId) {
        for entry in &mut self.0 {
            if entry.state == State::Connected(peer) {
                entry.wait = FIRST_WAIT;
            }
        }
    }

    /// A dial failed.
    pub(crate) fn failed(&mut self, connection: ConnectionId, now: Instant) {
        for entry in &mut self.0 {
            if entry.state == State::Dialling(connection) {
                entry.back_off(now);
            }
        }
    }

    /// The peer's last connection closed.
    pub(crate) fn disconnected(&mut self, peer: PeerId, now: Instant) {
        for entry in &mut self.0 {
            if entry.state == State::Connected(peer) {
                entry.back_off(now);
            }
        }
    }
}

impl Entry {
    fn back_off(&mut self, now: Instant) {
        self.state = State::Waiting(now + self.wait);
        self.wait = (self.wait * 2).min(LONGEST_WAIT);
    }

    fn peer(&self) -> Option<PeerId> {
        named_peer(&self.addr)
    }
}

/// The peer that an address names with its last part, if it does.
#[must_use]
pub fn named_peer(addr: &Multiaddr) -> Option<PeerId> {
    match addr.iter().last() {
        Some(Protocol::P2p(peer)) => Some(peer),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn addr() -> Multiaddr {
        "/ip4/127.0.0.1/tcp/4001".parse().unwrap()
    }

    fn id(n: usize) -> ConnectionId {
        ConnectionId::new_unchecked(n)
    }

    #[test]
    fn failures_wait_longer_and_longer_up_to_a_bound() {
        let mut now = Instant::now();
        let mut bootstrap = Bootstrap::new(vec![addr()], now);
        let mut waits = Vec::new();
        for attempt in 0..10 {
            assert_eq!(bootstrap.due(now), [addr()]);
            bootstrap.dialling(&addr(), id(attempt));
            assert!(bootstrap.due(now + LONGEST_WAIT).is_empty());
            bootstrap.failed(id(attempt), now);
            let next = (0..)
                .map(|tick| now + FIRST_WAIT * tick)
                .find(|at| !bootstrap.due(*at).is_empty())
                .unwrap();
            waits.push(next - now);
            now = next;
        }
        assert_eq!(waits[..3], [FIRST_WAIT, FIRST_WAIT * 2, FIRST_WAIT * 4]);
        assert_eq!(waits.last(), Some(&LONGEST_WAIT));
        assert!(waits.is_sorted());
    }

    #[test]
    fn a_peer_that_was_there_is_sought_again_soon() {
        let (now, peer) = (Instant::now(), PeerId::random());
        let mut bootstrap = Bootstrap::new(vec![addr()], now);
        for attempt in 0..6 {
            bootstrap.dialling(&addr(), id(attempt));
            bootstrap.failed(id(attempt), now);
        }
        bootstrap.dialling(&addr(), id(7));
        bootstrap.connected(id(7), peer);
        bootstrap.ready(peer);
        assert!(bootstrap.due(now + LONGEST_WAIT).is_empty());
        bootstrap.disconnected(peer, now);
        assert!(bootstrap.due(now).is_empty());
        assert_eq!(bootstrap.due(now + FIRST_WAIT), [addr()]);
    }

    #[test]
    fn a_peer_that_never_passes_the_hello_is_sought_less_and_less() {
        let (now, peer) = (Instant::now(), PeerId::random());
        let mut bootstrap = Bootstrap::new(vec![addr()], now);
        for attempt in 0..3 {
            bootstrap.dialling(&addr(), id(attempt));
            bootstrap.connected(id(attempt), peer);
            bootstrap.disconnected(peer, now);
        }
        assert!(bootstrap.due(now + FIRST_WAIT * 3).is_empty());
        assert_eq!(bootstrap.due(now + FIRST_WAIT * 4), [addr()]);
    }

    #[test]
    fn a_named_peer_that_called_us_first_is_not_dialled() {
        let (now, peer) = (Instant::now(), PeerId::random());
        let named = addr().with(Protocol::P2p(peer));
        assert_eq!(named_peer(&named), Some(peer));
        assert_eq!(named_peer(&addr()), None);
        let mut bootstrap = Bootstrap::new(vec![named], now);
        bootstrap.connected(id(1), peer);
        assert!(bootstrap.due(now).is_empty());
    }
}
