//! Knowing other light nodes before they are needed: full nodes name those that listen.

use crate::Result;
use crate::client::sampler::own_randomness;
use crate::client::{Shared, now};
use futures::future::join_all;
use net::{Multiaddr, PeerId, Request, Response};
use rand::seq::IteratorRandom;
use std::collections::VecDeque;
use std::convert::Infallible;
use std::time::Duration;
use tokio::time::Instant;

/// How often a peer is asked for others: what idles shall sleep.
const ASK_EVERY: Duration = Duration::from_secs(30);
/// How often while it knows few, and how often a node without full nodes looks for light ones.
const ASK_SOON: Duration = Duration::from_secs(5);
/// Acquaintances that are enough to sleep longer.
const ENOUGH: usize = 8;
/// How soon after the start; until then there is nobody to ask.
const FIRST_ASK: Duration = Duration::from_secs(2);
/// Addresses dialled at once.
const DIALS: usize = 8;
/// How long a dial may take.
const DIAL_TIME: Duration = Duration::from_secs(3);

/// Addresses of light nodes: of each peer one, the newest [`Book::LENGTH`].
#[derive(Debug, Default)]
pub(super) struct Book {
    addrs: VecDeque<(PeerId, Multiaddr)>,
}

impl Book {
    const LENGTH: usize = 64;

    /// Notes an address, in place of an older one of the same peer.
    pub(super) fn note(&mut self, peer: PeerId, addr: Multiaddr) {
        self.addrs.retain(|(known, _)| *known != peer);
        self.addrs.push_back((peer, addr));
        if self.addrs.len() > Self::LENGTH {
            self.addrs.pop_front();
        }
    }

    /// How many peers are in it.
    pub(super) fn len(&self) -> usize {
        self.addrs.len()
    }

    /// Strikes a peer that could not be reached: others will name it if it is there.
    fn strike(&mut self, peer: &PeerId) {
        self.addrs.retain(|(known, _)| known != peer);
    }
}

/// Asks a random peer for light nodes every now and then, connects with them once full nodes are
/// gone, and forgets what is too old to be kept. Never ends by itself.
pub(crate) async fn stay_acquainted(shared: &Shared) -> Result<Infallible> {
    let mut rng = own_randomness()?;
    let (mut next, mut had_full) = (Instant::now() + FIRST_ASK, false);
    loop {
        let is_due = tokio::select! {
            () = tokio::time::sleep_until(next) => true,
            () = shared.help.departure.notified() => false,
        };
        let peers = shared.peers.net().connected_peers();
        let has_full = peers.iter().any(net::PeerInfo::is_full);
        // The last full node has left: others of its friends will be sought at once, too.
        if !is_due && (has_full || !had_full) {
            continue;
        }
        had_full = has_full;
        shared.help.held().expire(now());
        if !has_full {
            look_around(shared).await;
        } else if let Some(info) = peers.into_iter().choose(&mut rng) {
            ask(shared, info.peer).await;
        }
        let pause = if has_full && shared.help.book().len() >= ENOUGH {
            ASK_EVERY
        } else {
            ASK_SOON
        };
        next = Instant::now() + pause;
    }
}

/// Asks one peer for light nodes and notes them.
async fn ask(shared: &Shared, peer: PeerId) {
    let net = shared.peers.net();
    let timeout = shared.config.request_timeout;
    let Ok(Response::Peers(addrs)) = net.request(peer, Request::Peers, timeout).await else {
        return;
    };
    let local = net.local_peer();
    let mut book = shared.help.book();
    for addr in addrs {
        if let Some(named) = net::named_peer(&addr)
            && named != local
        {
            book.note(named, addr);
        }
    }
}

/// Asks everybody for light nodes and connects with some that are not connected yet.
pub(super) async fn look_around(shared: &Shared) {
    let net = shared.peers.net();
    let peers = net.connected_peers().into_iter().map(|info| info.peer);
    join_all(peers.take(DIALS).map(|peer| ask(shared, peer))).await;
    let Ok(mut rng) = own_randomness() else {
        return;
    };
    let strangers: Vec<(PeerId, Multiaddr)> = {
        let book = shared.help.book();
        let strangers = book
            .addrs
            .iter()
            .filter(|(peer, _)| net.peer(peer).is_none());
        strangers.cloned().sample(&mut rng, DIALS)
    };
    let dials = strangers.into_iter().map(async |(peer, addr)| {
        let dialled = tokio::time::timeout(DIAL_TIME, net.dial(addr)).await;
        if !matches!(dialled, Ok(Ok(_))) {
            shared.help.book().strike(&peer);
        }
    });
    join_all(dials).await;
}

#[cfg(test)]
mod tests;
