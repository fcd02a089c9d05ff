use commitments::{CommitmentError, VerifiedCell};
use erasure::ErasureError;

use super::{answer, column, data, extended_rows, grid_of, setup};

/// Verified cells of a row of [`extended_rows`].
fn verified(row: u64, columns: impl Iterator<Item = u64>) -> Vec<VerifiedCell> {
    let cells = columns.map(|col| answer(row, col)).collect();
    setup().verify_cells(&grid_of(8), cells).unwrap()
}

#[test]
fn any_64_cells_recover_the_row_with_its_proofs() {
    for (row, columns) in [
        (0, (64..128).collect::<Vec<_>>()),
        (3, (0..128).step_by(2).collect()),
        (4, (0..100).rev().collect()),
    ] {
        let cells = verified(row, columns.into_iter());
        let recovered = setup().recover_row_with_proofs(&cells).unwrap();
        assert!(recovered == extended_rows()[row as usize]);
    }
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
