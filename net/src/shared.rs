//! What the handle, the swarm's task and the connections' tasks share.

use crate::config::Role;
use crate::event::PeerInfo;
use crate::score::{Offence, Scores};
use chain::ValidatorAddress;
use libp2p::{Multiaddr, PeerId};
use std::collections::{HashMap, HashSet};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError, RwLock};
use std::time::{Duration, Instant};
use tokio::sync::Notify;
use types::Height;

/// Application bytes: frames of requests and answers, payloads of announcements. Transport,
/// discovery and repeated gossip are not in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Traffic {
    /// Bytes that came in.
    pub received: u64,
    /// Bytes that went out; an announcement counts once, however many peers it goes to.
    pub sent: u64,
}

/// How far a peer is believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Rank {
    /// It has not passed the Hello, or not yet.
    Unknown,
    /// A light node.
    Light,
    /// A full node, as it says.
    Full,
    /// It speaks for a validator, or is trusted as one: it may send large requests.
    Validator,
}

/// Shared state. Locks are held for the length of a map operation, never across an await.
#[derive(Debug)]
pub(crate) struct Shared {
    /// Peers that passed the Hello.
    peers: RwLock<HashMap<PeerId, PeerInfo>>,
    listening: RwLock<Vec<Multiaddr>>,
    /// The validators that count as such; every bound one while there is no list.
    validators: RwLock<Option<HashSet<ValidatorAddress>>>,
    /// Peers that count as validators whatever they speak for.
    trusted: RwLock<HashSet<PeerId>>,
    /// Rings when a peer has passed the Hello.
    admitted: Notify,
    scores: Mutex<Scores>,
    /// Rings when somebody has been banned.
    pub(crate) banned: Notify,
    tip: AtomicU64,
    received: AtomicU64,
    sent: AtomicU64,
}

impl Shared {
    pub(crate) fn new(scores: Scores) -> Self {
        Self {
            peers: RwLock::default(),
            listening: RwLock::default(),
            validators: RwLock::default(),
            trusted: RwLock::default(),
            admitted: Notify::new(),
            scores: Mutex::new(scores),
            banned: Notify::new(),
            tip: AtomicU64::new(0),
            received: AtomicU64::new(0),
            sent: AtomicU64::new(0),
        }
    }

    pub(crate) fn peers(&self) -> Vec<PeerInfo> {
        let peers = self.peers.read().unwrap_or_else(PoisonError::into_inner);
        peers.values().cloned().collect()
    }

    pub(crate) fn peer(&self, peer: &PeerId) -> Option<PeerInfo> {
        let peers = self.peers.read().unwrap_or_else(PoisonError::into_inner);
        peers.get(peer).cloned()
    }

    /// Changes the table of peers.
    pub(crate) fn with_peers<T>(&self, f: impl FnOnce(&mut HashMap<PeerId, PeerInfo>) -> T) -> T {
        f(&mut self.peers.write().unwrap_or_else(PoisonError::into_inner))
    }

    /// Lets a peer in, and tells those who wait for it.
    pub(crate) fn admit(&self, info: PeerInfo) {
        self.with_peers(|peers| peers.insert(info.peer, info));
        self.admitted.notify_waiters();
    }

    pub(crate) fn set_validators(&self, validators: HashSet<ValidatorAddress>) {
        *self
            .validators
            .write()
            .unwrap_or_else(PoisonError::into_inner) = Some(validators);
    }

    pub(crate) fn set_trusted(&self, peers: HashSet<PeerId>) {
        *self.trusted.write().unwrap_or_else(PoisonError::into_inner) = peers;
    }

    fn is_trusted(&self, peer: &PeerId) -> bool {
        let trusted = self.trusted.read().unwrap_or_else(PoisonError::into_inner);
        trusted.contains(peer)
    }

