//! The index of a block: which blobs it orders, and where they lie.
//!
//! Entries are sorted by namespace and blob id and stand between two sentinels, which belong
//! to no namespace. So neighbours in the tree prove that a namespace's blobs are all there.

use crate::hex_bytes::hex_bytes;
use crate::limits::{MAX_BLOCK_BLOBS, MAX_BLOCK_ROWS};
use crate::{
    BlobId, BlobMeta, BlobMode, Error, GridDimensions, MerkleProof, MerkleTree, Namespace,
    PayloadLength, Reader, Result, RowIndex, Writer,
};

hex_bytes! {
    /// The root over a block's index entries and their two sentinels.
    IndexRoot, 32, "index root"
}

/// Where a blob lies in its block.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct BlobPlacement {
    first: RowIndex,
    rows: u16,
}

impl BlobPlacement {
    /// The blob's first row in the block.
    #[must_use]
    pub const fn first(self) -> RowIndex {
        self.first
    }

    /// How many rows it has.
    #[must_use]
    pub const fn rows(self) -> u16 {
        self.rows
    }

    /// The block's row that holds the blob's row `index`.
    ///
    /// # Errors
    /// [`Error::OutOfRange`] when the blob has no such row.
    pub fn row_in_block(self, index: RowIndex) -> Result<RowIndex> {
        if index.get() >= self.rows {
            return Err(Error::OutOfRange {
                what: "row of a blob",
                got: u64::from(index.get()),
                min: 0,
                max: u64::from(self.rows).saturating_sub(1),
            });
        }
        RowIndex::new(u64::from(self.first.get()) + u64::from(index.get()))
    }

    /// The blob's row that the block's row holds, when it is one of this blob's.
    #[must_use]
    pub fn row_in_blob(self, row: RowIndex) -> Option<RowIndex> {
        let index = row
            .get()
            .checked_sub(self.first.get())
            .filter(|&i| i < self.rows)?;
        RowIndex::new(u64::from(index)).ok()
    }
}

/// One blob's line in the index.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct IndexEntry {
    namespace: Namespace,
    id: BlobId,
    length: PayloadLength,
    first: RowIndex,
}

impl IndexEntry {
    /// Bytes of an encoding.
    pub const BYTES: usize = Namespace::BYTES + BlobId::BYTES + 2 + 2 + 1 + 4;

    /// Places a blob at a row.
    ///
    /// # Errors
    /// [`Error::OutOfRange`] when it would reach beyond a block's last row.
    pub fn new(meta: &BlobMeta, first: RowIndex) -> Result<Self> {
        Self::from_parts(meta.namespace(), meta.id(), meta.length(), first)
    }

    fn from_parts(
        namespace: Namespace,
        id: BlobId,
        length: PayloadLength,
        first: RowIndex,
    ) -> Result<Self> {
        let end = first.as_usize() + length.rows();
        if end > MAX_BLOCK_ROWS {
            return Err(Error::OutOfRange {
                what: "end of a blob's rows",
                got: end as u64,
                min: 1,
                max: MAX_BLOCK_ROWS as u64,
            });
        }
        Ok(Self {
            namespace,
            id,
            length,
            first,
        })
    }

    /// Whose blob it is.
    #[must_use]
    pub const fn namespace(&self) -> Namespace {
        self.namespace
    }

    /// Which blob it is.
    #[must_use]
    pub const fn id(&self) -> BlobId {
        self.id
    }

    /// The blob's mode and length.
    #[must_use]
    pub const fn length(&self) -> PayloadLength {
        self.length
    }

    /// Where it lies.
    #[must_use]
    pub fn placement(&self) -> BlobPlacement {
        // At most MAX_BLOB_ROWS by PayloadLength's law.
        let rows = u16::try_from(self.length.rows()).unwrap_or(u16::MAX);
        BlobPlacement {
            first: self.first,
            rows,
        }
    }

    /// `namespace ‖ id ‖ first row u16 ‖ rows u16 ‖ mode u8 ‖ length u32`: the leaf.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        Writer::new()
            .raw(self.namespace.as_bytes())
            .raw(self.id.as_bytes())
            .u16(self.first.get())
            .u16(self.placement().rows)
            .u8(self.length.mode().code())
            .u32(self.length.bytes())
            .finish()
    }

    /// Reads an encoding.
    ///
    /// # Errors
    /// Whatever is wrong with its fields, or bytes missing or left over.
    pub fn decode(bytes: &[u8]) -> Result<Self> {
        let mut reader = Reader::new("index entry", bytes);
        let namespace = Namespace::new(reader.array()?)?;
        let id = BlobId::new(reader.array()?);
        let first = RowIndex::new(u64::from(reader.u16()?))?;
        let rows = usize::from(reader.u16()?);
        let mode = BlobMode::from_code(reader.u8()?)?;
        let length = PayloadLength::new(mode, u64::from(reader.u32()?))?;
        reader.finish()?;
        if rows != length.rows() {
            return Err(Error::RowCount {
                got: rows,
                expected: length.rows(),
            });
        }
        Self::from_parts(namespace, id, length, first)
    }

    const fn order(&self) -> (Namespace, BlobId) {
        (self.namespace, self.id)
    }
}

/// The lower sentinel's leaf: below every entry.
fn lower_sentinel() -> Vec<u8> {
    vec![0; IndexEntry::BYTES]
}

/// The upper sentinel's leaf: above every entry.
fn upper_sentinel() -> Vec<u8> {
    vec![0xff; IndexEntry::BYTES]
}

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
            if u64::from(entry.first.get()) != next_row {
                return Err(Error::IndexOrder {
                    entry: i,
                    problem: "does not begin where the one before it ends",
                });
            }
            next_row += u64::from(entry.placement().rows);
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
        let place = self.entries.iter().position(|entry| entry.id == id)?;
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
            .partition_point(|entry| entry.namespace < namespace);
        let end = self
            .entries
            .partition_point(|entry| entry.namespace <= namespace);
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

/// One blob's entry with its path to the index root.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlacementProof {
    entry: IndexEntry,
    proof: MerkleProof,
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
enum NeighbourLeaf {
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
            Self::Entry(entry) => entry.namespace,
            Self::Upper => Namespace::MAX,
        }
    }
}

/// All of a namespace's entries in a block between their two neighbours.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamespaceProof {
    leaves: Vec<(NeighbourLeaf, MerkleProof)>,
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
                NeighbourLeaf::Entry(entry) if entry.namespace == namespace => entries.push(*entry),
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
