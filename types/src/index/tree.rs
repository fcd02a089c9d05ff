//! The whole index of a block, and what it can prove.

use super::proofs::NeighbourLeaf;
use super::{
    IndexEntry, IndexRoot, NamespaceProof, PlacementProof, lower_sentinel, upper_sentinel,
};
use crate::limits::MAX_BLOCK_BLOBS;
use crate::{
    BlobId, BlobMeta, Error, GridDimensions, MerkleProof, MerkleTree, Namespace, PayloadLength,
    Result, RowIndex,
};

/// A block's whole index: entries in order, contiguous from row 0, each blob once.
#[derive(Debug, Clone)]
pub struct IndexTree {
    entries: Vec<IndexEntry>,
    dimensions: GridDimensions,
    tree: MerkleTree,
}

impl IndexTree {
    /// Checks the entries' order and contiguity, and hashes them.
    ///
    /// # Errors
    /// [`Error::IndexOrder`] naming the first entry that is wrong, [`Error::OutOfRange`] for
    /// more entries than a block can hold.
    pub fn new(entries: Vec<IndexEntry>) -> Result<Self> {
        if entries.len() > MAX_BLOCK_BLOBS {
            return Err(Error::OutOfRange {
                what: "blobs of a block",
                got: entries.len() as u64,
                min: 0,
                max: MAX_BLOCK_BLOBS as u64,
            });
        }
        let mut next_row = 0_u64;
        for (i, entry) in entries.iter().enumerate() {
            if i > 0 && entries[i - 1].order() >= entry.order() {
                return Err(Error::IndexOrder {
                    entry: i,
                    problem: "is not above the one before it",
                });
            }
            if u64::from(entry.placement().first().get()) != next_row {
                return Err(Error::IndexOrder {
                    entry: i,
                    problem: "does not begin where the one before it ends",
                });
            }
            next_row += u64::from(entry.placement().rows());
        }
        let dimensions = GridDimensions::new(next_row)?;
        let leaves: Vec<Vec<u8>> = std::iter::once(lower_sentinel())
            .chain(entries.iter().map(IndexEntry::encode))
            .chain(std::iter::once(upper_sentinel()))
            .collect();
        let tree = MerkleTree::new(leaves.iter().map(Vec::as_slice))?;
        Ok(Self {
            entries,
            dimensions,
            tree,
        })
    }

    /// Lays out blobs in a block: sorts them by namespace and id and gives each its rows.
    ///
    /// # Errors
    /// [`Error::OutOfRange`] when they don't fit, [`Error::IndexOrder`] when one comes twice.
    pub fn place<'a>(blobs: impl IntoIterator<Item = &'a BlobMeta>) -> Result<Self> {
        let mut sorted: Vec<(Namespace, BlobId, PayloadLength)> = blobs
            .into_iter()
            .map(|meta| (meta.namespace(), meta.id(), meta.length()))
            .collect();
        sorted.sort_unstable_by_key(|(namespace, id, _)| (*namespace, *id));
        let mut next_row = 0_u64;
        let mut entries = Vec::with_capacity(sorted.len());
        for (namespace, id, length) in sorted {
            entries.push(IndexEntry::from_parts(
                namespace,
                id,
                length,
                RowIndex::new(next_row)?,
            )?);
            next_row += length.rows() as u64;
        }
        Self::new(entries)
    }

    /// The entries, in order.
    #[must_use]
    pub fn entries(&self) -> &[IndexEntry] {
        &self.entries
    }

    /// The grid that the blobs fill.
    #[must_use]
    pub const fn dimensions(&self) -> GridDimensions {
        self.dimensions
    }

    /// The root over sentinels and entries.
    #[must_use]
    pub fn root(&self) -> IndexRoot {
        IndexRoot::new(self.tree.root())
    }

    /// Proves where one blob lies; none when the block does not have it.
    #[must_use]
    pub fn prove_placement(&self, id: BlobId) -> Option<PlacementProof> {
        let place = self.entries.iter().position(|entry| entry.id() == id)?;
        let proof = self.prove_leaf(place + 1).ok()?;
        Some(PlacementProof {
            entry: self.entries[place],
            proof,
        })
    }

    /// Proves a namespace's entries complete.
    ///
    /// # Errors
    /// None that a well-formed tree gives.
    pub fn prove_namespace(&self, namespace: Namespace) -> Result<NamespaceProof> {
        let start = self
            .entries
            .partition_point(|entry| entry.namespace() < namespace);
        let end = self
            .entries
            .partition_point(|entry| entry.namespace() <= namespace);
        // Leaf i + 1 is entry i: the leaves start..=end+1 are the neighbours and all between.
        let leaf = |i: usize| match i.checked_sub(1).map(|i| self.entries.get(i)) {
            None => NeighbourLeaf::Lower,
            Some(None) => NeighbourLeaf::Upper,
            Some(Some(entry)) => NeighbourLeaf::Entry(*entry),
        };
        let leaves = (start..=end + 1)
            .map(|i| Ok((leaf(i), self.prove_leaf(i)?)))
            .collect::<Result<_>>()?;
        Ok(NamespaceProof { leaves })
    }

    fn prove_leaf(&self, leaf: usize) -> Result<MerkleProof> {
        // At most MAX_BLOCK_BLOBS + 2 leaves.
        self.tree.prove(u32::try_from(leaf).unwrap_or(u32::MAX))
    }
}
