//! Why an operation, a record or a key was refused.

use crate::{AccountIndex, Amount, Nonce, TokenId, Tree};

/// What this crate's operations fail with.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The signature is not the account's, or not of this operation (the signer's fault).
    #[error("the signature is not one of the key {key} over this operation")]
    WrongSignature {
        /// The account's key, in hexadecimal.
        key: String,
    },
    /// The public key is not the one that the account names (the signer's fault).
    #[error("the key shown hashes to {got}, the account's is {expected}")]
    WrongKey {
        /// Hash of what was shown, in hexadecimal.
        got: String,
        /// The account's, in hexadecimal.
        expected: String,
    },
    /// The operation has been applied before (the sender's fault).
    #[error("nonce {got} was used, the next is {expected}")]
    Replayed {
        /// The operation's.
        got: Nonce,
        /// The account's next.
        expected: Nonce,
    },
    /// Operations before this one are missing (the sender's fault, or too early).
    #[error("nonce {got} leaves a gap, the next is {expected}")]
    NonceGap {
        /// The operation's.
        got: Nonce,
        /// The account's next.
        expected: Nonce,
    },
    /// The account holds less (the sender's fault).
    #[error("{needed} of token {token} needed, the account holds {held}")]
    Insufficient {
        /// Which token.
        token: TokenId,
        /// Amount and fee.
        needed: u128,
        /// What is there.
        held: Amount,
    },
    /// A sum does not fit into 128 bits (the sender's fault, or a token's with too large a supply).
    #[error("{held} and {added} of token {token} exceed 128 bits")]
    Overflow {
        /// Which token.
        token: TokenId,
        /// What is there.
        held: Amount,
        /// What would come.
        added: u128,
    },
    /// Too little to be worth a place in a batch (the sender's fault).
    #[error("{got} of token {token} is dust, the least is {least}")]
    Dust {
        /// Which token.
        token: TokenId,
        /// The amount.
        got: Amount,
        /// The least amount.
        least: Amount,
    },
    /// No such token (the sender's fault).
    #[error("token {got} is unknown, there are {tokens}")]
    UnknownToken {
        /// The token named.
        got: u64,
        /// How many are listed.
        tokens: u64,
    },
    /// The rollup's rules refuse the call (the sender's fault).
    #[error("the rollup's rules refuse the call: {reason}")]
    Refused {
        /// Why, as the rules say.
        reason: &'static str,
    },
    /// A call of a rollup that has no rules (the sender's fault).
    #[error("the rollup has no rules that could be called")]
    NoRules,
    /// A call that names a backed token (the sender's fault).
    #[error("token {token} is backed by L1, and no register")]
    NotARegister {
        /// The token named.
        token: TokenId,
    },
    /// An operation with money that names a register (the sender's fault).
    #[error("token {token} is a register, which nothing on L1 backs")]
    NotBacked {
        /// The token named.
        token: TokenId,
    },
    /// No such account (the sender's fault).
    #[error("no account {index} in the tree {tree}")]
    UnknownAccount {
        /// In which tree.
        tree: Tree,
        /// Its place.
        index: AccountIndex,
    },
    /// A record opens an account where one is, or leaves the order of identities (fault of
    /// whoever made the record).
    #[error("account {index} of the tree {tree} cannot be {what}")]
    WrongPlace {
        /// In which tree.
        tree: Tree,
        /// The place named.
        index: AccountIndex,
        /// What was to be done there.
        what: &'static str,
    },
    /// The tree has no free place (nobody's fault).
    #[error("the tree {tree} is full at {accounts} accounts")]
    TreeFull {
        /// Which tree.
        tree: Tree,
        /// How many it holds.
        accounts: u64,
    },
    /// A proof of exits names what is not there (our caller's fault).
    #[error("account {index} holds nothing of token {token}")]
    NothingHeld {
        /// The account named.
        index: AccountIndex,
        /// The token named.
        token: TokenId,
    },
    /// A proof of exits names a balance twice, which L1 pays once (our caller's fault).
    #[error("token {token} of account {index} would be paid twice")]
    PaidTwice {
        /// The account named.
        index: AccountIndex,
        /// The token named.
        token: TokenId,
    },
    /// A number beyond its bound (fault of whoever made the bytes).
    #[error("{what} is {got}, at most {max}")]
    OutOfRange {
        /// Which number.
        what: &'static str,
        /// The number.
        got: u128,
        /// The bound.
        max: u128,
    },
    /// An element that no record encodes to (fault of whoever made the row).
    #[error("element {element} of the row is malformed: {what}")]
    MalformedElement {
        /// Which one.
        element: usize,
        /// Why.
        what: &'static str,
    },
    /// A forced withdrawal's record says something else than the state does (fault of whoever
    /// made the record).
    #[error("a forced withdrawal is recorded as {got}, the state makes it {expected}")]
    WrongOutcome {
        /// What the record says.
        got: &'static str,
        /// What it must be.
        expected: &'static str,
    },
    /// Records and L1's queue do not match (fault of whoever made the batch).
    #[error("the queue of the tree {tree} gives {got} operations, the records consume {expected}")]
    QueueMismatch {
        /// Which queue.
        tree: Tree,
        /// How many it gave.
        got: usize,
        /// How many the records name.
        expected: usize,
    },
    /// The record and L1's operation differ (fault of whoever made the batch).
    #[error("a record says {what} otherwise than L1's queue")]
    NotQueued {
        /// What differs.
        what: &'static str,
    },
    /// The batch takes no more operations (nobody's fault).
    #[error("the batch is full at {size} operations")]
    BatchFull {
        /// Its size.
        size: usize,
    },
    /// Fees of another token or tree wait to be collected (the sequencer's fault).
    #[error("{waiting} of token {token} in the tree {tree} wait to be collected")]
    FeesWait {
        /// Whose fees.
        tree: Tree,
        /// In which token.
        token: TokenId,
        /// How much.
        waiting: u128,
    },
    /// Replayed records lead to other roots (fault of whoever made the data).
    #[error("the records lead to other roots than the batch")]
    WrongRoots,
    /// Not a point of Jubjub's group of prime order, or its neutral element (the sender's fault).
    #[error("not a public key: {what}")]
    BadPublicKey {
        /// Why.
        what: &'static str,
    },
    /// An encoding with the wrong length, or not canonical (fault of whoever made the bytes).
    #[error("{what}: not a canonical encoding")]
    Encoding {
        /// Of what.
        what: &'static str,
    },
    /// A key file that this passphrase, or no passphrase, opens (the owner's fault).
    #[error("the key file does not open: another passphrase, or damaged")]
    Sealed,
    /// The cipher's library refused what was checked before (our fault).
    #[error("the cipher of a key file: {reason}")]
    Cipher {
        /// The library's answer.
        reason: String,
    },
}

/// A result with this crate's [`Error`].
pub type Result<T> = std::result::Result<T, Error>;
