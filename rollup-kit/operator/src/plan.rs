//! A batch of this operator: what is in it, and how it is made anew.
//!
//! A [`BatchPlan`] is what the journal keeps: the operations in order. Applied to the state that
//! it begins with, it gives the [`SealedBatch`] again, to the bit, or is found to be another.

use crate::mempool::OperationId;
use crate::settled::QueuedOperation;
use crate::wire::{self, WireBody, WireOperation, WireQueued, WireRoots, WireTree};
use crate::{Error, Result};
use ledger::{
    Amount, Batch, BatchSize, FinishedBatch, Fr, Operation, Roots, Signed, State, TokenId, Tree,
    WithdrawalNote, scalar_bytes,
};
use serde::{Deserialize, Serialize};
use settlement::{BatchNumber, L1Time};
use types::Row;

/// Where the row of the tree on L1 goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OnRow {
    /// Into calldata.
    Calldata,
    /// Into the transaction's first blob.
    Blob,
}

/// Where the row of the other tree goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OffRow {
    /// There is none: the batch does not touch that tree.
    Nowhere,
    /// To the DA network.
    Network,
    /// Into the transaction's second blob, while the network gives no certificates. The first
    /// blob is the other row then.
    Blob,
}

/// Where a batch's rows go.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Carriage {
    /// The row of the tree on L1.
    pub on: OnRow,
    /// The other.
    pub off: OffRow,
}

impl Carriage {
    /// Both rows as L1's blobs.
    pub const BLOBS: Self = Self {
        on: OnRow::Blob,
        off: OffRow::Blob,
    };
}

/// A part of a plan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Entry {
    /// The next operation of L1's queue.
    Queue {
        /// Whose queue.
        tree: WireTree,
        /// Its place there.
        place: u64,
        /// As L1 hashed it.
        enqueued_at: u64,
        /// As L1 hashed it.
        deadline: u64,
        /// None for a deposit that was taken back, which takes no place of the batch.
        operation: Option<WireQueued>,
    },
    /// An operation that an account signed.
    Signed {
        /// Its id.
        id: OperationId,
        /// What was signed.
        operation: WireOperation,
    },
    /// The operator takes the fees that wait.
    Collect {
        /// In which tree.
        tree: WireTree,
        /// In which token.
        token: u16,
        /// The operator's account.
        to: u32,
    },
}

/// A withdrawal of a batch, as the contracts have it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WireWithdrawal {
    /// Out of which tree.
    pub tree: WireTree,
    /// Which token.
    pub token: u16,
    /// How much.
    pub amount: String,
    /// Who is paid on L1.
    pub recipient: String,
    /// Not 0: the account of the other tree that gets it.
    pub account: String,
}

impl From<&WithdrawalNote> for WireWithdrawal {
    fn from(note: &WithdrawalNote) -> Self {
        Self {
            tree: note.tree.into(),
            token: note.token.get(),
            amount: note.amount.to_string(),
            recipient: note.recipient.to_string(),
            account: wire::scalar_hex(note.account.into()),
        }
    }
}

/// A batch as the journal keeps it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BatchPlan {
    /// Its number.
    pub number: BatchNumber,
    /// Places.
    pub size: usize,
    /// The roots before it.
    pub prior: WireRoots,
    /// The roots after it.
    pub next: WireRoots,
    /// The places after what it consumes of both queues.
    pub heads: [u64; 2],
    /// Where its rows go.
    pub carriage: Carriage,
    /// What is in it, in order.
    pub entries: Vec<Entry>,
    /// What leaves the trees, in order.
    pub withdrawals: Vec<WireWithdrawal>,
    /// When it was sealed.
    pub at: L1Time,
}

impl BatchPlan {
    /// Its signed operations, each with its place among all that took one.
    pub fn signed(&self) -> impl Iterator<Item = (usize, OperationId, &WireOperation)> {
        let placed = self.entries.iter().filter(|entry| entry.takes_a_place());
        placed.enumerate().filter_map(|(place, entry)| match entry {
            Entry::Signed { id, operation } => Some((place, *id, operation)),
            _ => None,
        })
    }

    /// The place of an operation's withdrawal among all of the batch. L1's come first in a batch, so
    /// those of signed operations are the last ones.
    #[must_use]
    pub fn leaving(&self, id: &OperationId) -> Option<usize> {
        let leaves = |operation: &WireOperation| {
            matches!(
                operation.body,
                WireBody::Withdraw { .. } | WireBody::Move { .. }
            )
        };
        let signed = self.signed().filter(|(.., operation)| leaves(operation));
        let leaving: Vec<OperationId> = signed.map(|(_, id, _)| id).collect();
        let rank = leaving.iter().position(|of| of == id)?;
        (self.withdrawals.len() + rank).checked_sub(leaving.len())
    }

    /// The places of a queue that it consumes, in order.
    pub fn consumed(&self, of: Tree) -> impl Iterator<Item = Result<QueuedOperation>> {
        self.entries.iter().filter_map(move |entry| match entry {
            Entry::Queue {
                tree,
                place,
                enqueued_at,
                deadline,
                operation,
            } if Tree::from(*tree) == of => {
                let operation = operation.as_ref().map(|operation| operation.decode(of));
                Some(operation.transpose().map(|operation| QueuedOperation {
                    place: *place,
                    operation,
                    enqueued_at: *enqueued_at,
                    deadline: *deadline,
                }))
            }
            _ => None,
        })
    }
}

