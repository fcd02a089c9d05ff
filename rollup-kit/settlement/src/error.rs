//! What can go wrong between us and L1, and whose fault it is.

use crate::{BatchNumber, BlobRow};
use alloy::primitives::{Address, B256};
use std::path::PathBuf;
use std::time::Duration;

/// A result of this crate.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What went wrong.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The L1 node did not answer, or not in its protocol: its fault or the line's.
    #[error("L1 does not answer {what}: {reason}")]
    Transport {
        /// What was asked.
        what: &'static str,
        /// Why not.
        reason: String,
    },
    /// The L1 node refused a transaction or a call: ours to mend.
    #[error("L1 refuses {what}: {reason}")]
    Refused {
        /// What was sent.
        what: &'static str,
        /// What it says.
        reason: String,
    },
    /// A contract refused: ours to mend, or somebody was faster.
    #[error("{what} reverts: {reason}")]
    Reverted {
        /// The call.
        what: &'static str,
        /// The contract's error.
        reason: String,
    },
    /// A transaction did not get into a block in time: fees or the network.
    #[error("transaction {hash} is in no block after {} s", waited.as_secs())]
    NotMined {
        /// The transaction.
        hash: B256,
        /// For how long it was waited for.
        waited: Duration,
    },
    /// The L1 node is of another chain than configured.
    #[error("the L1 node is of chain {got}, expected {expected}")]
    WrongL1 {
        /// The node's.
        got: u64,
        /// Ours.
        expected: u64,
    },
    /// A key that is none, or a secret that does not parse.
    #[error("{what}: {reason}")]
    Key {
        /// Which key.
        what: &'static str,
        /// What is wrong.
        reason: String,
    },
    /// Something read back from L1 is not what was deployed.
    #[error("{what} on L1 is {got}, expected {expected}")]
    Deployed {
        /// What was read.
        what: String,
        /// What L1 says.
        got: String,
        /// What it must be.
        expected: String,
    },
    /// A contract's place was taken by another transaction of the deployer: begin anew.
    #[error(
        "the deployer's nonce {nonce} was used for something else than {what}, expected at {at}"
    )]
    PlaceTaken {
        /// The contract.
        what: &'static str,
        /// Where it should stand.
        at: Address,
        /// The nonce.
        nonce: u64,
    },
    /// A committed artefact that does not parse: a broken build.
    #[error("artefact {name}: {reason}")]
    Artefact {
        /// The contract.
        name: &'static str,
        /// What is wrong.
        reason: String,
    },
    /// A file of ours that cannot be used.
    #[error("{}: {reason}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// Why not.
        reason: String,
    },
    /// A configuration that does not hold together.
    #[error("{what} is {got}, expected {expected}")]
    Config {
        /// Which setting.
        what: &'static str,
        /// What it says.
        got: String,
        /// What it may say.
        expected: String,
    },
    /// L1 says something that contradicts itself or the contracts.
    #[error("L1's {what} does not hold: {reason}")]
    View {
        /// What was read.
        what: &'static str,
        /// What is wrong with it.
        reason: String,
    },
    /// Something that a validator set needs was never shown.
    #[error("nobody has proven possession of validator {validator}'s key on L1")]
    Unproven {
        /// The validator, by its L1 id.
        validator: B256,
    },
    /// A row that is not to be had from the store.
    #[error("row {row} of batch {batch} is not to be had: {reason}")]
    RowUnavailable {
        /// The batch.
        batch: BatchNumber,
        /// The row.
        row: BlobRow,
        /// Why not.
        reason: String,
    },
    /// Bytes that are not the row's: whoever gave them lies or has lost it.
    #[error("the row that was given has commitment {got}, expected {expected}")]
    OtherRow {
        /// Of what was given.
        got: String,
        /// Of the row asked for.
        expected: String,
    },
    /// Our own computation failed.
    #[error(transparent)]
    Commitments(#[from] commitments::CommitmentError),
    /// Our own computation failed.
    #[error(transparent)]
    Erasure(#[from] erasure::ErasureError),
    /// Our own computation failed.
    #[error(transparent)]
    Algebra(#[from] algebra::AlgebraError),
    /// Something of the DA chain does not hold.
    #[error(transparent)]
    Chain(#[from] chain::Error),
    /// A noun that does not parse.
    #[error(transparent)]
    Noun(#[from] types::Error),
    /// The DA node refused or did not answer.
    #[error(transparent)]
    Node(#[from] proto::client::ClientError),
    /// Sampling failed on our side.
    #[error(transparent)]
    LightNode(#[from] light_node::Error),
    /// A task of ours was cancelled.
    #[error("cancelled: {0}")]
    Cancelled(String),
}

impl Error {
    /// Whether trying again later may help.
    #[must_use]
    pub const fn is_transient(&self) -> bool {
        matches!(
            self,
            Self::Transport { .. } | Self::NotMined { .. } | Self::Node(_)
        )
    }
}
