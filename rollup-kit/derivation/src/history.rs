//! What has happened, and what of it is final: `rollup/History.sol` and `rollup/Batches.sol`.

use crate::error::contradiction;
use crate::queue::DEADLINE;
use crate::{Fact, L1Block, Queue, Queued, Result, RowPlace, Submission};
use ledger::{Roots, Tree};
use settlement::contracts::abi;
use settlement::exits::ExitTree;
use settlement::{B256, BatchNumber, L1Time, U256};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use types::BlobId;

/// Final batches that are remembered, for whoever asks for their status or claims a withdrawal.
const REMEMBERED: u64 = 8192;

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

    pub(crate) fn apply(&mut self, block: &L1Block, fact: Fact) -> Result<()> {
        match fact {
            Fact::Enqueued {
                tree,
                place,
                operation,
            } => self.queue_mut(tree).push(place, operation),
            Fact::Cancelled { tree, place } => self.queue_mut(tree).cancel(place),
            Fact::Submitted {
                number,
                batch,
                submission,
                transaction,
            } => self.submitted(block, number.get(), *batch, submission, transaction),
            Fact::Final(number) => self.finalized(number.get()),
            Fact::FellBack {
                to,
                number,
                batch,
                transaction,
            } => self.fell_back(block, to.get(), number.get(), *batch, transaction),
            Fact::Frozen { tree, place } => {
                let at = block.time;
                self.frozen = Some(Frozen { tree, place, at });
                Ok(())
            }
            Fact::ExitsProved { tree, root, exits } => {
                self.exits.entry((tree.number(), root)).or_insert(exits);
                Ok(())
            }
            Fact::Claimed { number, index } => {
                self.with(number, |entry| entry.claimed.insert(index));
                Ok(())
            }
            Fact::Escaped { tree, slot } => {
                self.escaped.insert((tree.number(), slot));
                Ok(())
            }
            Fact::Challenged {
                number,
                row,
                deadline,
            } => {
                self.challenge(number, row, |challenge| {
                    challenge.state = ChallengeState::Open;
                    challenge.deadline = deadline;
                });
                Ok(())
            }
            Fact::Published { number, row } => {
                self.challenge(number, row, |challenge| {
                    challenge.state = ChallengeState::Answered;
                    challenge.published_in = Some(block.number);
                });
                Ok(())
            }
            Fact::Expired { number, row } => {
                self.challenge(number, row, |c| c.state = ChallengeState::Expired);
                Ok(())
            }
        }
    }

    fn queue_mut(&mut self, tree: Tree) -> &mut Queue {
        &mut self.queues[usize::from(tree.number())]
    }

    /// Batches long forgotten are left alone.
    fn with<T>(&mut self, number: BatchNumber, change: impl FnOnce(&mut BatchEntry) -> T) {
        if let Some(entry) = self.entries.get_mut(&number.get()) {
            change(Arc::make_mut(entry));
        }
    }

    fn challenge(&mut self, number: BatchNumber, row: u16, change: impl FnOnce(&mut RowChallenge)) {
        self.with(number, |entry| {
            change(entry.challenges.entry(row).or_insert(RowChallenge {
                state: ChallengeState::Open,
                deadline: 0,
                published_in: None,
            }));
        });
    }

    fn submitted(
        &mut self,
        block: &L1Block,
        number: u64,
        batch: abi::Batch,
        submission: Submission,
        transaction: B256,
    ) -> Result<()> {
        self.is_next(number, &batch)?;
        let mut entry = BatchEntry {
            number: BatchNumber::new(number),
            kind: BatchKind::Batch,
            on_l1: batch,
            block: *block,
            transaction,
            withdrawals: Vec::new(),
            claimed: BTreeSet::new(),
            challenges: BTreeMap::new(),
            parts: None,
        };
        let consumed = [
            self.queues[0].consumed(self.head(Tree::OnL1), entry.on_l1.onHead)?,
            self.queues[1].consumed(self.head(Tree::OffL1), entry.on_l1.offHead)?,
        ];
        match submission {
            _ if number == 0 => entry.kind = BatchKind::Genesis,
            Submission::Batch { rows, withdrawals } => {
                entry.withdrawals = withdrawals;
                entry.parts = Some(Parts { rows, consumed });
            }
            Submission::Checkpoint(_) => entry.kind = BatchKind::Checkpoint,
            Submission::Unreadable => {
                let rows = [RowPlace::Unreadable, RowPlace::Unreadable];
                entry.parts = Some(Parts { rows, consumed });
            }
        }
        if matches!(entry.kind, BatchKind::Genesis | BatchKind::Checkpoint) {
            self.checkpoints.push((number, entry.on_l1.submittedAt));
        }
        self.entries.insert(number, Arc::new(entry));
        Ok(())
    }

    fn is_next(&self, number: u64, batch: &abi::Batch) -> Result<()> {
        let expected = self
            .entries
            .last_key_value()
            .map_or(0, |(last, _)| last + 1);
        if number != expected {
            return Err(contradiction("the next batch", number, expected));
        }
        crate::convert::roots(&batch.roots)?;
        Ok(())
    }

    fn finalized(&mut self, number: u64) -> Result<()> {
        let expected = self.last_final + 1;
        if number != expected || number > self.newest_number() {
            return Err(contradiction("the next final batch", number, expected));
        }
        self.last_final = number;
        Ok(())
    }

    fn fell_back(
        &mut self,
        block: &L1Block,
        to: u64,
        number: u64,
        batch: abi::Batch,
        transaction: B256,
    ) -> Result<()> {
        self.is_next(number, &batch)?;
        if to != self.last_final {
            return Err(contradiction(
                "where the tree went back to",
                to,
                self.last_final,
            ));
        }
        let (Some(firm), Some(last)) = (self.entry(to), self.entry(self.newest_number())) else {
            return Err(contradiction("where the tree went back to", to, "a batch"));
        };
        let expected = (last.on_l1.roots.onL1, firm.on_l1.roots.offL1);
        let heads = (last.on_l1.onHead, firm.on_l1.offHead);
        let got = (batch.roots.onL1, batch.roots.offL1);
        if got != expected {
            return Err(contradiction("the roots after a fallback", got, expected));
        }
        if (batch.onHead, batch.offHead) != heads {
            let got = (batch.onHead, batch.offHead);
            return Err(contradiction("the heads after a fallback", got, heads));
        }
        self.fallbacks.insert(number, to);
        self.standing.insert(self.era, to);
        self.era += 1;
        let entry = BatchEntry {
            number: BatchNumber::new(number),
            kind: BatchKind::Fallback {
                to: BatchNumber::new(to),
            },
            on_l1: batch,
            block: *block,
            transaction,
            withdrawals: Vec::new(),
            claimed: BTreeSet::new(),
            challenges: BTreeMap::new(),
            parts: None,
        };
        self.entries.insert(number, Arc::new(entry));
        self.last_final = number;
        self.queues[1].floor = block.time.get().saturating_add(DEADLINE);
        let entries = &self.entries;
        let standing = &self.standing;
        self.checkpoints.retain(|(checkpoint, _)| {
            let entry = entries.get(checkpoint);
            let void = entry.and_then(|entry| Some(*checkpoint > *standing.get(&entry.on_l1.era)?));
            void != Some(true)
        });
        Ok(())
    }

    /// Forgets what nothing can bring back once everything up to a batch is final for good.
    pub(crate) fn forget_before(&mut self, number: u64) {
        let Some(firm) = self.entries.get(&number) else {
            return;
        };
        for tree in Tree::BOTH {
            let head = firm.head(tree);
            self.queues[usize::from(tree.number())].forget_before(head);
        }
        let first = number.saturating_sub(REMEMBERED);
        if self.entries.keys().next().is_some_and(|n| *n < first) {
            self.entries = self.entries.split_off(&first);
        }
    }

    /// Drops what a batch does to the trees, once both have it for good.
    pub(crate) fn drop_parts(&mut self, from: u64, to: u64) {
        for (_, entry) in self.entries.range_mut(from..to.saturating_add(1)) {
            if entry.parts.is_some() {
                Arc::make_mut(entry).parts = None;
            }
        }
    }
}