impl Entry {
    const fn takes_a_place(&self) -> bool {
        !matches!(
            self,
            Self::Queue {
                operation: None,
                ..
            }
        )
    }

    fn operation(&self) -> Result<Option<Operation>> {
        Ok(match self {
            Self::Queue {
                operation: None, ..
            } => None,
            Self::Queue {
                tree,
                operation: Some(operation),
                ..
            } => Some(Operation::FromL1(operation.decode((*tree).into())?)),
            Self::Signed { operation, .. } => {
                Some(Operation::Signed(Box::new(operation.decode()?)))
            }
            Self::Collect { tree, token, to } => Some(Operation::Collect {
                tree: (*tree).into(),
                token: TokenId::new((*token).into())?,
                to: wire::index(*to)?,
            }),
        })
    }

    /// One of a queue.
    #[must_use]
    pub fn queued(tree: Tree, queued: &QueuedOperation) -> Self {
        Self::Queue {
            tree: tree.into(),
            place: queued.place,
            enqueued_at: queued.enqueued_at,
            deadline: queued.deadline,
            operation: queued.operation.as_ref().map(WireQueued::from),
        }
    }

    /// A signed one.
    #[must_use]
    pub fn signed(id: OperationId, signed: &Signed) -> Self {
        Self::Signed {
            id,
            operation: signed.into(),
        }
    }
}

/// Nothing below this is in a batch of ours: dust is kept out of the pool, by token.
pub(crate) const LEAST: Amount = Amount::new(1);

/// A batch that only waits for its data, its proof and its transaction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SealedBatch {
    number: BatchNumber,
    finished: FinishedBatch,
    queues: [Vec<QueuedOperation>; 2],
}

impl SealedBatch {
    /// Makes a planned batch anew on the state that it begins with, and leaves the state after it.
    ///
    /// # Errors
    /// [`Error::Diverged`] for another state, or when other roots come of it; [`Error::Ledger`]
    /// when the state does not take an operation. The state is of no use then.
    pub fn replay(plan: &BatchPlan, state: &mut State) -> Result<Self> {
        let prior = plan.prior.decode()?;
        same(plan.number, "roots before it", state.roots(), prior)?;
        let size = BatchSize::new(plan.size)?;
        let mut batch = Batch::new(state, size, LEAST);
        for entry in &plan.entries {
            if let Some(operation) = entry.operation()? {
                batch.apply(&operation)?;
            }
        }
        let finished = batch.finish()?;
        same(
            plan.number,
            "roots after it",
            finished.next,
            plan.next.decode()?,
        )?;
        Self::new(plan, finished)
    }

    pub(crate) fn new(plan: &BatchPlan, finished: FinishedBatch) -> Result<Self> {
        let queue = |tree| plan.consumed(tree).collect::<Result<Vec<_>>>();
        Ok(Self {
            number: plan.number,
            finished,
            queues: [queue(Tree::OnL1)?, queue(Tree::OffL1)?],
        })
    }

    /// Its number.
    #[must_use]
    pub const fn number(&self) -> BatchNumber {
        self.number
    }

    /// What it did.
    #[must_use]
    pub const fn finished(&self) -> &FinishedBatch {
        &self.finished
    }

    /// What it consumes of a queue.
    #[must_use]
    pub fn queue(&self, tree: Tree) -> &[QueuedOperation] {
        &self.queues[usize::from(tree.number())]
    }

    /// A tree's row, whole.
    ///
    /// # Errors
    /// [`Error::Noun`], which cannot be: scalars are canonical.
    pub fn row(&self, tree: Tree) -> Result<Row> {
        let rows = self.finished.rows();
        whole_row(&rows[usize::from(tree.number())])
    }

    /// Whether it touches the tree off L1.
    #[must_use]
    pub fn has_off_row(&self) -> bool {
        touches_off(&self.finished)
    }
}

pub(crate) fn touches_off(finished: &FinishedBatch) -> bool {
    let records = finished.records();
    records.iter().any(|record| record.tree == Tree::OffL1)
}

pub(crate) fn whole_row(elements: &[Fr]) -> Result<Row> {
    let mut bytes = Vec::with_capacity(Row::BYTES);
    for element in elements {
        bytes.extend(scalar_bytes(*element));
    }
    bytes.resize(Row::BYTES, 0);
    Ok(Row::from_slice(&bytes)?)
}

fn same(number: BatchNumber, what: &'static str, got: Roots, expected: Roots) -> Result<()> {
    if got == expected {
        return Ok(());
    }
    let show = |roots: Roots| {
        format!(
            "{} {}",
            wire::scalar_hex(roots.on_l1),
            wire::scalar_hex(roots.off_l1)
        )
    };
    Err(Error::Diverged {
        number,
        what,
        got: show(got),
        expected: show(expected),
    })
}
