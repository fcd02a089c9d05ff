//! Payload bytes as rows of canonical elements.
//!
//! *Packed*: the stream `length u32 ‖ payload ‖ zeros` in pieces of 31 bytes, each the low bytes
//! of one big-endian element, so that any bytes at all are canonical. *Raw*: the payload is rows
//! already and is returned unchanged.

use types::limits::{
    ELEMENT_BYTES, MAX_PAYLOAD_BYTES, PACKED_ELEMENT_BYTES, PACKED_HEADER_BYTES, ROW_BYTES,
    ROW_ELEMENTS,
};
use types::{BlobMode, PayloadLength, Row, first_noncanonical};

use crate::ErasureError;

/// Stream bytes, header included, that a packed row carries.
pub const PACKED_BYTES_PER_ROW: usize = ROW_ELEMENTS * PACKED_ELEMENT_BYTES;

/// Turns a payload into rows in the given mode, and says what length the blob has.
///
/// # Errors
/// As [`pack`] or [`raw_rows`].
pub fn payload_to_rows(
    mode: BlobMode,
    payload: &[u8],
) -> Result<(PayloadLength, Vec<Row>), ErasureError> {
    let length = PayloadLength::new(mode, payload.len() as u64)?;
    let rows = match mode {
        BlobMode::Packed => pack(payload)?,
        BlobMode::Raw => raw_rows(payload)?,
    };
    Ok((length, rows))
}

/// Turns a blob's rows back into its payload, which must have the length that the blob says.
///
/// # Errors
/// [`ErasureError::PayloadLength`] when the rows hold another length; otherwise as [`unpack`].
pub fn rows_to_payload(length: PayloadLength, rows: &[Row]) -> Result<Vec<u8>, ErasureError> {
    let payload = match length.mode() {
        BlobMode::Packed => unpack(rows)?,
        BlobMode::Raw => raw_payload(rows),
    };
    let expected = length.bytes() as usize;
    if payload.len() != expected {
        return Err(ErasureError::PayloadLength {
            got: payload.len(),
            expected,
        });
    }
    Ok(payload)
}

/// Packs 1 byte to 16 MiB into as many rows as the length takes.
///
/// # Errors
/// [`ErasureError::Noun`] when the payload is empty or too long.
pub fn pack(payload: &[u8]) -> Result<Vec<Row>, ErasureError> {
    let length = PayloadLength::new(BlobMode::Packed, payload.len() as u64)?;
    let mut stream = Vec::with_capacity(length.rows() * PACKED_BYTES_PER_ROW);
    stream.extend_from_slice(&length.bytes().to_be_bytes());
    stream.extend_from_slice(payload);
    stream.resize(length.rows() * PACKED_BYTES_PER_ROW, 0);
    stream
        .chunks_exact(PACKED_BYTES_PER_ROW)
        .map(pack_row)
        .collect()
}

fn pack_row(stream: &[u8]) -> Result<Row, ErasureError> {
    let mut bytes = vec![0; ROW_BYTES];
    for (element, piece) in bytes
        .chunks_exact_mut(ELEMENT_BYTES)
        .zip(stream.chunks_exact(PACKED_ELEMENT_BYTES))
    {
        element[ELEMENT_BYTES - PACKED_ELEMENT_BYTES..].copy_from_slice(piece);
    }
    Ok(Row::from_slice(&bytes)?)
}

/// Takes the payload out of packed rows, and accepts only what [`pack`] makes.
///
/// # Errors
/// [`ErasureError::PackedTopByte`], [`ErasureError::PackedLength`],
/// [`ErasureError::PackedPadding`]; [`ErasureError::Noun`] when the header claims no byte or too
/// many.
pub fn unpack(rows: &[Row]) -> Result<Vec<u8>, ErasureError> {
    let most = PACKED_HEADER_BYTES + MAX_PAYLOAD_BYTES;
    let most_rows = most.div_ceil(PACKED_BYTES_PER_ROW);
    if rows.is_empty() || rows.len() > most_rows {
        return Err(ErasureError::RowCount {
            got: rows.len(),
            expected: rows.len().clamp(1, most_rows),
        });
    }
    let mut stream = Vec::with_capacity(rows.len() * PACKED_BYTES_PER_ROW);
    for (r, row) in rows.iter().enumerate() {
        for (e, element) in row.elements().enumerate() {
            let [top, low @ ..] = element;
            if *top != 0 {
                return Err(ErasureError::PackedTopByte {
                    row: r,
                    element: e,
                    got: *top,
                });
            }
            stream.extend_from_slice(low);
        }
    }
    let mut header = [0; PACKED_HEADER_BYTES];
    header.copy_from_slice(&stream[..PACKED_HEADER_BYTES]);
    let claimed = u32::from_be_bytes(header);
    let length = PayloadLength::new(BlobMode::Packed, u64::from(claimed))?;
    if length.rows() != rows.len() {
        return Err(ErasureError::PackedLength {
            length: claimed,
            got: rows.len(),
            expected: length.rows(),
        });
    }
    let end = PACKED_HEADER_BYTES + length.bytes() as usize;
    if let Some(offset) = stream[end..].iter().position(|byte| *byte != 0) {
        return Err(ErasureError::PackedPadding {
            offset,
            got: stream[end + offset],
        });
    }
    stream.truncate(end);
    stream.drain(..PACKED_HEADER_BYTES);
    Ok(stream)
}

/// Reads a payload that is whole rows of canonical elements.
///
/// # Errors
/// [`ErasureError::Noun`] for a length that is not 1 to 128 whole rows,
/// [`ErasureError::RawElement`] for the first element at or above the group order.
pub fn raw_rows(payload: &[u8]) -> Result<Vec<Row>, ErasureError> {
    PayloadLength::new(BlobMode::Raw, payload.len() as u64)?;
    if let Some(element) = first_noncanonical(payload) {
        return Err(ErasureError::RawElement {
            row: element / ROW_ELEMENTS,
            element: element % ROW_ELEMENTS,
        });
    }
    payload
        .chunks_exact(ROW_BYTES)
        .map(|bytes| Ok(Row::from_slice(bytes)?))
        .collect()
}

/// The payload of raw rows: their bytes.
#[must_use]
pub fn raw_payload(rows: &[Row]) -> Vec<u8> {
    rows.iter()
        .flat_map(|row| row.as_bytes().iter().copied())
        .collect()
}
