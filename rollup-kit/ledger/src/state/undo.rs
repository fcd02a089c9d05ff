//! Taking back what records did, account by account: what a follower of a chain needs that may
//! change its mind.

use super::State;
use crate::{Account, AccountIndex, FromL1, Receipt, Record, Result, Tree};
use std::collections::BTreeMap;

/// What accounts were before something changed them; of an account that was opened since, that
/// there was none.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Undo {
    /// The tree's on L1 first.
    pub(super) accounts: [BTreeMap<AccountIndex, Option<Account>>; 2],
}

impl Undo {
    /// How many accounts it puts back.
    #[must_use]
    pub fn accounts(&self) -> usize {
        self.accounts.iter().map(BTreeMap::len).sum()
    }

    /// Takes in what was done after this, so that one undoes both.
    pub fn then(&mut self, later: Self) {
        for (accounts, later) in self.accounts.iter_mut().zip(later.accounts) {
            for (index, before) in later {
                accounts.entry(index).or_insert(before);
            }
        }
    }
}

impl State {
    /// [`Self::execute`], and remembers what it changes. When it refuses, nothing is remembered
    /// that `undo` did not hold.
    ///
    /// # Errors
    /// As [`Self::execute`].
    pub fn execute_undoably(
        &mut self,
        record: &Record,
        from_l1: Option<&FromL1>,
        collected: u128,
        undo: &mut Undo,
    ) -> Result<Receipt> {
        let tree = self.tree(record.tree);
        let before = [record.from, record.to].map(|index| (index, tree.account(index).cloned()));
        let receipt = self.execute(record, from_l1, collected)?;
        let accounts = &mut undo.accounts[usize::from(record.tree.number())];
        for (index, account) in before {
            accounts.entry(index).or_insert(account);
        }
        Ok(receipt)
    }

    /// Puts accounts back, and returns what puts them forward again.
    ///
    /// Steps are undone from the last to the first; anything else makes a state that never was.
    pub fn undo(&mut self, undo: &Undo) -> Undo {
        let mut forward = Undo::default();
        for tree in Tree::BOTH {
            let place = usize::from(tree.number());
            let accounts = &undo.accounts[place];
            forward.accounts[place] = self.tree_mut(tree).put_back(accounts);
        }
        forward
    }
}
