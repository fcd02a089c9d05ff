//! A blob's identity and description.

use crate::hex_bytes::hex_bytes;
use crate::limits::{
    MAX_BLOB_ROWS, MAX_PAYLOAD_BYTES, PACKED_ELEMENT_BYTES, PACKED_HEADER_BYTES, POINT_BYTES,
    ROW_BYTES, ROW_ELEMENTS,
};
use crate::{Commitment, Error, Namespace, Reader, Result, Tag, Writer, tagged_hash};

hex_bytes! {
    /// A blob's identity: the tagged hash of its namespace, mode, length and commitments. The
    /// same bytes in the same namespace are the same blob.
    BlobId, 32, "blob id"
}

/// How a payload lies in its rows.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize,
)]
#[serde(rename_all = "lowercase")]
pub enum BlobMode {
    /// 31 bytes per element behind a length header: any bytes at all.
    Packed,
    /// The payload is rows already: canonical EIP-4844 blobs, returned unchanged.
    Raw,
}

impl BlobMode {
    /// The mode's code in encodings.
    #[must_use]
    pub const fn code(self) -> u8 {
        match self {
            Self::Packed => 0,
            Self::Raw => 1,
        }
    }

    /// The mode with this code.
    ///
    /// # Errors
    /// [`Error::Code`] for a code that names no mode.
    pub const fn from_code(code: u8) -> Result<Self> {
        match code {
            0 => Ok(Self::Packed),
            1 => Ok(Self::Raw),
            _ => Err(Error::Code {
                what: "blob mode",
                got: code as u64,
                max: 1,
            }),
        }
    }
}

impl std::fmt::Display for BlobMode {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Packed => "packed",
            Self::Raw => "raw",
        })
    }
}

/// A mode together with a payload length that it allows: 1 byte to 16 MiB, whole rows if raw.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct PayloadLength {
    mode: BlobMode,
    bytes: u32,
}

impl PayloadLength {
    /// Checks the length.
    ///
    /// # Errors
    /// [`Error::OutOfRange`] for nothing or too much, [`Error::RawLength`] for part of a row.
    pub fn new(mode: BlobMode, bytes: u64) -> Result<Self> {
        let out_of_range = Error::OutOfRange {
            what: "bytes of a payload",
            got: bytes,
            min: 1,
            max: MAX_PAYLOAD_BYTES as u64,
        };
        let length = u32::try_from(bytes).map_err(|_| out_of_range.clone())?;
        if length == 0 || length as usize > MAX_PAYLOAD_BYTES {
            return Err(out_of_range);
        }
        if mode == BlobMode::Raw && !(length as usize).is_multiple_of(ROW_BYTES) {
            return Err(Error::RawLength {
                got: bytes,
                row_bytes: ROW_BYTES,
            });
        }
        Ok(Self {
            mode,
            bytes: length,
        })
    }

    /// The mode.
    #[must_use]
    pub const fn mode(self) -> BlobMode {
        self.mode
    }

    /// Bytes of payload.
    #[must_use]
    pub const fn bytes(self) -> u32 {
        self.bytes
    }

    /// Rows that the payload fills: 1 to [`MAX_BLOB_ROWS`].
    #[must_use]
    pub const fn rows(self) -> usize {
        match self.mode {
            BlobMode::Raw => self.bytes as usize / ROW_BYTES,
            BlobMode::Packed => (self.bytes as usize + PACKED_HEADER_BYTES)
                .div_ceil(ROW_ELEMENTS * PACKED_ELEMENT_BYTES),
        }
    }
}

/// What a blob is, short of its bytes: everything that its id commits to. Consistent in
/// itself, but the commitments are only claimed ones.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BlobMeta {
    namespace: Namespace,
    length: PayloadLength,
    commitments: Vec<Commitment>,
}

impl BlobMeta {
    /// Most bytes of an encoding.
    pub const MAX_BYTES: usize = Namespace::BYTES + 1 + 4 + 2 + MAX_BLOB_ROWS * POINT_BYTES;

    /// Describes a blob by its rows' commitments, in order.
    ///
    /// # Errors
    /// [`Error::RowCount`] when there are more or fewer than the length makes.
    pub fn new(
        namespace: Namespace,
        length: PayloadLength,
        commitments: Vec<Commitment>,
    ) -> Result<Self> {
        if commitments.len() != length.rows() {
            return Err(Error::RowCount {
                got: commitments.len(),
                expected: length.rows(),
            });
        }
        Ok(Self {
            namespace,
            length,
            commitments,
        })
    }

    /// Whose blob it is.
    #[must_use]
    pub const fn namespace(&self) -> Namespace {
        self.namespace
    }

    /// Its mode and length.
    #[must_use]
    pub const fn length(&self) -> PayloadLength {
        self.length
    }

    /// One commitment per row.
    #[must_use]
    pub fn commitments(&self) -> &[Commitment] {
        &self.commitments
    }

    /// How many rows it has.
    #[must_use]
    pub fn rows(&self) -> u16 {
        // At most MAX_BLOB_ROWS by construction.
        u16::try_from(self.commitments.len()).unwrap_or(u16::MAX)
    }

    /// `SHA-256(tag ‖ namespace ‖ mode u8 ‖ length u32 ‖ rows u16 ‖ commitments)`.
    #[must_use]
    pub fn id(&self) -> BlobId {
        BlobId::new(tagged_hash(Tag::BlobId, &[&self.encode()]))
    }

    /// `namespace ‖ mode u8 ‖ length u32 ‖ rows u16 ‖ commitments`.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let head = Writer::new()
            .raw(self.namespace.as_bytes())
            .u8(self.length.mode().code())
            .u32(self.length.bytes())
            .u16(self.rows());
        self.commitments
            .iter()
            .fold(head, |w, commitment| w.raw(commitment.as_bytes()))
            .finish()
    }

    /// Reads an encoding.
    ///
    /// # Errors
    /// Whatever is wrong with its fields, or bytes missing or left over.
    pub fn decode(bytes: &[u8]) -> Result<Self> {
        let mut reader = Reader::new("blob description", bytes);
        let namespace = Namespace::new(reader.array()?)?;
        let mode = BlobMode::from_code(reader.u8()?)?;
        let length = PayloadLength::new(mode, u64::from(reader.u32()?))?;
        let rows = usize::from(reader.u16()?);
        if rows != length.rows() {
            return Err(Error::RowCount {
                got: rows,
                expected: length.rows(),
            });
        }
        let commitments = (0..rows)
            .map(|_| reader.array().map(Commitment::new))
            .collect::<Result<Vec<_>>>()?;
        reader.finish()?;
        Self::new(namespace, length, commitments)
    }
}
