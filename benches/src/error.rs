//! What can be wrong with the arguments, the machine, or the contestants.

use std::path::PathBuf;

use algebra::AlgebraError;
use commitments::CommitmentError;
use erasure::ErasureError;

/// Why a comparison was refused or ended.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BenchError {
    /// A number that the argument does not allow (fault of the user).
    #[error("--{argument}: got {got}, expected {min} to {max}")]
    OutOfRange {
        /// The argument's name, without dashes.
        argument: &'static str,
        /// The number given.
        got: usize,
        /// The least allowed.
        min: usize,
        /// The most allowed.
        max: usize,
    },
    /// No parity, so that there is nothing to compute (fault of the user).
    #[error("--n: got {n} shards in all, expected more than the {k} of data")]
    NoParity {
        /// Shards of data.
        k: usize,
        /// Shards in all.
        n: usize,
    },
    /// All shards together are more than a run may hold (fault of the user).
    #[error("--n times --shard-bytes: got {got} bytes, expected at most {max}")]
    TooManyBytes {
        /// Bytes of all shards.
        got: usize,
        /// The most allowed.
        max: usize,
    },
    /// An argument that means nothing for the subject chosen (fault of the user).
    #[error("--{argument} is of no use for {subject}, expected only with {expected} or all")]
    Foreign {
        /// The argument's name, without dashes.
        argument: &'static str,
        /// The subject chosen.
        subject: &'static str,
        /// The subject it belongs to.
        expected: &'static str,
    },
    /// Two outputs would overwrite each other (fault of the user).
    #[error("--json and --chart both name {}, expected two files", .0.display())]
    SameFile(PathBuf),
    /// A file cannot be written (fault of the user or the system).
    #[error("cannot write {}: {reason}", path.display())]
    Output {
        /// The file.
        path: PathBuf,
        /// The system's answer.
        reason: std::io::Error,
    },
    /// No code takes these parameters (fault of the user).
    #[error("no code takes k = {k}, n = {n} and shards of {shard_bytes} bytes: {reasons}")]
    NoCode {
        /// Shards of data.
        k: usize,
        /// Shards in all.
        n: usize,
        /// Bytes of a shard.
        shard_bytes: usize,
        /// What each code says.
        reasons: String,
    },
    /// A rival refused what it should have taken (its fault, or ours).
    #[error("{engine}: {reason}")]
    Rival {
        /// Its name.
        engine: &'static str,
        /// What it says.
        reason: String,
    },
    /// A contestant's results are not those of the others: no timing means anything.
    #[error("{engine} disagrees about {what}")]
    Disagreement {
        /// Its name.
        engine: &'static str,
        /// On what.
        what: &'static str,
    },
    /// Our commitments refused.
    #[error(transparent)]
    Commitments(#[from] CommitmentError),
    /// Our codes refused.
    #[error(transparent)]
    Erasure(#[from] ErasureError),
    /// The arithmetic refused, or the engine that `ASSAY_ENGINE` names is not to be had.
    #[error(transparent)]
    Algebra(#[from] AlgebraError),
    /// A size or an element that no noun allows.
    #[error(transparent)]
    Noun(#[from] types::Error),
    /// The report could not be encoded.
    #[error(transparent)]
    Json(#[from] serde_json::Error),
}
