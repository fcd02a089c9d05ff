//! From messages to nouns and back.

use crate::{Error, Result, p2p, v1};
use bytes::Bytes;
use types::{
    BlobId, BlobMode, Cell, ColumnIndex, Commitment, Coordinates, GridRow, Header, IndexEntry,
    Namespace, PayloadLength, Proof, RowIndex, UnverifiedCell, limits,
};

/// Reads the noun in a field, naming the field in the error.
///
/// # Errors
/// [`Error::Field`] with what `from` found wrong.
pub fn read<'a, T, I: ?Sized>(
    field: &'static str,
    value: &'a I,
    from: impl FnOnce(&'a I) -> types::Result<T>,
) -> Result<T> {
    from(value).map_err(|source| Error::Field { field, source })
}

fn number<T>(
    field: &'static str,
    value: u32,
    from: impl FnOnce(u64) -> types::Result<T>,
) -> Result<T> {
    from(u64::from(value)).map_err(|source| Error::Field { field, source })
}

/// Coordinates and cells have one shape in both packages.
macro_rules! grid {
    ($package:ident) => {
        impl TryFrom<$package::Coordinates> for Coordinates {
            type Error = Error;

            fn try_from(wire: $package::Coordinates) -> Result<Self> {
                let row = number("coordinates.row", wire.row, RowIndex::new)?;
                let column = number("coordinates.column", wire.column, ColumnIndex::new)?;
                let row = match $package::RowKind::try_from(wire.kind) {
                    Ok($package::RowKind::Data) => GridRow::Data(row),
                    Ok($package::RowKind::Parity) => GridRow::Parity(row),
                    Ok($package::RowKind::Unspecified) | Err(_) => {
                        return Err(Error::Code {
                            field: "coordinates.kind",
                            got: wire.kind,
                            expected: "1 (data) or 2 (parity)",
                        });
                    }
                };
                Ok(Self { row, column })
            }
        }

        impl From<Coordinates> for $package::Coordinates {
            fn from(at: Coordinates) -> Self {
                let (kind, row) = match at.row {
                    GridRow::Data(row) => ($package::RowKind::Data, row),
                    GridRow::Parity(row) => ($package::RowKind::Parity, row),
                };
                Self {
                    kind: kind.into(),
                    row: row.get().into(),
                    column: at.column.get().into(),
                }
            }
        }

        impl TryFrom<$package::Cell> for UnverifiedCell {
            type Error = Error;

            fn try_from(wire: $package::Cell) -> Result<Self> {
                let at = wire.at.ok_or(Error::Missing { field: "cell.at" })?;
                Ok(Self {
                    at: at.try_into()?,
                    cell: read("cell.cell", &wire.cell[..], Cell::from_slice)?,
                    proof: read("cell.proof", &wire.proof[..], Proof::from_slice)?,
                })
            }
        }

        impl From<&UnverifiedCell> for $package::Cell {
            fn from(cell: &UnverifiedCell) -> Self {
                Self {
                    at: Some(cell.at.into()),
                    cell: Bytes::copy_from_slice(cell.cell.as_bytes()),
                    proof: Bytes::copy_from_slice(cell.proof.as_bytes()),
                }
            }
        }
    };
}

grid!(v1);
grid!(p2p);

fn noun_mode(field: &'static str, code: i32) -> Result<BlobMode> {
    match v1::BlobMode::try_from(code) {
        Ok(v1::BlobMode::Packed) => Ok(BlobMode::Packed),
        Ok(v1::BlobMode::Raw) => Ok(BlobMode::Raw),
        Ok(v1::BlobMode::Unspecified) | Err(_) => Err(Error::Code {
            field,
            got: code,
            expected: "1 (packed) or 2 (raw)",
        }),
    }
}

/// The mode's code in messages.
#[must_use]
pub fn wire_mode(mode: BlobMode) -> i32 {
    match mode {
        BlobMode::Packed => v1::BlobMode::Packed,
        BlobMode::Raw => v1::BlobMode::Raw,
    }
    .into()
}

/// What a poster announces before the payload.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Submission {
    /// Whose blob it will be.
    pub namespace: Namespace,
    /// How it will lie in rows, and the bytes to come.
    pub length: PayloadLength,
    /// The id that the poster insists on.
    pub expected: Option<BlobId>,
}

impl TryFrom<v1::SubmitBlobHeader> for Submission {
    type Error = Error;

    fn try_from(wire: v1::SubmitBlobHeader) -> Result<Self> {
        let mode = noun_mode("header.mode", wire.mode)?;
        let length = PayloadLength::new(mode, wire.length).map_err(|source| Error::Field {
            field: "header.length",
            source,
        })?;
        let expected = wire
            .expected_blob_id
            .as_deref()
            .map(|id| read("header.expected_blob_id", id, BlobId::from_slice))
            .transpose()?;
        Ok(Self {
            namespace: read(
                "header.namespace",
                &wire.namespace[..],
                Namespace::from_slice,
            )?,
            length,
            expected,
        })
    }
}

