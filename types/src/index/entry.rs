//! One blob's line in the index.

use crate::limits::MAX_BLOCK_ROWS;
use crate::{
    BlobId, BlobMeta, BlobMode, Error, Namespace, PayloadLength, Reader, Result, RowIndex, Writer,
};

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

    pub(super) fn from_parts(
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

    pub(super) const fn order(&self) -> (Namespace, BlobId) {
        (self.namespace, self.id)
    }
}
