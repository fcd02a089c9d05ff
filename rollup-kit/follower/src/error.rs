//! What a follower refuses, and what stops it.

use jsonrpsee::types::ErrorObjectOwned;
use ledger::Tree;
use std::net::SocketAddr;
use std::path::PathBuf;

/// A result of this crate.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What went wrong.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A parameter that does not parse (the caller's fault).
    #[error("parameter {what}: {got}, expected {expected}")]
    Parameter {
        /// Which one.
        what: &'static str,
        /// What is wrong with it, or what it was.
        got: String,
        /// What it may be.
        expected: &'static str,
    },
    /// What was asked for does not exist, or is forgotten.
    #[error("there is no {what}")]
    NotFound {
        /// What was asked for.
        what: String,
    },
    /// The light mode samples data, and does not have it.
    #[error(
        "a light follower samples data instead of downloading it: it has roots and verdicts, and \
         no balances"
    )]
    Light,
    /// Nothing leaves a rollup by the escape hatch while it runs.
    #[error("the rollup is not frozen")]
    NotFrozen,
    /// The tree is not derived as far as L1 stands, so what it says is not L1's last word.
    #[error("the tree {tree} is derived up to batch {after}, L1 is at batch {newest}")]
    Behind {
        /// Which tree.
        tree: Tree,
        /// How far it is.
        after: u64,
        /// How far L1 is.
        newest: u64,
    },
    /// The address is taken, or not ours (the owner's fault).
    #[error("cannot listen on {address}: {reason}")]
    Listen {
        /// Where.
        address: SocketAddr,
        /// Why not.
        reason: String,
    },
    /// A file that cannot be written.
    #[error("{}: {reason}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// Why not.
        reason: String,
    },
    /// Deriving failed.
    #[error(transparent)]
    Derivation(#[from] derivation::Error),
    /// Ours to mend.
    #[error("{0}")]
    Internal(String),
}

const NOT_FOUND: i32 = -32001;
const REFUSED: i32 = -32003;
const BEHIND: i32 = -32004;
const PARAMETERS: i32 = -32602;
const INTERNAL: i32 = -32603;

impl From<Error> for ErrorObjectOwned {
    fn from(error: Error) -> Self {
        let (code, name) = match &error {
            Error::Parameter { .. } => (PARAMETERS, "parameter"),
            Error::NotFound { .. } => (NOT_FOUND, "not_found"),
            Error::Light => (REFUSED, "light"),
            Error::NotFrozen => (REFUSED, "not_frozen"),
            Error::Behind { .. } => (BEHIND, "behind"),
            _ => (INTERNAL, "internal"),
        };
        let data = serde_json::json!({ "refusal": name });
        Self::owned(code, error.to_string(), Some(data))
    }
}
