//! What takes a number of the rollup's history.

use crate::{L1Block, RowPlace};
use ledger::Tree;
use settlement::contracts::abi;
use settlement::exits::ExitTree;
use settlement::{B256, BatchNumber, L1Time};
use std::collections::{BTreeMap, BTreeSet};
use types::BlobId;

/// What took a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BatchKind {
    /// The rollup's beginning.
    Genesis,
    /// A batch.
    Batch,
    /// A proved full state, which changes nothing.
    Checkpoint,
    /// The tree off L1 went back to where this batch left it.
    Fallback {
        /// The batch.
        to: BatchNumber,
    },
}

/// How firm a batch is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BatchStatus {
    /// Its rows may still be challenged. The tree on L1 is firm by the proof.
    Submitted,
    /// Nothing reverts it, unless L1 itself goes back.
    Final,
    /// A fallback reverted the tree off L1; the tree on L1 stands.
    Void,
}

/// Where a row's challenge stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChallengeState {
    /// The answer is due.
    Open,
    /// The row stood on L1.
    Answered,
    /// Nobody answered.
    Expired,
}

/// A row that was challenged, or published without.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RowChallenge {
    /// Where it stands.
    pub state: ChallengeState,
    /// Until when it is to be answered, Unix seconds; 0 for a row that nobody challenged.
    pub deadline: u64,
    /// The block of L1 in which the row stood, once it has.
    pub published_in: Option<u64>,
}

/// What a batch does to the trees; kept while it may be derived or reverted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Parts {
    pub(crate) rows: [RowPlace; 2],
    /// What the queues gave, cancelled operations left out.
    pub(crate) consumed: [Vec<abi::Operation>; 2],
}

/// What took a number of the rollup's history.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BatchEntry {
    /// The number.
    pub number: BatchNumber,
    /// What took it.
    pub kind: BatchKind,
    /// What the contract remembers, as of its submission.
    pub on_l1: abi::Batch,
    /// The block of L1.
    pub block: L1Block,
    /// The transaction.
    pub transaction: B256,
    /// What leaves the trees, as [`ExitTree`] takes it. Empty if the transaction does not say.
    pub withdrawals: Vec<abi::Withdrawal>,
    /// Places of withdrawals that were claimed.
    pub claimed: BTreeSet<u64>,
    /// Rows of its blob that were challenged or published.
    pub challenges: BTreeMap<u16, RowChallenge>,
    pub(crate) parts: Option<Parts>,
}

impl BatchEntry {
    /// Its blob on the DA network, if it has one.
    #[must_use]
    pub fn blob(&self) -> Option<BlobId> {
        (self.on_l1.rows != 0).then(|| BlobId::new(self.on_l1.blob.0))
    }

    /// Where the row of a tree is; none once it is of no account any more.
    #[must_use]
    pub fn row(&self, tree: Tree) -> Option<&RowPlace> {
        let parts = self.parts.as_ref()?;
        Some(&parts.rows[usize::from(tree.number())])
    }

    /// The withdrawal at a place with its path, as the contract takes a claim.
    #[must_use]
    pub fn claim(&self, index: u64) -> Option<(abi::Withdrawal, abi::Path)> {
        let place = usize::try_from(index).ok()?;
        let withdrawal = self.withdrawals.get(place)?.clone();
        Some((withdrawal, ExitTree::new(&self.withdrawals).path(place)?))
    }

    pub(crate) fn head(&self, tree: Tree) -> u64 {
        match tree {
            Tree::OnL1 => self.on_l1.onHead,
            Tree::OffL1 => self.on_l1.offHead,
        }
    }
}

/// When and why a rollup froze.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Frozen {
    /// In which tree's queue an operation waited too long.
    pub tree: Tree,
    /// Its place.
    pub place: u64,
    /// When.
    pub at: L1Time,
}
