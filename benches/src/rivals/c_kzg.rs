//! c-kzg, the reference library of Ethereum's clients.

use std::hint::black_box;
use std::time::Duration;

use c_kzg::{Blob, Bytes48, Cell as CCell, KzgProof, KzgSettings, ethereum_kzg_settings};
use types::limits::COLUMNS;
use types::{Cell, Commitment, Proof, Row};

use super::{TABLE_BYTES, TABLE_WINDOW};
use crate::kzg::{Batch, CellsAndProofs, Contestant, Inputs, Operation, ProvedRow, Verdict};
use crate::{BenchError, share_out};

const NAME: &str = "c-kzg";

/// c-kzg with tables of 96 MiB.
///
/// Its functions each take one row and use one thread. On several threads, so many callers share
/// the rows; a batch is verified by each of them whole, and the time divided by their number,
/// which spares it the costs that a split batch would have more than once.
pub struct CKzg {
    settings: &'static KzgSettings,
    threads: usize,
    blobs: Vec<Blob>,
    kept: Vec<Vec<CCell>>,
    kept_columns: Vec<u64>,
    batch: CBatch,
}

/// A batch in the library's form.
struct CBatch {
    commitments: Vec<Bytes48>,
    columns: Vec<u64>,
    cells: Vec<CCell>,
    proofs: Vec<Bytes48>,
}

type CProved = (Box<[CCell; COLUMNS]>, Box<[KzgProof; COLUMNS]>);

impl CKzg {
    /// Takes the inputs into the library's form, and makes its tables.
    ///
    /// # Errors
    /// [`BenchError::Rival`] when the library refuses a cell.
    pub fn new(inputs: &Inputs, threads: usize) -> Result<Self, BenchError> {
        Ok(Self {
            settings: settings(),
            threads,
            blobs: inputs.rows().iter().map(|row| blob(&row.row)).collect(),
            kept: inputs
                .rows()
                .iter()
                .map(|row| {
                    Inputs::kept_columns()
                        .map(|column| c_cell(&row.cells[column.as_usize()]))
                        .collect()
                })
                .collect::<Result<_, _>>()?,
            kept_columns: Inputs::kept_columns().map(|c| u64::from(c.get())).collect(),
            batch: CBatch::new(&inputs.batch()?)?,
        })
    }

    /// A row with its commitment, cells and proofs.
    pub(crate) fn proved_row(row: Row) -> Result<ProvedRow, BenchError> {
        let blob = blob(&row);
        let commitment = settings().blob_to_kzg_commitment(&blob).map_err(failure)?;
        let proved = settings()
            .compute_cells_and_kzg_proofs(&blob)
            .map_err(failure)?;
        let (cells, proofs) = cells_and_proofs(&proved)?;
        Ok(ProvedRow {
            row,
            commitment: Commitment::new(commitment.to_bytes().into_inner()),
            cells,
            proofs,
        })
    }

    fn prove(&self, blob: &Blob) -> Result<CProved, BenchError> {
        self.settings
            .compute_cells_and_kzg_proofs(blob)
            .map_err(failure)
    }

    fn recover(&self, kept: &[CCell]) -> Result<CProved, BenchError> {
        self.settings
            .recover_cells_and_kzg_proofs(&self.kept_columns, kept)
            .map_err(failure)
    }

    fn verify(&self, batch: &CBatch) -> Result<Verdict, BenchError> {
        let holds = self
            .settings
            .verify_cell_kzg_proof_batch(
                &batch.commitments,
                &batch.columns,
                &batch.cells,
                &batch.proofs,
            )
            .map_err(failure)?;
        Ok(if holds {
            Verdict::Holds
        } else {
            Verdict::Refused
        })
    }
}

impl Contestant for CKzg {
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
        let (threads, settings) = (self.threads, self.settings);
        match operation {
            Operation::Commit => share_out(threads, &self.blobs, |blob| {
                black_box(settings.blob_to_kzg_commitment(blob).map_err(failure)?);
                Ok(())
            }),
            Operation::Cells => share_out(threads, &self.blobs, |blob| {
                black_box(settings.compute_cells(blob).map_err(failure)?);
                Ok(())
            }),
            Operation::Prove => share_out(threads, &self.blobs, |blob| {
                black_box(self.prove(blob)?);
                Ok(())
            }),
            Operation::Recover => share_out(threads, &self.kept, |kept| {
                black_box(self.recover(kept)?);
                Ok(())
            }),
            Operation::Verify => super::share_batches(threads, || {
                black_box(self.verify(&self.batch)?);
                Ok(())
            }),
        }
    }

    fn commitments(&self) -> Result<Vec<Commitment>, BenchError> {
        self.blobs
            .iter()
            .map(|blob| {
                let commitment = self
                    .settings
                    .blob_to_kzg_commitment(blob)
                    .map_err(failure)?;
                Ok(Commitment::new(commitment.to_bytes().into_inner()))
            })
            .collect()
    }

    fn cells(&self) -> Result<Vec<Vec<Cell>>, BenchError> {
        self.blobs
            .iter()
            .map(|blob| cells(&*self.settings.compute_cells(blob).map_err(failure)?))
            .collect()
    }

    fn proved(&self) -> Result<Vec<CellsAndProofs>, BenchError> {
        self.blobs
            .iter()
            .map(|blob| cells_and_proofs(&self.prove(blob)?))
            .collect()
    }

    fn recovered(&self) -> Result<Vec<CellsAndProofs>, BenchError> {
        self.kept
            .iter()
            .map(|kept| cells_and_proofs(&self.recover(kept)?))
            .collect()
    }

    fn verdict(&self, batch: &Batch) -> Result<Verdict, BenchError> {
        self.verify(&CBatch::new(batch)?)
    }
}

impl CBatch {
    fn new(batch: &Batch) -> Result<Self, BenchError> {
        Ok(Self {
            commitments: batch
                .row_commitments()
                .map(|commitment| Bytes48::from(*commitment.as_bytes()))
                .collect(),
            columns: batch
                .cells
                .iter()
                .map(|cell| u64::from(cell.at.column.get()))
                .collect(),
            cells: batch
                .cells
                .iter()
                .map(|cell| c_cell(&cell.cell))
                .collect::<Result<_, _>>()?,
            proofs: batch
                .cells
                .iter()
                .map(|cell| Bytes48::from(*cell.proof.as_bytes()))
                .collect(),
        })
    }
}

/// Made on first use, and shared by the process.
fn settings() -> &'static KzgSettings {
    ethereum_kzg_settings(u64::from(TABLE_WINDOW))
}

fn blob(row: &Row) -> Blob {
    Blob::from(*row.as_bytes())
}

fn c_cell(cell: &Cell) -> Result<CCell, BenchError> {
    CCell::from_bytes(cell.as_bytes()).map_err(failure)
}

fn cells(cells: &[CCell]) -> Result<Vec<Cell>, BenchError> {
    cells
        .iter()
        .map(|cell| Ok(Cell::from_slice(&cell.to_bytes())?))
        .collect()
}

fn cells_and_proofs((row, proofs): &CProved) -> Result<CellsAndProofs, BenchError> {
    let proofs = proofs
        .iter()
        .map(|proof| Proof::new(proof.to_bytes().into_inner()))
        .collect();
    Ok((cells(&**row)?, proofs))
}

#[expect(
    clippy::needless_pass_by_value,
    reason = "the shape that map_err wants"
)]
fn failure(error: c_kzg::Error) -> BenchError {
    BenchError::Rival {
        engine: NAME,
        reason: error.to_string(),
    }
}
