//! Where a blob lies, and all that a namespace has, proven against the index root.

use super::{IndexEntry, IndexRoot, lower_sentinel, upper_sentinel};
use crate::limits::MAX_BLOCK_BLOBS;
use crate::{Error, MerkleProof, Namespace, Reader, Result, Writer};

/// One blob's entry with its path to the index root.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlacementProof {
    pub(super) entry: IndexEntry,
    pub(super) proof: MerkleProof,
}

impl PlacementProof {
    /// Yields the entry if the root commits to it.
    ///
    /// # Errors
    /// [`Error::MerkleRoot`].
    pub fn verify(self, root: &IndexRoot) -> Result<IndexEntry> {
        self.proof
            .verify("index entry", &self.entry.encode(), root.as_bytes())?;
        Ok(self.entry)
    }

    /// `entry ‖ Merkle proof`.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        Writer::new()
            .raw(&self.entry.encode())
            .raw(&self.proof.encode())
            .finish()
    }

    /// Reads an encoding.
    ///
    /// # Errors
    /// Whatever is wrong with its fields, or bytes missing or left over.
    pub fn decode(bytes: &[u8]) -> Result<Self> {
        let mut reader = Reader::new("placement proof", bytes);
        let entry = IndexEntry::decode(reader.raw(IndexEntry::BYTES)?)?;
        let proof = MerkleProof::read(&mut reader)?;
        reader.finish()?;
        Ok(Self { entry, proof })
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum NeighbourLeaf {
    Lower,
    Entry(IndexEntry),
    Upper,
}

impl NeighbourLeaf {
    fn encode(&self) -> Vec<u8> {
        match self {
            Self::Lower => lower_sentinel(),
            Self::Entry(entry) => entry.encode(),
            Self::Upper => upper_sentinel(),
        }
    }

    fn decode(bytes: &[u8]) -> Result<Self> {
        if bytes.iter().all(|&b| b == 0) {
            Ok(Self::Lower)
        } else if bytes.iter().all(|&b| b == 0xff) {
            Ok(Self::Upper)
        } else {
            IndexEntry::decode(bytes).map(Self::Entry)
        }
    }

    const fn namespace(&self) -> Namespace {
        match self {
            Self::Lower => Namespace::MIN,
            Self::Entry(entry) => entry.namespace(),
            Self::Upper => Namespace::MAX,
        }
    }
}

/// All of a namespace's entries in a block between their two neighbours.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamespaceProof {
    pub(super) leaves: Vec<(NeighbourLeaf, MerkleProof)>,
}

/// A namespace's entries in a block, proven to be all of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamespaceListing {
    entries: Vec<IndexEntry>,
    root: IndexRoot,
}

impl NamespaceListing {
    /// Every entry of the namespace, in order.
    #[must_use]
    pub fn entries(&self) -> &[IndexEntry] {
        &self.entries
    }

    /// The root against which they were proven.
    #[must_use]
    pub const fn root(&self) -> IndexRoot {
        self.root
    }
}

impl NamespaceProof {
    /// Yields the namespace's entries if the root commits to these and to no others.
    ///
    /// # Errors
    /// [`Error::MerkleRoot`] or [`Error::IndexOrder`].
    pub fn verify(self, namespace: Namespace, root: &IndexRoot) -> Result<NamespaceListing> {
        let wrong = |entry, problem| Err(Error::IndexOrder { entry, problem });
        let [(low, _), inner @ .., (high, _)] = self.leaves.as_slice() else {
            return wrong(0, "lacks its neighbours");
        };
        if low.namespace() >= namespace || high.namespace() <= namespace {
            return wrong(0, "has neighbours that don't enclose the namespace");
        }
        let first = self.leaves[0].1.index();
        for (i, (leaf, proof)) in self.leaves.iter().enumerate() {
            if u64::from(proof.index()) != u64::from(first) + i as u64 {
                return wrong(i, "does not follow the one before it");
            }
            proof.verify("index entry", &leaf.encode(), root.as_bytes())?;
        }
        let mut entries = Vec::with_capacity(inner.len());
        for (i, (leaf, _)) in inner.iter().enumerate() {
            match leaf {
                NeighbourLeaf::Entry(entry) if entry.namespace() == namespace => {
                    entries.push(*entry)
                }
                _ => return wrong(i + 1, "is of another namespace"),
            }
        }
        Ok(NamespaceListing {
            entries,
            root: *root,
        })
    }

    /// `count u16`, then per leaf `entry ‖ Merkle proof`.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        // At most MAX_BLOCK_BLOBS + 2 leaves.
        let count = u16::try_from(self.leaves.len()).unwrap_or(u16::MAX);
        let head = Writer::new().u16(count);
        self.leaves
            .iter()
            .fold(head, |w, (leaf, proof)| {
                w.raw(&leaf.encode()).raw(&proof.encode())
            })
            .finish()
    }

    /// Reads an encoding.
    ///
    /// # Errors
    /// Whatever is wrong with its fields, or bytes missing or left over.
    pub fn decode(bytes: &[u8]) -> Result<Self> {
        let mut reader = Reader::new("namespace proof", bytes);
        let count = reader.u16()?;
        let max = MAX_BLOCK_BLOBS as u64 + 2;
        if u64::from(count) > max {
            return Err(Error::OutOfRange {
                what: "leaves of a namespace proof",
                got: u64::from(count),
                min: 2,
                max,
            });
        }
        let leaves = (0..count)
            .map(|_| {
                let leaf = NeighbourLeaf::decode(reader.raw(IndexEntry::BYTES)?)?;
                Ok((leaf, MerkleProof::read(&mut reader)?))
            })
            .collect::<Result<_>>()?;
        reader.finish()?;
        Ok(Self { leaves })
    }
}
