//! Why the pool does not take an operation.

use super::OperationId;
use ledger::Error as Rule;
use settlement::L1Time;

/// Why an operation is refused. The sender's fault, but for a pool that is full.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Refusal {
    /// It breaks a rule of the ledger.
    #[error(transparent)]
    Rule(#[from] Rule),
    /// It pays too little, wei.
    #[error("the fee is worth {got} wei, the least is {least}")]
    FeeTooLow {
        /// What it pays.
        got: u128,
        /// What it must pay.
        least: u128,
    },
    /// It would replace one of its nonce, and pays too little for that, wei.
    #[error("one of this nonce waits; the fee is worth {got} wei, replacing it takes {least}")]
    Underpriced {
        /// What it pays.
        got: u128,
        /// What it must pay.
        least: u128,
    },
    /// The rules take the call, and their circuit comes to something else (the fault of whoever
    /// wrote them).
    #[error("the rules come to {rules}, the circuit to {gadget}: the call cannot be proved")]
    Unprovable {
        /// What the rules make of it.
        rules: String,
        /// What the circuit makes of it.
        gadget: String,
    },
    /// Too many calls of the account, all free.
    #[error("an account has {most} calls an hour; the next is taken at {again_at}")]
    TooManyCalls {
        /// The bound.
        most: usize,
        /// When the next one is taken, seconds since 1970.
        again_at: L1Time,
    },
    /// It waits already, or is in a batch.
    #[error("operation {id} was taken already")]
    Known {
        /// Which one.
        id: OperationId,
    },
    /// Too many of the account wait.
    #[error("{most} operations of the account wait already")]
    AccountFull {
        /// The bound.
        most: usize,
    },
    /// Too many wait, and none pays so much less.
    #[error(
        "the pool is full at {most} operations, and an eviction takes a tenth more than any pays"
    )]
    PoolFull {
        /// The bound.
        most: usize,
    },
}

impl Refusal {
    /// A name that programs can go by.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Rule(rule) => match rule {
                Rule::WrongSignature { .. } => "wrong_signature",
                Rule::WrongKey { .. } => "wrong_key",
                Rule::Replayed { .. } => "replayed",
                Rule::NonceGap { .. } => "nonce_gap",
                Rule::Insufficient { .. } => "insufficient",
                Rule::Overflow { .. } => "overflow",
                Rule::Dust { .. } => "dust",
                Rule::UnknownToken { .. } => "unknown_token",
                Rule::UnknownAccount { .. } => "unknown_account",
                Rule::Refused { .. } => "refused_by_rules",
                Rule::NoRules => "no_rules",
                Rule::NotARegister { .. } => "not_a_register",
                Rule::NotBacked { .. } => "not_backed",
                _ => "malformed",
            },
            Self::FeeTooLow { .. } => "fee_too_low",
            Self::Underpriced { .. } => "underpriced",
            Self::Unprovable { .. } => "unprovable",
            Self::TooManyCalls { .. } => "too_many_calls",
            Self::Known { .. } => "known",
            Self::AccountFull { .. } => "account_full",
            Self::PoolFull { .. } => "pool_full",
        }
    }
}
