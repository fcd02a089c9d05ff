//! Cells of a blob's rows, and their one encoding.
//!
//! Per row: its index in the blob (u16), its columns (u128, bit i stands for column i), their
//! cells, their proofs. A fixed layout, so that what is set aside in memory never exceeds what
//! came over the wire by more than its own size.

use crate::error::MessageError;
use crate::message::MAX_CELLS;
use bytes::Bytes;
use types::limits::{CELL_BYTES, POINT_BYTES};
use types::{Cell, ColumnIndex, Proof, Reader, RowIndex};

/// A cell of a row that is named elsewhere. Unverified.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RowCell {
    /// Its column.
    pub column: ColumnIndex,
    /// Its 64 elements.
    pub cell: Cell,
    /// The claimed opening of the row's commitment.
    pub proof: Proof,
}

/// Cells of one row of a blob, columns ascending. Unverified.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RowCells {
    /// The row, counted within the blob.
    pub row: RowIndex,
    /// The cells.
    pub cells: Vec<RowCell>,
}

const ROW_HEAD: usize = 2 + 16;

/// Bytes of the encoding of so many cells in so many rows.
pub(crate) const fn encoded_len(rows: usize, cells: usize) -> usize {
    rows * ROW_HEAD + cells * (CELL_BYTES + POINT_BYTES)
}

/// How many cells the rows have together.
pub(crate) fn count_cells(rows: &[RowCells]) -> usize {
    rows.iter().map(|row| row.cells.len()).sum()
}

/// Checks that rows and columns ascend: what the encoding can say.
pub(crate) fn check_order(field: &'static str, rows: &[RowCells]) -> Result<(), MessageError> {
    let fault = |item, problem| MessageError::Order {
        field,
        item,
        problem,
    };
    for (item, pair) in rows.windows(2).enumerate() {
        if pair[0].row >= pair[1].row {
            return Err(fault(item + 1, "is not below the row before it"));
        }
    }
    for (item, row) in rows.iter().enumerate() {
        if row.cells.windows(2).any(|p| p[0].column >= p[1].column) {
            return Err(fault(item, "has columns that do not ascend"));
        }
    }
    Ok(())
}

pub(crate) fn encode(rows: &[RowCells]) -> Bytes {
    let mut out = Vec::with_capacity(encoded_len(rows.len(), count_cells(rows)));
    for row in rows {
        let columns = row
            .cells
            .iter()
            .fold(0_u128, |set, cell| set | 1 << cell.column.get());
        out.extend_from_slice(&row.row.get().to_be_bytes());
        out.extend_from_slice(&columns.to_be_bytes());
        for cell in &row.cells {
            out.extend_from_slice(cell.cell.as_bytes());
        }
        for cell in &row.cells {
            out.extend_from_slice(cell.proof.as_bytes());
        }
    }
    out.into()
}

pub(crate) fn decode(field: &'static str, bytes: &[u8]) -> Result<Vec<RowCells>, MessageError> {
    let wrong = |source| MessageError::Wire(proto::Error::Field { field, source });
    let mut reader = Reader::new("rows of cells", bytes);
    let (mut rows, mut total) = (Vec::new(), 0);
    while reader.remaining() > 0 {
        let row = RowCells::read(&mut reader).map_err(wrong)?;
        total += row.cells.len();
        if total > MAX_CELLS {
            return Err(MessageError::Wire(proto::Error::Count {
                field,
                got: total as u64,
                min: 0,
                max: MAX_CELLS as u64,
            }));
        }
        rows.push(row);
    }
    check_order(field, &rows)?;
    Ok(rows)
}

impl RowCells {
    fn read(reader: &mut Reader<'_>) -> types::Result<Self> {
        let row = RowIndex::new(u64::from(reader.u16()?))?;
        let columns = u128::from_be_bytes(reader.array()?);
        let present = ColumnIndex::all().filter(|column| columns >> column.get() & 1 == 1);
        let count = columns.count_ones() as usize;
        let cells = reader.raw(count * CELL_BYTES)?;
        let proofs = reader.raw(count * POINT_BYTES)?;
        let cells = present
            .zip(cells.chunks_exact(CELL_BYTES))
            .zip(proofs.chunks_exact(POINT_BYTES))
            .map(|((column, cell), proof)| {
                Ok(RowCell {
                    column,
                    cell: Cell::from_slice(cell)?,
                    proof: Proof::from_slice(proof)?,
                })
            })
            .collect::<types::Result<_>>()?;
        Ok(Self { row, cells })
    }
}
