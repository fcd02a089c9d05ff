//! Both trees, and what records do to them.

mod accounts;
mod image;
mod plan;
mod undo;

use crate::poseidon::{Domain, hash};
use crate::{
    AccountIndex, Amount, Error, Fr, FromL1, Identity, Kind, Record, Result, RollupDomain, Roots,
    Rules, Tree,
};
pub use accounts::{Touch, TreeState};
pub use undo::Undo;

/// Why a forced withdrawal does nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// There is no such account.
    Absent,
    /// The authority is not the account's.
    WrongAuthority,
    /// The account holds less.
    Lacking,
}

/// What a record did, with what a proof of it needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receipt {
    /// What is posted.
    pub record: Record,
    /// Whether it opened an account.
    pub opened: bool,
    /// Why nothing was withdrawn, if that was demanded.
    pub refusal: Option<Refusal>,
    /// The account that paid, or that stands below an identity; else the sentinel.
    pub debit: Touch,
    /// The account that was paid, else the sentinel.
    pub credit: Touch,
}

/// All that a rollup owes.
#[derive(Debug, Clone)]
pub struct State {
    rollup: RollupDomain,
    on_l1: TreeState,
    off_l1: TreeState,
    rules: Option<&'static dyn Rules>,
}

impl State {
    /// A rollup without accounts.
    #[must_use]
    pub fn new(rollup: RollupDomain) -> Self {
        Self {
            rollup,
            on_l1: TreeState::new(),
            off_l1: TreeState::new(),
            rules: None,
        }
    }

    /// A rollup with these trees.
    #[must_use]
    pub const fn with_trees(rollup: RollupDomain, on_l1: TreeState, off_l1: TreeState) -> Self {
        Self {
            rollup,
            on_l1,
            off_l1,
            rules: None,
        }
    }

    /// The same rollup by these rules. They are not part of the state: everybody who derives it
    /// must be given the same.
    #[must_use]
    pub const fn with_rules(mut self, rules: Option<&'static dyn Rules>) -> Self {
        self.rules = rules;
        self
    }

    /// The rollup's own rules, if it has any.
    #[must_use]
    pub const fn rules(&self) -> Option<&'static dyn Rules> {
        self.rules
    }

    /// Which rollup.
    #[must_use]
    pub const fn rollup(&self) -> RollupDomain {
        self.rollup
    }

    /// One of the trees.
    #[must_use]
    pub const fn tree(&self, tree: Tree) -> &TreeState {
        match tree {
            Tree::OnL1 => &self.on_l1,
            Tree::OffL1 => &self.off_l1,
        }
    }

    const fn tree_mut(&mut self, tree: Tree) -> &mut TreeState {
        match tree {
            Tree::OnL1 => &mut self.on_l1,
            Tree::OffL1 => &mut self.off_l1,
        }
    }

    /// The roots: over the accounts, the rollup, and which tree it is.
    #[must_use]
    pub fn roots(&self) -> Roots {
        let [on_l1, off_l1] = Tree::BOTH.map(|tree| {
            let accounts = self.tree(tree).accounts_root();
            let number = Fr::from(tree.number());
            hash(Domain::Root, [accounts, self.rollup.into(), number])
        });
        Roots { on_l1, off_l1 }
    }

    /// The record of what L1's queue gives next: whether it opens an account, and whether a
    /// withdrawal can be made, follows from the state.
    ///
    /// # Errors
    /// [`Error::TreeFull`].
    pub fn record_of(&self, operation: &FromL1) -> Result<Record> {
        let tree = self.tree(operation.tree);
        let found = tree.find(operation.account, operation.owner);
        let below = tree.below(Identity::of(operation.account, operation.owner));
        let (kind, from, to) = if operation.authority.is_none() {
            let free = || {
                tree.free().ok_or(Error::TreeFull {
                    tree: operation.tree,
                    accounts: tree.count(),
                })
            };
            match found {
                Some(index) => (Kind::Deposit, AccountIndex::SENTINEL, index),
                None => (Kind::Deposit, below, free()?),
            }
        } else {
            let kind = match self.refusal_of(operation) {
                None => Kind::Forced,
                Some(_) => Kind::Refused,
            };
            (kind, found.unwrap_or(below), AccountIndex::SENTINEL)
        };
        Ok(Record {
            kind,
            tree: operation.tree,
            token: operation.token,
            from,
            to,
            fee: Default::default(),
            value: operation.amount.into(),
        })
    }

    /// Does what a record says, if the circuit accepts it: for every record, this refuses or has
    /// exactly the effect that can be proved. Nothing changes when it refuses.
    ///
    /// Signatures are not looked at, since replaying has none; [`crate::Batch::apply`] does.
    ///
    /// # Errors
    /// Whatever is wrong with the record.
    pub fn execute(
        &mut self,
        record: &Record,
        from_l1: Option<&FromL1>,
        collected: u128,
    ) -> Result<Receipt> {
        let plan = self.plan(record, from_l1, collected)?;
        let tree = self.tree_mut(record.tree);

        let before = tree.existing(record.tree, plan.debit.index)?;
        let debit = tree.touch(plan.debit.index, before, record.token);
        tree.put(plan.debit.index, plan.debit.account);

        let index = plan.credit_index;
        let mut account = match plan.opens {
            Some(account) => account,
            None => tree.existing(record.tree, index)?.clone(),
        };
        let credit = tree.touch(index, &account, record.token);
        let held = account.balance(record.token).get();
        let left = plan.replaced.unwrap_or(Amount::new(held + plan.credited));
        account.set_balance(record.token, left);
        tree.put(index, account);
        Ok(Receipt {
            record: *record,
            opened: plan.opened,
            refusal: plan.refusal,
            debit,
            credit,
        })
    }
}
