//! Cells of a block's grid, parity rows included.

use super::BlockView;
use crate::state::State;
use crate::work::Work;
use crate::{Error, Result};
use std::collections::BTreeMap;
use std::sync::Arc;
use types::{ColumnIndex, Coordinates, GridRow, Height, RowIndex, UnverifiedCell};

/// The cells asked for, in that order, that this node has and does not refuse; none when it
/// knows no such block. A parity cell is made when it is asked for: it and its proof are one
/// linear combination of the column's, so nothing of it needs to be stored.
///
/// Making parity cells costs far more than asking for them, so few answers do so at a time.
pub(crate) async fn samples(
    state: &Arc<State>,
    height: Height,
    coordinates: Vec<Coordinates>,
) -> Result<Option<Vec<UnverifiedCell>>> {
    let makes_parity = |at: &Coordinates| matches!(at.row, GridRow::Parity(_));
    let _permit = if coordinates.iter().any(makes_parity) {
        Some(state.parity.acquire().await.map_err(|_| Error::Stopping)?)
    } else {
        None
    };
    let worker = Arc::clone(state);
    state
        .compute_as(Work::Serve, move || read(&worker, height, &coordinates))
        .await?
}

fn read(
    state: &State,
    height: Height,
    coordinates: &[Coordinates],
) -> Result<Option<Vec<UnverifiedCell>>> {
    let Some(view) = BlockView::load(state, height)? else {
        return Ok(None);
    };
    let Some(grid) = view.grid() else {
        return Ok(Some(Vec::new()));
    };
    let faults = state.faults.get();
    let mut cells = Vec::with_capacity(coordinates.len());
    // A column is read and decoded once, for all its parity rows that are asked for.
    let mut parity: BTreeMap<ColumnIndex, Vec<RowIndex>> = BTreeMap::new();
    for at in coordinates {
        view.dimensions().contain(*at)?;
        // A parity row's commitment has to be computed.
        if faults.withholding.is_some() && faults.refuse(&grid.commitment(at.row)?, at.column) {
            continue;
        }
        match at.row {
            GridRow::Data(row) => cells.extend(stored(state, &view, row, at.column)?),
            GridRow::Parity(row) => parity.entry(at.column).or_default().push(row),
        }
    }
    for (column, rows) in parity {
        if let Some(data) = stored_column(state, &view, column)? {
            cells.extend(grid.combine_column_many(&data, &rows)?);
        }
    }
    let places: BTreeMap<_, _> = (0..).zip(coordinates).map(|(i, at)| (*at, i)).collect();
    cells.sort_by_key(|cell| places.get(&cell.at).copied().unwrap_or(usize::MAX));
    Ok(Some(cells))
}

/// The cells of rows 0..N in a column; none when one of them is not here.
fn stored_column(
    state: &State,
    view: &BlockView,
    column: ColumnIndex,
) -> Result<Option<Vec<UnverifiedCell>>> {
    (0..u64::from(view.dimensions().rows()))
        .map(|row| stored(state, view, RowIndex::new(row)?, column))
        .collect()
}

fn stored(
    state: &State,
    view: &BlockView,
    row: RowIndex,
    column: ColumnIndex,
) -> Result<Option<UnverifiedCell>> {
    let Some((blob, row_in_blob)) = view.locate(row) else {
        return Ok(None);
    };
    let at = Coordinates {
        row: GridRow::Data(row),
        column,
    };
    let cell = state.store.cell(&blob, row_in_blob, column)?;
    Ok(cell.map(|(cell, proof)| UnverifiedCell { at, cell, proof }))
}
