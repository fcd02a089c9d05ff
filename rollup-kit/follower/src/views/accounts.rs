//! Accounts, and that they are in their trees.

use super::{digits, name};
use crate::{Error, Result};
use derivation::Derivation;
use derivation::convert::l1_address;
use ledger::{AccountIndex, AccountKey, Address, Tree};
use serde::Serialize;
use settlement::BatchNumber;
use std::collections::BTreeMap;

/// As of when something holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct AsOf {
    /// The batch after which the tree is derived.
    pub batch: BatchNumber,
    /// Whether that is what L1 says now.
    pub current: bool,
    /// Whether the data is final.
    pub is_final: bool,
}

/// An account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AccountView {
    /// Its tree.
    pub tree: &'static str,
    /// Its place.
    pub index: u32,
    /// What its public key hashes to.
    pub key: String,
    /// Whom its exits pay.
    pub owner: settlement::Address,
    /// Of its next operation.
    pub nonce: String,
    /// By token.
    pub balances: BTreeMap<u16, String>,
    /// As of when.
    pub as_of: AsOf,
}

/// What is hashed of an account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LeafView {
    identity: String,
    next: String,
    key: String,
    meta: String,
    balances: String,
}

/// That an account is in its tree.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ProofView {
    /// The tree.
    pub tree: &'static str,
    /// The account's place.
    pub index: u32,
    /// What is hashed of it.
    pub leaf: LeafView,
    /// Per level from the leaves up, a node's four children, one of which the way goes through.
    pub path: Vec<[String; 4]>,
    /// The root over the accounts.
    pub accounts_root: String,
    /// The tree's root, as L1 has it.
    pub root: String,
    /// As of when.
    pub as_of: AsOf,
}

fn as_of(derivation: &Derivation, tree: Tree) -> AsOf {
    let standing = derivation.standing(tree);
    AsOf {
        batch: standing.after,
        current: standing.is_current,
        is_final: tree == Tree::OnL1 || standing.after <= derivation.history().last_final(),
    }
}

/// The place of the account opened with a key for an owner.
///
/// # Errors
/// [`Error::NotFound`].
pub fn find(
    derivation: &Derivation,
    tree: Tree,
    key: AccountKey,
    owner: Address,
) -> Result<AccountIndex> {
    let found = derivation.state().tree(tree).find(key, owner);
    found.ok_or_else(|| Error::NotFound {
        what: format!("account {key} of {owner} {tree}"),
    })
}

fn no_account(tree: Tree, index: AccountIndex) -> Error {
    Error::NotFound {
        what: format!("account {index} {tree}"),
    }
}

/// An account by its place.
///
/// # Errors
/// [`Error::NotFound`].
pub fn account(derivation: &Derivation, tree: Tree, index: AccountIndex) -> Result<AccountView> {
    let account = derivation.state().tree(tree).account(index);
    let account = account.ok_or_else(|| no_account(tree, index))?;
    Ok(AccountView {
        tree: name(tree),
        index: index.get(),
        key: digits(account.key()),
        owner: l1_address(account.owner()),
        nonce: account.nonce().to_string(),
        balances: account
            .balances()
            .map(|(token, amount)| (token.get(), amount.to_string()))
            .collect(),
        as_of: as_of(derivation, tree),
    })
}

/// That an account is in its tree.
///
/// # Errors
/// [`Error::NotFound`].
pub fn proof(derivation: &Derivation, tree: Tree, index: AccountIndex) -> Result<ProofView> {
    let state = derivation.state();
    let accounts = state.tree(tree);
    let account = accounts.account(index);
    let leaf = account.ok_or_else(|| no_account(tree, index))?.leaf();
    let path = accounts.path(index);
    Ok(ProofView {
        tree: name(tree),
        index: index.get(),
        leaf: LeafView {
            identity: digits(leaf.identity),
            next: digits(leaf.next),
            key: digits(leaf.key),
            meta: digits(leaf.meta),
            balances: digits(leaf.balances),
        },
        path: path.iter().map(|step| step.map(digits)).collect(),
        accounts_root: digits(accounts.accounts_root()),
        root: digits(state.roots().of(tree)),
        as_of: as_of(derivation, tree),
    })
}
