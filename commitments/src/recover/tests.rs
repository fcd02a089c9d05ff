#![allow(clippy::unwrap_used)]

use algebra::{Engine, Fr, G1};
use types::limits::DATA_COLUMNS;
use types::{Cell, ColumnIndex, Commitment, Coordinates, GridRow, Proof, RowIndex};

use crate::{CommitmentError, CommitmentGrid, Setup, Threads, VerifiedCell};

/// A cell of the constant row of a number.
fn constant(number: u64) -> Cell {
    let elements = [Fr::from_u64(number); 64];
    Cell::from_slice(&Engine::scalar().write_scalars(&elements)).unwrap()
}

/// So many cells of the constant row 5 that are said to open a commitment, verified by nobody.
fn cells(count: usize, commitment: u64) -> Vec<VerifiedCell> {
    let point = G1::generator() * Fr::from_u64(commitment);
    let commitments = vec![Commitment::new(point.to_compressed())];
    let grid = CommitmentGrid::new(commitments).unwrap();
    let row = GridRow::Data(RowIndex::FIRST);
    ColumnIndex::all()
        .take(count)
        .map(|column| VerifiedCell {
            at: Coordinates { row, column },
            cell: constant(5),
            proof: Proof::new([0; 48]),
            grid: grid.clone(),
        })
        .collect()
}

#[test]
fn verified_cells_that_lie_on_no_row_are_no_peers_fault() {
    let setup = Setup::ceremony().unwrap();
    let good = cells(DATA_COLUMNS + 2, 5);
    assert!(setup.recover_row(&good).is_ok());
    assert!(setup.recover_row_with_proofs(&good).is_ok());

    let mut odd = cells(DATA_COLUMNS + 1, 5);
    odd[9].cell = constant(6);
    let other_commitment = cells(DATA_COLUMNS, 6);
    for cells in [odd, other_commitment] {
        let error = setup.recover_row(&cells).unwrap_err();
        assert_eq!(error, CommitmentError::Binding { cells: cells.len() });
        assert!(!error.is_peer_fault());
        assert_eq!(setup.recover_row_with_proofs(&cells), Err(error.clone()));
        let many = [good.as_slice(), &cells, &good];
        let recovered = setup.recover_all_with_proofs(&many, &Threads::one().unwrap());
        assert_eq!(recovered, Err(error));
    }
}
