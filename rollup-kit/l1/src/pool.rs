//! Transactions that wait for a block.

use std::collections::BTreeMap;

use alloy::consensus::{Transaction as _, Typed2718};
use alloy::primitives::map::{AddressMap, AddressSet, B256Map};
use alloy::primitives::{Address, B256};

use crate::error::Rejection;
use crate::fees::Prices;
use crate::limits;
use crate::transaction::VerifiedTransaction;

/// How much each price of a replacement must lie above the one it replaces, in percent: what
/// nodes of Ethereum ask of their peers.
const BUMP: u64 = 10;
/// The same for blob transactions, which are dear to pass on.
const BLOB_BUMP: u64 = 100;

#[derive(Clone, Debug)]
struct Waiting {
    transaction: VerifiedTransaction,
    /// Who came first goes first, at equal tips.
    sequence: i64,
}

/// Transactions by sender and nonce. Those with a gap before them wait for it to be filled.
#[derive(Clone, Debug, Default)]
pub(crate) struct Pool {
    senders: AddressMap<BTreeMap<u64, Waiting>>,
    hashes: B256Map<(Address, u64)>,
    blobs: usize,
    first: i64,
    next: i64,
}

impl Pool {
    pub(crate) fn len(&self) -> usize {
        self.hashes.len()
    }

    pub(crate) fn get(&self, hash: &B256) -> Option<&VerifiedTransaction> {
        let (sender, nonce) = self.hashes.get(hash)?;
        let waiting = self.senders.get(sender)?.get(nonce)?;
        Some(&waiting.transaction)
    }

    /// The transactions in the order in which they came.
    pub(crate) fn transactions(&self) -> Vec<&VerifiedTransaction> {
        let mut all: Vec<_> = self.senders.values().flat_map(BTreeMap::values).collect();
        all.sort_by_key(|waiting| waiting.sequence);
        all.into_iter()
            .map(|waiting| &waiting.transaction)
            .collect()
    }

    /// Takes a transaction, in place of one with the same nonce if it pays enough more.
    pub(crate) fn insert(
        &mut self,
        transaction: VerifiedTransaction,
        account_nonce: u64,
    ) -> Result<(), Rejection> {
        let hash = transaction.hash();
        if self.hashes.contains_key(&hash) {
            return Err(Rejection::AlreadyKnown(hash));
        }
        let (sender, nonce) = (transaction.sender(), transaction.nonce());
        let ahead = limits::POOL_PER_SENDER as u64;
        if nonce.saturating_sub(account_nonce) >= ahead {
            return Err(Rejection::NonceTooHigh {
                got: nonce,
                expected: account_nonce,
                most: limits::POOL_PER_SENDER,
            });
        }
        let queue = self.senders.get(&sender);
        if let Some(other) = queue.and_then(|queue| queue.values().next())
            && other.transaction.body().is_eip4844() != transaction.body().is_eip4844()
        {
            return Err(Rejection::OtherKind(sender));
        }
        let replaced = queue.and_then(|queue| queue.get(&nonce));
        let mut blobs = self.blobs + transaction.blob_count();
        if let Some(old) = replaced {
            check_replacement(&old.transaction, &transaction)?;
            blobs -= old.transaction.blob_count();
        } else {
            let waiting = queue.map_or(0, BTreeMap::len);
            if waiting >= limits::POOL_PER_SENDER {
                return Err(Rejection::SenderFull(waiting));
            }
            if self.hashes.len() >= limits::POOL {
                return Err(Rejection::PoolFull);
            }
        }
        if blobs > limits::POOL_BLOBS {
            return Err(Rejection::PoolFull);
        }
        let sequence = self.next;
        self.next += 1;
        self.put(transaction, sequence);
        Ok(())
    }

    /// Takes back transactions of blocks that were undone, before all others, in their order. They
    /// were admitted once; one whose nonce was taken since is left out.
    pub(crate) fn requeue(&mut self, transactions: Vec<VerifiedTransaction>) {
        for transaction in transactions.into_iter().rev() {
            let taken = self
                .senders
                .get(&transaction.sender())
                .is_some_and(|queue| queue.contains_key(&transaction.nonce()));
            if !taken {
                self.first -= 1;
                self.put(transaction, self.first);
            }
        }
    }

