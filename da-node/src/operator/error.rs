//! What can be wrong with an operator's files, and how a process ends.

use super::process::Exit;
use crate::consensus::ConsensusError;
use std::path::{Path, PathBuf};
use types::ChainId;

/// The result of working on an operator's files.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why a node could not be set up, started or kept running.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A file that cannot be read or written.
    #[error("{}: {source}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// A file that is there already. Nothing is ever overwritten.
    #[error("{} is there already and is not overwritten", path.display())]
    Exists {
        /// The file.
        path: PathBuf,
    },
    /// A file that is longer than anything of its kind.
    #[error("{}: got more than {max} bytes, expected at most that", path.display())]
    TooLarge {
        /// The file.
        path: PathBuf,
        /// The most that is read.
        max: usize,
    },
    /// A secret that others on this machine can read.
    #[error("{}: got mode {got:o}, expected {expected:o}: others can read this secret", path.display())]
    Exposed {
        /// The file.
        path: PathBuf,
        /// Its permission bits.
        got: u32,
        /// The widest that is accepted.
        expected: u32,
    },
    /// A file whose contents are not of its kind.
    #[error("{}: not a {what}: {problem}", path.display())]
    Malformed {
        /// The file.
        path: PathBuf,
        /// What it was to be.
        what: &'static str,
        /// Where it is wrong, and how.
        problem: String,
    },
    /// The passphrase does not open the key, or the file is damaged.
    #[error("{}: the passphrase does not open this key, or the file is damaged", path.display())]
    WrongPassphrase {
        /// The key's file.
        path: PathBuf,
    },
    /// The key is under a passphrase, and none was given.
    #[error("{}: this key needs a passphrase: name its file, or start at a terminal", path.display())]
    PassphraseNeeded {
        /// The key's file.
        path: PathBuf,
    },
    /// A passphrase that is none.
    #[error("passphrase: got {got} bytes, expected {min} to {max}")]
    PassphraseLength {
        /// Bytes received.
        got: usize,
        /// The least.
        min: usize,
        /// The most.
        max: usize,
    },
    /// The two entries of a new passphrase differ, or nobody is at the terminal.
    #[error("passphrase: {0}")]
    Prompt(String),
    /// A number out of its bounds.
    #[error("{what}: got {got}, expected {min} to {max}")]
    OutOfRange {
        /// The number.
        what: &'static str,
        /// Its value.
        got: u64,
        /// The least.
        min: u64,
        /// The most.
        max: u64,
    },
    /// An address that cannot serve where it stands.
    #[error("{what}: got {got}, expected {expected}")]
    Address {
        /// Where it stands.
        what: &'static str,
        /// The address.
        got: String,
        /// What belongs there.
        expected: &'static str,
    },
    /// The same peer named twice, where each may stand once.
    #[error("{what}: {got} is named twice")]
    Twice {
        /// Where.
        what: &'static str,
        /// Who.
        got: String,
    },
    /// A chain with several validators needs every validator's consensus address.
    #[error("consensus.peers: got none, expected those of {expected} other validators")]
    NoConsensusPeers {
        /// How many others there are.
        expected: usize,
    },
    /// The genesis is of another chain than the configuration says.
    #[error("{}: got chain {got}, expected {expected}", path.display())]
    OtherChain {
        /// The genesis.
        path: PathBuf,
        /// Its chain.
        got: ChainId,
        /// The chain that the configuration names.
        expected: ChainId,
    },
    /// The system refused what every process needs.
    #[error("{what}: {reason}")]
    System {
        /// What was asked of the system.
        what: &'static str,
        /// What it said.
        reason: String,
    },
    /// A genesis, a key or a proof of possession that does not hold.
    #[error(transparent)]
    Chain(#[from] chain::Error),
    /// Threads that cannot be had.
    #[error(transparent)]
    Commitments(#[from] commitments::CommitmentError),
    /// The node did not start.
    #[error(transparent)]
    Node(#[from] crate::Error),
}

impl Error {
    /// How a process that fails for this reason ends.
    #[must_use]
    pub fn exit(&self) -> Exit {
        match self {
            Self::File { .. } | Self::System { .. } | Self::Commitments(_) => Exit::Failure,
            Self::Node(crate::Error::Consensus(error)) => consensus_exit(error),
            Self::Node(crate::Error::Tls(_)) => Exit::Configuration,
            Self::Node(crate::Error::FolderOfAnotherChain { .. }) => Exit::Configuration,
            Self::Node(
                crate::Error::FolderDamaged { .. }
                | crate::Error::StoreFailed { .. }
                | crate::Error::Storage(_)
                | crate::Error::Damaged(_),
            ) => Exit::Storage,
            Self::Node(_) => Exit::Failure,
            _ => Exit::Configuration,
        }
    }

    pub(super) fn file(path: &Path) -> impl FnOnce(std::io::Error) -> Self {
        move |source| Self::File {
            path: path.into(),
            source,
        }
    }

    pub(super) fn malformed(path: &Path, what: &'static str, problem: impl ToString) -> Self {
        Self::Malformed {
            path: path.into(),
            what,
            problem: problem.to_string(),
        }
    }
}

/// What must not be tried again without somebody having looked.
fn consensus_exit(error: &ConsensusError) -> Exit {
    match error {
        ConsensusError::Halted { .. } | ConsensusError::GuardCorrupt { .. } => Exit::Halted,
        ConsensusError::GuardForeign { .. } | ConsensusError::Address { .. } => Exit::Configuration,
        _ => Exit::Failure,
    }
}
