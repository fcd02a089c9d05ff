//! Finding peers, and staying connected to those named at the start.

use super::Service;
use crate::behaviour::{identify_protocol, kad_protocol};
use crate::config::Role;
use crate::doors::Origin;
use crate::message::{MAX_PEERS, Response, is_short};
use libp2p::multiaddr::Protocol;
use libp2p::swarm::DialError;
use libp2p::swarm::dial_opts::{DialOpts, PeerCondition};
use libp2p::{Multiaddr, PeerId, identify};
use rand::seq::SliceRandom;
use std::collections::HashMap;
use std::time::{Duration, Instant};

/// How often to look for more full nodes while there are too few.
const SEARCH_EVERY: Duration = Duration::from_secs(5);
/// Peers dialled in one search.
const MAX_DIALS: usize = 8;
/// Addresses believed of one peer.
const MAX_ADDRS: usize = 8;
/// Peers at one address that one answer names: addresses cost more than names.
const MAX_PEERS_PER_ORIGIN: usize = 2;

impl Service {
    /// Dials the bootstrap addresses that are due.
    pub(super) fn reconnect(&mut self, now: Instant) {
        for addr in self.bootstrap.due(now) {
            let options = DialOpts::from(addr.clone());
            let connection = options.connection_id();
            match self.swarm.dial(options) {
                Ok(()) => self.bootstrap.dialling(&addr, connection),
                Err(error) => {
                    if matches!(error, DialError::LocalPeerId { .. }) {
                        tracing::debug!(%addr, "a bootstrap address is our own");
                    }
                    self.bootstrap.postpone(&addr, now);
                }
            }
        }
    }

    /// Looks for full nodes while too few are connected.
    pub(super) fn search(&mut self, now: Instant) {
        let has_enough = self.shared.full_peers() >= self.config.limits.target_peers;
        if now < self.next_search || self.members.is_empty() || has_enough {
            return;
        }
        self.next_search = now + SEARCH_EVERY;
        let kad = &mut self.swarm.behaviour_mut().kad;
        kad.get_closest_peers(PeerId::random());
        let known: Vec<PeerId> = kad
            .kbuckets()
            .flat_map(|bucket| {
                bucket
                    .iter()
                    .map(|entry| *entry.node.key.preimage())
                    .collect::<Vec<_>>()
            })
            .collect();
        let strangers = known
            .into_iter()
            .filter(|peer| !self.members.contains_key(peer))
            .take(MAX_DIALS)
            .collect::<Vec<_>>();
        for peer in strangers {
            let options = DialOpts::peer_id(peer)
                .condition(PeerCondition::DisconnectedAndNotDialing)
                .build();
            if let Err(error) = self.swarm.dial(options) {
                tracing::trace!(%peer, %error, "dial");
            }
        }
    }

    /// Notes the addresses of full nodes of this chain, so that others can find them.
    pub(super) fn on_identify(&mut self, event: identify::Event) {
        let identify::Event::Received { peer_id, info, .. } = event else {
            return;
        };
        let chain = &self.config.chain_id;
        if info.protocol_version != identify_protocol(chain) {
            return;
        }
        let addrs: Vec<_> = info.listen_addrs.into_iter().take(MAX_ADDRS).collect();
        let kad = kad_protocol(chain);
        if info.protocols.iter().any(|name| name.as_ref() == kad) {
            for addr in &addrs {
                let kad = &mut self.swarm.behaviour_mut().kad;
                kad.add_address(&peer_id, addr.clone());
            }
        }
        if let Some(member) = self.members.get_mut(&peer_id) {
            member.listens = reachable(peer_id, &member.addr, &addrs);
        }
        self.shared.with_peers(|peers| {
            if let Some(known) = peers.get_mut(&peer_id)
                && !addrs.is_empty()
            {
                known.addrs = addrs;
            }
        });
    }

    /// Light nodes that others can reach: a random choice, of each one address. Who asks knows
    /// itself, and finds full nodes through Kademlia.
    pub(super) fn reachable_peers(&self, asker: PeerId) -> Response {
        let mut addrs: Vec<&Multiaddr> = self
            .members
            .iter()
            .filter(|(peer, member)| {
                let light = |peer| {
                    let info = self.shared.peer(peer);
                    info.is_some_and(|info| info.role == Role::Light)
                };
                **peer != asker && member.standing.is_some() && light(peer)
            })
            .filter_map(|(_, member)| member.listens.first())
            .collect();
        addrs.shuffle(&mut rand::rng());
        let mut origins: HashMap<Origin, usize> = HashMap::new();
        addrs.retain(|addr| {
            let Some(origin) = Origin::of(addr) else {
                return true;
            };
            let named = origins.entry(origin).or_default();
            *named += 1;
            *named <= MAX_PEERS_PER_ORIGIN
        });
        Response::Peers(addrs.into_iter().take(MAX_PEERS).cloned().collect())
    }
}

/// Those of a peer's listening addresses at which it is seen: nobody shall be able to send
/// others to a third party. Each is completed by the peer's name.
fn reachable(peer: PeerId, seen_at: &Multiaddr, claimed: &[Multiaddr]) -> Vec<Multiaddr> {
    let host = |addr: &Multiaddr| match addr.iter().next() {
        Some(ip @ (Protocol::Ip4(_) | Protocol::Ip6(_))) => Some(ip.acquire()),
        _ => None,
    };
    let seen = host(seen_at);
    claimed
        .iter()
        .filter(|addr| seen.is_some() && host(addr) == seen)
        .filter_map(|addr| addr.clone().with_p2p(peer).ok())
        .filter(is_short)
        .collect()
}

#[cfg(test)]
mod tests;