    fn put(&mut self, transaction: VerifiedTransaction, sequence: i64) {
        let (sender, nonce) = (transaction.sender(), transaction.nonce());
        self.blobs += transaction.blob_count();
        self.hashes.insert(transaction.hash(), (sender, nonce));
        let waiting = Waiting {
            transaction,
            sequence,
        };
        let queue = self.senders.entry(sender).or_default();
        if let Some(old) = queue.insert(nonce, waiting) {
            self.blobs -= old.transaction.blob_count();
            self.hashes.remove(&old.transaction.hash());
        }
    }

    pub(crate) fn remove(&mut self, hash: &B256) -> Option<VerifiedTransaction> {
        let (sender, nonce) = self.hashes.remove(hash)?;
        let queue = self.senders.get_mut(&sender)?;
        let waiting = queue.remove(&nonce)?;
        if queue.is_empty() {
            self.senders.remove(&sender);
        }
        self.blobs -= waiting.transaction.blob_count();
        Some(waiting.transaction)
    }

    pub(crate) fn clear(&mut self) {
        self.senders.clear();
        self.hashes.clear();
        self.blobs = 0;
    }

    /// Drops transactions whose nonce was used.
    pub(crate) fn prune(&mut self, account_nonce: impl Fn(&Address) -> u64) {
        let stale: Vec<_> = self
            .senders
            .iter()
            .flat_map(|(sender, queue)| {
                queue
                    .range(..account_nonce(sender))
                    .map(|(_, waiting)| waiting.transaction.hash())
            })
            .collect();
        for hash in stale {
            self.remove(&hash);
        }
    }

    /// The nonce after the sender's last transaction that waits without a gap before it.
    pub(crate) fn next_nonce(&self, sender: &Address, account_nonce: u64) -> u64 {
        let queue = self.senders.get(sender);
        (account_nonce..)
            .find(|nonce| !queue.is_some_and(|queue| queue.contains_key(nonce)))
            .unwrap_or(u64::MAX)
    }

    /// The transaction that goes next: of those whose turn it is at their sender and who pay the
    /// prices, the one with the highest tip.
    pub(crate) fn best(
        &self,
        prices: &Prices,
        passed_over: &AddressSet,
        account_nonce: impl Fn(&Address) -> u64,
    ) -> Option<&VerifiedTransaction> {
        self.senders
            .iter()
            .filter(|(sender, _)| !passed_over.contains(*sender))
            .filter_map(|(sender, queue)| queue.get(&account_nonce(sender)))
            .filter_map(|waiting| {
                let body = waiting.transaction.body();
                let pays = body
                    .max_fee_per_blob_gas()
                    .is_none_or(|fee| fee >= prices.blob_base_fee());
                let tip = body.effective_tip_per_gas(prices.base_fee)?;
                pays.then_some((tip, std::cmp::Reverse(waiting.sequence), waiting))
            })
            .max_by_key(|(tip, sequence, _)| (*tip, *sequence))
            .map(|(_, _, waiting)| &waiting.transaction)
    }
}

fn check_replacement(
    old: &VerifiedTransaction,
    new: &VerifiedTransaction,
) -> Result<(), Rejection> {
    let percent = if new.body().is_eip4844() {
        BLOB_BUMP
    } else {
        BUMP
    };
    let enough = |old: u128, new: u128| {
        new > old && new >= old.saturating_add(old.saturating_mul(percent.into()) / 100)
    };
    let (old, new) = (old.body(), new.body());
    let tip = |body: &crate::block::Transaction| {
        body.max_priority_fee_per_gas()
            .unwrap_or_else(|| body.max_fee_per_gas())
    };
    let blob_fee = |body: &crate::block::Transaction| body.max_fee_per_blob_gas();
    let pays_more = enough(old.max_fee_per_gas(), new.max_fee_per_gas())
        && enough(tip(old), tip(new))
        && match (blob_fee(old), blob_fee(new)) {
            (Some(old), Some(new)) => enough(old, new),
            _ => true,
        };
    if pays_more {
        Ok(())
    } else {
        Err(Rejection::Underpriced { percent })
    }
}
