//! Whom to let in: so many connections per address, and places kept for those we need.

use crate::shared::Shared;
use chain::ValidatorAddress;
use libp2p::core::Endpoint;
use libp2p::core::transport::PortUse;
use libp2p::multiaddr::Protocol;
use libp2p::swarm::{
    ConnectionDenied, ConnectionId, FromSwarm, NetworkBehaviour, THandler, THandlerInEvent,
    THandlerOutEvent, ToSwarm, dummy,
};
use libp2p::{Multiaddr, PeerId};
use std::collections::{HashMap, HashSet};
use std::convert::Infallible;
use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;
use std::task::{Context, Poll};

/// The part of all inbound places that one address may take, and the least it may.
const ADDRESS_PART: usize = 16;
const LEAST_PER_ADDRESS: usize = 4;
/// The part of all inbound places that is kept for bootstrap peers and validators.
const RESERVED_PART: usize = 8;

/// Why a connection is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Closed {
    #[error("all {max} places are taken")]
    Full { max: usize },
    #[error("the address has its {max} connections")]
    Address { max: usize },
}

/// Connections that count together: one IPv4 address, or one IPv6 network of 64 bits, which is
/// the least that anybody has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Origin {
    V4(Ipv4Addr),
    V6([u16; 4]),
}

impl Origin {
    /// None for this machine's own, and for what is no IP address.
    pub(crate) fn of(addr: &Multiaddr) -> Option<Self> {
        let ip = match addr.iter().next()? {
            Protocol::Ip4(ip) => IpAddr::V4(ip),
            Protocol::Ip6(ip) => IpAddr::V6(ip).to_canonical(),
            _ => return None,
        };
        if ip.is_loopback() {
            return None;
        }
        Some(match ip {
            IpAddr::V4(ip) => Self::V4(ip),
            IpAddr::V6(ip) => {
                let [a, b, c, d, ..] = ip.segments();
                Self::V6([a, b, c, d])
            }
        })
    }
}

/// Counts inbound connections. Who somebody is shows only in the Hello: until then anybody may
/// stand in a place that is kept for others, and [`Doors::is_crowded`] tells whether those who
/// turn out to be nobody in particular have to go.
pub(crate) struct Doors {
    shared: Arc<Shared>,
    bootstrap: HashSet<PeerId>,
    max: usize,
    pending: HashMap<ConnectionId, Option<Origin>>,
    open: HashMap<ConnectionId, (PeerId, Option<Origin>)>,
}

impl Doors {
    pub(crate) fn new(shared: Arc<Shared>, bootstrap: HashSet<PeerId>, max: u32) -> Self {
        Self {
            shared,
            bootstrap,
            max: usize::try_from(max).unwrap_or(usize::MAX),
            pending: HashMap::new(),
            open: HashMap::new(),
        }
    }

    /// Whether a place is kept for the peer, which speaks for this validator if for any.
    pub(crate) fn keeps_place_for(
        &self,
        peer: &PeerId,
        validator: Option<ValidatorAddress>,
    ) -> bool {
        self.bootstrap.contains(peer) || self.shared.trusts(validator)
    }

    /// Whether places are in use that are kept for bootstrap peers and validators.
    pub(crate) fn is_crowded(&self) -> bool {
        self.open.len() > self.for_anybody()
    }

    const fn for_anybody(&self) -> usize {
        self.max - self.max / RESERVED_PART
    }

    fn knock(&mut self, connection: ConnectionId, from: &Multiaddr) -> Result<(), Closed> {
        let origin = Origin::of(from);
        let max = (self.max / ADDRESS_PART).max(LEAST_PER_ADDRESS);
        if origin.is_some() {
            let open = self.open.values().map(|(_, origin)| origin);
            let all = self.pending.values().chain(open);
            if all.filter(|other| **other == origin).count() >= max {
                return Err(Closed::Address { max });
            }
        }
        self.pending.insert(connection, origin);
        Ok(())
    }

    fn enter(&mut self, connection: ConnectionId, peer: PeerId) -> Result<(), Closed> {
        let origin = self.pending.remove(&connection).flatten();
        let is_known = self.bootstrap.contains(&peer) || self.shared.may_send_large(&peer);
        let is_second = self.open.values().any(|(other, _)| *other == peer);
        let max = if is_second && !is_known {
            self.for_anybody()
        } else {
            self.max
        };
        if self.open.len() >= max {
            return Err(Closed::Full { max });
        }
        self.open.insert(connection, (peer, origin));
        Ok(())
    }

    fn leave(&mut self, connection: ConnectionId) {
        self.pending.remove(&connection);
        self.open.remove(&connection);
    }
}

impl NetworkBehaviour for Doors {
    type ConnectionHandler = dummy::ConnectionHandler;
    type ToSwarm = Infallible;

    fn handle_pending_inbound_connection(
        &mut self,
        connection: ConnectionId,
        _: &Multiaddr,
        remote: &Multiaddr,
    ) -> Result<(), ConnectionDenied> {
        self.knock(connection, remote)
            .map_err(ConnectionDenied::new)
    }

    fn handle_established_inbound_connection(
        &mut self,
        connection: ConnectionId,
        peer: PeerId,
        _: &Multiaddr,
        _: &Multiaddr,
    ) -> Result<THandler<Self>, ConnectionDenied> {
        self.enter(connection, peer)
            .map_err(ConnectionDenied::new)?;
        Ok(dummy::ConnectionHandler)
    }

