//! What every contestant is given, and what it must answer.

use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use types::limits::{COLUMNS, ELEMENT_BYTES, ROW_BYTES};
use types::{
    Cell, ColumnIndex, Commitment, Coordinates, GridRow, Proof, Row, RowIndex, UnverifiedCell,
};

use super::Operation;
use crate::BenchError;
use crate::rivals::CKzg;

/// Elements with this top byte or a smaller one are below the field's order.
const MAX_TOP_BYTE: u8 = 0x72;

/// A row with all that belongs to it.
#[derive(Clone, Debug)]
pub struct ProvedRow {
    /// The row itself.
    pub row: Row,
    /// Its commitment.
    pub commitment: Commitment,
    /// Its 128 cells.
    pub cells: Vec<Cell>,
    /// Their 128 proofs.
    pub proofs: Vec<Proof>,
}

/// Cells to verify in one batch.
#[derive(Clone, Debug)]
pub struct Batch {
    /// The commitments of the rows.
    pub commitments: Vec<Commitment>,
    /// The cells, each in one of these rows.
    pub cells: Vec<UnverifiedCell>,
}

/// What every contestant is given.
#[derive(Clone, Debug)]
pub struct Inputs {
    proved: Vec<ProvedRow>,
    rows: usize,
    verify_rows: usize,
}

impl Inputs {
    /// `rows` random rows for the operations on rows, and `verify_rows` for the batch; always the
    /// same ones for the same numbers. c-kzg, whose answers are Ethereum's, makes their
    /// commitments, cells and proofs.
    ///
    /// # Errors
    /// None is expected.
    pub fn new(rows: usize, verify_rows: usize) -> Result<Self, BenchError> {
        let proved = random_rows(rows.max(verify_rows))?
            .into_iter()
            .map(CKzg::proved_row)
            .collect::<Result<_, _>>()?;
        Ok(Self {
            proved,
            rows,
            verify_rows,
        })
    }

    /// The rows to commit to, to prove and to recover.
    #[must_use]
    pub fn rows(&self) -> &[ProvedRow] {
        &self.proved[..self.rows]
    }

    /// Bytes of data, before any extension, that an operation over these inputs is about.
    #[must_use]
    pub fn data_bytes(&self, operation: Operation) -> usize {
        ROW_BYTES
            * match operation {
                Operation::Verify => self.verify_rows,
                _ => self.rows,
            }
    }

    /// The columns from which rows are recovered: every second one, 64 in all.
    pub fn kept_columns() -> impl Iterator<Item = ColumnIndex> {
        ColumnIndex::all().skip(1).step_by(2)
    }

    /// The cells to verify: all 128 of each row of the batch, row by row.
    ///
    /// # Errors
    /// [`BenchError::Noun`] for more rows than a block has.
    pub fn batch(&self) -> Result<Batch, BenchError> {
        let rows = &self.proved[..self.verify_rows];
        let mut cells = Vec::with_capacity(rows.len() * COLUMNS);
        for (i, row) in rows.iter().enumerate() {
            let data = GridRow::Data(RowIndex::new(i as u64)?);
            for (column, (cell, proof)) in ColumnIndex::all().zip(row.cells.iter().zip(&row.proofs))
            {
                cells.push(UnverifiedCell {
                    at: Coordinates { row: data, column },
                    cell: cell.clone(),
                    proof: *proof,
                });
            }
        }
        Ok(Batch {
            commitments: rows.iter().map(|row| row.commitment).collect(),
            cells,
        })
    }
}

impl Batch {
    /// For each cell, its row's commitment.
    pub fn row_commitments(&self) -> impl Iterator<Item = &Commitment> {
        self.cells.iter().map(|cell| {
            let (GridRow::Data(row) | GridRow::Parity(row)) = cell.at.row;
            &self.commitments[row.as_usize()]
        })
    }

    /// Two cells exchanged: well formed, but not what the proofs are of.
    #[must_use]
    pub fn with_swapped_cells(mut self) -> Self {
        if let [first, .., last] = self.cells.as_mut_slice() {
            std::mem::swap(&mut first.cell, &mut last.cell);
        }
        self
    }

    /// Two proofs exchanged: well formed, but not of these cells.
    #[must_use]
    pub fn with_swapped_proofs(mut self) -> Self {
        if let [first, .., last] = self.cells.as_mut_slice() {
            std::mem::swap(&mut first.proof, &mut last.proof);
        }
        self
    }
}

/// Rows of random elements, always the same ones.
fn random_rows(count: usize) -> Result<Vec<Row>, BenchError> {
    let mut random = StdRng::seed_from_u64(7594);
    (0..count)
        .map(|_| {
            let mut bytes = vec![0; ROW_BYTES];
            random.fill_bytes(&mut bytes);
            for element in bytes.chunks_exact_mut(ELEMENT_BYTES) {
                element[0] %= MAX_TOP_BYTE + 1;
            }
            Ok(Row::from_slice(&bytes)?)
        })
        .collect()
}
