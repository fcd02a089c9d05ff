//! Bytes to rows, rows to cells that carry their proof.

use crate::custody::unpromised;
use crate::metrics::Stage;
use crate::state::State;
use crate::store::{BlobRecord, BlobState};
use crate::work::{Pool, Work};
use crate::{Error, Result};
use commitments::{CommitmentGrid, CommittedRow, ExtendedRow, VerifiedCell};
use proto::RowProofs;
use types::limits::COLUMNS;
use types::{
    BlobMeta, BlobMode, ColumnIndex, Coordinates, GridRow, Namespace, PayloadLength, Row, RowIndex,
    UnverifiedCell,
};

/// Rows proved, or written, at a time: bounds the memory that a blob takes while it is encoded.
const ROWS_AT_A_TIME: usize = 16;

/// A payload laid out in rows, with their commitments.
pub(super) struct Described {
    pub(super) meta: BlobMeta,
    rows: Rows,
}

/// The rows, by whoever has committed to them.
enum Rows {
    /// This node: their cells are still to be proved.
    Ours(Vec<CommittedRow>),
    /// The poster: nothing of what it claims is verified yet.
    Brought(Vec<Row>, Vec<RowProofs>),
}

/// Lays a payload out and commits to its rows, or takes the commitments that came with it.
pub(super) fn describe(
    state: &State,
    namespace: Namespace,
    length: PayloadLength,
    payload: Vec<u8>,
    brought: Option<Vec<RowProofs>>,
) -> Result<Described> {
    let _timer = state.metrics.time(Stage::Encode);
    let rows = match length.mode() {
        BlobMode::Packed => erasure::pack(&payload)?,
        BlobMode::Raw => erasure::raw_rows(&payload)?,
    };
    drop(payload);
    let (commitments, rows) = match brought {
        Some(brought) => {
            let commitments = brought.iter().map(|row| *row.commitment()).collect();
            (commitments, Rows::Brought(rows, brought))
        }
        None => {
            let threads = state.workers.threads(Pool::Posters, Work::Describe);
            let rows = state.setup.commit_rows(&rows, &threads)?;
            let commitments = rows.iter().map(|row| *row.commitment()).collect();
            (commitments, Rows::Ours(rows))
        }
    };
    let meta = BlobMeta::new(namespace, length, commitments)?;
    Ok(Described { meta, rows })
}

/// Makes every cell with its proof, or verifies those that were brought; stores them, and records
/// that the blob is received, in one sync. Who accepts a blob can disperse all of it, whatever its
/// own custody is.
pub(super) fn store(state: &State, described: Described) -> Result<BlobRecord> {
    let _timer = state.metrics.time(Stage::Prove);
    let Described { meta, rows } = described;
    let grid = CommitmentGrid::new(meta.commitments().to_vec())?;
    match rows {
        Rows::Ours(rows) => {
            let threads = state.workers.threads(Pool::Posters, Work::Prove);
            for (chunk, rows) in rows.chunks(ROWS_AT_A_TIME).enumerate() {
                let extended = state.setup.prove_all(rows, &threads)?;
                let mut cells = Vec::with_capacity(rows.len() * COLUMNS);
                for (offset, row) in extended.iter().enumerate() {
                    let index = RowIndex::new((chunk * ROWS_AT_A_TIME + offset) as u64)?;
                    cells.extend(proved(row, index, &grid)?);
                }
                put(state, &meta, &cells)?;
            }
        }
        Rows::Brought(rows, brought) => {
            // All of it is verified before any of it is kept.
            let cells = verified(state, &grid, &rows, &brought)?;
            for chunk in cells.chunks(ROWS_AT_A_TIME * COLUMNS) {
                put(state, &meta, chunk)?;
            }
        }
    }
    state.workers.measure(Work::Store, || {
        // Its sync covers the cells before it.
        let record = state
            .board
            .set(meta.id(), BlobState::Received, state.now())?;
        if record.state != BlobState::Received {
            // It had come further by others, and nothing was written.
            state.store.sync()?;
        }
        Ok(record)
    })
}

fn put(state: &State, meta: &BlobMeta, cells: &[VerifiedCell]) -> Result<()> {
    let until = unpromised(state);
    state.workers.measure(Work::Store, || {
        state.store.put_cells(&meta.id(), meta, cells, until)
    })
}

fn proved(row: &ExtendedRow, index: RowIndex, grid: &CommitmentGrid) -> Result<Vec<VerifiedCell>> {
    ColumnIndex::all()
        .map(|column| {
            row.verified(GridRow::Data(index), column, grid)
                .map_err(Error::from)
        })
        .collect()
}

/// The cells of these rows with the proofs that came with them, verified in one batch. The cells
/// are made of the payload, so that 64 right proofs of a row also bind its commitment to it.
fn verified(
    state: &State,
    grid: &CommitmentGrid,
    rows: &[Row],
    brought: &[RowProofs],
) -> Result<Vec<VerifiedCell>> {
    let threads = state.workers.threads(Pool::Posters, Work::Check);
    let extended = state.setup.extend_all(rows, &threads)?;
    let mut cells = Vec::with_capacity(rows.len() * COLUMNS);
    for (index, (row, claims)) in (0..).zip(extended.into_iter().zip(brought)) {
        let row_index = GridRow::Data(RowIndex::new(index)?);
        for ((column, cell), proof) in ColumnIndex::all().zip(row).zip(claims.proofs()) {
            cells.push(UnverifiedCell {
                at: Coordinates {
                    row: row_index,
                    column,
                },
                cell,
                proof: *proof,
            });
        }
    }
    state.workers.measure(Work::Check, || {
        Ok(state.setup.verify_cells_on(&threads, grid, cells)?)
    })
}
