//! What L1 says of a rollup, block by block.

use ledger::Tree;
use settlement::contracts::abi;
use settlement::{B256, BatchNumber, L1Time, U256};
use std::sync::Arc;
use types::{BlobMeta, Commitment};

/// A block of L1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct L1Block {
    /// Its number.
    pub number: u64,
    /// Its hash.
    pub hash: B256,
    /// The hash of the block before.
    pub parent: B256,
    /// Its time.
    pub time: L1Time,
}

/// Where a row of a batch is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RowPlace {
    /// There is none: the tree has no records in this batch.
    Absent,
    /// The batch's transaction does not say.
    Unreadable,
    /// In calldata: the row's first elements, as words.
    Calldata(Arc<[U256]>),
    /// In a blob of the transaction.
    L1Blob(Commitment),
    /// A row of the DA blob.
    Network {
        /// The blob's description.
        meta: Arc<BlobMeta>,
        /// The row's place in the blob.
        row: u16,
    },
}

impl RowPlace {
    /// What the row's bytes are held against, where they are not at hand.
    #[must_use]
    pub fn commitment(&self) -> Option<Commitment> {
        match self {
            Self::Absent | Self::Unreadable | Self::Calldata(_) => None,
            Self::L1Blob(commitment) => Some(*commitment),
            Self::Network { meta, row } => meta.commitments().get(usize::from(*row)).copied(),
        }
    }
}

/// What the transaction of a batch or checkpoint says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Submission {
    /// Of a batch.
    Batch {
        /// Where its rows are, the row of the tree on L1 first. Whatever rows it has after these
        /// two belong to no tree.
        rows: [RowPlace; 2],
        /// What leaves the trees.
        withdrawals: Vec<abi::Withdrawal>,
    },
    /// Of a checkpoint: its blob.
    Checkpoint(Arc<BlobMeta>),
    /// It went through another contract, which did not hand on the call's bytes as they are.
    Unreadable,
}

/// Something that a rollup's contracts said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fact {
    /// A deposit or forced withdrawal waits.
    Enqueued {
        /// In which tree's queue.
        tree: Tree,
        /// At which place.
        place: u64,
        /// What is wanted.
        operation: abi::Operation,
    },
    /// A deposit was taken back.
    Cancelled {
        /// Out of which tree's queue.
        tree: Tree,
        /// Its place.
        place: u64,
    },
    /// A batch or checkpoint was submitted, or the rollup begun by batch 0.
    Submitted {
        /// Its number.
        number: BatchNumber,
        /// What the contract remembers of it.
        batch: Box<abi::Batch>,
        /// What its transaction says.
        submission: Submission,
        /// The transaction.
        transaction: B256,
    },
    /// A batch is final.
    Final(BatchNumber),
    /// The tree off L1 went back.
    FellBack {
        /// To the state after which batch.
        to: BatchNumber,
        /// The number that the fallback took.
        number: BatchNumber,
        /// What the contract remembers under that number.
        batch: Box<abi::Batch>,
        /// The transaction.
        transaction: B256,
    },
    /// Nothing goes in any more.
    Frozen {
        /// In which tree's queue an operation waited too long.
        tree: Tree,
        /// At which place.
        place: u64,
    },
    /// What a tree's accounts hold under a root was proved.
    ExitsProved {
        /// The tree.
        tree: Tree,
        /// Its root.
        root: U256,
        /// Root of the tree over holdings.
        exits: B256,
    },
    /// A withdrawal was claimed.
    Claimed {
        /// Out of which batch.
        number: BatchNumber,
        /// Its place there.
        index: u64,
    },
    /// A holding left a frozen tree.
    Escaped {
        /// The tree.
        tree: Tree,
        /// Account and token.
        slot: u64,
    },
    /// A row is challenged, or has longer to be answered.
    Challenged {
        /// The batch.
        number: BatchNumber,
        /// The row.
        row: u16,
        /// Until when it is answered, Unix seconds.
        deadline: u64,
    },
    /// A row stood on L1.
    Published {
        /// The batch.
        number: BatchNumber,
        /// The row.
        row: u16,
    },
    /// A challenge was not answered.
    Expired {
        /// The batch.
        number: BatchNumber,
        /// The row.
        row: u16,
    },
}
