//! What keeps a follower from deriving, and whose fault it is.

use std::path::PathBuf;

/// A result of this crate.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What went wrong.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// L1's node did not answer, or gave what does not decode.
    #[error(transparent)]
    L1(#[from] settlement::Error),
    /// L1 says what the contracts never say: its node lies, or is of another rollup.
    #[error("L1 says {what} is {got}, expected {expected}")]
    Contradiction {
        /// What it says.
        what: &'static str,
        /// What it is.
        got: String,
        /// What the contracts would have said.
        expected: String,
    },
    /// L1 took back more blocks than can be undone: derive anew.
    #[error("L1 went back behind block {kept}, the oldest that can be gone back to")]
    TooDeep {
        /// The oldest block that is remembered.
        kept: u64,
    },
    /// The rollup began with other trees than those given (the owner's fault).
    #[error("the rollup began with the root {expected} {tree}, the state given has {got}")]
    OtherGenesis {
        /// Which tree.
        tree: ledger::Tree,
        /// Of the state given.
        got: String,
        /// On L1.
        expected: String,
    },
    /// A state that is not the one of the batch's roots (fault of whoever gave it).
    #[error("the state given has not the roots of batch {number} {tree}")]
    OtherState {
        /// The batch.
        number: settlement::BatchNumber,
        /// Which tree.
        tree: ledger::Tree,
    },
    /// A row for which nobody asked (the caller's fault).
    #[error("nobody asked for the row of batch {number} {tree}")]
    NotAsked {
        /// The batch.
        number: settlement::BatchNumber,
        /// Whose row.
        tree: ledger::Tree,
    },
    /// A blob of L1 that nobody gives (fault of whoever was asked).
    #[error("the blob {blob} of L1's block {block} cannot be had: {}", reasons.join("; "))]
    NoBlob {
        /// Its versioned hash (EIP-4844).
        blob: settlement::B256,
        /// The block of its transaction.
        block: u64,
        /// Who was asked, and what came of it.
        reasons: Vec<String>,
    },
    /// Nobody who was named keeps blobs of L1: what goes into one could not be read again.
    #[error("L1's blobs cannot be read: {}", reasons.join("; "))]
    NoBlobs {
        /// Who was asked, and what came of it.
        reasons: Vec<String>,
    },
    /// A file of ours that cannot be used.
    #[error("{}: {reason}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// Why not.
        reason: String,
    },
    /// Saved bytes that are not a snapshot of this rollup, or damaged.
    #[error("the snapshot does not hold: {what}")]
    Snapshot {
        /// What is wrong.
        what: &'static str,
    },
    /// Our own computation failed.
    #[error(transparent)]
    Commitments(#[from] commitments::CommitmentError),
    /// Our own computation failed.
    #[error(transparent)]
    Erasure(#[from] erasure::ErasureError),
    /// A state that does not decode.
    #[error(transparent)]
    Ledger(#[from] ledger::Error),
    /// A task of ours was cancelled.
    #[error("cancelled: {0}")]
    Cancelled(String),
}

impl Error {
    /// Whether trying again later may help.
    #[must_use]
    pub const fn is_transient(&self) -> bool {
        match self {
            Self::L1(error) => error.is_transient(),
            Self::TooDeep { .. } | Self::Cancelled(_) | Self::NoBlob { .. } => true,
            _ => false,
        }
    }
}

/// What L1 says against what the contracts would have.
pub(crate) fn contradiction(
    what: &'static str,
    got: impl std::fmt::Debug,
    expected: impl std::fmt::Debug,
) -> Error {
    Error::Contradiction {
        what,
        got: format!("{got:?}"),
        expected: format!("{expected:?}"),
    }
}
