//! Facts, one after the other.

use super::{BatchEntry, BatchKind, ChallengeState, Frozen, History, Parts, RowChallenge};
use crate::error::contradiction;
use crate::queue::DEADLINE;
use crate::{Fact, L1Block, Queue, Result, RowPlace, Submission};
use ledger::Tree;
use settlement::contracts::abi;
use settlement::{B256, BatchNumber};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Final batches that are remembered, for whoever asks for their status or claims a withdrawal.
const REMEMBERED: u64 = 8192;

impl History {
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
