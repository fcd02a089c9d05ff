//! Whom to ask.

use net::{Network, PeerId};
use rand::Rng;
use rand::seq::SliceRandom;
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// The full nodes that we are connected with, less those that asked for a rest.
pub(crate) struct Peers {
    net: Network,
    resting: Mutex<HashMap<PeerId, Instant>>,
}

impl Peers {
    /// No peer rests longer than this, whatever it asks for.
    const LONGEST_REST: Duration = Duration::from_secs(2);
    /// Milliseconds.
    const REST_AFTER_SILENCE: u32 = 1000;

    pub(crate) fn new(net: Network) -> Self {
        Self {
            net,
            resting: Mutex::default(),
        }
    }

    pub(crate) fn net(&self) -> &Network {
        &self.net
    }

    /// Leaves a peer that did not answer in time alone for a while.
    pub(crate) fn rest_silent(&self, peer: PeerId) {
        self.rest(peer, Self::REST_AFTER_SILENCE, Instant::now());
    }

    /// Leaves a busy peer alone for a while.
    pub(crate) fn rest(&self, peer: PeerId, retry_after_ms: u32, now: Instant) {
        let rest = Duration::from_millis(u64::from(retry_after_ms)).min(Self::LONGEST_REST);
        self.resting
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(peer, now + rest);
    }

    /// How many full nodes, and how many others, we are connected with.
    pub(crate) fn connected(&self) -> (usize, usize) {
        let peers = self.net.connected_peers();
        let full = peers.iter().filter(|info| info.is_full()).count();
        (full, peers.len() - full)
    }

    /// Connected full nodes, rested ones only.
    pub(crate) fn ready(&self, now: Instant) -> Vec<PeerId> {
        let mut resting = self.resting.lock().unwrap_or_else(PoisonError::into_inner);
        resting.retain(|_, until| *until > now);
        self.net
            .connected_peers()
            .into_iter()
            .filter(|info| info.is_full() && !resting.contains_key(&info.peer))
            .map(|info| info.peer)
            .collect()
    }

    /// Everybody that may be asked for what can be verified: full nodes in random order, then
    /// light nodes, whose headers and commitments are as good. Rested ones only.
    pub(crate) fn sources(&self, now: Instant, rng: &mut impl Rng) -> Vec<PeerId> {
        let mut peers = self.shuffled(now, rng);
        let resting = self.resting.lock().unwrap_or_else(PoisonError::into_inner);
        let connected = self.net.connected_peers().into_iter();
        let mut light: Vec<PeerId> = connected
            .filter(|info| !info.is_full() && !resting.contains_key(&info.peer))
            .map(|info| info.peer)
            .collect();
        light.shuffle(rng);
        peers.extend(light);
        peers
    }

    /// The same, in random order.
    pub(crate) fn shuffled(&self, now: Instant, rng: &mut impl Rng) -> Vec<PeerId> {
        let mut peers = self.ready(now);
        peers.shuffle(rng);
        peers
    }
}
