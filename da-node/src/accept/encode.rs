//! Bytes to rows, rows to cells that carry their proof.

use crate::custody::unpromised;
use crate::metrics::Stage;
use crate::state::State;
use crate::{Error, Result};
use commitments::{CommitmentGrid, CommittedRow, ExtendedRow};
use types::{BlobMeta, BlobMode, ColumnIndex, GridRow, Namespace, PayloadLength, RowIndex};

/// Rows extended at a time: bounds the memory that a blob takes while it is encoded.
const ROWS_AT_A_TIME: usize = 16;

/// A payload laid out in rows, with their commitments.
pub(super) struct Described {
    pub(super) meta: BlobMeta,
    rows: Vec<CommittedRow>,
}

/// Lays a payload out and commits to its rows.
pub(super) fn describe(
    state: &State,
    namespace: Namespace,
    length: PayloadLength,
    payload: Vec<u8>,
) -> Result<Described> {
    let _timer = state.metrics.time(Stage::Encode);
    let rows = match length.mode() {
        BlobMode::Packed => erasure::pack(&payload)?,
        BlobMode::Raw => erasure::raw_rows(&payload)?,
    };
    drop(payload);
    let rows = state.setup.commit_rows(&rows, &state.threads)?;
    let commitments = rows.iter().map(|row| *row.commitment()).collect();
    let meta = BlobMeta::new(namespace, length, commitments)?;
    Ok(Described { meta, rows })
}

/// Extends and proves the rows and stores every cell: who accepts a blob can disperse all of
/// it, whatever its own custody is.
pub(super) fn store(state: &State, described: Described) -> Result<()> {
    let _timer = state.metrics.time(Stage::Prove);
    let Described { meta, rows } = described;
    let blob = meta.id();
    let grid = CommitmentGrid::new(meta.commitments().to_vec())?;
    let until = unpromised(state);
    for (chunk, rows) in rows.chunks(ROWS_AT_A_TIME).enumerate() {
        let extended = state.setup.prove_all(rows, &state.threads)?;
        for (offset, row) in extended.iter().enumerate() {
            let index = RowIndex::new((chunk * ROWS_AT_A_TIME + offset) as u64)?;
            state
                .store
                .put_cells(&blob, &meta, &cells(row, index, &grid)?, until)?;
        }
    }
    state.store.sync()
}

fn cells(
    row: &ExtendedRow,
    index: RowIndex,
    grid: &CommitmentGrid,
) -> Result<Vec<commitments::VerifiedCell>> {
    ColumnIndex::all()
        .map(|column| {
            row.verified(GridRow::Data(index), column, grid)
                .map_err(Error::from)
        })
        .collect()
}
