//! What can go wrong with a network.

use da_node::operator::Exit;
use proto::client::ClientError;
use std::path::{Path, PathBuf};
use std::time::Duration;
use types::BlobId;

/// The result of running a network.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why a network could not do what was asked. [`Error::is_usage`] tells whether it was asked
/// for something that it cannot be.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A number out of its bounds. Our user's fault.
    #[error("{what}: got {got}, expected {min} to {max}")]
    OutOfRange {
        /// The number.
        what: &'static str,
        /// Its value.
        got: f64,
        /// The least.
        min: f64,
        /// The most.
        max: f64,
    },
    /// The data folder holds something else than this network. Our user's fault.
    #[error("data folder {folder}: {what}: got {got}, expected {expected}")]
    Folder {
        /// The folder.
        folder: PathBuf,
        /// What differs.
        what: &'static str,
        /// What was found.
        got: String,
        /// What the configuration asks for.
        expected: String,
    },
    /// A file could not be read or written. Our machine's fault.
    #[error("{path}: {reason}")]
    File {
        /// The file.
        path: PathBuf,
        /// What the system said.
        reason: String,
    },
    /// No free port, or no process, to be had. Our machine's fault.
    #[error("{what}: {reason}")]
    System {
        /// What was asked of the system.
        what: &'static str,
        /// What it said.
        reason: String,
    },
    /// Network namespaces or devices cannot be had here. Our machine's fault: they take Linux
    /// with `/dev/net/tun`, and root or user namespaces.
    #[error("network namespaces: {what}: {reason}")]
    Namespaces {
        /// What was asked of the system.
        what: &'static str,
        /// What it said.
        reason: String,
    },
    /// A full node failed.
    #[error("node {node}: {source}")]
    Node {
        /// Which of them.
        node: usize,
        /// Why.
        source: Box<da_node::Error>,
    },
    /// A light node failed.
    #[error("light node {light}: {source}")]
    Light {
        /// Which of them.
        light: usize,
        /// Why.
        source: Box<light_node::Error>,
    },
    /// A call through gRPC failed.
    #[error("node {node} over gRPC: {source}")]
    Client {
        /// Which node was called.
        node: usize,
        /// Why.
        source: Box<ClientError>,
    },
    /// Blocks were decided without a quorum that can hear one another.
    #[error("got height {to} while a quorum was away, expected none above {from}")]
    NotStalled {
        /// The highest chain when the fault had begun.
        from: u64,
        /// The highest one later.
        to: u64,
    },
    /// A node has evidence against a validator that is honest. The node's fault.
    #[error("node {node} has evidence against {accused}, which is honest")]
    Accused {
        /// The node.
        node: usize,
        /// Whom it accuses.
        accused: chain::ValidatorAddress,
    },
    /// Something did not happen in time.
    #[error("after {} s: {missing}", after.as_secs())]
    Late {
        /// What is missing.
        missing: String,
        /// How long it was waited for.
        after: Duration,
    },
    /// A node named another blob than the one posted. The node's fault.
    #[error("blob id: got {got}, expected {expected}")]
    OtherBlob {
        /// The id received.
        got: BlobId,
        /// The id of what was posted.
        expected: BlobId,
    },
    /// A child process did not do its part.
    #[error("{name}: {reason}; its log ends with:\n{log}")]
    Child {
        /// Which of them.
        name: String,
        /// What happened.
        reason: String,
        /// The end of what it had to say.
        log: String,
    },
    /// A key, a genesis or a configuration that cannot be used.
    #[error(transparent)]
    Operator(#[from] da_node::operator::Error),
    /// A certificate or the genesis did not hold.
    #[error(transparent)]
    Chain(#[from] chain::Error),
    /// The trusted set-up or its threads could not be had.
    #[error(transparent)]
    Commitments(#[from] commitments::CommitmentError),
    /// Cells that lie on no codeword, or outside their grid.
    #[error(transparent)]
    Erasure(#[from] erasure::ErasureError),
    /// A swarm could not be had, or a peer did not answer.
    #[error(transparent)]
    Net(Box<net::Error>),
    /// A noun was malformed.
    #[error(transparent)]
    Types(#[from] types::Error),
}

impl From<net::Error> for Error {
    fn from(error: net::Error) -> Self {
        Self::Net(Box::new(error))
    }
}

impl Error {
    /// Whether the network was asked for something that it cannot be.
    #[must_use]
    pub fn is_usage(&self) -> bool {
        match self {
            Self::OutOfRange { .. } | Self::Folder { .. } => true,
            Self::Operator(error) => error.exit() == Exit::Configuration,
            _ => false,
        }
    }

    /// Refuses none and more than `max` of something.
    pub(crate) fn check_count(what: &'static str, got: u32, max: u32) -> Result<()> {
        if (1..=max).contains(&got) {
            return Ok(());
        }
        Err(Self::OutOfRange {
            what,
            got: f64::from(got),
            min: 1.0,
            max: f64::from(max),
        })
    }

    pub(crate) fn file(path: &Path, reason: impl std::fmt::Display) -> Self {
        Self::File {
            path: path.to_owned(),
            reason: reason.to_string(),
        }
    }

    pub(crate) fn system(what: &'static str, reason: impl std::fmt::Display) -> Self {
        Self::System {
            what,
            reason: reason.to_string(),
        }
    }

    pub(crate) fn node(node: usize) -> impl Fn(da_node::Error) -> Self {
        move |source| Self::Node {
            node,
            source: Box::new(source),
        }
    }

    pub(crate) fn light(light: usize) -> impl Fn(light_node::Error) -> Self {
        move |source| Self::Light {
            light,
            source: Box::new(source),
        }
    }

    pub(crate) fn client(node: usize) -> impl Fn(ClientError) -> Self {
        move |source| Self::Client {
            node,
            source: Box::new(source),
        }
    }
}
