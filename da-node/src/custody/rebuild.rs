//! Rebuilding what nobody gives: any 64 cells of a row make the other 64.

use super::unpromised;
use crate::Result;
use crate::state::State;
use chain::ColumnSet;
use commitments::{CommitmentGrid, VerifiedCell};
use std::sync::Arc;
use types::{BlobMeta, Coordinates, GridRow, RowIndex, UnverifiedCell, limits};

/// Rows rebuilt at a time: bounds the memory that a blob takes.
const ROWS_AT_A_TIME: usize = 16;

/// Rebuilds and stores these columns of every row of which enough cells are held. Seconds of
/// computing for a large blob: to be run beside the event loops.
pub(super) fn rebuild(state: &Arc<State>, meta: &BlobMeta, columns: ColumnSet) -> Result<()> {
    let blob = meta.id();
    let held = state.store.held(&blob, meta)?;
    let rows: Vec<RowIndex> = held
        .lacking(columns)
        .filter(|row| held.row(*row).len() >= limits::DATA_COLUMNS)
        .collect();
    let grid = CommitmentGrid::new(meta.commitments().to_vec())?;
    for chunk in rows.chunks(ROWS_AT_A_TIME) {
        let known = chunk
            .iter()
            .map(|row| known_cells(state, meta, &grid, *row, held.row(*row)))
            .collect::<Result<Vec<_>>>()?;
        let known: Vec<&[VerifiedCell]> = known.iter().map(Vec::as_slice).collect();
        let rebuilt = state
            .setup
            .recover_all_with_proofs(&known, &state.threads)?;
        for (row, extended) in chunk.iter().zip(&rebuilt) {
            let lacking = columns.difference(held.row(*row));
            let cells = lacking
                .iter()
                .map(|column| Ok(extended.verified(GridRow::Data(*row), column, &grid)?))
                .collect::<Result<Vec<_>>>()?;
            state
                .store
                .put_cells(&blob, meta, &cells, unpromised(state))?;
        }
    }
    Ok(())
}

/// As many cells of a row as it takes, read back and verified.
fn known_cells(
    state: &State,
    meta: &BlobMeta,
    grid: &CommitmentGrid,
    row: RowIndex,
    held: ColumnSet,
) -> Result<Vec<VerifiedCell>> {
    let mut cells = Vec::with_capacity(limits::DATA_COLUMNS);
    for column in held.iter().take(limits::DATA_COLUMNS) {
        if let Some((cell, proof)) = state.store.cell(&meta.id(), row, column)? {
            let at = Coordinates {
                row: GridRow::Data(row),
                column,
            };
            cells.push(UnverifiedCell { at, cell, proof });
        }
    }
    Ok(state.setup.verify_cells_on(&state.threads, grid, cells)?)
}
