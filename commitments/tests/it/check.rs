use algebra::Fr;
use commitments::{CommitmentError, Threads};
use types::{Row, RowIndex};

use super::{bytes, elements, extended_rows, grid_on, random_row, rng, setups};

fn honest() -> Vec<Row> {
    extended_rows()
        .iter()
        .map(|row| row.row().clone())
        .collect()
}

/// The row with a number added to one element.
fn changed(row: &Row, by: Fr) -> Row {
    let mut elements = elements(row.as_bytes());
    elements[77] += by;
    Row::from_slice(&bytes(&elements)).unwrap()
}

#[test]
fn rows_that_have_their_commitments_pass() {
    for setup in setups() {
        for threads in [Threads::one().unwrap(), Threads::available().unwrap()] {
            for n in [1, 2, 8] {
                let grid = grid_on(setup, n);
                setup
                    .check_rows(&grid, &honest()[..n], &mut rng(1), &threads)
                    .unwrap();
            }
        }
    }
}

#[test]
fn bad_input_false_rows_are_all_named() {
    let threads = Threads::one().unwrap();
    for setup in setups() {
        let grid = grid_on(setup, 8);
        for wrong in [
            &[0][..],
            &[7],
            &[2, 5],
            &[3, 4, 5],
            &[0, 1, 2, 3, 4, 5, 6, 7],
        ] {
            let mut rows = honest();
            for i in wrong {
                rows[*i] = random_row(100);
            }
            let expected = wrong
                .iter()
                .map(|i| RowIndex::new(*i as u64).unwrap())
                .collect();
            let error = setup
                .check_rows(&grid, &rows, &mut rng(2), &threads)
                .unwrap_err();
            assert!(error.is_peer_fault());
            assert_eq!(error, CommitmentError::WrongRows { rows: expected });
        }
    }
}

/// Two errors that cancel, and two rows exchanged: the plain sum is right.
#[test]
fn bad_input_errors_that_cancel_are_named() {
    let threads = Threads::one().unwrap();
    let mut cancelling = honest();
    cancelling[1] = changed(&cancelling[1], Fr::ONE);
    cancelling[4] = changed(&cancelling[4], -Fr::ONE);
    let mut swapped = honest();
    swapped.swap(1, 4);
    let rows = [1, 4].map(|i| RowIndex::new(i).unwrap()).to_vec();
    for setup in setups() {
        for wrong in [&cancelling, &swapped] {
            assert_eq!(
                setup.check_rows(&grid_on(setup, 8), wrong, &mut rng(3), &threads),
                Err(CommitmentError::WrongRows { rows: rows.clone() })
            );
        }
    }
}

#[test]
fn as_many_rows_as_the_grid_has_are_expected() {
    let setup = &setups()[0];
    let threads = Threads::one().unwrap();
    assert!(matches!(
        setup.check_rows(&grid_on(setup, 8), &honest()[..7], &mut rng(4), &threads),
        Err(CommitmentError::Count {
            got: 7,
            expected: 8,
            ..
        })
    ));
}
