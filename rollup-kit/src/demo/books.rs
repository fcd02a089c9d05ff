//! Who holds what in the rollup's two trees. Pure.
//!
//! The roots are hashes of all holdings: for a demonstration of settlement, in which proofs are
//! the word of an attestor, no circuit has to open them.

use algebra::Fr;
use alloy::primitives::{Address, U256};
use alloy::sol_types::SolValue;
use settlement::Wei;
use settlement::batch::Tree;
use settlement::contracts::abi;
use sha2::{Digest, Sha256};

/// ETH, the rollup's first token.
pub(crate) const ETHER: u16 = 0;
const TAG: &[u8] = b"assay/demonstration-root/v1";

/// The state of both trees.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Books {
    on: Vec<(Address, Wei)>,
    off: Vec<(Address, Wei)>,
}

impl Books {
    fn tree(&self, tree: Tree) -> &[(Address, Wei)] {
        match tree {
            Tree::OnL1 => &self.on,
            Tree::OffL1 => &self.off,
        }
    }

    fn tree_mut(&mut self, tree: Tree) -> &mut Vec<(Address, Wei)> {
        match tree {
            Tree::OnL1 => &mut self.on,
            Tree::OffL1 => &mut self.off,
        }
    }

    /// What an owner has in a tree.
    pub(crate) fn balance(&self, tree: Tree, owner: Address) -> Wei {
        let found = self.tree(tree).iter().find(|(who, _)| *who == owner);
        found.map_or(Wei::ZERO, |(_, amount)| *amount)
    }

    /// An owner has so much more in a tree.
    #[must_use]
    pub(crate) fn with(mut self, tree: Tree, owner: Address, amount: Wei) -> Self {
        let holdings = self.tree_mut(tree);
        match holdings.iter_mut().find(|(who, _)| *who == owner) {
            Some((_, has)) => *has = *has + amount,
            None => holdings.push((owner, amount)),
        }
        self
    }

    /// An owner has so much less in a tree, at least nothing.
    #[must_use]
    pub(crate) fn without(mut self, tree: Tree, owner: Address, amount: Wei) -> Self {
        for (who, has) in self.tree_mut(tree) {
            if *who == owner {
                *has = has.saturating_sub(amount);
            }
        }
        self
    }

    /// A tree's holdings as the contracts pay them out, ascending by slot.
    pub(crate) fn holdings(&self, tree: Tree) -> Vec<abi::Holding> {
        (1_u64..)
            .zip(self.tree(tree))
            .filter(|(_, (_, amount))| *amount > Wei::ZERO)
            .map(|(account, (owner, amount))| abi::Holding {
                slot: account << 16 | u64::from(ETHER),
                owner: *owner,
                token: ETHER,
                amount: amount.get(),
            })
            .collect()
    }

    /// Both roots.
    pub(crate) fn roots(&self) -> abi::Roots {
        abi::Roots {
            onL1: self.root(Tree::OnL1),
            offL1: self.root(Tree::OffL1),
        }
    }

    fn root(&self, tree: Tree) -> U256 {
        let mut tag = [0; 32];
        tag[..TAG.len()].copy_from_slice(TAG);
        let hash = Sha256::new()
            .chain_update(tag)
            .chain_update([tree.code()])
            .chain_update(self.holdings(tree).abi_encode())
            .finalize();
        U256::from_be_bytes(Fr::from_be_bytes_reduced(&hash.into()).to_be_bytes())
    }

    /// The tree off L1, whole: what is posted to the DA network, so that whoever reads it can
    /// leave.
    pub(crate) fn state(&self) -> Vec<u8> {
        self.holdings(Tree::OffL1).abi_encode()
    }

    /// The tree on L1, whole, as scalars: slot and token, owner, amount.
    pub(crate) fn elements(&self) -> Vec<U256> {
        let holdings = self.holdings(Tree::OnL1);
        let words = holdings.iter().flat_map(|holding| {
            let owner = U256::from_be_slice(holding.owner.as_slice());
            [U256::from(holding.slot), owner, U256::from(holding.amount)]
        });
        words.collect()
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;
