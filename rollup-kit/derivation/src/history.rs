//! What has happened, and what of it is final: `rollup/History.sol` and `rollup/Batches.sol`.

mod apply;
mod entry;

use crate::{Queue, Queued, Result};
pub(crate) use entry::Parts;
pub use entry::{BatchEntry, BatchKind, BatchStatus, ChallengeState, Frozen, RowChallenge};
use ledger::{Roots, Tree};
use settlement::{B256, BatchNumber, L1Time, U256};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// What all facts so far come to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct History {
    pub(crate) entries: BTreeMap<u64, Arc<BatchEntry>>,
    pub(crate) queues: [Queue; 2],
    pub(crate) last_final: u64,
    pub(crate) era: u32,
    /// Where each fallback went, by its number.
    pub(crate) fallbacks: BTreeMap<u64, u64>,
    /// The last batch of an era that its fallback left standing.
    pub(crate) standing: BTreeMap<u32, u64>,
    /// Checkpoints that are not void with their times, the rollup's beginning first.
    pub(crate) checkpoints: Vec<(u64, u64)>,
    pub(crate) frozen: Option<Frozen>,
    /// By tree and root.
    pub(crate) exits: BTreeMap<(u8, U256), B256>,
    pub(crate) escaped: BTreeSet<(u8, u64)>,
}

impl Default for History {
    fn default() -> Self {
        Self {
            entries: BTreeMap::new(),
            queues: Tree::BOTH.map(Queue::new),
            last_final: 0,
            era: 0,
            fallbacks: BTreeMap::new(),
            standing: BTreeMap::new(),
            checkpoints: Vec::new(),
            frozen: None,
            exits: BTreeMap::new(),
            escaped: BTreeSet::new(),
        }
    }
}

impl History {
    /// Whether the rollup has begun.
    #[must_use]
    pub fn has_begun(&self) -> bool {
        !self.entries.is_empty()
    }

    /// The newest number.
    #[must_use]
    pub fn newest(&self) -> BatchNumber {
        BatchNumber::new(self.newest_number())
    }

    pub(crate) fn newest_number(&self) -> u64 {
        self.entries
            .last_key_value()
            .map_or(0, |(number, _)| *number)
    }

    /// The last number whose data is final.
    #[must_use]
    pub const fn last_final(&self) -> BatchNumber {
        BatchNumber::new(self.last_final)
    }

    /// The roots after the newest batch: those before the next one. None before the beginning.
    #[must_use]
    pub fn roots(&self) -> Option<Roots> {
        let (_, entry) = self.entries.last_key_value()?;
        crate::convert::roots(&entry.on_l1.roots).ok()
    }

    /// What took a number; none for one that was never taken, or is long final and forgotten.
    #[must_use]
    pub fn batch(&self, number: BatchNumber) -> Option<&BatchEntry> {
        self.entry(number.get())
    }

    pub(crate) fn entry(&self, number: u64) -> Option<&BatchEntry> {
        self.entries.get(&number).map(|entry| &**entry)
    }

    /// What took the numbers from one on, ascending.
    pub fn batches(&self, first: BatchNumber) -> impl DoubleEndedIterator<Item = &BatchEntry> {
        self.entries.range(first.get()..).map(|(_, entry)| &**entry)
    }

    /// How firm a batch is; none where [`Self::batch`] has none.
    #[must_use]
    pub fn status(&self, number: BatchNumber) -> Option<BatchStatus> {
        let entry = self.entry(number.get())?;
        Some(if self.is_void(entry) {
            BatchStatus::Void
        } else if number.get() <= self.last_final {
            BatchStatus::Final
        } else {
            BatchStatus::Submitted
        })
    }

    /// `History.isVoid`.
    pub(crate) fn is_void(&self, entry: &BatchEntry) -> bool {
        let standing = self.standing.get(&entry.on_l1.era);
        standing.is_some_and(|standing| entry.number.get() > *standing)
    }

    /// A tree's queue.
    #[must_use]
    pub const fn queue(&self, tree: Tree) -> &Queue {
        match tree {
            Tree::OnL1 => &self.queues[0],
            Tree::OffL1 => &self.queues[1],
        }
    }

    /// The place of a queue's oldest operation that the newest batch has not consumed.
    #[must_use]
    pub fn head(&self, tree: Tree) -> u64 {
        let newest = self.entries.last_key_value();
        newest.map_or(0, |(_, entry)| entry.head(tree))
    }

    /// What the next batch consumes of a queue, in order, at most so many.
    ///
    /// # Errors
    /// [`crate::Error::Contradiction`] for what the contracts do not queue.
    pub fn next(&self, tree: Tree, most: usize) -> Result<Vec<Queued>> {
        self.queue(tree).from(self.head(tree), most)
    }

    /// When the rollup can be frozen if nobody consumes this tree's queue, Unix seconds; none when
    /// nothing waits.
    #[must_use]
    pub fn oldest_deadline(&self, tree: Tree) -> Option<u64> {
        let queue = self.queue(tree);
        let mut waiting = queue.operations.range(self.head(tree)..);
        waiting.find_map(|(_, operation)| Some(operation.as_ref()?.deadline.max(queue.floor)))
    }

    /// When and why the rollup froze, if it did.
    #[must_use]
    pub const fn frozen(&self) -> Option<Frozen> {
        self.frozen
    }

    /// Fallbacks so far.
    #[must_use]
    pub const fn era(&self) -> u32 {
        self.era
    }

    /// The last checkpoint that stands, and when it was submitted; the rollup's beginning is one.
    #[must_use]
    pub fn last_checkpoint(&self) -> Option<(BatchNumber, L1Time)> {
        let (number, at) = self.checkpoints.last()?;
        Some((BatchNumber::new(*number), L1Time::new(*at)))
    }

    /// Checkpoints that stand, ascending, without the rollup's beginning.
    pub(crate) fn checkpoints(&self) -> impl DoubleEndedIterator<Item = BatchNumber> {
        let numbers = self.checkpoints.iter().map(|(number, _)| *number);
        numbers.filter(|number| *number != 0).map(BatchNumber::new)
    }

    /// What was proved of all holdings under a tree's root.
    #[must_use]
    pub fn exits(&self, tree: Tree, root: U256) -> Option<B256> {
        self.exits.get(&(tree.number(), root)).copied()
    }

    /// Whether a holding has left a frozen tree.
    #[must_use]
    pub fn has_escaped(&self, tree: Tree, slot: u64) -> bool {
        self.escaped.contains(&(tree.number(), slot))
    }

    /// The first fallback after a number: its own number, and to where it went.
    pub(crate) fn fallback_after(&self, number: u64) -> Option<(u64, u64)> {
        let mut later = self.fallbacks.range(number.saturating_add(1)..);
        later.next().map(|(own, to)| (*own, *to))
    }
}
