//! What can go wrong in a light node.

use chain::Checkpoint;
use std::net::SocketAddr;
use std::path::PathBuf;
use types::{BlobId, ChainId, CommitmentsRoot, Height, SetHash, Timestamp};

/// The result of a light node's work.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What can go wrong. A block that cannot be judged is no error but an undecided verdict.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A miss probability that cannot be aimed at. Our user's fault.
    #[error("a miss probability of {got}: expected at least {min} and below 1")]
    Confidence {
        /// The probability given.
        got: f64,
        /// The smallest that is allowed.
        min: f64,
    },
    /// A number of samples that cannot be asked for. Our user's fault.
    #[error("{got} samples per block: expected 1 to {max}")]
    SampleCount {
        /// The number given.
        got: u32,
        /// The largest that is allowed.
        max: u32,
    },
    /// A day's budget that cannot be kept. Our user's fault.
    #[error("{got} megabytes per day: expected 1 to {max}")]
    Budget {
        /// The number given.
        got: u32,
        /// The largest that is allowed.
        max: u32,
    },
    /// No address to join the network by. Our user's fault.
    #[error("no bootstrap address given: a light node joins by at least one")]
    NoBootstrap,
    /// A checkpoint above the genesis does not tell the chain. Our user's fault.
    #[error(
        "the checkpoint {checkpoint} does not name its chain: only one at height 0 does; give \
         the chain's id with it"
    )]
    ChainRequired {
        /// The checkpoint.
        checkpoint: Checkpoint,
    },
    /// A checkpoint at height 0 that names another chain than the one given. Our user's fault.
    #[error("the checkpoint is the genesis of {got}, but the chain is to be {expected}")]
    OtherChain {
        /// The chain that the checkpoint names.
        got: ChainId,
        /// The chain given.
        expected: ChainId,
    },
    /// A genesis that is not the checkpoint's. The peer's fault.
    #[error("a genesis of chain {got} in place of that of {expected}")]
    OtherGenesis {
        /// The hash of what the peer gave.
        got: ChainId,
        /// The checkpoint's hash.
        expected: ChainId,
    },
    /// A validator set other than the one asked for. The peer's fault.
    #[error("validator set {got} in place of {expected}")]
    OtherSet {
        /// The hash of what the peer gave.
        got: SetHash,
        /// The hash asked for.
        expected: SetHash,
    },
    /// A certified header of a time that has not come: our clock is slow, or more than a third of
    /// the validators lied about the time. Nothing is trusted by it for now.
    #[error("a certified header of {header} ms after 1970, but our clock says {now}: is it slow?")]
    ClockBehind {
        /// The header's time.
        header: Timestamp,
        /// Our clock's.
        now: Timestamp,
    },
    /// Commitments, more or fewer than the header's rows. The peer's fault.
    #[error("{got} commitments for a block of {expected} rows")]
    CommitmentCount {
        /// How many came.
        got: usize,
        /// How many the header says.
        expected: usize,
    },
    /// Samples were to be verified against another block's commitments. Our fault.
    #[error("commitments of another block: root {got:?} in place of {expected}")]
    OtherBlock {
        /// The root of the commitments, if they have one.
        got: Option<CommitmentsRoot>,
        /// The root of the block that is sampled.
        expected: CommitmentsRoot,
    },
    /// A height for which no peer gave a header that can be verified.
    #[error("no peer gave a header of height {height} that can be verified")]
    NoHeader {
        /// The height.
        height: Height,
    },
    /// A block that could not be rebuilt in time from what peers hold.
    #[error(
        "block {height} was not rebuilt: {got} of its cells were held or claimed by {peers} \
         peers, expected {expected}"
    )]
    NotRebuilt {
        /// The height.
        height: Height,
        /// Cells that somebody held or claimed to hold, of the whole grid.
        got: usize,
        /// What would have been enough, in words.
        expected: &'static str,
        /// Peers that were asked.
        peers: usize,
    },
    /// A blob whose commitments are not among the block's. Our user's fault.
    #[error("blob {got} is not in block {height}")]
    NotInBlock {
        /// The blob.
        got: BlobId,
        /// The block's height.
        height: Height,
    },
    /// The node is not in a state to do this: it halted on a fork, or was shut down.
    #[error("the light node has stopped: {reason}")]
    Stopped {
        /// Why.
        reason: String,
    },
    /// The folder for the node's state cannot be used. Our machine's fault.
    #[error("{path}: {source}")]
    DataDir {
        /// The file or folder.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// A file of the node's state that does not read. Our machine's fault.
    #[error("{path}: not the state of a light node: {reason}")]
    State {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// In a former run the chain forked; the file holds the evidence. Nothing of the chain can
    /// be trusted until a person has looked at it. The validators' fault.
    #[error(
        "{path}: in a former run two certified headers contradicted one another, and the \
         evidence is there: nothing of this chain is trusted while it is"
    )]
    ForkOnRecord {
        /// The file.
        path: PathBuf,
    },
    /// A checkpoint at the height of the header trusted in former runs, which is another one.
    /// Our user's fault, or the sign of a fork.
    #[error("{path}: former runs trusted {got}, but the checkpoint given is {expected}")]
    OtherCheckpoint {
        /// The file.
        path: PathBuf,
        /// What was trusted.
        got: Checkpoint,
        /// The checkpoint given.
        expected: Checkpoint,
    },
    /// The system gives no randomness. Our machine's fault.
    #[error("the system's randomness: {0}")]
    Randomness(rand::rngs::SysError),
    /// A page at an address that other machines can reach. Our user's fault.
    #[error("a page at {got}: expected an address of loopback, such as 127.0.0.1:8780")]
    NotLoopback {
        /// The address given.
        got: SocketAddr,
    },
    /// The page's address cannot be had. Our machine's fault.
    #[error("no page at {at}: {source}")]
    PageAddress {
        /// The address.
        at: SocketAddr,
        /// What the system says.
        source: std::io::Error,
    },
    /// No node with this folder shows a page. Our user's fault.
    #[error("{path}: no light node with this folder shows a page; start it with --page")]
    NoPage {
        /// The file that would say where.
        path: PathBuf,
    },
    /// Nobody answers where a node's page should be. Our user's fault: the node is not running.
    #[error("no light node answers at {at}: {source}")]
    NoNode {
        /// The address.
        at: SocketAddr,
        /// What the system says.
        source: std::io::Error,
    },
    /// Something answers, but it is not the page of a light node of our version. Our user's
    /// fault.
    #[error("{at} is not the page of a light node: {reason}")]
    NotAPage {
        /// The address.
        at: SocketAddr,
        /// What is wrong with the answer.
        reason: String,
    },
    /// A noun that cannot be.
    #[error(transparent)]
    Types(#[from] types::Error),
    /// Headers, certificates, sets; forks among them.
    #[error(transparent)]
    Chain(#[from] chain::Error),
    /// Commitments and proofs.
    #[error(transparent)]
    Commitments(#[from] commitments::CommitmentError),
    /// The codes.
    #[error(transparent)]
    Erasure(#[from] erasure::ErasureError),
    /// The network.
    #[cfg(feature = "client")]
    #[error(transparent)]
    Net(Box<net::Error>),
}

#[cfg(feature = "client")]
impl From<net::Error> for Error {
    fn from(error: net::Error) -> Self {
        Self::Net(Box::new(error))
    }
}

impl Error {
    /// Whether whoever sent what we looked at is to blame.
    #[must_use]
    pub fn is_peer_fault(&self) -> bool {
        match self {
            Self::OtherGenesis { .. }
            | Self::OtherSet { .. }
            | Self::CommitmentCount { .. }
            | Self::Types(_) => true,
            Self::Chain(error) => error.is_peer_fault(),
            Self::Commitments(error) => error.is_peer_fault(),
            Self::Erasure(error) => error.is_peer_fault(),
            #[cfg(feature = "client")]
            Self::Net(error) => error.is_peer_fault(),
            Self::Confidence { .. }
            | Self::SampleCount { .. }
            | Self::Budget { .. }
            | Self::ClockBehind { .. }
            | Self::NoBootstrap
            | Self::ChainRequired { .. }
            | Self::OtherChain { .. }
            | Self::OtherBlock { .. }
            | Self::NoHeader { .. }
            | Self::NotRebuilt { .. }
            | Self::NotInBlock { .. }
            | Self::Stopped { .. }
            | Self::DataDir { .. }
            | Self::State { .. }
            | Self::ForkOnRecord { .. }
            | Self::OtherCheckpoint { .. }
            | Self::NotLoopback { .. }
            | Self::PageAddress { .. }
            | Self::NoPage { .. }
            | Self::NoNode { .. }
            | Self::NotAPage { .. }
            | Self::Randomness(_) => false,
        }
    }
}
