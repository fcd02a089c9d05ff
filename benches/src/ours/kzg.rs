//! The `commitments` crate as a contestant.

use std::hint::black_box;
use std::num::NonZeroUsize;
use std::time::{Duration, Instant};

use algebra::{Engine, TableSize};
use commitments::{
    CommitmentError, CommitmentGrid, CommittedRow, ExtendedRow, Setup, Threads, VerifiedCell,
};
use types::{Cell, Commitment, Coordinates, GridRow, Row, RowIndex, UnverifiedCell};

use crate::kzg::{Batch, CellsAndProofs, Contestant, Inputs, Operation, ProvedRow, Verdict};
use crate::{BenchError, share_out};

/// Our set-up with one engine, and a pool of threads over which it splits the rows of a call.
pub struct Ours {
    engine: Engine,
    setup: Setup,
    table_bytes: usize,
    threads: usize,
    pool: Threads,
    rows: Vec<Row>,
    committed: Vec<CommittedRow>,
    kept: Vec<Vec<VerifiedCell>>,
    batch: Batch,
}

impl Ours {
    /// Takes the inputs into the crate's form, and makes its tables.
    ///
    /// # Errors
    /// What the crate says; none is expected.
    pub fn new(engine: Engine, inputs: &Inputs, threads: usize) -> Result<Self, BenchError> {
        let setup = Setup::on(engine, TableSize::Standard)?;
        let pool = Threads::new(NonZeroUsize::new(threads).unwrap_or(NonZeroUsize::MIN))?;
        setup.make_tables(&pool)?;
        let table_bytes = setup.table_bytes()?;
        let rows: Vec<Row> = inputs.rows().iter().map(|row| row.row.clone()).collect();
        let committed = setup.commit_rows(&rows, &pool)?;
        let commitments = committed.iter().map(|row| *row.commitment()).collect();
        let grid = CommitmentGrid::on(engine, commitments)?;
        let kept = inputs
            .rows()
            .iter()
            .enumerate()
            .map(|(i, row)| Ok(setup.verify_cells(&grid, kept(i, row)?)?))
            .collect::<Result<_, BenchError>>()?;
        Ok(Self {
            engine,
            setup,
            table_bytes,
            threads,
            pool,
            rows,
            committed,
            kept,
            batch: inputs.batch()?,
        })
    }

    fn recover(&self) -> Result<Vec<ExtendedRow>, CommitmentError> {
        let kept: Vec<&[VerifiedCell]> = self.kept.iter().map(Vec::as_slice).collect();
        self.setup.recover_all_with_proofs(&kept, &self.pool)
    }
}

impl Contestant for Ours {
    fn name(&self) -> &'static str {
        self.engine.name()
    }

    fn is_ours(&self) -> bool {
        true
    }

    fn table_bytes(&self) -> usize {
        self.table_bytes
    }

    fn time(&self, operation: Operation) -> Result<Duration, BenchError> {
        let (setup, pool) = (&self.setup, &self.pool);
        match operation {
            Operation::Commit => timed(|| setup.commit_all(&self.rows, pool)),
            Operation::Cells => share_out(self.threads, &self.rows, |row| {
                black_box(setup.extend(row)?);
                Ok(())
            }),
            Operation::Prove => timed(|| setup.prove_all(&self.committed, pool)),
            Operation::Recover => timed(|| self.recover()),
            Operation::Verify => {
                let cells = self.batch.cells.clone();
                let commitments = self.batch.commitments.clone();
                timed(|| {
                    let grid = CommitmentGrid::on(self.engine, commitments)?;
                    setup.verify_cells_on(pool, &grid, cells)
                })
            }
        }
    }

    fn commitments(&self) -> Result<Vec<Commitment>, BenchError> {
        Ok(self.setup.commit_all(&self.rows, &self.pool)?)
    }

    fn cells(&self) -> Result<Vec<Vec<Cell>>, BenchError> {
        self.rows
            .iter()
            .map(|row| Ok(self.setup.extend(row)?))
            .collect()
    }

    fn proved(&self) -> Result<Vec<CellsAndProofs>, BenchError> {
        let extended = self.setup.prove_all(&self.committed, &self.pool)?;
        Ok(extended.iter().map(cells_and_proofs).collect())
    }

    fn recovered(&self) -> Result<Vec<CellsAndProofs>, BenchError> {
        Ok(self.recover()?.iter().map(cells_and_proofs).collect())
    }

    fn verdict(&self, batch: &Batch) -> Result<Verdict, BenchError> {
        let grid = CommitmentGrid::on(self.engine, batch.commitments.clone())?;
        match (self.setup).verify_cells_on(&self.pool, &grid, batch.cells.clone()) {
            Ok(_) => Ok(Verdict::Holds),
            Err(CommitmentError::BatchRefused { .. }) => Ok(Verdict::Refused),
            Err(error) => Err(error.into()),
        }
    }
}

/// How long the call takes, from its start until it has its result.
fn timed<T>(call: impl FnOnce() -> Result<T, CommitmentError>) -> Result<Duration, BenchError> {
    let start = Instant::now();
    let result = call();
    let time = start.elapsed();
    black_box(result?);
    Ok(time)
}

/// The cells from which row `i` of the grid is recovered.
fn kept(i: usize, row: &ProvedRow) -> Result<Vec<UnverifiedCell>, BenchError> {
    let data = GridRow::Data(RowIndex::new(i as u64)?);
    Ok(Inputs::kept_columns()
        .map(|column| UnverifiedCell {
            at: Coordinates { row: data, column },
            cell: row.cells[column.as_usize()].clone(),
            proof: row.proofs[column.as_usize()],
        })
        .collect())
}

fn cells_and_proofs(row: &ExtendedRow) -> CellsAndProofs {
    (row.cells().to_vec(), row.proofs().to_vec())
}
