//! What can go wrong between a client and the chain.

use std::path::PathBuf;

use alloy::primitives::{Address, B256, Bytes, U256};

/// The result of a call to the chain.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why the chain did not do what it was asked. All but [`Error::File`], [`Error::Listen`] and
/// [`Error::Internal`] are the client's fault.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A transaction that no block will hold.
    #[error(transparent)]
    Rejected(#[from] Rejection),
    /// A call that the contract reverted.
    #[error("execution reverted{}", reason(data))]
    Reverted {
        /// What the contract returned.
        data: Bytes,
    },
    /// A call that ended exceptionally, such as without gas.
    #[error("EVM error: {0}")]
    Halted(String),
    /// A parameter that cannot be read.
    #[error("invalid params: {0}")]
    Parameters(String),
    /// A block that the chain does not have, or no longer has.
    #[error("unknown block {0}")]
    UnknownBlock(String),
    /// A block whose state is no longer kept.
    #[error("state of block {got} is not kept; the oldest kept is {oldest}")]
    StatePruned {
        /// The block asked for.
        got: u64,
        /// The oldest block whose state is kept.
        oldest: u64,
    },
    /// More than one request may ask for.
    #[error("{what}: got {got}, at most {most}")]
    TooMany {
        /// Of what.
        what: &'static str,
        /// How much was asked for.
        got: u64,
        /// The bound.
        most: u64,
    },
    /// A timestamp that is not after the last block's, in seconds.
    #[error("timestamp {got} is not after the last block's, {last}")]
    TimestampInPast {
        /// The timestamp asked for.
        got: u64,
        /// The last block's.
        last: u64,
    },
    /// A snapshot or filter that does not exist, or no longer exists.
    #[error("{what} not found: {id}")]
    NotFound {
        /// Of what kind.
        what: &'static str,
        /// Its name.
        id: String,
    },
    /// Fewer blocks can be undone.
    #[error("reorganisation of {got} blocks; at most {most} can be undone")]
    ReorgTooDeep {
        /// How many were to be undone.
        got: u64,
        /// How many can be.
        most: u64,
    },
    /// The saved state cannot be read or written.
    #[error("{path}: {reason}")]
    File {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// The port cannot be opened.
    #[error("cannot listen on {address}: {reason}")]
    Listen {
        /// The address.
        address: String,
        /// Why not.
        reason: String,
    },
    /// A computation that cannot fail did.
    #[error("internal error: {0}")]
    Internal(String),
}

/// Why a transaction was not taken. The texts begin as geth's and anvil's do, since clients look
/// for them.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Rejection {
    /// Longer than any transaction may be, in bytes.
    #[error("oversized data: transaction size {got}, limit {most}")]
    Oversized {
        /// Its length.
        got: usize,
        /// The bound.
        most: usize,
    },
    /// Not the bytes of a transaction.
    #[error("failed to decode signed transaction: {0}")]
    Malformed(String),
    /// A signature that fits no account, or whose `s` is in the upper half (EIP-2).
    #[error("invalid sender: {0}")]
    BadSignature(String),
    /// A signature that would hold on every chain (EIP-155).
    #[error("only replay-protected (EIP-155) transactions allowed over RPC")]
    Unprotected,
    /// Signed for another chain.
    #[error("invalid chain id for signer: have {got} want {expected}")]
    OtherChain {
        /// The transaction's.
        got: u64,
        /// This chain's.
        expected: u64,
    },
    /// Already in the pool.
    #[error("already known: {0}")]
    AlreadyKnown(B256),
    /// A nonce that was used.
    #[error("nonce too low: next nonce {expected}, tx nonce {got}")]
    NonceTooLow {
        /// The transaction's.
        got: u64,
        /// The account's.
        expected: u64,
    },
    /// A nonce too far ahead to wait for.
    #[error("nonce too high: tx nonce {got}, next nonce {expected}, at most {most} may wait")]
    NonceTooHigh {
        /// The transaction's.
        got: u64,
        /// The account's.
        expected: u64,
        /// How many of a sender may wait.
        most: usize,
    },
    /// The last nonce there is (EIP-2681).
    #[error("nonce has max value")]
    NonceOverflow,
    /// The account cannot pay, in wei.
    #[error("insufficient funds for gas * price + value: balance {balance}, tx cost {cost}")]
    InsufficientFunds {
        /// The account's balance.
        balance: U256,
        /// Most that the transaction may cost.
        cost: U256,
    },
    /// A price under the next block's, in wei per gas.
    #[error("max fee per gas less than block base fee: maxFeePerGas: {got}, baseFee: {base_fee}")]
    FeeTooLow {
        /// The transaction's.
        got: u128,
        /// The next block's.
        base_fee: u64,
    },
    /// A tip above the price that it is part of.
    #[error("max priority fee per gas higher than max fee per gas")]
    TipAboveFee,
    /// A blob price under the next block's, in wei per blob gas.
    #[error(
        "max fee per blob gas less than block blob gas fee: maxFeePerBlobGas: {got}, blobBaseFee: {base_fee}"
    )]
    BlobFeeTooLow {
        /// The transaction's.
        got: u128,
        /// The next block's.
        base_fee: u128,
    },
    /// Less gas than the transaction costs before it runs.
    #[error("intrinsic gas too low: have {got}, want {expected}")]
    IntrinsicGas {
        /// The transaction's.
        got: u64,
        /// What it costs.
        expected: u64,
    },
    /// Less gas than its calldata costs at least (EIP-7623).
    #[error("insufficient gas for floor data gas cost: gas {got}, minimum needed {expected}")]
    FloorGas {
        /// The transaction's.
        got: u64,
        /// What it costs at least.
        expected: u64,
    },
    /// More gas than a transaction may have (EIP-7825).
    #[error("transaction gas limit too high (cap: {most}, tx: {got})")]
    GasAboveCap {
        /// The transaction's.
        got: u64,
        /// The bound.
        most: u64,
    },
    /// Code that is too long to be deployed (EIP-3860).
    #[error("max initcode size exceeded")]
    InitcodeTooLarge,
    /// The sender is a contract (EIP-3607).
    #[error("sender not an eoa: address {0}")]
    SenderHasCode(Address),
    /// A blob transaction without blobs.
    #[error("blobless blob transaction")]
    NoBlobs,
    /// More blobs than a transaction may have (EIP-7594).
    #[error("too many blobs in transaction: have {got}, permitted {most}")]
    TooManyBlobs {
        /// The transaction's.
        got: usize,
        /// The bound.
        most: usize,
    },
    /// Blobs, commitments, proofs and versioned hashes that do not belong together.
    #[error("invalid blob sidecar: {0}")]
    BadBlobs(String),
    /// The same nonce waits already, and the new prices are not enough above it.
    #[error(
        "replacement transaction underpriced: every price must be at least {percent} % above the one it replaces"
    )]
    Underpriced {
        /// By how much each price must rise: 10, or 100 for blob transactions.
        percent: u64,
    },
    /// A sender's blob and other transactions do not wait side by side.
    #[error("address already reserved: {0} has transactions of the other kind in the pool")]
    OtherKind(Address),
    /// The sender has as many transactions waiting as it may have.
    #[error("account limit exceeded: {0} transactions of the sender wait")]
    SenderFull(usize),
    /// As many transactions or blobs wait as may.
    #[error("txpool is full")]
    PoolFull,
    /// What the rules of the EVM forbid besides.
    #[error("invalid transaction: {0}")]
    Invalid(String),
}

/// The reason of a revert as Solidity encodes it, if it does.
fn reason(data: &Bytes) -> String {
    alloy::sol_types::decode_revert_reason(data)
        .map(|reason| format!(": {reason}"))
        .unwrap_or_default()
}
