//! What can go wrong for an operator, and whose fault it is.

use crate::mempool::Refusal;
use settlement::BatchNumber;
use std::path::PathBuf;

/// A result of this crate.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What went wrong.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Text that is no operation, scalar or address (the sender's fault).
    #[error("{what} is malformed")]
    Malformed {
        /// What was to be read.
        what: &'static str,
    },
    /// An operation that the pool does not take (the sender's fault).
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// A rule of the rollup was broken where none can be: our fault.
    #[error(transparent)]
    Ledger(#[from] ledger::Error),
    /// No proof was made.
    #[error(transparent)]
    Validity(#[from] validity::Error),
    /// L1 does not answer, or refuses.
    #[error(transparent)]
    Settlement(Box<settlement::Error>),
    /// The state cannot be derived.
    #[error(transparent)]
    Derivation(Box<derivation::Error>),
    /// A certificate that does not hold (the DA node's fault).
    #[error(transparent)]
    Chain(#[from] chain::Error),
    /// Our own computation failed.
    #[error(transparent)]
    Commitments(#[from] commitments::CommitmentError),
    /// A payload that no blob holds.
    #[error(transparent)]
    Erasure(#[from] erasure::ErasureError),
    /// A noun that does not parse.
    #[error(transparent)]
    Noun(#[from] types::Error),
    /// The DA node refused or did not answer.
    #[error(transparent)]
    Node(#[from] proto::client::ClientError),
    /// A file of ours that cannot be used.
    #[error("{}: {reason}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// Why not.
        reason: String,
    },
    /// A configuration that does not hold together (the operator's fault).
    #[error("{what} is {got}, expected {expected}")]
    Config {
        /// Which setting.
        what: &'static str,
        /// What it says.
        got: String,
        /// What it may say.
        expected: String,
    },
    /// A batch that is made anew out of the journal is another one: the journal is of another
    /// rollup, or rules have changed.
    #[error("batch {number} made anew has {what} {got}, expected {expected}")]
    Diverged {
        /// The batch.
        number: BatchNumber,
        /// What differs.
        what: &'static str,
        /// What came of it.
        got: String,
        /// What the journal says.
        expected: String,
    },
    /// The port cannot be opened.
    #[error("cannot listen on {address}: {reason}")]
    Listen {
        /// The address.
        address: String,
        /// Why not.
        reason: String,
    },
    /// A task of ours was cut off.
    #[error("cancelled: {0}")]
    Cancelled(String),
    /// What a client asks for does not exist (its fault, or too early).
    #[error("{what} is not known")]
    NotFound {
        /// What was asked for.
        what: &'static str,
    },
    /// More than a client may ask for (its fault).
    #[error("{what}: {got}, at most {most}")]
    TooMany {
        /// Of what.
        what: &'static str,
        /// How much was asked for.
        got: u64,
        /// The bound.
        most: u64,
    },
}

impl From<settlement::Error> for Error {
    fn from(error: settlement::Error) -> Self {
        Self::Settlement(Box::new(error))
    }
}

impl From<derivation::Error> for Error {
    fn from(error: derivation::Error) -> Self {
        Self::Derivation(Box::new(error))
    }
}

impl Error {
    /// Whether a file of ours failed under us. What stands in it is not what is in memory, so
    /// that only a process that reads it anew may go on.
    #[must_use]
    pub fn is_fatal(&self) -> bool {
        match self {
            Self::File { .. } => true,
            Self::Settlement(error) => matches!(**error, settlement::Error::File { .. }),
            _ => false,
        }
    }

    /// Whether a prover says of a batch that it is false, and would say so again.
    #[must_use]
    pub const fn is_refutation(&self) -> bool {
        use validity::Error as Proof;
        matches!(
            self,
            Self::Validity(
                Proof::ProofRefused
                    | Proof::WrongStatement { .. }
                    | Proof::TooWide { .. }
                    | Proof::Synthesis(_)
            )
        )
    }

    /// Whether trying again later may help.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Settlement(error) => error.is_transient(),
            Self::Derivation(error) => error.is_transient(),
            Self::Node(_) => true,
            _ => false,
        }
    }
}
