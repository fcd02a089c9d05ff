//! `rust_eth_kzg`, the library of Ethereum's Rust and Go clients.

use std::hint::black_box;
use std::time::Duration;

use rust_eth_kzg::{
    Bytes48Ref, Cell as EthCell, CellRef, DASContext, Error, KZGProof, TrustedSetup, UsePrecomp,
};
use types::{Cell, Commitment, Proof, Row};

use super::{TABLE_BYTES, TABLE_WINDOW};
use crate::kzg::{Batch, CellsAndProofs, Contestant, Inputs, Operation, Verdict};
use crate::{BenchError, share_out};

const NAME: &str = "rust_eth_kzg";

/// `rust_eth_kzg` with tables of 96 MiB, built for one thread; several callers share the work as
/// they do for [`CKzg`](super::CKzg).
///
/// Its own pool of threads is left out: verification is no faster with it than without.
pub struct RustEthKzg {
    context: DASContext,
    threads: usize,
    rows: Vec<Row>,
    kept: Vec<Vec<Cell>>,
    kept_columns: Vec<u64>,
    batch: Batch,
}

type EthProved<'a> = (&'a [EthCell], &'a [KZGProof]);

impl RustEthKzg {
    /// Takes the inputs, and makes the library's tables.
    ///
    /// # Errors
    /// As [`Inputs::batch`].
    pub fn new(inputs: &Inputs, threads: usize) -> Result<Self, BenchError> {
        let width = usize::from(TABLE_WINDOW);
        Ok(Self {
            context: DASContext::new(&TrustedSetup::default(), UsePrecomp::Yes { width }),
            threads,
            rows: inputs.rows().iter().map(|row| row.row.clone()).collect(),
            kept: inputs
                .rows()
                .iter()
                .map(|row| {
                    Inputs::kept_columns()
                        .map(|column| row.cells[column.as_usize()].clone())
                        .collect()
                })
                .collect(),
            kept_columns: Inputs::kept_columns().map(|c| u64::from(c.get())).collect(),
            batch: inputs.batch()?,
        })
    }

    fn kept<'a>(&self, cells: &'a [Cell]) -> (Vec<u64>, Vec<CellRef<'a>>) {
        let cells = cells.iter().map(Cell::as_bytes).collect();
        (self.kept_columns.clone(), cells)
    }

    fn verify(&self, batch: &EthBatch<'_>) -> Result<Verdict, BenchError> {
        let EthBatch {
            commitments,
            columns,
            cells,
            proofs,
        } = batch;
        let outcome = self.context.verify_cell_kzg_proof_batch(
            commitments.clone(),
            columns,
            cells.clone(),
            proofs.clone(),
        );
        match outcome {
            Ok(()) => Ok(Verdict::Holds),
            Err(error) if error.is_proof_invalid() => Ok(Verdict::Refused),
            Err(error) => Err(failure(error)),
        }
    }
}

/// A batch in the library's form: references, which it consumes.
struct EthBatch<'a> {
    commitments: Vec<Bytes48Ref<'a>>,
    columns: Vec<u64>,
    cells: Vec<CellRef<'a>>,
    proofs: Vec<Bytes48Ref<'a>>,
}

impl<'a> EthBatch<'a> {
    fn new(batch: &'a Batch) -> Self {
        let cells = &batch.cells;
        Self {
            commitments: batch.row_commitments().map(Commitment::as_bytes).collect(),
            columns: cells.iter().map(|c| u64::from(c.at.column.get())).collect(),
            cells: cells.iter().map(|c| c.cell.as_bytes()).collect(),
            proofs: cells.iter().map(|c| c.proof.as_bytes()).collect(),
        }
    }
}

impl Contestant for RustEthKzg {
    fn name(&self) -> &'static str {
        NAME
    }

    fn is_ours(&self) -> bool {
        false
    }

    fn table_bytes(&self) -> usize {
        TABLE_BYTES
    }

    fn time(&self, operation: Operation) -> Result<Duration, BenchError> {
        let (threads, context) = (self.threads, &self.context);
        match operation {
            Operation::Commit => share_out(threads, &self.rows, |row| {
                let commitment = context.blob_to_kzg_commitment(row.as_bytes());
                black_box(commitment.map_err(failure)?);
                Ok(())
            }),
            Operation::Cells => share_out(threads, &self.rows, |row| {
                black_box(context.compute_cells(row.as_bytes()).map_err(failure)?);
                Ok(())
            }),
            Operation::Prove => share_out(threads, &self.rows, |row| {
                let proved = context.compute_cells_and_kzg_proofs(row.as_bytes());
                black_box(proved.map_err(failure)?);
                Ok(())
            }),
            Operation::Recover => share_out(threads, &self.kept, |cells| {
                let (columns, cells) = self.kept(cells);
                let recovered = context.recover_cells_and_kzg_proofs(columns, cells);
                black_box(recovered.map_err(failure)?);
                Ok(())
            }),
            Operation::Verify => {
                let batch = EthBatch::new(&self.batch);
                super::share_batches(threads, || {
                    black_box(self.verify(&batch)?);
                    Ok(())
                })
            }
        }
    }

    fn commitments(&self) -> Result<Vec<Commitment>, BenchError> {
        self.rows
            .iter()
            .map(|row| {
                let commitment = self.context.blob_to_kzg_commitment(row.as_bytes());
                Ok(Commitment::new(commitment.map_err(failure)?))
            })
            .collect()
    }

    fn cells(&self) -> Result<Vec<Vec<Cell>>, BenchError> {
        self.rows
            .iter()
            .map(|row| {
                let row = self.context.compute_cells(row.as_bytes());
                cells(&row.map_err(failure)?)
            })
            .collect()
    }

    fn proved(&self) -> Result<Vec<CellsAndProofs>, BenchError> {
        self.rows
            .iter()
            .map(|row| {
                let proved = self.context.compute_cells_and_kzg_proofs(row.as_bytes());
                let (cells, proofs) = proved.map_err(failure)?;
                cells_and_proofs((&cells, &proofs))
            })
            .collect()
    }

    fn recovered(&self) -> Result<Vec<CellsAndProofs>, BenchError> {
        self.kept
            .iter()
            .map(|kept| {
                let (columns, kept) = self.kept(kept);
                let recovered = self.context.recover_cells_and_kzg_proofs(columns, kept);
                let (cells, proofs) = recovered.map_err(failure)?;
                cells_and_proofs((&cells, &proofs))
            })
            .collect()
    }

    fn verdict(&self, batch: &Batch) -> Result<Verdict, BenchError> {
        self.verify(&EthBatch::new(batch))
    }
}

fn cells(cells: &[EthCell]) -> Result<Vec<Cell>, BenchError> {
    cells
        .iter()
        .map(|cell| Ok(Cell::from_slice(&cell[..])?))
        .collect()
}

fn cells_and_proofs((row, proofs): EthProved<'_>) -> Result<CellsAndProofs, BenchError> {
    let proofs = proofs.iter().map(|proof| Proof::new(*proof)).collect();
    Ok((cells(row)?, proofs))
}

#[expect(
    clippy::needless_pass_by_value,
    reason = "the shape that map_err wants"
)]
fn failure(error: Error) -> BenchError {
    BenchError::Rival {
        engine: NAME,
        reason: format!("{error:?}"),
    }
}
