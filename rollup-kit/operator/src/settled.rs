//! What L1 says of the rollup, as of one of its blocks: where the next batch goes on.

use crate::Result;
use ledger::{FromL1, Roots, State, Tree};
use settlement::{Address, B256, BatchNumber, L1Time};
use std::collections::BTreeMap;
use std::future::Future;
use std::sync::Arc;

/// A place of a tree's queue on L1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct QueuedOperation {
    /// Which place.
    pub place: u64,
    /// What stands there; none for a deposit that was taken back.
    pub operation: Option<FromL1>,
    /// When it was queued: L1 hashed it so. 0 for what was taken back.
    pub enqueued_at: u64,
    /// Until when it must be consumed, as L1 hashed it. 0 for what was taken back.
    pub deadline: u64,
}

/// What a tree's queue gives next, in L1's order.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct QueueView {
    /// The first place that no batch has consumed.
    pub head: u64,
    /// From there on; the first few hundred.
    pub next: Vec<QueuedOperation>,
}

/// A batch on L1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SettledBatch {
    /// The roots after it.
    pub roots: Roots,
    /// The places after the last operation consumed of either queue.
    pub heads: [u64; 2],
    /// Who submitted it; zero for a fallback.
    pub operator: Address,
    /// When.
    pub submitted_at: L1Time,
    /// L1's block.
    pub block: u64,
    /// The transaction.
    pub transaction: B256,
    /// Whether a fallback has reverted its part off L1.
    pub is_void: bool,
}

/// A rollup as of one block of L1.
#[derive(Debug, Clone)]
pub struct Settled {
    /// The block's number.
    pub block: u64,
    /// The newest batch.
    pub newest: BatchNumber,
    /// The last final one.
    pub last_final: BatchNumber,
    /// When the last checkpoint that stands was submitted; the rollup's beginning is one.
    pub last_checkpoint_at: L1Time,
    /// The state after the newest batch.
    pub state: Arc<State>,
    /// Both queues, the tree's on L1 first.
    pub queues: [QueueView; 2],
    /// The batches from some number before the last final one on, by number.
    pub batches: BTreeMap<BatchNumber, SettledBatch>,
    /// Whether nothing goes in any more.
    pub is_frozen: bool,
}

impl Settled {
    /// A tree's queue.
    #[must_use]
    pub const fn queue(&self, tree: Tree) -> &QueueView {
        match tree {
            Tree::OnL1 => &self.queues[0],
            Tree::OffL1 => &self.queues[1],
        }
    }

    /// When the newest batch came: idle time counts from there.
    #[must_use]
    pub fn last_batch_at(&self) -> L1Time {
        let newest = self.batches.get(&self.newest);
        newest.map_or(L1Time::new(0), |batch| batch.submitted_at)
    }
}

/// Whoever derives the state out of L1 and DA data.
pub trait Derived: Send {
    /// Comes up to L1's newest block. None while data is missing, so that there is no state to
    /// build on.
    ///
    /// # Errors
    /// When L1 does not answer, or says what cannot be.
    fn refresh(&mut self) -> impl Future<Output = Result<Option<Arc<Settled>>>> + Send;
}
