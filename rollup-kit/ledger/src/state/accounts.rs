//! A tree of accounts, and the order of their identities.

use crate::account::OPEN_END;
use crate::tree::{ACCOUNT_DEPTH, QuadTree, Step, TOKEN_DEPTH, capacity};
use crate::{
    Account, AccountIndex, AccountKey, Address, Amount, Error, Fr, Identity, Leaf, Result, TokenId,
    Tree,
};
use ark_ff::{AdditiveGroup, BigInt, PrimeField};
use rayon::prelude::*;
use std::collections::BTreeMap;
use std::ops::Bound;

/// A tree of accounts.
#[derive(Debug, Clone)]
pub struct TreeState {
    accounts: BTreeMap<AccountIndex, Account>,
    /// Accounts by identity.
    order: BTreeMap<BigInt<4>, AccountIndex>,
    nodes: QuadTree<ACCOUNT_DEPTH>,
    /// No place below this one is free.
    free_from: u32,
}

/// An account as one side of an operation sees it, before the operation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Touch {
    /// Its place.
    pub index: AccountIndex,
    /// What is hashed of it; of an account that is being opened, what it is opened with.
    pub leaf: Leaf,
    /// From it to the root.
    pub path: [Step; ACCOUNT_DEPTH],
    /// What it holds of the operation's token.
    pub balance: Amount,
    /// From that to the root of its balances.
    pub balance_path: [Step; TOKEN_DEPTH],
}

impl TreeState {
    pub(crate) fn new() -> Self {
        Self::assemble(BTreeMap::from([(
            AccountIndex::SENTINEL,
            Account::sentinel(),
        )]))
    }

    /// A tree with these accounts in places 1, 2, … in the order given.
    ///
    /// # Errors
    /// [`Error::WrongPlace`] for two of one identity; [`Error::OutOfRange`] when there are more
    /// than the tree has places.
    pub fn with_accounts(
        tree: Tree,
        holders: impl IntoIterator<Item = (AccountKey, Address, Vec<(TokenId, Amount)>)>,
    ) -> Result<Self> {
        let mut accounts = BTreeMap::from([(AccountIndex::SENTINEL, Account::sentinel())]);
        for (place, (key, owner, balances)) in (1..).zip(holders) {
            let index = AccountIndex::new(place)?;
            let mut account = Account::opened(key, owner, OPEN_END);
            for (token, amount) in balances {
                account.set_balance(token, amount);
            }
            accounts.insert(index, account);
        }
        Self::linked(tree, accounts)
    }

    /// A tree with these accounts, the sentinel among them. Which identity comes after each is
    /// found, whatever they say.
    ///
    /// # Errors
    /// [`Error::WrongPlace`] for two of one identity.
    pub(crate) fn linked(
        tree: Tree,
        mut accounts: BTreeMap<AccountIndex, Account>,
    ) -> Result<Self> {
        let mut order = BTreeMap::new();
        for (index, account) in &accounts {
            if order.insert(ordinal(account.identity()), *index).is_some() {
                return Err(Error::WrongPlace {
                    tree,
                    index: *index,
                    what: "opened twice",
                });
            }
        }
        let identities = order.keys().skip(1).map(|identity| Fr::from(*identity));
        let after: Vec<Fr> = identities.chain([OPEN_END]).collect();
        for (index, next) in order.values().zip(after) {
            if let Some(account) = accounts.get_mut(index) {
                account.next = next;
            }
        }
        Ok(Self::assemble(accounts))
    }

    fn assemble(accounts: BTreeMap<AccountIndex, Account>) -> Self {
        let leaves: Vec<(u32, Fr)> = accounts
            .par_iter()
            .map(|(index, account)| (index.get(), account.leaf().hash()))
            .collect();
        Self {
            order: accounts
                .iter()
                .map(|(index, account)| (ordinal(account.identity()), *index))
                .collect(),
            nodes: QuadTree::from_leaves(leaves),
            accounts,
            free_from: 0,
        }
    }