    /// Whether this names a validator, and one of the list if there is one.
    pub(crate) fn trusts(&self, validator: Option<ValidatorAddress>) -> bool {
        let list = self
            .validators
            .read()
            .unwrap_or_else(PoisonError::into_inner);
        validator.is_some_and(|address| list.as_ref().is_none_or(|list| list.contains(&address)))
    }

    /// Whether a peer may send large requests: only who is bound to a validator may.
    pub(crate) fn may_send_large(&self, peer: &PeerId) -> bool {
        self.rank(peer) == Rank::Validator
    }

    pub(crate) fn rank(&self, peer: &PeerId) -> Rank {
        let known = {
            let peers = self.peers.read().unwrap_or_else(PoisonError::into_inner);
            peers.get(peer).map(|info| (info.role, info.validator))
        };
        match known {
            None => Rank::Unknown,
            Some((_, validator)) if self.trusts(validator) || self.is_trusted(peer) => {
                Rank::Validator
            }
            Some((Role::Full, _)) => Rank::Full,
            Some((Role::Light, _)) => Rank::Light,
        }
    }

    /// A peer's rank; waits for one that is about to pass the Hello, but not for long.
    pub(crate) async fn rank_soon(&self, peer: &PeerId, wait: Duration) -> Rank {
        let known = async {
            loop {
                let admitted = self.admitted.notified();
                tokio::pin!(admitted);
                // Before the look: what happens in between must ring, too.
                admitted.as_mut().enable();
                match self.rank(peer) {
                    Rank::Unknown => admitted.await,
                    rank => return rank,
                }
            }
        };
        let known = tokio::time::timeout(wait, known).await;
        known.unwrap_or(Rank::Unknown)
    }

    /// Full nodes that passed the Hello.
    pub(crate) fn full_peers(&self) -> usize {
        let peers = self.peers.read().unwrap_or_else(PoisonError::into_inner);
        peers.values().filter(|p| p.role == Role::Full).count()
    }

    pub(crate) fn listening(&self) -> Vec<Multiaddr> {
        let addrs = self
            .listening
            .read()
            .unwrap_or_else(PoisonError::into_inner);
        addrs.clone()
    }

    pub(crate) fn set_listening(&self, addrs: Vec<Multiaddr>) {
        *self
            .listening
            .write()
            .unwrap_or_else(PoisonError::into_inner) = addrs;
    }

    fn scores(&self) -> MutexGuard<'_, Scores> {
        self.scores.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes an offence, and rings when it bans the peer.
    pub(crate) fn report(&self, peer: PeerId, offence: Offence) {
        tracing::debug!(%peer, ?offence, "offence");
        if self.scores().record(peer, offence, Instant::now()) {
            tracing::warn!(%peer, ?offence, "banned");
            self.banned.notify_one();
        }
    }

    /// Bans a peer outright.
    pub(crate) fn ban(&self, peer: PeerId, reason: &str) {
        tracing::warn!(%peer, reason, "banned");
        self.scores().ban(peer, Instant::now());
        self.banned.notify_one();
    }

    pub(crate) fn is_banned(&self, peer: &PeerId) -> bool {
        self.scores().is_banned(peer, Instant::now())
    }

    pub(crate) fn all_banned(&self) -> Vec<PeerId> {
        self.scores().banned(Instant::now())
    }

    pub(crate) fn tip(&self) -> Height {
        Height::new(self.tip.load(Ordering::Relaxed))
    }

    pub(crate) fn set_tip(&self, tip: Height) {
        self.tip.store(tip.get(), Ordering::Relaxed);
    }

    pub(crate) fn count_received(&self, bytes: usize) {
        self.received.fetch_add(bytes as u64, Ordering::Relaxed);
    }

    pub(crate) fn count_sent(&self, bytes: usize) {
        self.sent.fetch_add(bytes as u64, Ordering::Relaxed);
    }

    pub(crate) fn traffic(&self) -> Traffic {
        Traffic {
            received: self.received.load(Ordering::Relaxed),
            sent: self.sent.load(Ordering::Relaxed),
        }
    }
}