impl From<&Submission> for v1::SubmitBlobHeader {
    fn from(submission: &Submission) -> Self {
        Self {
            namespace: Bytes::copy_from_slice(submission.namespace.as_bytes()),
            mode: wire_mode(submission.length.mode()),
            length: submission.length.bytes().into(),
            expected_blob_id: submission
                .expected
                .map(|id| Bytes::copy_from_slice(id.as_bytes())),
            with_proofs: false,
        }
    }
}

/// The commitment of a row and the proofs of its 128 cells, as a poster claims them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RowProofs {
    commitment: Commitment,
    proofs: Vec<Proof>,
}

impl RowProofs {
    /// Claims, of which nothing is verified.
    ///
    /// # Errors
    /// [`Error::Count`] unless there is a proof for each of the 128 cells.
    pub fn new(commitment: Commitment, proofs: Vec<Proof>) -> Result<Self> {
        if proofs.len() == limits::COLUMNS {
            return Ok(Self { commitment, proofs });
        }
        let columns = limits::COLUMNS as u64;
        Err(Error::Count {
            field: "proofs of a row",
            got: proofs.len() as u64,
            min: columns,
            max: columns,
        })
    }

    /// The row's commitment.
    #[must_use]
    pub const fn commitment(&self) -> &Commitment {
        &self.commitment
    }

    /// The 128 proofs, in the order of the columns.
    #[must_use]
    pub fn proofs(&self) -> &[Proof] {
        &self.proofs
    }
}

impl TryFrom<v1::RowProofs> for RowProofs {
    type Error = Error;

    fn try_from(wire: v1::RowProofs) -> Result<Self> {
        let commitment = read(
            "row_proofs.commitment",
            &wire.commitment[..],
            Commitment::from_slice,
        )?;
        let expected = limits::COLUMNS * limits::POINT_BYTES;
        if wire.proofs.len() != expected {
            return Err(Error::Field {
                field: "row_proofs.proofs",
                source: types::Error::Length {
                    what: "proofs of a row",
                    got: wire.proofs.len(),
                    expected,
                },
            });
        }
        let proofs = wire.proofs.chunks_exact(limits::POINT_BYTES);
        let proofs = proofs.map(|proof| read("row_proofs.proofs", proof, Proof::from_slice));
        Self::new(commitment, proofs.collect::<Result<_>>()?)
    }
}

impl From<&RowProofs> for v1::RowProofs {
    fn from(row: &RowProofs) -> Self {
        let bytes = row.proofs.iter().flat_map(|proof| *proof.as_bytes());
        Self {
            commitment: Bytes::copy_from_slice(row.commitment.as_bytes()),
            proofs: bytes.collect::<Vec<u8>>().into(),
        }
    }
}

impl TryFrom<&v1::BlobHeader> for Submission {
    type Error = Error;

    /// What a node says that it returns: the id is what it claims, not yet what it sends.
    fn try_from(wire: &v1::BlobHeader) -> Result<Self> {
        let mode = noun_mode("header.mode", wire.mode)?;
        let length = PayloadLength::new(mode, wire.length).map_err(|source| Error::Field {
            field: "header.length",
            source,
        })?;
        Ok(Self {
            namespace: read(
                "header.namespace",
                &wire.namespace[..],
                Namespace::from_slice,
            )?,
            length,
            expected: Some(read(
                "header.blob_id",
                &wire.blob_id[..],
                BlobId::from_slice,
            )?),
        })
    }
}

impl From<&Header> for v1::HeaderFields {
    fn from(header: &Header) -> Self {
        Self {
            chain_id: Bytes::copy_from_slice(header.chain_id.as_bytes()),
            height: header.height.get(),
            time_ms: header.time.get(),
            parent: Bytes::copy_from_slice(header.parent.as_bytes()),
            rows: header.dimensions.rows().into(),
            commitments_root: Bytes::copy_from_slice(header.commitments_root.as_bytes()),
            index_root: Bytes::copy_from_slice(header.index_root.as_bytes()),
            validators: Bytes::copy_from_slice(header.validators.as_bytes()),
            next_validators: Bytes::copy_from_slice(header.next_validators.as_bytes()),
        }
    }
}

impl From<&IndexEntry> for v1::BlobEntry {
    fn from(entry: &IndexEntry) -> Self {
        let placement = entry.placement();
        Self {
            blob_id: Bytes::copy_from_slice(entry.id().as_bytes()),
            namespace: Bytes::copy_from_slice(entry.namespace().as_bytes()),
            mode: wire_mode(entry.length().mode()),
            length: entry.length().bytes().into(),
            first_row: placement.first().get().into(),
            rows: placement.rows().into(),
        }
    }
}