    /// The account at a place.
    #[must_use]
    pub fn account(&self, index: AccountIndex) -> Option<&Account> {
        self.accounts.get(&index)
    }

    /// All accounts but the sentinel.
    pub fn accounts(&self) -> impl Iterator<Item = (AccountIndex, &Account)> {
        self.accounts.iter().skip(1).map(|(index, a)| (*index, a))
    }

    /// All accounts, the sentinel first.
    pub(crate) fn with_sentinel(&self) -> impl Iterator<Item = (AccountIndex, &Account)> {
        self.accounts.iter().map(|(index, a)| (*index, a))
    }

    /// Where the account opened with a key for an owner is.
    #[must_use]
    pub fn find(&self, key: AccountKey, owner: Address) -> Option<AccountIndex> {
        let identity = ordinal(Identity::of(key, owner));
        self.order.get(&identity).copied()
    }

    /// The root over the accounts alone.
    #[must_use]
    pub fn accounts_root(&self) -> Fr {
        self.nodes.root()
    }

    /// What stands beside the way from an account's leaf to [`Self::accounts_root`], and the way
    /// itself, from the leaves up.
    #[must_use]
    pub fn path(&self, index: AccountIndex) -> [Step; ACCOUNT_DEPTH] {
        self.nodes.path(index.get())
    }

    /// The account with the greatest identity below this one.
    pub(super) fn below(&self, identity: Identity) -> AccountIndex {
        let below = (Bound::Unbounded, Bound::Excluded(ordinal(identity)));
        let last = self.order.range(below).next_back();
        last.map_or(AccountIndex::SENTINEL, |(_, index)| *index)
    }

    /// How many there are, the sentinel included.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.accounts.len() as u64
    }

    /// The lowest place that is free.
    pub(super) fn free(&self) -> Option<AccountIndex> {
        let places = u64::from(self.free_from)..capacity(ACCOUNT_DEPTH);
        places
            .filter_map(|place| AccountIndex::new(place).ok())
            .find(|index| !self.accounts.contains_key(index))
    }

    pub(crate) fn touch(&self, index: AccountIndex, account: &Account, token: TokenId) -> Touch {
        let balances = account.balance_tree();
        Touch {
            index,
            leaf: account.leaf_over(balances.root()),
            path: self.nodes.path(index.get()),
            balance: account.balance(token),
            balance_path: balances.path(token.get().into()),
        }
    }

    pub(super) fn put(&mut self, index: AccountIndex, account: Account) {
        self.nodes.set(index.get(), account.leaf().hash());
        self.order.insert(ordinal(account.identity()), index);
        self.accounts.insert(index, account);
        while self.free_from < u32::MAX
            && AccountIndex::new(self.free_from.into())
                .is_ok_and(|index| self.accounts.contains_key(&index))
        {
            self.free_from += 1;
        }
    }

    /// Puts accounts back and takes those away that were not there; what they were before that.
    pub(super) fn put_back(
        &mut self,
        accounts: &BTreeMap<AccountIndex, Option<Account>>,
    ) -> BTreeMap<AccountIndex, Option<Account>> {
        // All go before any comes: two of them may change places.
        let mut before = BTreeMap::new();
        for index in accounts.keys() {
            let account = self.accounts.remove(index);
            if let Some(account) = &account {
                self.order.remove(&ordinal(account.identity()));
            }
            before.insert(*index, account);
        }
        for (index, account) in accounts {
            match account {
                Some(account) => self.put(*index, account.clone()),
                None => {
                    self.nodes.set(index.get(), Fr::ZERO);
                    self.free_from = self.free_from.min(index.get());
                }
            }
        }
        before
    }

    pub(super) fn existing(&self, tree: Tree, index: AccountIndex) -> Result<&Account> {
        self.account(index)
            .ok_or(Error::UnknownAccount { tree, index })
    }
}

fn ordinal(identity: Identity) -> BigInt<4> {
    Fr::from(identity).into_bigint()
}
