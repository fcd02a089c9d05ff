//! Merkle trees with four children to a node.

use crate::Fr;
use crate::poseidon::{Domain, hash};
use ark_ff::Zero;
use rayon::prelude::*;
use std::collections::HashMap;
use std::sync::OnceLock;

/// Children of a node.
pub const ARITY: usize = 4;
/// Levels above the accounts: 4¹² = 16.7 million of them in a tree.
pub const ACCOUNT_DEPTH: usize = 12;
/// Levels above an account's balances: 4⁴ = 256 tokens, as many as the contracts list.
pub const TOKEN_DEPTH: usize = 4;

const BITS: usize = 2;

/// How many leaves a tree of this depth has.
#[must_use]
pub(crate) const fn capacity(depth: usize) -> u64 {
    1 << (BITS * depth)
}

/// A node's children, one of which the path goes through.
pub type Step = [Fr; ARITY];

/// The root of a tree of this depth whose leaves are all zero.
#[must_use]
pub fn empty_root(depth: usize) -> Fr {
    static ROOTS: OnceLock<[Fr; ACCOUNT_DEPTH + 1]> = OnceLock::new();
    let roots = ROOTS.get_or_init(|| {
        let mut roots = [Fr::zero(); ACCOUNT_DEPTH + 1];
        for level in 1..roots.len() {
            roots[level] = node([roots[level - 1]; ARITY]);
        }
        roots
    });
    roots[depth.min(ACCOUNT_DEPTH)]
}

fn node(children: Step) -> Fr {
    hash(Domain::Node, children)
}

/// A tree of `DEPTH` levels whose leaves are zero unless set. Only nodes that differ from an empty
/// tree's are kept.
#[derive(Debug, Clone, Default)]
pub struct QuadTree<const DEPTH: usize> {
    /// By level from the leaves up, and place in it.
    nodes: HashMap<(u8, u32), Fr>,
}

impl<const DEPTH: usize> QuadTree<DEPTH> {
    /// An empty tree.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The tree with these leaves; places beyond it are left out, and of several leaves for one
    /// place the last counts. Each level is hashed by all threads.
    #[must_use]
    pub fn from_leaves(leaves: impl IntoIterator<Item = (u32, Fr)>) -> Self {
        let mut level: HashMap<u32, Fr> = leaves
            .into_iter()
            .filter(|(place, _)| u64::from(*place) < capacity(DEPTH))
            .collect();
        let mut tree = Self::new();
        for height in 0..DEPTH {
            tree.keep(height, &level);
            let mut parents: Vec<u32> = level.keys().map(|place| place >> BITS).collect();
            parents.sort_unstable();
            parents.dedup();
            let hashed = parents.into_par_iter();
            let hashed: Vec<(u32, Fr)> = hashed
                .map(|parent| (parent, node(tree.children(height, parent))))
                .collect();
            level = hashed.into_iter().collect();
        }
        tree.keep(DEPTH, &level);
        tree
    }

    fn keep(&mut self, height: usize, level: &HashMap<u32, Fr>) {
        let height = u8::try_from(height).unwrap_or(u8::MAX);
        self.nodes
            .extend(level.iter().map(|(place, hash)| ((height, *place), *hash)));
    }

    fn at(&self, height: usize, place: u32) -> Fr {
        let kept = u8::try_from(height).ok();
        kept.and_then(|height| self.nodes.get(&(height, place)).copied())
            .unwrap_or_else(|| empty_root(height))
    }

    fn children(&self, height: usize, parent: u32) -> Step {
        [0, 1, 2, 3].map(|child| self.at(height, (parent << BITS) | child))
    }

    /// The root.
    #[must_use]
    pub fn root(&self) -> Fr {
        self.at(DEPTH, 0)
    }

    /// A leaf; zero beyond the tree.
    #[must_use]
    pub fn leaf(&self, place: u32) -> Fr {
        self.at(0, place)
    }

    /// What stands beside the way from a leaf to the root, and the way itself, from the leaves up.
    #[must_use]
    pub fn path(&self, place: u32) -> [Step; DEPTH] {
        std::array::from_fn(|height| self.children(height, place >> (BITS * (height + 1))))
    }

    /// Sets a leaf. A place beyond the tree is left alone.
    pub fn set(&mut self, place: u32, leaf: Fr) {
        if u64::from(place) >= capacity(DEPTH) {
            return;
        }
        let mut hash = leaf;
        for height in 0..=DEPTH {
            let place = place >> (BITS * height);
            if let Ok(height) = u8::try_from(height) {
                self.nodes.insert((height, place), hash);
            }
            if height < DEPTH {
                hash = node(self.children(height, place >> BITS));
            }
        }
    }
}

#[cfg(test)]
mod tests;
