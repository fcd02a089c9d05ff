//! Going back: snapshots and reorganisations.

use std::sync::Arc;

use alloy::primitives::B256;
use alloy::primitives::map::B256Map;

use super::Chain;
use crate::block::Block;
use crate::error::{Error, Result};
use crate::history::History;
use crate::limits;
use crate::transaction::VerifiedTransaction;

/// The name of a snapshot.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SnapshotId(pub u64);

/// What becomes of the transactions of blocks that are undone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Requeue {
    /// They wait again, in their order: the next block takes them.
    Yes,
    /// They are forgotten, as if nobody had sent them to this branch.
    No,
}

/// The blocks that were undone, and those that came instead; the oldest first.
pub type Reorganised = (Vec<Arc<Block>>, Vec<Arc<Block>>);

impl Chain {
    /// Remembers everything as it is now. Beyond [`limits::SNAPSHOTS`] the oldest is forgotten.
    pub fn snapshot(&mut self) -> SnapshotId {
        let id = SnapshotId(self.next_snapshot);
        self.next_snapshot += 1;
        let mut copy = self.clone();
        copy.snapshots.clear();
        self.snapshots.insert(id, Arc::new(copy));
        if self.snapshots.len() > limits::SNAPSHOTS {
            self.snapshots.pop_first();
        }
        id
    }

    /// Goes back to a snapshot, and forgets it and those that came after it. Returns the blocks that
    /// were undone, and those of the snapshot that stand in their place; the oldest first.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub fn revert(&mut self, id: SnapshotId) -> Result<Reorganised> {
        let Some(copy) = self.snapshots.remove(&id) else {
            return Err(Error::NotFound {
                what: "snapshot",
                id: id.0.to_string(),
            });
        };
        self.snapshots.split_off(&id);
        let mut copy = Arc::unwrap_or_clone(copy);
        copy.snapshots = std::mem::take(&mut self.snapshots);
        copy.next_snapshot = self.next_snapshot;
        copy.branch = self.branch + 1;
        let old = std::mem::replace(self, copy).history;

        let fork = (self.history.oldest()..=self.history.head().number())
            .rev()
            .find(|number| self.history.hash(*number) == old.hash(*number));
        let after = |history: &History| {
            let first = fork.map_or(0, |fork| fork + 1).max(history.oldest());
            (first..=history.head().number())
                .filter_map(|number| history.block(number).cloned())
                .collect()
        };
        Ok((after(&old), after(&self.history)))
    }

    /// Undoes the last `depth` blocks; what they held is returned, the oldest first. Mining after
    /// it makes other blocks, with other hashes.
    ///
    /// # Errors
    /// [`Error::ReorgTooDeep`] beyond the blocks whose state is kept, [`limits::STATES`] at most.
    pub fn rollback(&mut self, depth: u64, requeue: Requeue) -> Result<Vec<Arc<Block>>> {
        let most = self.state.depth().min(self.head().number());
        if depth > most {
            return Err(Error::ReorgTooDeep { got: depth, most });
        }
        let mut undone = Vec::new();
        for _ in 0..depth {
            let Some(block) = self.history.pop() else {
                return Err(Error::Internal("history ends before state".to_owned()));
            };
            self.state.undo();
            undone.push(block);
        }
        undone.reverse();
        self.branch += 1;
        (self.next_base_fee, self.next_excess_blob_gas) = (None, None);
        self.next_timestamp = None;
        let mut sidecars: B256Map<_> = self
            .blobs
            .take_from(self.head().number() + 1)
            .into_iter()
            .map(|kept| (kept.transaction, kept.sidecar))
            .collect();
        if requeue == Requeue::Yes {
            let again = undone
                .iter()
                .flat_map(|block| &block.transactions)
                .filter_map(|mined| {
                    let sidecar = sidecars.remove(&mined.hash());
                    VerifiedTransaction::again(mined.transaction.clone(), sidecar)
                })
                .collect();
            self.pool.requeue(again);
        }
        Ok(undone)
    }

    /// Undoes the last `depth` blocks and mines as many others: returns both, the oldest first.
    /// Each given transaction comes with the block it is for; the first block after the fork is 0.
    ///
    /// # Errors
    /// As [`Self::rollback`]; [`Error::Rejected`] if a given transaction is not valid there. Then
    /// nothing has happened.
    pub fn reorg(
        &mut self,
        depth: u64,
        requeue: Requeue,
        transactions: Vec<(u64, VerifiedTransaction)>,
        now: u64,
    ) -> Result<Reorganised> {
        let before = self.clone();
        self.try_reorg(depth, requeue, transactions, now)
            .inspect_err(|_| *self = before)
    }

    fn try_reorg(
        &mut self,
        depth: u64,
        requeue: Requeue,
        mut transactions: Vec<(u64, VerifiedTransaction)>,
        now: u64,
    ) -> Result<Reorganised> {
        let undone = self.rollback(depth, requeue)?;
        let mut mined = Vec::new();
        for place in 0..depth {
            let (here, later): (Vec<_>, Vec<_>) = transactions
                .into_iter()
                .partition(|(wanted, _)| *wanted == place);
            transactions = later;
            for (_, transaction) in here {
                self.submit(transaction, now)?;
            }
            mined.push(self.mine(now));
        }
        match transactions.first() {
            None => Ok((undone, mined)),
            Some((place, _)) => Err(Error::TooMany {
                what: "block of a transaction in a reorganisation",
                got: *place,
                most: depth.saturating_sub(1),
            }),
        }
    }

    /// The hashes of transactions that wait, in the order in which they came.
    #[must_use]
    pub fn waiting_hashes(&self) -> Vec<B256> {
        self.pool
            .transactions()
            .into_iter()
            .map(VerifiedTransaction::hash)
            .collect()
    }
}
