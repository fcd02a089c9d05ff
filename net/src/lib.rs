//! The network: one libp2p swarm per node, behind a handle.
//!
//! [`Network::start`] spawns the swarm in one tokio task and hands back the handle and a
//! bounded channel of [`Event`]s. Nodes find each other through bootstrap addresses and
//! Kademlia, tell each other who they are in a Hello, ask one another [`Request`]s and spread
//! [`Announcement`]s by gossip.
//!
//! What arrives has passed every bound before memory was set aside for it, and is well-formed;
//! it is still unverified. An answer has further been checked to answer what was asked. Whoever
//! finds a proof or a signature wrong reports the peer ([`Network::report`]).
//!
//! Nothing queues without bound: a peer that asks too much, too often, or while the node is
//! busy, is answered [`Response::Busy`].

mod announcement;
mod behaviour;
mod bootstrap;
mod codec;
mod config;
mod doors;
mod error;
mod event;
mod exchange;
mod frame;
mod gate;
mod handle;
mod hello;
mod identity;
mod message;
mod quota;
mod score;
mod service;
mod shared;

pub use announcement::Announcement;
pub use bootstrap::named_peer;
pub use config::{NetConfig, NetLimits, Quota, Role};
pub use error::{Error, MessageError, Mismatch, Result};
pub use event::{Event, PeerInfo, Reply, Verdict};
pub use handle::Network;
pub use identity::{Binding, Identity};
pub use libp2p::{Multiaddr, PeerId};
pub use message::{
    Disperse, HeldRow, MAX_BLOCKS, MAX_CELLS, MAX_CERTIFICATES, MAX_CHANGES, MAX_GENESIS_BYTES,
    MAX_HEADERS, MAX_HELD_ROWS, MAX_PEERS, MAX_SAMPLES, Request, Response, RowCell, RowCells,
};
pub use score::Offence;
pub use shared::Traffic;
