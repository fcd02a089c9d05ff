//! What can go wrong in a full node.

use std::path::PathBuf;
use types::{BlobId, ChainId, Coordinates, Epoch, Height, Namespace, Timestamp};

/// The result of what the node does.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why the node could not do what it was asked. [`Error::is_peer_fault`] tells whose fault.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The data folder is open in another process.
    #[error("data folder {folder} is in use by another process")]
    FolderInUse {
        /// The folder.
        folder: PathBuf,
    },
    /// The data folder belongs to another chain.
    #[error("data folder {folder} is of another chain: got {got}, expected {expected}")]
    FolderOfAnotherChain {
        /// The folder.
        folder: PathBuf,
        /// The chain it belongs to.
        got: String,
        /// This node's chain.
        expected: ChainId,
    },
    /// The data folder has a format that this version does not read.
    #[error("data folder {folder} has another format: got {got:?}, expected {expected:?}")]
    FolderVersion {
        /// The folder.
        folder: PathBuf,
        /// Its format.
        got: String,
        /// The format of this version.
        expected: String,
    },
    /// The data folder cannot be written.
    #[error("data folder {folder} cannot be used: {reason}")]
    FolderUnusable {
        /// The folder.
        folder: PathBuf,
        /// What the system said.
        reason: String,
    },
    /// The data folder does not read back as it was written.
    #[error(
        "data folder {folder} is damaged: {reason}; move it away and keep the folder of consensus, \
         which remembers what was signed: a node that starts without the store gets it from its \
         peers"
    )]
    FolderDamaged {
        /// The folder.
        folder: PathBuf,
        /// What was found.
        reason: String,
    },
    /// A port is taken, or an address is not this machine's.
    #[error("cannot listen on {address}: {reason}")]
    Listen {
        /// The address.
        address: String,
        /// What the system said.
        reason: String,
    },
    /// Only a member of the set can be asked for this.
    #[error("this node is no member of validator set {set}, which is to sign")]
    NotAMember {
        /// The set.
        set: types::SetHash,
    },
    /// The store failed; what was being promised was not.
    #[error("store: {0}")]
    Storage(String),
    /// What is in the store does not read back as it was written.
    #[error("store: damaged: {0}")]
    Damaged(String),
    /// A write failed, so that nothing is written any more until the node starts again: what was
    /// being promised was not.
    #[error("the store takes no more writes until the node starts again: {reason}")]
    StoreFailed {
        /// What the first write that failed was told.
        reason: String,
    },
    /// The file system has less room than the node keeps free.
    #[error("{what} need room: got {got} free bytes, expected at least {expected}")]
    NoRoom {
        /// What is not done for lack of it.
        what: &'static str,
        /// Bytes that are free.
        got: u64,
        /// The least for this.
        expected: u64,
    },
    /// A cell offered for storage does not belong to the blob.
    #[error("cell at {at} does not belong to blob {blob}")]
    CellOfAnotherBlob {
        /// Where it claims to stand.
        at: Coordinates,
        /// The blob.
        blob: BlobId,
    },
    /// The node is working on as much as it takes.
    #[error("{what}: {got} at work, at most {max}; retry in {retry_after_ms} ms")]
    Busy {
        /// The queue.
        what: &'static str,
        /// How many are in it.
        got: usize,
        /// How many it takes.
        max: usize,
        /// When to come back.
        retry_after_ms: u64,
    },
    /// A client has used up what it may submit.
    #[error(
        "quota of client {client} per {quota}: got {got}, at most {max}; retry in {retry_after_ms} ms"
    )]
    Quota {
        /// The client's name.
        client: String,
        /// Which quota: per second, per day, or of blobs in flight.
        quota: &'static str,
        /// Bytes not paid for yet, bytes of the day, or blobs.
        got: u64,
        /// Bytes per second, bytes per day, or blobs.
        max: u64,
        /// When to come back.
        retry_after_ms: u64,
    },
    /// The caller has not shown the token of a client.
    #[error("authentication: got {got}, expected the token of a client")]
    Unauthenticated {
        /// What it showed.
        got: &'static str,
    },
    /// The method is for callers on this machine.
    #[error("caller: got {got}, expected one on the node's own machine")]
    Forbidden {
        /// Where it calls from.
        got: String,
    },
    /// The certificates of the gRPC port cannot serve. The operator's fault.
    #[error("TLS: {0}")]
    Tls(String),
    /// What clients have used of their day cannot be read or written.
    #[error("quotas: {0}")]
    Quotas(String),
    /// A peer gave a receipt that another validator has signed.
    #[error("receipt: got one signed by {got} from {peer}, expected the peer's own")]
    ForeignReceipt {
        /// Who has signed.
        got: chain::ValidatorAddress,
        /// Who gave it.
        peer: net::PeerId,
    },
    /// Consensus has halted or failed: the node promises nothing until an operator has looked.
    #[error("the node takes nothing: {reason}")]
    Unfit {
        /// What happened.
        reason: String,
    },
    /// The peer is not a validator of the set, and only those may ask for this.
    #[error("peer {got} is not a validator, expected one of the set")]
    NotBound {
        /// The peer.
        got: net::PeerId,
    },
    /// The payload is longer or shorter than it was said to be.
    #[error("payload: got {got} bytes, expected {expected}")]
    PayloadLength {
        /// Bytes received.
        got: u64,
        /// Bytes announced.
        expected: u64,
    },
    /// The poster expected another blob id.
    #[error("blob id: got {got}, expected {expected}")]
    BlobId {
        /// The id of the bytes received.
        got: BlobId,
        /// The id that the poster gave.
        expected: BlobId,
    },
    /// Nobody here has heard of the blob.
    #[error("blob {0} is unknown")]
    UnknownBlob(BlobId),
    /// The namespace has no blob in that block.
    #[error("namespace {namespace} has no blob at height {height}")]
    NoSuchBlob {
        /// The namespace.
        namespace: Namespace,
        /// The height.
        height: Height,
    },
    /// The blob's retention is over.
    #[error("blob {blob} was pruned at {at}: its retention is over")]
    PrunedBlob {
        /// The blob.
        blob: BlobId,
        /// When this node pruned it.
        at: Timestamp,
    },
    /// The blob is on its way, but its data is not complete here and could not be pulled.
    #[error("blob {blob}: {got} of {expected} rows are here, and peers do not give the rest")]
    IncompleteBlob {
        /// The blob.
        blob: BlobId,
        /// Rows complete here.
        got: usize,
        /// Rows of the blob.
        expected: usize,
    },
    /// Not all cells that were asked for are here.
    #[error("block {height}: {got} of {expected} cells are here")]
    LackingCells {
        /// The block.
        height: Height,
        /// Cells that are here.
        got: usize,
        /// Cells asked for.
        expected: usize,
    },
    /// The parts of a stream came in the wrong order, too late or not at all.
    #[error("stream: got {got}, expected {expected}")]
    Stream {
        /// What came.
        got: &'static str,
        /// What had to come.
        expected: &'static str,
    },
    /// The blob is not final yet, so there is nothing to prove.
    #[error("blob {blob} is {state}, expected final")]
    NotFinal {
        /// The blob.
        blob: BlobId,
        /// Its state.
        state: &'static str,
    },
    /// There is no such block yet.
    #[error("height {got} is unknown, the last is {last}")]
    UnknownHeight {
        /// The height asked for.
        got: Height,
        /// The last final height.
        last: Height,
    },
    /// A block that a peer called final is not the one that its header commits to, or breaks a
    /// rule.
    #[error("block {height}: {reason}")]
    FalseBlock {
        /// Its height.
        height: Height,
        /// What is wrong with it.
        reason: String,
    },
    /// There is no header with that hash.
    #[error("header {0} is unknown")]
    UnknownHeader(types::HeaderHash),
    /// There is no validator set with that hash.
    #[error("validator set {0} is unknown")]
    UnknownSet(types::SetHash),
    /// A validator that approves a change of its set approves another one for the same epoch.
    /// The fault of whoever runs it.
    #[error("{signer} approves change {expected} for epoch {epoch} already: got {got}")]
    OtherApproval {
        /// The validator.
        signer: chain::ValidatorAddress,
        /// The epoch from which both would hold.
        epoch: Epoch,
        /// The second change.
        got: chain::Digest,
        /// The first.
        expected: chain::Digest,
    },
    /// A noun was malformed.
    #[error(transparent)]
    Types(#[from] types::Error),
    /// A receipt, certificate, header or block did not hold.
    #[error(transparent)]
    Chain(#[from] chain::Error),
    /// Cells or commitments did not hold.
    #[error(transparent)]
    Commitments(#[from] commitments::CommitmentError),
    /// A payload could not be laid out or read back.
    #[error(transparent)]
    Erasure(#[from] erasure::ErasureError),
    /// The network failed.
    #[error(transparent)]
    Net(#[from] net::Error),
    /// A message was malformed.
    #[error(transparent)]
    Proto(#[from] proto::Error),
    /// Consensus failed or halted.
    #[error(transparent)]
    Consensus(#[from] crate::consensus::ConsensusError),
    /// The node is stopping.
    #[error("the node is stopping")]
    Stopping,
}

impl Error {
    /// Whether whoever sent the input is at fault, and not this node or its machine.
    #[must_use]
    pub fn is_peer_fault(&self) -> bool {
        match self {
            Self::CellOfAnotherBlob { .. }
            | Self::ForeignReceipt { .. }
            | Self::NotBound { .. }
            | Self::FalseBlock { .. }
            | Self::PayloadLength { .. }
            | Self::BlobId { .. }
            | Self::UnknownBlob(_)
            | Self::NoSuchBlob { .. }
            | Self::UnknownHeight { .. }
            | Self::UnknownHeader(_)
            | Self::UnknownSet(_)
            | Self::Quota { .. }
            | Self::Unauthenticated { .. }
            | Self::Forbidden { .. }
            | Self::Stream { .. }
            | Self::Types(_)
            | Self::Proto(_) => true,
            // Where an epoch ends, nodes that are a height apart know different sets.
            Self::Chain(chain::Error::WrongSet { .. } | chain::Error::WrongEpoch { .. }) => false,
            Self::Chain(error) => error.is_peer_fault(),
            Self::Commitments(error) => error.is_peer_fault(),
            Self::Erasure(error) => error.is_peer_fault(),
            Self::Net(error) => error.is_peer_fault(),
            _ => false,
        }
    }
}

impl From<rocksdb::Error> for Error {
    fn from(error: rocksdb::Error) -> Self {
        if error.kind() == rocksdb::ErrorKind::Corruption {
            Self::Damaged(error.into_string())
        } else {
            Self::Storage(error.into_string())
        }
    }
}
