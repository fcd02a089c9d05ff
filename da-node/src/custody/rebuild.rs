//! Rebuilding what nobody gives: any 64 cells of a row make the other 64.

use super::unpromised;
use crate::Result;
use crate::state::State;
use crate::work::{Pool, Work};
use chain::ColumnSet;
use commitments::{CommitmentGrid, VerifiedCell};
use std::sync::Arc;
use types::limits::DATA_COLUMNS;
use types::{BlobMeta, Coordinates, GridRow, RowIndex, UnverifiedCell};

/// Rows rebuilt at a time: bounds the memory that a blob takes.
const ROWS_AT_A_TIME: usize = 16;

/// Rebuilds, durably, what is lacking of these columns in every row of which 64 sound cells are
/// held. Says whether nothing is lacking then.
pub(super) async fn rebuild(
    state: &Arc<State>,
    meta: &BlobMeta,
    columns: ColumnSet,
) -> Result<bool> {
    let _turn = state.workers.turn(Pool::Posters).await?;
    let (worker, meta) = (Arc::clone(state), meta.clone());
    state
        .compute_as(Work::Rebuild, move || {
            rebuild_rows(&worker, &meta, columns)?;
            worker.store.sync()?;
            Ok(worker.store.held(&meta.id(), &meta)?.covers(columns))
        })
        .await?
}

fn rebuild_rows(state: &State, meta: &BlobMeta, columns: ColumnSet) -> Result<()> {
    let blob = meta.id();
    let held = state.store.held(&blob, meta)?;
    let rows: Vec<RowIndex> = held
        .lacking(columns)
        .filter(|row| held.row(*row).len() >= DATA_COLUMNS)
        .collect();
    let grid = CommitmentGrid::new(meta.commitments().to_vec())?;
    for chunk in rows.chunks(ROWS_AT_A_TIME) {
        let mut known = Vec::with_capacity(chunk.len());
        for row in chunk {
            // Of a row with damaged cells too few may be left.
            if let Some(cells) = known_cells(state, meta, &grid, *row, held.row(*row))? {
                known.push((*row, cells));
            }
        }
        let cells: Vec<&[VerifiedCell]> = known.iter().map(|(_, cells)| &cells[..]).collect();
        let threads = state.workers.threads(Pool::Posters, Work::Rebuild);
        let rebuilt = state.setup.recover_all_with_proofs(&cells, &threads)?;
        // Read anew: a cell that was found damaged on the way is lacking, too.
        let held = state.store.held(&blob, meta)?;
        for ((row, _), extended) in known.iter().zip(&rebuilt) {
            let lacking = columns.difference(held.row(*row));
            let cells = lacking
                .iter()
                .map(|column| Ok(extended.verified(GridRow::Data(*row), column, &grid)?))
                .collect::<Result<Vec<_>>>()?;
            tracing::info!(%blob, %row, cells = cells.len(), "cells rebuilt");
            state
                .store
                .put_cells(&blob, meta, &cells, unpromised(state))?;
        }
    }
    Ok(())
}

/// As many cells of a row as it takes, read back and verified; none when too few are sound.
fn known_cells(
    state: &State,
    meta: &BlobMeta,
    grid: &CommitmentGrid,
    row: RowIndex,
    held: ColumnSet,
) -> Result<Option<Vec<VerifiedCell>>> {
    let mut cells = Vec::with_capacity(DATA_COLUMNS);
    for column in held.iter() {
        if cells.len() == DATA_COLUMNS {
            break;
        }
        if let Some((cell, proof)) = state.store.cell(&meta.id(), row, column)? {
            let at = Coordinates {
                row: GridRow::Data(row),
                column,
            };
            cells.push(UnverifiedCell { at, cell, proof });
        }
    }
    if cells.len() < DATA_COLUMNS {
        return Ok(None);
    }
    let threads = state.workers.threads(Pool::Posters, Work::Rebuild);
    let verified = state.setup.verify_cells_on(&threads, grid, cells)?;
    Ok(Some(verified))
}
