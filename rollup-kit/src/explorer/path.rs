//! That an account is in a tree: the follower's path is computed again, so that what is shown is
//! L1's word and not the follower's.

use super::answers::{Account, Proof};
use ledger::poseidon::{Domain, hash};
use ledger::{
    ACCOUNT_DEPTH, ARITY, AccountIndex, AccountKey, Address, Amount, Fr, Identity, Leaf, Nonce,
    QuadTree, RollupDomain, TOKEN_DEPTH, TokenId, Tree, scalar_bytes, scalar_from_bytes,
};
use serde::Serialize;
use settlement::B256;

/// Bits of an account's place that name a child.
const BITS: usize = ARITY.trailing_zeros() as usize;

/// Nodes beside each other, and which of them the path goes through.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct Level {
    /// From left to right.
    pub(super) nodes: [B256; ARITY],
    /// The path's.
    pub(super) at: usize,
    /// Which of them stand over no accounts.
    pub(super) empty: [bool; ARITY],
}

/// A path that holds: from an account to the root that it leads to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct Path {
    /// Of the account.
    pub(super) leaf: B256,
    /// From the accounts up.
    pub(super) levels: Vec<Level>,
    /// Over the accounts.
    pub(super) accounts_root: B256,
    /// The tree's, which L1 has.
    pub(super) root: B256,
}

/// Why a path does not hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(super) enum Flaw {
    /// A scalar beyond the field.
    #[error("it has a number that is no scalar")]
    Scalar,
    /// Of another account, or as of another batch.
    #[error("it is of another account or another batch")]
    Other,
    /// The leaf is not what the account hashes to.
    #[error("its leaf is not the account's")]
    Leaf,
    /// Too long or too short.
    #[error("it has {0} levels, expected {ACCOUNT_DEPTH}")]
    Length(usize),
    /// A node is not the hash of those below it.
    #[error("level {0} is not the hash of what is below it")]
    Node(usize),
    /// It does not lead to the root that it names.
    #[error("it does not lead to its root")]
    Root,
}

fn scalar(word: B256) -> Result<Fr, Flaw> {
    scalar_from_bytes(&word.0).map_err(|_| Flaw::Scalar)
}

fn word(scalar: Fr) -> B256 {
    B256::new(scalar_bytes(scalar))
}

/// The leaf that an account has, but for what comes after it in the order of identities.
fn leaf_of(account: &Account, next: Fr) -> Result<Leaf, Flaw> {
    let key = AccountKey::new(scalar(account.key)?);
    let owner = Address::new(account.owner.into_array());
    let nonce = u64::try_from(account.nonce.0).map_err(|_| Flaw::Leaf)?;
    let mut balances: QuadTree<TOKEN_DEPTH> = QuadTree::new();
    for (token, amount) in &account.balances {
        let token = TokenId::new(u64::from(*token)).map_err(|_| Flaw::Leaf)?;
        balances.set(token.get().into(), Amount::new(amount.0).into());
    }
    // The sentinel stands for nobody.
    let identity = if account.index == AccountIndex::SENTINEL.get() {
        Identity::default()
    } else {
        Identity::of(key, owner)
    };
    Ok(Leaf {
        identity: identity.into(),
        next,
        key: key.into(),
        meta: Fr::from(owner) + Fr::from(Nonce::new(nonce)) * Leaf::nonce_unit(),
        balances: balances.root(),
    })
}

/// Checks that a path leads from an account to the root that it names.
///
/// # Errors
/// [`Flaw`], which is the fault of whoever gave the path.
pub(super) fn check(account: &Account, proof: &Proof, rollup: RollupDomain) -> Result<Path, Flaw> {
    let tree = Tree::from(account.tree);
    if (proof.tree, proof.index, proof.as_of) != (account.tree, account.index, account.as_of) {
        return Err(Flaw::Other);
    }
    let leaf = leaf_of(account, scalar(proof.leaf.next)?)?;
    let told = &proof.leaf;
    for (own, told) in [
        (leaf.identity, told.identity),
        (leaf.key, told.key),
        (leaf.meta, told.meta),
        (leaf.balances, told.balances),
    ] {
        if word(own) != told {
            return Err(Flaw::Leaf);
        }
    }
    if proof.path.len() != ACCOUNT_DEPTH {
        return Err(Flaw::Length(proof.path.len()));
    }
    let leaf = leaf.hash();
    let mut below = leaf;
    let mut levels = Vec::with_capacity(ACCOUNT_DEPTH);
    for (height, nodes) in proof.path.iter().enumerate() {
        let at = (account.index as usize >> (BITS * height)) % ARITY;
        if nodes[at] != word(below) {
            return Err(Flaw::Node(height));
        }
        let mut children = [Fr::default(); ARITY];
        for (child, node) in children.iter_mut().zip(nodes) {
            *child = scalar(*node)?;
        }
        let nothing = word(ledger::empty_root(height));
        levels.push(Level {
            nodes: *nodes,
            at,
            empty: nodes.map(|node| node == nothing),
        });
        below = hash(Domain::Node, children);
    }
    let number = Fr::from(tree.number());
    let root = word(hash(Domain::Root, [below, rollup.into(), number]));
    if (word(below), root) != (proof.accounts_root, proof.root) {
        return Err(Flaw::Root);
    }
    Ok(Path {
        leaf: word(leaf),
        levels,
        accounts_root: proof.accounts_root,
        root,
    })
}

#[cfg(test)]
mod tests;