    fn handle_established_outbound_connection(
        &mut self,
        _: ConnectionId,
        _: PeerId,
        _: &Multiaddr,
        _: Endpoint,
        _: PortUse,
    ) -> Result<THandler<Self>, ConnectionDenied> {
        Ok(dummy::ConnectionHandler)
    }

    fn on_swarm_event(&mut self, event: FromSwarm<'_>) {
        match event {
            FromSwarm::ConnectionClosed(closed) => self.leave(closed.connection_id),
            // Also when another behaviour refused what was let in here.
            FromSwarm::ListenFailure(failure) => self.leave(failure.connection_id),
            _ => {}
        }
    }

    fn on_connection_handler_event(
        &mut self,
        _: PeerId,
        _: ConnectionId,
        event: THandlerOutEvent<Self>,
    ) {
        match event {}
    }

    fn poll(&mut self, _: &mut Context<'_>) -> Poll<ToSwarm<Infallible, THandlerInEvent<Self>>> {
        Poll::Pending
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use crate::score::Scores;
    use std::time::Duration;

    fn doors(bootstrap: &[PeerId], max: u32) -> Doors {
        let shared = Arc::new(Shared::new(Scores::new(Duration::from_secs(1))));
        Doors::new(shared, bootstrap.iter().copied().collect(), max)
    }

    fn id(n: usize) -> ConnectionId {
        ConnectionId::new_unchecked(n)
    }

    /// Lets one in from an address after the other, and counts how many come in.
    fn arrivals<'a>(doors: &mut Doors, from: impl IntoIterator<Item = &'a str>) -> usize {
        let before = doors.open.len();
        for (n, addr) in from.into_iter().enumerate() {
            let connection = id(1_000 + n);
            if doors.knock(connection, &addr.parse().unwrap()).is_ok() {
                let _ = doors.enter(connection, PeerId::random());
            }
        }
        doors.open.len() - before
    }

    #[test]
    fn one_address_takes_its_part_and_no_more() {
        let machine = "/ip4/203.0.113.7/tcp/9";
        let mut doors = doors(&[], 256);
        assert_eq!(arrivals(&mut doors, [machine; 100]), 16);
        let error = doors.knock(id(1), &machine.parse().unwrap()).unwrap_err();
        assert_eq!(error, Closed::Address { max: 16 });
        let other = "/ip4/203.0.113.8/udp/9/quic-v1";
        doors.knock(id(2), &other.parse().unwrap()).unwrap();
        doors.leave(id(1_000));
        doors.knock(id(3), &machine.parse().unwrap()).unwrap();
    }

    #[test]
    fn connections_that_are_being_set_up_count() {
        let mut doors = doors(&[], 64);
        let addr: Multiaddr = "/ip4/203.0.113.7/tcp/9".parse().unwrap();
        for n in 0..4 {
            doors.knock(id(n), &addr).unwrap();
        }
        assert_eq!(
            doors.knock(id(4), &addr),
            Err(Closed::Address {
                max: LEAST_PER_ADDRESS
            })
        );
        doors.leave(id(0));
        doors.knock(id(5), &addr).unwrap();
    }

    #[test]
    fn a_network_of_64_bits_counts_as_one_address_and_mapped_addresses_as_ipv4() {
        let mut one = doors(&[], 64);
        let network: Vec<String> = (0..20)
            .map(|n| format!("/ip6/2001:db8::{n:x}/tcp/9"))
            .collect();
        assert_eq!(arrivals(&mut one, network.iter().map(String::as_str)), 4);
        let mut mapped = doors(&[], 64);
        assert_eq!(arrivals(&mut mapped, ["/ip4/203.0.113.7/tcp/9"; 4]), 4);
        let same: Multiaddr = "/ip6/::ffff:203.0.113.7/tcp/9".parse().unwrap();
        assert!(mapped.knock(id(1), &same).is_err());
    }

    #[test]
    fn this_machine_is_bounded_by_the_total_only() {
        let mut doors = doors(&[], 64);
        assert_eq!(arrivals(&mut doors, ["/ip4/127.0.0.1/tcp/9"; 100]), 64);
        assert_eq!(arrivals(&mut doors, ["/ip6/::1/tcp/9"]), 0);
    }

    #[test]
    fn strangers_in_places_kept_for_others_are_told_apart() {
        let friend = PeerId::random();
        let mut doors = doors(&[friend], 64);
        let here: Multiaddr = "/ip4/127.0.0.1/tcp/9".parse().unwrap();
        let stranger = PeerId::random();
        for n in 0..56 {
            doors.knock(id(n), &here).unwrap();
            let peer = if n == 0 { stranger } else { PeerId::random() };
            doors.enter(id(n), peer).unwrap();
        }
        assert!(!doors.is_crowded());
        // A second connection of a stranger's finds no place; the first of another's does, until
        // its Hello.
        doors.knock(id(100), &here).unwrap();
        assert_eq!(
            doors.enter(id(100), stranger),
            Err(Closed::Full { max: 56 })
        );
        for n in 101..103 {
            doors.knock(id(n), &here).unwrap();
            doors.enter(id(n), friend).unwrap();
        }
        assert!(doors.is_crowded());
        assert!(doors.keeps_place_for(&friend, None));
        assert!(!doors.keeps_place_for(&stranger, None));
    }
}
