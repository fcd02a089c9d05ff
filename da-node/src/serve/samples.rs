//! Cells of a block's grid, parity rows included.

use super::BlockView;
use crate::Result;
use crate::state::State;
use types::{ColumnIndex, Coordinates, GridRow, Height, RowIndex, UnverifiedCell};

/// The cells asked for that this node has and does not refuse; none when it knows no such
/// block. A parity cell is made when it is asked for: it and its proof are one linear
/// combination of the column's, so nothing of it needs to be stored.
pub(crate) fn samples(
    state: &State,
    height: Height,
    coordinates: &[Coordinates],
) -> Result<Option<Vec<UnverifiedCell>>> {
    let Some(view) = BlockView::load(state, height)? else {
        return Ok(None);
    };
    let mut cells = Vec::with_capacity(coordinates.len());
    for at in coordinates {
        view.dimensions().contain(*at)?;
        if let Some(cell) = sample(state, &view, *at)? {
            cells.push(cell);
        }
    }
    Ok(Some(cells))
}

fn sample(state: &State, view: &BlockView, at: Coordinates) -> Result<Option<UnverifiedCell>> {
    let Some(grid) = view.grid() else {
        return Ok(None);
    };
    if let Some(withholding) = state.faults.withholding
        && withholding.refuses(&grid.commitment(at.row)?, at.column)
    {
        return Ok(None);
    }
    match at.row {
        GridRow::Data(row) => stored(state, view, row, at.column),
        GridRow::Parity(parity) => {
            let rows = 0..u64::from(view.dimensions().rows());
            let column = rows
                .map(|row| stored(state, view, RowIndex::new(row)?, at.column))
                .collect::<Result<Option<Vec<_>>>>()?;
            let Some(column) = column else {
                return Ok(None);
            };
            Ok(Some(grid.combine_column(&column, parity)?))
        }
    }
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
