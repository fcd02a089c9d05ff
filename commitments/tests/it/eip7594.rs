use commitments::CommitmentError;
use commitments::eip7594::{recover, verify_cells};

use super::{column, extended_rows, setup};

#[test]
fn cells_of_several_rows_verify_and_unequal_numbers_do_not() {
    let rows = [0, 5, 0].map(|i: usize| &extended_rows()[i]);
    let columns = [3, 99, 4].map(column);
    let commitments = rows.map(|row| *row.commitment());
    let cells: Vec<_> = (0..3).map(|i| rows[i].cell(columns[i]).0.clone()).collect();
    let proofs: Vec<_> = (0..3).map(|i| *rows[i].cell(columns[i]).1).collect();
    verify_cells(setup(), &commitments, &columns, &cells, &proofs).unwrap();
    assert!(matches!(
        verify_cells(setup(), &commitments, &columns[..2], &cells, &proofs),
        Err(CommitmentError::Count { .. })
    ));
    let swapped = [column(99), column(3), column(4)];
    assert_eq!(
        verify_cells(setup(), &commitments, &swapped, &cells, &proofs),
        Err(CommitmentError::BatchRefused { cells: 3 })
    );
}

#[test]
fn recovery_wants_ascending_cells() {
    let row = &extended_rows()[0];
    let mut columns: Vec<_> = (0..64).map(column).collect();
    let cells = &row.cells()[..64];
    assert!(recover(setup(), &columns, cells).unwrap() == *row);
    columns.swap(0, 1);
    assert_eq!(
        recover(setup(), &columns, cells),
        Err(CommitmentError::NotAscending {
            got: column(0),
            before: column(1)
        })
    );
    assert!(matches!(
        recover(setup(), &columns[..63], cells),
        Err(CommitmentError::Count { .. })
    ));
}
