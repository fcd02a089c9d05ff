//! What can go wrong between a rollup and its data.

use proto::client::ClientError;
use settlement::{BatchNumber, L1Time};
use std::net::SocketAddr;
use std::path::PathBuf;
use types::{BlobId, ChainId};

/// The result of a rollup's calls.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why a rollup did not get what it asked for. [`Error::is_peer_fault`] tells whether the node
/// that it talks to is at fault.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The node works on another chain: the wrong node, or a wrong configuration.
    #[error("the node's chain: got {got}, expected {expected}")]
    OtherChain {
        /// The node's chain.
        got: ChainId,
        /// The rollup's.
        expected: ChainId,
    },
    /// A right certificate, proof or payload of another blob. The node's fault.
    #[error("{what}: of blob {got}, expected {expected}")]
    OtherBlob {
        /// What was received.
        what: &'static str,
        /// The blob that it belongs to.
        got: BlobId,
        /// The blob asked for.
        expected: BlobId,
    },
    /// The call failed.
    #[error(transparent)]
    Client(#[from] ClientError),
    /// A certificate or proof does not hold. The node's fault.
    #[error(transparent)]
    Chain(#[from] chain::Error),
    /// A payload cannot be laid out in rows: ours when we post it, the node's when it returns it.
    #[error(transparent)]
    Erasure(#[from] erasure::ErasureError),
    /// Commitments could not be computed. Our machine's fault.
    #[error(transparent)]
    Commitments(#[from] commitments::CommitmentError),
    /// A noun was malformed: ours when we post it, the node's when it returns it.
    #[error(transparent)]
    Types(#[from] types::Error),
    /// Settlement on L1 did not go as it should.
    #[error(transparent)]
    Settlement(Box<settlement::Error>),
    /// The embedded L1 did not do what it was asked.
    #[error(transparent)]
    L1(Box<l1::Error>),
    /// A light node did not start or cannot go on.
    #[error(transparent)]
    LightNode(Box<light_node::Error>),
    /// A rollup's state cannot be derived.
    #[error(transparent)]
    Derivation(Box<derivation::Error>),
    /// A proof cannot be made.
    #[error(transparent)]
    Validity(Box<validity::Error>),
    /// The state does not allow what was asked of it.
    #[error(transparent)]
    Ledger(#[from] ledger::Error),
    /// Nobody can leave a rollup by force while its operators do what they must.
    #[error("the rollup runs: {}", match until {
        Some(until) => format!("at {now} nothing is overdue, the oldest operation is after {until}"),
        None => format!("at {now} no operation waits; a forced withdrawal gives it a deadline"),
    })]
    StillRunning {
        /// L1's time.
        now: L1Time,
        /// The oldest operation's deadline; none when none waits.
        until: Option<L1Time>,
    },
    /// Batches can still be challenged, so that the last roots are not known.
    #[error(
        "batch {newest} is not final, batch {last} is the last: ask again when its window is over"
    )]
    StillPending {
        /// The last final batch.
        last: BatchNumber,
        /// The newest batch.
        newest: BatchNumber,
    },
    /// Data of a tree's last root is missing, here and on the networks.
    #[error("the state {tree} cannot be derived: data of its last root is missing")]
    StateUnknown {
        /// Which tree.
        tree: ledger::Tree,
    },
    /// A kind of statement with neither keys nor attestors (the deployer's fault).
    #[error("nobody verifies {what}: give {flag}, or for development --attestor")]
    Unverified {
        /// What is to be verified.
        what: &'static str,
        /// What names the keys.
        flag: &'static str,
    },
    /// Keys of another circuit than L1's verifier of a rollup is to have, or has.
    #[error("keys of {what}: got {got}, expected {expected}")]
    OtherKeys {
        /// Of which statements.
        what: &'static str,
        /// What was given.
        got: String,
        /// What would do.
        expected: String,
    },
    /// The exits' verifier has other keys: a proof by these would be refused.
    #[error("the exits' verifier at {verifier} does not have these keys of {shape}")]
    NoSuchKeys {
        /// What the keys are of.
        shape: validity::Shape,
        /// The contract.
        verifier: settlement::Address,
    },
    /// Which keys the exits' verifier has cannot be read, so that their place must be named.
    #[error("the exits' verifier at {verifier} does not tell its keys, name their place: {reason}")]
    KeysUntold {
        /// The contract.
        verifier: settlement::Address,
        /// What came of asking.
        reason: String,
    },
    /// Some of an escape was done, and the rest failed.
    #[error("{}", told(reasons))]
    Unfinished {
        /// What was done.
        left: Box<crate::escape::Left>,
        /// Why not the rest.
        reasons: Vec<Error>,
    },
    /// A program of ours did not start, or ended before it should. Our machine's fault.
    #[error("{program}: {reason}")]
    Process {
        /// The program.
        program: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// A part of the demonstration did not do what it is for.
    #[error("{what}: {reason}")]
    Stage {
        /// Which part.
        what: &'static str,
        /// What it did instead.
        reason: String,
    },
    /// A file could not be read or written. Our machine's fault.
    #[error("{path}: {reason}")]
    File {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// A page that others could reach.
    #[error("the page's address: got {got}, expected one of this machine's loopback")]
    NotLoopback {
        /// The address.
        got: SocketAddr,
    },
    /// The page cannot have its address. Our machine's fault.
    #[error("the page at {at}: {reason}")]
    Listen {
        /// The address.
        at: SocketAddr,
        /// What is wrong with it.
        reason: String,
    },
    /// What an explorer was told to ask cannot be asked.
    #[error("{what}: got {got:?}, expected {expected}")]
    Source {
        /// Whom.
        what: &'static str,
        /// What was given.
        got: String,
        /// What would do.
        expected: &'static str,
    },
    /// A computation was cut off, as when the program ends.
    #[error("a computation was cut off: {0}")]
    Cancelled(String),
}

impl Error {
    /// Whether the node is at fault, and not this rollup or its machine.
    #[must_use]
    pub fn is_peer_fault(&self) -> bool {
        match self {
            Self::OtherBlob { .. } => true,
            Self::Client(error) => error.is_peer_fault(),
            Self::Chain(error) => error.is_peer_fault(),
            _ => false,
        }
    }
}

fn told(reasons: &[Error]) -> String {
    let reasons: Vec<String> = reasons.iter().map(ToString::to_string).collect();
    reasons.join("; ")
}

macro_rules! boxed {
    ($($variant:ident: $error:ty),*) => {$(
        impl From<$error> for Error {
            fn from(error: $error) -> Self {
                Self::$variant(Box::new(error))
            }
        }
    )*};
}

// Each is larger than everything else here together.
boxed!(
    Settlement: settlement::Error,
    L1: l1::Error,
    LightNode: light_node::Error,
    Derivation: derivation::Error,
    Validity: validity::Error
);
