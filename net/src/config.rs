//! How a node takes part.

use libp2p::Multiaddr;
use std::time::Duration;
use types::ChainId;

/// A node's part in the network.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Role {
    /// Stores, serves and forwards; found by others through Kademlia.
    Full,
    /// Samples; finds others, and is found only where it listens and by those who ask for
    /// [`Request::Peers`](crate::Request::Peers).
    Light,
}

/// How a node takes part.
#[derive(Debug, Clone)]
pub struct NetConfig {
    /// The chain: nodes of different chains speak different protocols.
    pub chain_id: ChainId,
    /// Where to listen: QUIC (`/udp/…/quic-v1`) or TCP; port 0 takes a free one. May be empty.
    pub listen: Vec<Multiaddr>,
    /// Whom to stay connected to, with or without `/p2p/…`. Tried again for ever, less and
    /// less often.
    pub bootstrap: Vec<Multiaddr>,
    /// The part.
    pub role: Role,
    /// The bounds.
    pub limits: NetLimits,
}

/// What a node allows others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NetLimits {
    /// Most connections that others open: a sixteenth from one address, an eighth kept for
    /// bootstrap peers and validators.
    pub max_peers: u32,
    /// Full nodes to look for before resting.
    pub target_peers: usize,
    /// Events that wait for the application; when full, requests are answered Busy.
    pub event_queue: usize,
    /// Requests of others under way at once; one peer has at most a quarter.
    pub concurrent_requests: usize,
    /// What a full node or a bound validator may ask.
    pub full: Quota,
    /// What a light node may ask.
    pub light: Quota,
    /// How long a ban lasts.
    pub ban: Duration,
}

impl Default for NetLimits {
    fn default() -> Self {
        Self {
            max_peers: 256,
            target_peers: 16,
            event_queue: 256,
            concurrent_requests: 256,
            full: Quota {
                requests_per_second: 500,
                request_burst: 2_000,
                bytes_per_second: 128 << 20,
                byte_burst: 512 << 20,
            },
            light: Quota {
                requests_per_second: 50,
                request_burst: 200,
                bytes_per_second: 4 << 20,
                byte_burst: 32 << 20,
            },
            ban: Duration::from_secs(600),
        }
    }
}

impl NetLimits {
    /// What a phone allows others: 32 connections, 8 requests at once, 256 KiB a second for
    /// each peer. It keeps samples, and gives them to those who cannot have them elsewhere.
    #[must_use]
    pub fn phone() -> Self {
        let quota = Quota {
            requests_per_second: 10,
            request_burst: 100,
            bytes_per_second: 256 << 10,
            byte_burst: 4 << 20,
        };
        Self {
            max_peers: 32,
            target_peers: 16,
            event_queue: 64,
            concurrent_requests: 8,
            full: quota,
            light: quota,
            ..Self::default()
        }
    }
}

/// How much one peer may ask: a rate, and how far ahead of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quota {
    /// Requests per second, on average.
    pub requests_per_second: u32,
    /// Requests at once after a rest.
    pub request_burst: u32,
    /// Bytes of requests and answers per second, on average. A cell of a parity row, which has
    /// to be computed, counts as 16 more.
    pub bytes_per_second: u64,
    /// Bytes at once after a rest.
    pub byte_burst: u64,
}
