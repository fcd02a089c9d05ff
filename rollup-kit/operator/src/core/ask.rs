//! What clients ask.

use super::Core;
use crate::mempool::{Gone, OperationId};
use crate::plan::BatchPlan;
use ledger::{AccountIndex, Nonce, Tree};
use settlement::BatchNumber;

/// Where an operation or a batch is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// Nobody here has heard of it.
    Unknown,
    /// It waits. No promise: soft.
    Pooled,
    /// It is in a batch that is not on L1 yet. This operator's word alone: soft.
    Sequenced,
    /// It is in a batch on L1. A reorganisation may take that back.
    OnL1,
    /// It is in a batch that is final.
    Final,
    /// It is in no batch, and will be in none.
    Dropped,
}

impl Stage {
    /// Whether this operator's word alone stands behind it.
    #[must_use]
    pub const fn is_soft(self) -> bool {
        matches!(self, Self::Pooled | Self::Sequenced)
    }
}

/// Where an operation is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standing {
    /// How far it is.
    pub stage: Stage,
    /// In which batch.
    pub batch: Option<BatchNumber>,
    /// At which place of it.
    pub place: Option<usize>,
    /// Why it was dropped.
    pub gone: Option<Gone>,
}

/// What the operator knows of an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccountAnswer {
    /// Its place.
    pub index: AccountIndex,
    /// As L1 has it; none for one that is opened by a batch in flight.
    pub settled: Option<ledger::Account>,
    /// After all that is in flight.
    pub soft: ledger::Account,
    /// The nonce to sign next: after all that waits.
    pub next_nonce: Nonce,
}

impl Core {
    /// Where an operation is.
    #[must_use]
    pub fn standing(&self, id: &OperationId) -> Standing {
        let at = |stage, batch, place| Standing {
            stage,
            batch,
            place,
            gone: None,
        };
        if let Some((number, place)) = self.placed.get(id) {
            let stage = self.stage_of(*number);
            return at(stage, Some(*number), Some(*place));
        }
        if self.pool.get(id).is_some() {
            return at(Stage::Pooled, None, None);
        }
        match self.dropped.get(id) {
            Some(why) => Standing {
                gone: Some(*why),
                ..at(Stage::Dropped, None, None)
            },
            None => at(Stage::Unknown, None, None),
        }
    }

    /// Where a batch of ours is.
    #[must_use]
    pub fn stage_of(&self, number: BatchNumber) -> Stage {
        if self.done.contains_key(&number) {
            return Stage::Final;
        }
        let last_final = self.settled.as_ref().map(|settled| settled.last_final);
        match self.flight.get(&number) {
            Some(batch) if batch.landed && last_final.is_some_and(|last| number <= last) => {
                Stage::Final
            }
            Some(batch) if batch.landed => Stage::OnL1,
            Some(_) => Stage::Sequenced,
            None => Stage::Unknown,
        }
    }

    /// A batch of ours.
    #[must_use]
    pub fn plan_of(&self, number: BatchNumber) -> Option<&BatchPlan> {
        let in_flight = self.flight.get(&number).map(super::InFlight::plan);
        in_flight.or_else(|| self.done.get(&number).map(|done| &done.plan))
    }

    /// Numbers of our batches below a bound, the newest first.
    pub fn numbers(&self, below: Option<BatchNumber>) -> impl Iterator<Item = BatchNumber> {
        let all = self.done.keys().chain(self.flight.keys()).copied();
        let mut numbers: Vec<_> = all
            .filter(|number| below.is_none_or(|below| *number < below))
            .collect();
        numbers.sort_unstable();
        numbers.into_iter().rev()
    }

    /// An account.
    #[must_use]
    pub fn account(&self, tree: Tree, index: AccountIndex) -> Option<AccountAnswer> {
        let soft = self.pending.as_ref()?.tree(tree).account(index)?.clone();
        let settled = self.settled.as_ref();
        let settled = settled.and_then(|s| s.state.tree(tree).account(index).cloned());
        let next_nonce = self.pool.next_nonce((tree, index), soft.nonce());
        Some(AccountAnswer {
            index,
            settled,
            soft,
            next_nonce,
        })
    }
}
