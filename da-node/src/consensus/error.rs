//! What can go wrong while ordering.

use super::codec::CodecError;
use std::path::{Path, PathBuf};
use types::{ChainId, HeaderHash, Height, Round};

/// The result of what the consensus module does.
pub type Result<T, E = ConsensusError> = std::result::Result<T, E>;

/// Why blocks could not be ordered. [`ConsensusError::is_peer_fault`] tells whose fault.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ConsensusError {
    /// The engine halted for safety in this run or an earlier one; an operator must look first.
    #[error(
        "consensus is halted for safety: {reason}; remove {} only after restoring the log",
        marker.display()
    )]
    Halted {
        /// The file that keeps the node from starting.
        marker: PathBuf,
        /// What the engine reported.
        reason: String,
    },
    /// A network address that the engine cannot use.
    #[error("{what} {got:?} cannot be used: {reason}")]
    Address {
        /// Which address.
        what: &'static str,
        /// The text received.
        got: String,
        /// What is wrong with it.
        reason: String,
    },
    /// The engine failed to start or stopped by itself.
    #[error("consensus engine: {0}")]
    Engine(String),
    /// A file of the consensus folder could not be read or written.
    #[error("{what} {}: {reason}", path.display())]
    File {
        /// What the file is.
        what: &'static str,
        /// Where it is.
        path: PathBuf,
        /// What the system said.
        reason: String,
    },
    /// A vote or a proposal that contradicts or precedes what was signed already.
    #[error("refused to sign {got}: already signed {expected}")]
    Conflict {
        /// The step asked for.
        got: String,
        /// The last step signed.
        expected: String,
    },
    /// A signature of this validator came from the network, and was not made here.
    #[error(
        "{got} was signed with this validator's key, and not here: the key is in use elsewhere, \
         or this folder was restored from a backup"
    )]
    SignedElsewhere {
        /// What was signed.
        got: String,
    },
    /// The record of signed steps is open in another process.
    #[error("{} is in use by another process", path.display())]
    GuardInUse {
        /// The file.
        path: PathBuf,
    },
    /// Neither slot of the record of signed steps is whole.
    #[error("{}: got {got} whole slots, expected at least one", path.display())]
    GuardCorrupt {
        /// The file.
        path: PathBuf,
        /// Slots that are whole.
        got: usize,
    },
    /// The record of signed steps belongs to another chain or another key.
    #[error("{}: signed for chain {got}, expected {expected}, with this key", path.display())]
    GuardForeign {
        /// The file.
        path: PathBuf,
        /// The chain it was kept for.
        got: ChainId,
        /// This node's chain.
        expected: ChainId,
    },
    /// The network decided a value whose bytes were never seen here.
    #[error("height {height} decided {value}, whose bytes are not here")]
    UnknownDecision {
        /// The height.
        height: Height,
        /// The header's hash.
        value: HeaderHash,
    },
    /// A round has as many proposals already as one proposer may have there.
    #[error("height {height}, round {round}: another proposal, expected at most {max}")]
    RoundFull {
        /// The height.
        height: Height,
        /// The round.
        round: Round,
        /// The most that are kept.
        max: usize,
    },
    /// A message or a stored value was malformed.
    #[error(transparent)]
    Codec(#[from] CodecError),
    /// A noun was malformed.
    #[error(transparent)]
    Types(#[from] types::Error),
    /// A certificate or a block did not hold.
    #[error(transparent)]
    Chain(#[from] chain::Error),
    /// The node behind [`Application`](super::Application) failed.
    #[error("node: {0}")]
    Application(String),
}

impl ConsensusError {
    /// Whether whoever sent the input is at fault, and not this node or its machine.
    #[must_use]
    pub fn is_peer_fault(&self) -> bool {
        match self {
            Self::Codec(_) | Self::Types(_) | Self::RoundFull { .. } => true,
            Self::Chain(error) => error.is_peer_fault(),
            _ => false,
        }
    }

    pub(super) fn file(what: &'static str, path: &Path, reason: impl std::fmt::Display) -> Self {
        Self::File {
            what,
            path: path.to_owned(),
            reason: reason.to_string(),
        }
    }
}
