//! What an account is, and its hash.

use crate::poseidon::{Domain, hash};
use crate::tree::{QuadTree, TOKEN_DEPTH};
use crate::{AccountKey, Address, Amount, Fr, Identity, Nonce, TokenId};
use ark_ff::{Field, Zero};
use std::collections::BTreeMap;

/// What stands after the last identity: 2²⁴⁰, above all of them.
pub const OPEN_END: Fr = {
    let limbs = [0, 0, 0, 1 << (Identity::BITS - 192)];
    Fr::new(ark_ff::BigInt::new(limbs))
};

/// An account.
///
/// Identities form a list in ascending order: each account names the next one, the sentinel at
/// place 0 the first. So that an identity has no account is shown by the account below it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    pub(crate) identity: Identity,
    pub(crate) next: Fr,
    pub(crate) key: AccountKey,
    pub(crate) owner: Address,
    pub(crate) nonce: Nonce,
    pub(crate) balances: BTreeMap<TokenId, Amount>,
}

/// What is hashed of an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Leaf {
    /// Its place in the order.
    pub identity: Fr,
    /// The identity after it, or [`OPEN_END`].
    pub next: Fr,
    /// What its public key must hash to.
    pub key: Fr,
    /// Its owner on L1, plus its nonce times 2¹⁶⁰.
    pub meta: Fr,
    /// Root of the tree of balances.
    pub balances: Fr,
}

impl Leaf {
    /// The leaf's hash.
    #[must_use]
    pub fn hash(&self) -> Fr {
        let Self {
            identity,
            next,
            key,
            meta,
            balances,
        } = *self;
        hash(Domain::Leaf, [identity, next, key, meta, balances])
    }

    /// 2¹⁶⁰: what a nonce is multiplied by.
    #[must_use]
    pub fn nonce_unit() -> Fr {
        Fr::from(2u64).pow([160])
    }
}

impl Account {
    /// The account below all others.
    pub(crate) fn sentinel() -> Self {
        Self {
            identity: Identity::default(),
            next: OPEN_END,
            key: AccountKey::default(),
            owner: Address::ZERO,
            nonce: Nonce::default(),
            balances: BTreeMap::new(),
        }
    }

    /// An account with nothing.
    pub(crate) fn opened(key: AccountKey, owner: Address, next: Fr) -> Self {
        Self {
            identity: Identity::of(key, owner),
            next,
            key,
            owner,
            nonce: Nonce::default(),
            balances: BTreeMap::new(),
        }
    }

    /// Its place in the order of identities.
    #[must_use]
    pub const fn identity(&self) -> Identity {
        self.identity
    }

    /// What its public key must hash to.
    #[must_use]
    pub const fn key(&self) -> AccountKey {
        self.key
    }

    /// Whom its exits pay on L1.
    #[must_use]
    pub const fn owner(&self) -> Address {
        self.owner
    }

    /// The nonce of its next operation.
    #[must_use]
    pub const fn nonce(&self) -> Nonce {
        self.nonce
    }

    /// What it holds of a token.
    #[must_use]
    pub fn balance(&self, token: TokenId) -> Amount {
        self.balances.get(&token).copied().unwrap_or_default()
    }

    /// All it holds, by token.
    pub fn balances(&self) -> impl Iterator<Item = (TokenId, Amount)> {
        self.balances
            .iter()
            .map(|(token, amount)| (*token, *amount))
    }

    pub(crate) fn set_balance(&mut self, token: TokenId, amount: Amount) {
        if amount == Amount::default() {
            self.balances.remove(&token);
        } else {
            self.balances.insert(token, amount);
        }
    }

    /// The tree of its balances.
    #[must_use]
    pub fn balance_tree(&self) -> QuadTree<TOKEN_DEPTH> {
        let mut tree = QuadTree::new();
        for (token, amount) in self.balances() {
            tree.set(token.get().into(), amount.into());
        }
        tree
    }

    /// The account's owner and nonce as one scalar.
    #[must_use]
    pub fn meta(&self) -> Fr {
        Fr::from(self.owner) + Fr::from(self.nonce) * Leaf::nonce_unit()
    }

    /// What is hashed of it.
    #[must_use]
    pub fn leaf(&self) -> Leaf {
        self.leaf_over(self.balance_tree().root())
    }

    pub(crate) fn leaf_over(&self, balances: Fr) -> Leaf {
        Leaf {
            identity: self.identity.into(),
            next: self.next,
            key: self.key.into(),
            meta: self.meta(),
            balances,
        }
    }

    /// Whether it holds nothing.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.balances.values().all(|a| Fr::from(*a).is_zero())
    }
}
