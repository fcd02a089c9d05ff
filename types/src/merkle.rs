//! Binary Merkle trees over tagged SHA-256.
//!
//! Leaves are hashed under one tag, nodes under another; the leaves are padded with zero
//! words to a power of two; the root hashes the number of leaves with the topmost node, so
//! that a proof's shape is fixed by what was committed to and not by who presents it.

use crate::hex_bytes::hex_bytes;
use crate::{Commitment, Error, Reader, Result, Tag, Writer, tagged_hash};

hex_bytes! {
    /// The root over a block's N commitments, one leaf each.
    CommitmentsRoot, 32, "commitments root"
}

type Node = [u8; 32];

/// Deepest tree in use: 2^16 leaves.
const MAX_DEPTH: u32 = 16;

fn hash_leaf(leaf: &[u8]) -> Node {
    tagged_hash(Tag::MerkleLeaf, &[leaf])
}

fn hash_node(left: &Node, right: &Node) -> Node {
    tagged_hash(Tag::MerkleNode, &[left, right])
}

fn hash_root(count: u32, top: &Node) -> Node {
    tagged_hash(Tag::MerkleRoot, &[&count.to_be_bytes(), top])
}

/// Levels above the leaves of a tree of `count` leaves.
fn depth(count: u32) -> u32 {
    count.max(1).next_power_of_two().trailing_zeros()
}

/// A whole tree.
#[derive(Debug, Clone)]
pub struct MerkleTree {
    count: u32,
    /// Level 0 holds the padded leaves' hashes, the last level the topmost node.
    levels: Vec<Vec<Node>>,
}

impl MerkleTree {
    /// Hashes the leaves, in order.
    ///
    /// # Errors
    /// [`Error::OutOfRange`] for more than 2^16 leaves.
    pub fn new<'a>(leaves: impl ExactSizeIterator<Item = &'a [u8]>) -> Result<Self> {
        let max = 1_u32 << MAX_DEPTH;
        let count = u32::try_from(leaves.len())
            .ok()
            .filter(|&n| n <= max)
            .ok_or(Error::OutOfRange {
                what: "leaves of a tree",
                got: leaves.len() as u64,
                min: 0,
                max: u64::from(max),
            })?;
        let mut level: Vec<Node> = leaves.map(hash_leaf).collect();
        level.resize(1 << depth(count), [0; 32]);
        let mut levels = vec![level];
        while let Some(last) = levels.last().filter(|level| level.len() > 1) {
            let above = last
                .as_chunks::<2>()
                .0
                .iter()
                .map(|[l, r]| hash_node(l, r))
                .collect();
            levels.push(above);
        }
        Ok(Self { count, levels })
    }

    /// The root, which commits to the number of leaves too.
    #[must_use]
    pub fn root(&self) -> [u8; 32] {
        let top = self
            .levels
            .last()
            .and_then(|level| level.first())
            .copied()
            .unwrap_or_default();
        hash_root(self.count, &top)
    }

    /// The siblings that lead from a leaf to the root.
    ///
    /// # Errors
    /// [`Error::OutOfRange`] when there is no such leaf.
    pub fn prove(&self, index: u32) -> Result<MerkleProof> {
        if index >= self.count {
            return Err(Error::OutOfRange {
                what: "leaf",
                got: u64::from(index),
                min: 0,
                max: u64::from(self.count).saturating_sub(1),
            });
        }
        let below_top = &self.levels[..self.levels.len() - 1];
        let siblings = below_top
            .iter()
            .enumerate()
            .map(|(height, level)| level[(index as usize >> height) ^ 1])
            .collect();
        Ok(MerkleProof {
            index,
            count: self.count,
            siblings,
        })
    }
}

/// The siblings from one leaf to a root.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MerkleProof {
    index: u32,
    count: u32,
    siblings: Vec<Node>,
}

impl MerkleProof {
    /// Most bytes of an encoding.
    pub const MAX_BYTES: usize = 4 + 4 + MAX_DEPTH as usize * 32;

    /// The leaf's place.
    #[must_use]
    pub const fn index(&self) -> u32 {
        self.index
    }

    /// How many leaves the proof claims the tree has; true once it leads to a trusted root.
    #[must_use]
    pub const fn count(&self) -> u32 {
        self.count
    }

    /// Checks that the leaf stands at [`Self::index`] below `root`.
    ///
    /// # Errors
    /// [`Error::MerkleRoot`] when it does not.
    pub fn verify(&self, what: &'static str, leaf: &[u8], root: &[u8; 32]) -> Result<()> {
        let mut node = hash_leaf(leaf);
        for (height, sibling) in self.siblings.iter().enumerate() {
            node = if (self.index >> height) & 1 == 0 {
                hash_node(&node, sibling)
            } else {
                hash_node(sibling, &node)
            };
        }
        let got = hash_root(self.count, &node);
        if got == *root {
            Ok(())
        } else {
            Err(Error::MerkleRoot {
                what,
                got: hex::encode(got),
                expected: hex::encode(root),
            })
        }
    }

    /// `index u32 ‖ count u32 ‖ siblings`.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let head = Writer::new().u32(self.index).u32(self.count);
        self.siblings
            .iter()
            .fold(head, |w, sibling| w.raw(sibling))
            .finish()
    }

    /// Reads an encoding off the front of `reader`: the count fixes how many siblings follow.
    ///
    /// # Errors
    /// Bytes missing, a count out of range or an index outside the count.
    pub fn read(reader: &mut Reader<'_>) -> Result<Self> {
        let (index, count) = (reader.u32()?, reader.u32()?);
        let max = 1 << MAX_DEPTH;
        if count == 0 || count > max {
            return Err(Error::OutOfRange {
                what: "leaves of a tree",
                got: u64::from(count),
                min: 1,
                max: u64::from(max),
            });
        }
        if index >= count {
            return Err(Error::OutOfRange {
                what: "leaf",
                got: u64::from(index),
                min: 0,
                max: u64::from(count) - 1,
            });
        }
        let siblings = (0..depth(count))
            .map(|_| reader.array())
            .collect::<Result<_>>()?;
        Ok(Self {
            index,
            count,
            siblings,
        })
    }

    /// Reads an encoding.
    ///
    /// # Errors
    /// As [`Self::read`], and bytes left over.
    pub fn decode(bytes: &[u8]) -> Result<Self> {
        let mut reader = Reader::new("Merkle proof", bytes);
        let proof = Self::read(&mut reader)?;
        reader.finish()?;
        Ok(proof)
    }
}

/// The root over a block's commitments, one 48-byte leaf per row.
///
/// # Errors
/// [`Error::OutOfRange`] for more than 2^16 of them.
pub fn commitments_root(commitments: &[Commitment]) -> Result<CommitmentsRoot> {
    let leaves = commitments
        .iter()
        .map(|commitment| &commitment.as_bytes()[..]);
    MerkleTree::new(leaves).map(|tree| CommitmentsRoot::new(tree.root()))
}
