#![allow(clippy::unwrap_used)]

use algebra::{Engine, G1};
use types::{ColumnIndex, Commitment, Coordinates, GridRow, RowIndex};

use super::CommitmentGrid;

fn at(row: fn(RowIndex) -> GridRow, index: u64) -> Coordinates {
    Coordinates {
        row: row(RowIndex::new(index).unwrap()),
        column: ColumnIndex::new(0).unwrap(),
    }
}

#[test]
fn rows_that_no_grid_has_are_the_same_as_none() {
    let one = Commitment::new(G1::generator().to_compressed());
    let grid = CommitmentGrid::on(Engine::scalar(), vec![one; 2]).unwrap();
    let (data, parity) = (GridRow::Data, GridRow::Parity);
    assert!(grid.same_row(at(data, 0), &grid, at(data, 1)));
    assert!(grid.same_row(at(parity, 1), &grid, at(parity, 1)));
    assert!(!grid.same_row(at(parity, 0), &grid, at(parity, 1)));
    assert!(!grid.same_row(at(data, 0), &grid, at(parity, 0)));
    assert!(!grid.same_row(at(data, 2), &grid, at(data, 2)));
    assert!(!grid.same_row(at(data, 2), &grid, at(data, 3)));
    assert!(!grid.same_row(at(parity, 2), &grid, at(parity, 2)));
}
