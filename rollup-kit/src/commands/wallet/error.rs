//! Why a wallet does not do what it is asked.

use super::nouns::{Stage, TreeName};
use ledger::{AccountKey, Amount, Fee};
use operator::mempool::OperationId;
use settlement::{Address, B256, BatchNumber};
use std::path::PathBuf;

/// The result of the wallet's calls.
pub(super) type Result<T, E = Error> = std::result::Result<T, E>;

/// What can go wrong. Secrets are never repeated.
#[derive(Debug, thiserror::Error)]
pub(super) enum Error {
    /// A file cannot be read or written, or is not what it should be: its owner's fault.
    #[error("{path}: {reason}")]
    File {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// There is a file already, perhaps with a key that holds something.
    #[error("{path}: there is such a file, and it is not written over")]
    Exists {
        /// The file.
        path: PathBuf,
    },
    /// A passphrase of a wrong length.
    #[error("a passphrase of {got} bytes, expected {min} to {max}")]
    Passphrase {
        /// Its bytes.
        got: usize,
        /// The least.
        min: usize,
        /// The most.
        max: usize,
    },
    /// The ledger refuses a key or a number: its owner's fault.
    #[error(transparent)]
    Ledger(#[from] ledger::Error),
    /// L1 or its node does not do it.
    #[error(transparent)]
    Settlement(#[from] Box<settlement::Error>),
    /// A file, of those that all commands read.
    #[error(transparent)]
    Kit(#[from] Box<rollup_kit::Error>),
    /// What the user gave is out of bounds.
    #[error("{what}: got {got}, expected {expected}")]
    Given {
        /// What.
        what: &'static str,
        /// What was given.
        got: String,
        /// What would do.
        expected: &'static str,
    },
    /// The server does not answer: its fault or the line's.
    #[error("{url} does not answer {method}: {reason}")]
    Silent {
        /// The server.
        url: String,
        /// What was asked.
        method: &'static str,
        /// Why not.
        reason: String,
    },
    /// The server answers what is no answer: its fault.
    #[error("{method}: {what} of the answer")]
    Answer {
        /// What was asked.
        method: &'static str,
        /// What is wrong.
        what: String,
    },
    /// The server refuses.
    #[error("{method} is refused ({}): {message}", refusal.as_deref().unwrap_or("without a name"))]
    Refused {
        /// What was asked.
        method: &'static str,
        /// JSON-RPC's code.
        code: i64,
        /// The refusal's name.
        refusal: Option<String>,
        /// The server's words.
        message: String,
    },
    /// An operation went out, and no answer came.
    #[error(
        "whether the operation was taken is not known: {reason}; the same again with --nonce \
         {nonce} is done once at most"
    )]
    Unsure {
        /// The operation's nonce.
        nonce: ledger::Nonce,
        /// What happened.
        reason: String,
    },
    /// The server works for another rollup than the deployment's: nothing is signed for it.
    #[error(
        "the operator's rollup: got {got} on chain {got_chain}, expected {expected} on chain {expected_chain}"
    )]
    OtherRollup {
        /// The server's.
        got: Address,
        /// On which L1.
        got_chain: u64,
        /// The deployment's.
        expected: Address,
        /// On which L1.
        expected_chain: u64,
    },
    /// There is no such account (yet): a deposit opens one.
    #[error("{owner} has no account with key {key} {}", ledger::Tree::from(*tree))]
    NoAccount {
        /// In which tree.
        tree: TreeName,
        /// The key that it would have been opened with.
        key: AccountKey,
        /// Its owner.
        owner: ledger::Address,
    },
    /// The account takes another key's signatures.
    #[error("the account's key: got {got}, expected {expected}; see --opened-with")]
    OtherKey {
        /// The one in the file.
        got: AccountKey,
        /// The account's.
        expected: AccountKey,
    },
    /// The operator asks for more than its user is willing to pay.
    #[error("the operator asks a fee of {got}, and --most-fee is {most}")]
    DearFee {
        /// What it asks for.
        got: Fee,
        /// The bound.
        most: Amount,
    },
    /// The operation will be in no batch.
    #[error("operation {id} is dropped: {reason}")]
    Dropped {
        /// Which one.
        id: OperationId,
        /// The operator's words.
        reason: String,
    },
    /// The operator has not heard of it.
    #[error("the operator knows no operation {id}")]
    Unheard {
        /// Which one.
        id: OperationId,
    },
    /// It took too long; the operation is where it was.
    #[error("operation {id} is {stage:?} after {waited} s")]
    Late {
        /// Which one.
        id: OperationId,
        /// Where it is.
        stage: Stage,
        /// Seconds.
        waited: u64,
    },
    /// The server lists other withdrawals than L1 has: its fault.
    #[error("the withdrawals of batch {batch}: got {got}, expected {expected}")]
    OtherWithdrawals {
        /// Which batch.
        batch: BatchNumber,
        /// The root over what it lists.
        got: B256,
        /// L1's root.
        expected: B256,
    },
    /// What leaves the tree off L1 can be claimed once its batch is final.
    #[error("batch {batch} is not final yet, batch {last} is")]
    NotFinal {
        /// Which one.
        batch: BatchNumber,
        /// The last final one.
        last: BatchNumber,
    },
    /// L1 took the transaction, and the contract did not say what it says then.
    #[error("transaction {transaction}: {what} is missing among its events")]
    Event {
        /// Which one.
        transaction: B256,
        /// The event.
        what: &'static str,
    },
}

impl From<settlement::Error> for Error {
    fn from(error: settlement::Error) -> Self {
        Self::Settlement(Box::new(error))
    }
}

impl From<rollup_kit::Error> for Error {
    fn from(error: rollup_kit::Error) -> Self {
        Self::Kit(Box::new(error))
    }
}
