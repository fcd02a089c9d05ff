use commitments::{CommitmentError, CommitmentGrid, Threads, VerifiedCell};
use erasure::ErasureError;
use types::RowIndex;

use super::{answer, column, data, extended_rows, grid_of, parity, setup, setups};

/// Verified cells of a row of [`extended_rows`].
fn verified(row: u64, columns: impl Iterator<Item = u64>) -> Vec<VerifiedCell> {
    let grid = grid_of(8);
    columns
        .map(|col| {
            extended_rows()[row as usize]
                .verified(data(row), column(col), &grid)
                .unwrap()
        })
        .collect()
}

#[test]
fn any_64_cells_recover_the_row_with_its_proofs() {
    for (row, columns) in [
        (0, (64..128).collect::<Vec<_>>()),
        (3, (0..128).step_by(2).collect()),
        (4, (0..100).rev().collect()),
    ] {
        let cells = verified(row, columns.into_iter());
        for setup in setups() {
            let recovered = setup.recover_row_with_proofs(&cells).unwrap();
            assert!(recovered == extended_rows()[row as usize]);
        }
    }
}

#[test]
fn many_rows_recover_at_once_or_none() {
    let threads = Threads::available().unwrap();
    let rows: Vec<_> = (0..5)
        .map(|row| verified(row, row * 10..row * 10 + 64))
        .collect();
    let mut rows: Vec<_> = rows.iter().map(Vec::as_slice).collect();
    for setup in setups() {
        let recovered = setup.recover_all_with_proofs(&rows, &threads).unwrap();
        assert!(recovered == extended_rows()[..5]);
        let none = setup.recover_all_with_proofs(&[], &threads).unwrap();
        assert!(none.is_empty());
    }
    rows[3] = &rows[3][1..];
    assert!(matches!(
        setup().recover_all_with_proofs(&rows, &threads),
        Err(CommitmentError::Erasure(ErasureError::TooFewCells {
            got: 63,
            ..
        }))
    ));
}

/// Parity rows are rows like others, though nobody computed their commitments before.
#[test]
fn a_parity_row_recovers_from_its_cells_and_only_from_those() {
    let grid = grid_of(3);
    let column_of = |col| -> Vec<_> {
        (0..3)
            .map(|row| {
                extended_rows()[row]
                    .verified(data(row as u64), column(col), &grid)
                    .unwrap()
            })
            .collect()
    };
    let cells = |j| -> Vec<_> {
        let j = RowIndex::new(j).unwrap();
        (30..94)
            .map(|col| grid.parity_cell(&column_of(col), j).unwrap())
            .collect()
    };
    let mut first = cells(0);
    let row = setup().recover_row(&first).unwrap();
    let commitment = setup().commit(&row).unwrap();
    assert_eq!(commitment, grid.commitment(parity(0)).unwrap());
    assert_eq!(commitment, first[9].commitment().unwrap());

    first[7] = cells(1).swap_remove(7);
    assert_eq!(
        setup().recover_row(&first),
        Err(CommitmentError::MixedRows {
            at: first[7].coordinates()
        })
    );
    first[7] = extended_rows()[0]
        .verified(data(0), column(37), &grid)
        .unwrap();
    assert!(matches!(
        setup().recover_row(&first),
        Err(CommitmentError::MixedRows { .. })
    ));
}

/// Cells of a blob's own grid and of its block's are of one row, since they open one commitment.
#[test]
fn cells_verified_against_two_grids_recover_their_row() {
    let mut cells = verified(2, 0..32);
    let blob = vec![*extended_rows()[2].commitment()];
    let blob = CommitmentGrid::new(blob).unwrap();
    let rest = (32..64).map(|col| {
        let mut cell = answer(2, col);
        cell.at.row = data(0);
        cell
    });
    cells.extend(setup().verify_cells(&blob, rest.collect()).unwrap());
    assert!(setup().recover_row(&cells).unwrap() == *extended_rows()[2].row());
}

#[test]
fn cells_of_two_commitments_are_refused() {
    let mut cells = verified(0, 0..64);
    let odd = extended_rows()[5]
        .verified(data(5), column(100), &grid_of(8))
        .unwrap();
    cells.push(odd.clone());
    assert_eq!(
        setup().recover_row(&cells),
        Err(CommitmentError::MixedRows {
            at: odd.coordinates()
        })
    );
}

#[test]
fn too_few_or_repeated_cells_are_refused() {
    let mut cells = verified(0, 0..63);
    assert_eq!(
        setup().recover_row(&cells),
        Err(CommitmentError::Erasure(ErasureError::TooFewCells {
            got: 63,
            expected: 64
        }))
    );
    cells.push(cells[5].clone());
    assert_eq!(
        setup().recover_row(&cells),
        Err(CommitmentError::Erasure(ErasureError::DuplicateColumn {
            got: column(5)
        }))
    );
    assert!(setup().recover_row(&[]).is_err());
}
