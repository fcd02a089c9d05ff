//! Making the cells that nobody gives from any 64 of their row.

use super::unpromised;
use crate::Result;
use crate::state::State;
use chain::ColumnSet;
use commitments::{CommitmentGrid, VerifiedCell};
use std::sync::Arc;
use types::limits::DATA_COLUMNS;
use types::{BlobMeta, Coordinates, GridRow, RowIndex, UnverifiedCell};

/// Rebuilds, durably, what is lacking of these columns in every row of which 64 cells are held.
/// Says whether nothing is lacking then.
pub(super) async fn rebuild(
    state: &Arc<State>,
    meta: &BlobMeta,
    columns: ColumnSet,
) -> Result<bool> {
    let (worker, meta) = (Arc::clone(state), meta.clone());
    state
        .compute(move || {
            let blob = meta.id();
            let lacking: Vec<RowIndex> =
                worker.store.held(&blob, &meta)?.lacking(columns).collect();
            for row in lacking {
                rebuild_row(&worker, &meta, row, columns)?;
            }
            worker.store.sync()?;
            Ok(worker.store.held(&blob, &meta)?.covers(columns))
        })
        .await?
}

fn rebuild_row(state: &State, meta: &BlobMeta, row: RowIndex, columns: ColumnSet) -> Result<()> {
    let blob = meta.id();
    let held = state.store.held(&blob, meta)?.row(row);
    if held.len() < DATA_COLUMNS {
        return Ok(());
    }
    let mut cells = Vec::with_capacity(DATA_COLUMNS);
    for column in held.iter() {
        if cells.len() == DATA_COLUMNS {
            break;
        }
        if let Some((cell, proof)) = state.store.cell(&blob, row, column)? {
            let at = Coordinates {
                row: GridRow::Data(row),
                column,
            };
            cells.push(UnverifiedCell { at, cell, proof });
        }
    }
    if cells.len() < DATA_COLUMNS {
        // Some of them were damaged.
        return Ok(());
    }
    let grid = CommitmentGrid::new(meta.commitments().to_vec())?;
    let known = state.setup.verify_cells_on(&state.threads, &grid, cells)?;
    let extended = state
        .setup
        .recover_all_with_proofs(&[&known], &state.threads)?;
    let Some(extended) = extended.first() else {
        return Ok(());
    };
    let rebuilt = columns
        .difference(held)
        .iter()
        .map(|column| extended.verified(GridRow::Data(row), column, &grid))
        .collect::<Result<Vec<VerifiedCell>, _>>()?;
    tracing::info!(%blob, %row, cells = rebuilt.len(), "cells rebuilt");
    state
        .store
        .put_cells(&blob, meta, &rebuilt, unpromised(state))
}
