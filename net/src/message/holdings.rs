//! Which cells of a block a node keeps, and the one encoding of that.
//!
//! Per row: its number (u16; data row i is i, parity row j is 256 + j), its columns (u128, bit i
//! stands for column i). Rows without cells are not in it, so that the few samples of a light
//! node take few bytes and a whole grid at most 9 KiB.

use crate::error::MessageError;
use crate::message::wire::bounded;
use bytes::Bytes;
use chain::ColumnSet;
use types::limits::MAX_BLOCK_ROWS;
use types::{GridRow, Reader, RowIndex};

/// Most rows of one answer: all rows of data and parity of the largest block.
pub const MAX_HELD_ROWS: usize = 2 * MAX_BLOCK_ROWS;

/// The number of parity row 0.
const FIRST_PARITY: u16 = 256;
const _: () = assert!(FIRST_PARITY as usize == MAX_BLOCK_ROWS);

/// Bytes of one row.
pub(crate) const ROW_BYTES: usize = 2 + 16;

/// Which cells of a row a node says that it keeps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HeldRow {
    /// The row.
    pub row: GridRow,
    /// The columns of its cells: at least one.
    pub columns: ColumnSet,
}

pub(crate) fn encode(rows: &[HeldRow]) -> Bytes {
    let mut bytes = Vec::with_capacity(rows.len() * ROW_BYTES);
    for held in rows {
        bytes.extend_from_slice(&number(held.row).to_be_bytes());
        bytes.extend_from_slice(&held.columns.to_bits().to_be_bytes());
    }
    bytes.into()
}

pub(crate) fn decode(bytes: &[u8]) -> Result<Vec<HeldRow>, MessageError> {
    bounded("holdings", bytes.len(), 0, MAX_HELD_ROWS * ROW_BYTES)?;
    let mut rows: Vec<HeldRow> = Vec::with_capacity(bytes.len() / ROW_BYTES);
    for (item, chunk) in bytes.chunks(ROW_BYTES).enumerate() {
        let held = proto::read("holdings", chunk, |chunk| {
            let mut reader = Reader::new("held row", chunk);
            let number = u64::from(reader.u16()?);
            let columns = ColumnSet::from_bits(u128::from_be_bytes(reader.array()?));
            let row = match number.checked_sub(u64::from(FIRST_PARITY)) {
                None => GridRow::Data(RowIndex::new(number)?),
                Some(j) => GridRow::Parity(RowIndex::new(j)?),
            };
            Ok(HeldRow { row, columns })
        })?;
        let fault = |problem| MessageError::Order {
            field: "holdings",
            item,
            problem,
        };
        if rows
            .last()
            .is_some_and(|last| number(last.row) >= number(held.row))
        {
            return Err(fault("is not below the row before it"));
        }
        if held.columns.is_empty() {
            return Err(fault("has no columns"));
        }
        rows.push(held);
    }
    Ok(rows)
}

fn number(row: GridRow) -> u16 {
    match row {
        GridRow::Data(i) => i.get(),
        GridRow::Parity(j) => FIRST_PARITY + j.get(),
    }
}

#[cfg(test)]
pub(super) mod tests;
