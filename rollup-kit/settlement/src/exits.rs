//! Keccak trees over withdrawals and holdings, as `rollup/HashTree.sol` has them.

use crate::contracts::abi;
use alloy::primitives::{B256, U256, keccak256};
use alloy::sol_types::SolValue;

const LEAF: &[u8] = b"assay/exit-leaf/v1";
const NODE: &[u8] = b"assay/exit-node/v1";
const ROOT: &[u8] = b"assay/exit-root/v1";

/// A tree over withdrawals of a batch, or over all that a tree's accounts hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExitTree {
    /// Leaves first, the top last.
    levels: Vec<Vec<B256>>,
}

impl ExitTree {
    /// Over leaves in this order. Holdings ascend by slot.
    #[must_use]
    pub fn new<T: SolValue>(leaves: &[T]) -> Self {
        let mut levels = vec![leaves.iter().map(leaf).collect::<Vec<_>>()];
        while let Some(level) = levels.last().filter(|level| level.len() > 1) {
            let above = level
                .chunks(2)
                .map(|pair| node(pair[0], pair.get(1).copied().unwrap_or_default()))
                .collect();
            levels.push(above);
        }
        Self { levels }
    }

    /// The root, which covers how many leaves there are.
    #[must_use]
    pub fn root(&self) -> B256 {
        let leaves = self.levels.first().map_or(0, Vec::len);
        let top = self.levels.last().and_then(|level| level.first());
        tagged(
            ROOT,
            &[
                &U256::from(leaves).to_be_bytes::<32>(),
                top.copied().unwrap_or_default().as_slice(),
            ],
        )
    }

    /// The path of a leaf; none beyond the last.
    #[must_use]
    pub fn path(&self, index: usize) -> Option<abi::Path> {
        let leaves = self.levels.first()?.len();
        if index >= leaves {
            return None;
        }
        let below_top = &self.levels[..self.levels.len() - 1];
        let siblings = below_top
            .iter()
            .enumerate()
            .map(|(height, level)| {
                let sibling = (index >> height) ^ 1;
                level.get(sibling).copied().unwrap_or_default()
            })
            .collect();
        Some(abi::Path {
            index: index as u64,
            leaves: leaves as u64,
            siblings,
        })
    }
}

fn leaf<T: SolValue>(value: &T) -> B256 {
    tagged(LEAF, &[&value.abi_encode()])
}

fn node(left: B256, right: B256) -> B256 {
    tagged(NODE, &[left.as_slice(), right.as_slice()])
}

fn tagged(tag: &[u8], parts: &[&[u8]]) -> B256 {
    let mut bytes = [0; 32].to_vec();
    bytes[..tag.len()].copy_from_slice(tag);
    for part in parts {
        bytes.extend_from_slice(part);
    }
    keccak256(&bytes)
}
