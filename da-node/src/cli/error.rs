//! Why a command did not succeed.

use crate::operator::{self, Exit};
use proto::client::ClientError;
use std::path::{Path, PathBuf};

/// The result of a command.
pub(super) type Result<T, E = CliError> = std::result::Result<T, E>;

/// Why a command did not succeed.
#[derive(Debug, thiserror::Error)]
pub(super) enum CliError {
    /// The node refused, did not answer, or answered nonsense.
    #[error(transparent)]
    Client(#[from] ClientError),
    /// A file that cannot be read or written. The user's fault, or the disk's.
    #[error("{path}: {source}")]
    File {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// A file that is longer than anything of its kind. The user's fault.
    #[error("{path}: got more bytes than {max}, expected at most that")]
    TooLarge {
        /// The file.
        path: PathBuf,
        /// The most that is read.
        max: usize,
    },
    /// A file that is not a validator set. The user's fault.
    #[error("{path} is not a validator set: {problem}")]
    SetFile {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        problem: String,
    },
    /// A file that is not a change of a validator set. The user's fault.
    #[error("{path} is not a change of a validator set: {problem}")]
    ChangeFile {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        problem: String,
    },
    /// Bytes that are not those that were promised. The fault of whoever gave them.
    #[error("{what}: got {got}, expected {expected}")]
    Mismatch {
        /// What was compared.
        what: &'static str,
        /// What came.
        got: String,
        /// What was expected.
        expected: String,
    },
    /// A noun that is none.
    #[error(transparent)]
    Types(#[from] types::Error),
    /// A proof, a header or a certificate that does not hold.
    #[error(transparent)]
    Chain(#[from] chain::Error),
    /// A payload that cannot be laid out.
    #[error(transparent)]
    Erasure(#[from] erasure::ErasureError),
    /// Commitments that cannot be computed.
    #[error(transparent)]
    Commitments(#[from] commitments::CommitmentError),
    /// A message that is none.
    #[error(transparent)]
    Proto(#[from] proto::Error),
    /// A node that cannot be set up or started.
    #[error(transparent)]
    Operator(#[from] operator::Error),
    /// An archive that cannot be written, or is not believed.
    #[error(transparent)]
    Archive(#[from] crate::archive::Error),
    /// A node that ended by itself.
    #[error("{reason}")]
    Ended {
        /// Why.
        reason: String,
        /// How its process ends.
        exit: Exit,
    },
}

impl CliError {
    /// How the process ends.
    pub(super) fn exit(&self) -> Exit {
        match self {
            Self::Operator(error) => error.exit(),
            Self::Ended { exit, .. } => *exit,
            _ => Exit::Failure,
        }
    }

    pub(super) fn file(path: &Path) -> impl FnOnce(std::io::Error) -> Self {
        move |source| Self::File {
            path: path.into(),
            source,
        }
    }

    pub(super) fn mismatch(
        what: &'static str,
        got: impl ToString,
        expected: impl ToString,
    ) -> Self {
        Self::Mismatch {
            what,
            got: got.to_string(),
            expected: expected.to_string(),
        }
    }
}
