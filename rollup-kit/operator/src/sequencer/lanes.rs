//! Operations whose account's turn it is, by lane and worth.

use crate::mempool::{Mempool, OperationId, Pooled};
use ledger::{State, TokenId, Tree};
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

/// Fees of one token in one tree.
pub(super) type Lane = (Tree, TokenId);

/// The dearest first, then the one that came first.
type Rank = (Reverse<u128>, u64, OperationId);

/// What may go next, one operation of an account.
#[derive(Debug, Default)]
pub(super) struct Ready {
    lanes: BTreeMap<Lane, BTreeSet<Rank>>,
}

impl Ready {
    /// The operations of the accounts' next nonces.
    pub(super) fn of(pool: &Mempool, state: &State) -> Self {
        let mut ready = Self::default();
        for holder @ (tree, index) in pool.holders() {
            let account = state.tree(tree).account(index);
            let next = account.and_then(|account| pool.at(holder, account.nonce()));
            if let Some(next) = next {
                ready.push(next);
            }
        }
        ready
    }

    pub(super) fn push(&mut self, pooled: &Pooled) {
        let draft = &pooled.signed.draft;
        let rank = (Reverse(pooled.worth), pooled.arrival, pooled.id);
        self.lanes
            .entry((draft.tree, draft.token))
            .or_default()
            .insert(rank);
    }

    /// Takes the next: of the current lane while its best is worth half of the best of all.
    pub(super) fn next(&mut self, current: Option<Lane>) -> Option<OperationId> {
        let best = |set: &BTreeSet<Rank>| set.first().copied();
        let (lane, first) = self
            .lanes
            .iter()
            .filter_map(|(lane, set)| Some((*lane, best(set)?)))
            .min_by_key(|(_, rank)| *rank)?;
        let own = current.and_then(|lane| Some((lane, best(self.lanes.get(&lane)?)?)));
        let (lane, rank) = match own {
            Some((own, rank)) if rank.0.0 >= first.0.0 / 2 => (own, rank),
            _ => (lane, first),
        };
        if let Some(set) = self.lanes.get_mut(&lane) {
            set.remove(&rank);
        }
        Some(rank.2)
    }
}
