//! What waits, and what becomes of it.

use super::OperationId;
use ledger::{AccountIndex, Signed, Tree};
use serde::{Deserialize, Serialize};
use settlement::L1Time;

/// An operation that waits.
#[derive(Debug, Clone)]
pub struct Pooled {
    /// Its id.
    pub id: OperationId,
    /// What was signed.
    pub signed: Signed,
    /// Its fee in wei.
    pub worth: u128,
    /// Its turn among those that pay the same.
    pub arrival: u64,
    /// When it came, or came back.
    pub since: L1Time,
}

/// An account of a tree.
pub type Holder = (Tree, AccountIndex);

/// What the pool took, and what had to go for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Admitted {
    /// The operation.
    pub id: OperationId,
    /// What it replaced, or what was evicted.
    pub gone: Vec<(OperationId, Gone)>,
}

/// Why an operation left the pool without a batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Gone {
    /// Another of its nonce paid more.
    Replaced,
    /// The pool was full, and another paid more.
    Evicted,
    /// No batch took it in time.
    Expired,
    /// Its nonce was used by another operation.
    Overtaken,
    /// The state does not allow it any more.
    Invalid,
    /// The rules take it, and the prover does not.
    Unprovable,
}

impl Gone {
    /// In words.
    #[must_use]
    pub const fn reason(self) -> &'static str {
        match self {
            Self::Replaced => "another of its nonce paid more",
            Self::Evicted => "the pool was full, and others paid more",
            Self::Expired => "no batch took it in time",
            Self::Overtaken => "its nonce was used by another operation",
            Self::Invalid => "the state does not allow it any more",
            Self::Unprovable => "no batch with it can be proved",
        }
    }
}
