//! What can go wrong between nodes.

use libp2p::{Multiaddr, PeerId};
use std::time::Duration;

/// The result of an operation on the network.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// A failure on the network. [`Error::is_peer_fault`] says whose.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// An address that cannot be listened on: taken, or not this machine's. Our fault.
    #[error("cannot listen on {addr}: {reason}")]
    Listen {
        /// The address.
        addr: Multiaddr,
        /// What the system says.
        reason: String,
    },
    /// The transports could not be set up. Our fault.
    #[error("cannot set up the network: {reason}")]
    SetUp {
        /// What failed.
        reason: String,
    },
    /// An address at which nobody could be reached. Nobody's fault.
    #[error("cannot reach {addr}: {reason}")]
    Dial {
        /// The address.
        addr: Multiaddr,
        /// Why not.
        reason: String,
    },
    /// A peer that did not pass the Hello: another chain, a forged binding, or no Assay node.
    #[error("peer {peer} did not pass the Hello: {reason}")]
    Hello {
        /// The peer.
        peer: PeerId,
        /// What was wrong with it.
        reason: String,
    },
    /// A peer that is not connected, or has not passed the Hello yet. Nobody's fault.
    #[error("peer {peer} is not connected")]
    NotConnected {
        /// The peer.
        peer: PeerId,
    },
    /// A peer that is banned.
    #[error("peer {peer} is banned")]
    Banned {
        /// The peer.
        peer: PeerId,
    },
    /// No answer in time. It is not known whether the request arrived.
    #[error("peer {peer} did not answer within {after:?}")]
    Timeout {
        /// The peer.
        peer: PeerId,
        /// The time it had.
        after: Duration,
    },
    /// The connection ended before the answer. It is not known whether the request arrived.
    #[error("peer {peer} disconnected before it answered")]
    Disconnected {
        /// The peer.
        peer: PeerId,
    },
    /// The exchange broke: a stream was reset, a protocol refused, a frame cut short.
    #[error("exchange with peer {peer} broke: {reason}")]
    Transport {
        /// The peer.
        peer: PeerId,
        /// What broke.
        reason: String,
    },
    /// An answer to another question than the one asked, or outside what was asked.
    #[error("peer {peer} answered beside the question: {mismatch}")]
    WrongAnswer {
        /// The peer.
        peer: PeerId,
        /// How the answer does not fit.
        mismatch: Box<Mismatch>,
    },
    /// A request or an announcement of our own outside its bounds. Our fault.
    #[error("{what}: got {got}, expected {min}..={max}")]
    OutOfBounds {
        /// What is outside.
        what: &'static str,
        /// Its value.
        got: u64,
        /// The least allowed.
        min: u64,
        /// The most allowed.
        max: u64,
    },
    /// A message that is no message of ours.
    #[error(transparent)]
    Message(#[from] MessageError),
    /// The network has been shut down.
    #[error("the network has stopped")]
    Stopped,
}

impl Error {
    /// Whether the peer is at fault, as far as can be known: silence and broken connections
    /// are nobody's proven fault.
    #[must_use]
    pub const fn is_peer_fault(&self) -> bool {
        matches!(
            self,
            Self::Hello { .. } | Self::WrongAnswer { .. } | Self::Message(_) | Self::Banned { .. }
        )
    }
}

/// How an answer does not fit its question.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{what}: got {got}, expected {expected}")]
pub struct Mismatch {
    /// What does not fit.
    pub what: &'static str,
    /// What came.
    pub got: String,
    /// What would have fitted.
    pub expected: String,
}

/// What is wrong with a message. The fault lies with whoever sent it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum MessageError {
    /// A frame over its bound.
    #[error("frame: got {got} bytes, expected at most {max}")]
    FrameLength {
        /// The length it announced.
        got: usize,
        /// The most allowed.
        max: usize,
    },
    /// A message that the schema does not allow.
    #[error(transparent)]
    Wire(#[from] proto::Error),
    /// A noun of the chain that is malformed.
    #[error("{field}: {problem}")]
    Chain {
        /// The field.
        field: &'static str,
        /// What is wrong with it.
        problem: String,
    },
    /// Items out of order or twice.
    #[error("{field}: item {item} {problem}")]
    Order {
        /// The field.
        field: &'static str,
        /// Position of the item.
        item: usize,
        /// What is wrong with it.
        problem: &'static str,
    },
    /// Two parts that name different things.
    #[error("{field}: got {got}, expected {expected}")]
    Mismatch {
        /// The field.
        field: &'static str,
        /// What it names.
        got: String,
        /// What it should name.
        expected: String,
    },
}

impl From<MessageError> for std::io::Error {
    fn from(error: MessageError) -> Self {
        Self::new(std::io::ErrorKind::InvalidData, error)
    }
}
