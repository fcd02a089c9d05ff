use algebra::{Engine, Fr, G1};
use commitments::{CommitmentError, CommitmentGrid, Threads, parity_commitment};
use erasure::{ColumnCode, ErasureError};
use types::{Commitment, Coordinates, GridDimensions, RowIndex, commitments_root};

use super::{answer, column, data, extended, extended_rows, grid_of, parity, setup, unverified};

/// Commitments, cells and proofs of parity rows by linearity, against the rows themselves made
/// by FFT and proven like any others.
#[test]
fn parity_equals_the_parity_row_bit_for_bit() {
    let threads = Threads::available().unwrap();
    for n in [1, 2, 3, 5, 8] {
        let rows: Vec<_> = extended_rows()[..n]
            .iter()
            .map(|row| row.row().clone())
            .collect();
        let grid = grid_of(n);
        let code = ColumnCode::new(grid.dimensions()).unwrap();
        let parity_rows = code.extend_rows(&rows, setup().engine()).unwrap();
        let proven = extended(setup(), &parity_rows, &threads);
        for (j, row) in proven.iter().enumerate() {
            let index = RowIndex::new(j as u64).unwrap();
            let commitment = grid.commitment(parity(j as u64)).unwrap();
            assert_eq!(commitment, *row.commitment(), "N = {n}, j = {j}");
            assert_eq!(
                parity_commitment(grid.commitments(), grid.dimensions(), index).unwrap(),
                commitment
            );
            for col in [0, 63, 64, 127] {
                let above: Vec<_> = (0..n as u64)
                    .map(|i| {
                        extended_rows()[i as usize]
                            .verified(data(i), column(col), &grid)
                            .unwrap()
                    })
                    .collect();
                let cell = grid.parity_cell(&above, index).unwrap();
                assert_eq!(
                    cell,
                    row.verified(parity(j as u64), column(col), &grid).unwrap()
                );
                let verified = setup()
                    .verify_cells(&grid, vec![unverified(cell.clone())])
                    .unwrap();
                let stored: Vec<_> = above.iter().cloned().map(unverified).collect();
                assert_eq!(
                    grid.combine_column_many(&stored, &[index]).unwrap(),
                    [unverified(cell.clone())]
                );
                assert!(matches!(
                    grid.combine_column_many(&stored[1..], &[index]),
                    Err(CommitmentError::Count { .. } | CommitmentError::WrongPlace { .. })
                ));
                assert_eq!(verified, [cell]);
            }
        }
    }
}

/// Several rows at once, against each by itself.
#[test]
fn a_column_combined_once_for_several_rows_is_as_one_by_one() {
    let grid = grid_of(5);
    let stored: Vec<_> = (0..5).map(|i| answer(i, 9)).collect();
    let rows: Vec<_> = [4, 0, 2, 0]
        .into_iter()
        .map(|j| RowIndex::new(j).unwrap())
        .collect();
    let expected: Vec<_> = rows
        .iter()
        .flat_map(|j| grid.combine_column_many(&stored, &[*j]).unwrap())
        .collect();
    assert_eq!(grid.combine_column_many(&stored, &rows).unwrap(), expected);
    assert_eq!(grid.combine_column_many(&stored, &[]).unwrap(), []);

    let beyond = [RowIndex::new(1).unwrap(), RowIndex::new(5).unwrap()];
    assert!(matches!(
        grid.combine_column_many(&stored, &beyond),
        Err(CommitmentError::Noun(types::Error::OutOfRange {
            got: 5,
            ..
        }))
    ));
    assert!(matches!(
        grid.combine_column_many(&stored[..4], &rows),
        Err(CommitmentError::Count {
            got: 4,
            expected: 5,
            ..
        })
    ));
    let mut no_point = stored;
    no_point[3].proof = types::Proof::new([0xff; 48]);
    assert!(matches!(
        grid.combine_column_many(&no_point, &rows),
        Err(CommitmentError::Algebra(_))
    ));
}

/// 32 rows are enough for transforms down the column to pay: against one sum for each row. What
/// is combined need not open anything.
#[test]
fn a_column_combined_by_transforms_is_as_one_by_one() {
    let multiple = |k: u64| (G1::generator() * -Fr::from_u64(k).pow(77)).to_compressed();
    for engine in Engine::all() {
        // 23 rows of data: transforms with rows of padding, for all 23 rows of parity.
        for n in [23, 32] {
            let commitments: Vec<_> = (0..n).map(|k| Commitment::new(multiple(k / 2))).collect();
            let grid = CommitmentGrid::on(engine, commitments.clone()).unwrap();
            let all = grid.parity_commitments().unwrap();
            assert_eq!(all, grid.parity_commitments().unwrap());

            let stored: Vec<_> = (0..n)
                .map(|k| {
                    let mut cell = answer(k % 8, k);
                    cell.at = Coordinates {
                        row: data(k),
                        column: column(5),
                    };
                    cell.proof = types::Proof::new(multiple(k % 5));
                    cell
                })
                .collect();
            let rows: Vec<_> = (0..n).rev().map(|j| RowIndex::new(j).unwrap()).collect();
            let cells = grid.combine_column_many(&stored, &rows).unwrap();
            let alone = CommitmentGrid::on(engine, commitments).unwrap();
            for (j, cell) in rows.iter().zip(cells) {
                let by_itself = alone.combine_column_many(&stored, &[*j]).unwrap();
                assert_eq!(by_itself, [cell], "{engine} {j}");
                let expected = alone.commitment(parity(u64::from(j.get()))).unwrap();
                assert_eq!(all[j.as_usize()], expected);
            }
        }
    }
}

#[test]
fn cells_remember_the_root_that_the_commitments_were_checked_against() {
    let commitments = grid_of(3).commitments().to_vec();
    let root = commitments_root(&commitments).unwrap();
    let grid = CommitmentGrid::with_root(commitments.clone(), root).unwrap();
    let cells = setup().verify_cells(&grid, vec![answer(0, 0)]).unwrap();
    assert_eq!(cells[0].grid().commitments_root(), Some(root));
    assert_eq!(
        setup()
            .verify_cells(&grid_of(3), vec![answer(0, 0)])
            .unwrap()[0]
            .grid()
            .commitments_root(),
        None
    );

    let mut replaced = commitments.clone();
    replaced[1] = replaced[0];
    for engine in Engine::all() {
        let on = CommitmentGrid::with_root_on(engine, commitments.clone(), root).unwrap();
        assert_eq!(on, grid);
        let error = CommitmentGrid::with_root_on(engine, replaced.clone(), root).unwrap_err();
        assert_eq!(
            CommitmentGrid::with_root(replaced.clone(), root),
            Err(error.clone())
        );
        assert!(matches!(error, CommitmentError::WrongRoot { expected, .. } if expected == root));
        assert!(error.is_peer_fault());
    }
}

#[test]
fn no_commitments_are_no_grid_even_under_their_root() {
    let none = commitments_root(&[]).unwrap();
    assert!(matches!(
        CommitmentGrid::with_root(vec![], none),
        Err(CommitmentError::Erasure(ErasureError::EmptyGrid))
    ));
    let other = commitments_root(grid_of(1).commitments()).unwrap();
    assert!(matches!(
        CommitmentGrid::with_root(vec![], other),
        Err(CommitmentError::WrongRoot { .. })
    ));
}

#[test]
fn bad_input_commitments_that_are_no_points_are_refused_by_row() {
    let mut commitments = grid_of(3).commitments().to_vec();
    // x = 0: on the curve, outside the subgroup; and no point at all.
    let mut outside = [0; 48];
    outside[0] = 0x80;
    for bytes in [outside, [0; 48], [0xff; 48]] {
        commitments[2] = Commitment::new(bytes);
        let error = CommitmentGrid::new(commitments.clone()).unwrap_err();
        assert!(matches!(
            error,
            CommitmentError::BadCommitment { row: 2, .. }
        ));
        assert!(error.is_peer_fault());
    }
}

#[test]
fn grids_of_no_rows_or_too_many_are_refused() {
    let one = *extended_rows()[0].commitment();
    assert!(CommitmentGrid::new(vec![]).is_err());
    assert!(matches!(
        CommitmentGrid::new(vec![one; 257]),
        Err(CommitmentError::Noun(_))
    ));
    let dimensions = GridDimensions::new(2).unwrap();
    assert!(matches!(
        parity_commitment(&[one], dimensions, RowIndex::FIRST),
        Err(CommitmentError::Count {
            got: 1,
            expected: 2,
            ..
        })
    ));
}

#[test]
fn rows_that_the_grid_lacks_are_refused() {
    let grid = grid_of(3);
    for row in [data(3), parity(3)] {
        assert!(matches!(
            grid.commitment(row),
            Err(CommitmentError::Noun(types::Error::OutOfRange {
                got: 3,
                ..
            }))
        ));
    }
}

#[test]
fn columns_that_are_not_the_grids_make_no_parity_cell() {
    let grid = grid_of(3);
    let cells: Vec<_> = (0..3)
        .map(|i| {
            extended_rows()[i as usize]
                .verified(data(i), column(9), &grid)
                .unwrap()
        })
        .collect();
    let j = RowIndex::FIRST;
    assert!(grid.parity_cell(&cells, j).is_ok());

    assert!(matches!(
        grid.parity_cell(&cells[..2], j),
        Err(CommitmentError::Count {
            got: 2,
            expected: 3,
            ..
        })
    ));
    let swapped = [cells[1].clone(), cells[0].clone(), cells[2].clone()];
    assert!(matches!(
        grid.parity_cell(&swapped, j),
        Err(CommitmentError::WrongPlace { .. })
    ));
    let mut other_column = cells.clone();
    other_column[2] = extended_rows()[2]
        .verified(data(2), column(10), &grid)
        .unwrap();
    let expected = Coordinates {
        row: data(2),
        column: column(9),
    };
    assert!(matches!(
        grid.parity_cell(&other_column, j),
        Err(CommitmentError::WrongPlace { expected: e, .. }) if e == expected
    ));
    assert!(grid.parity_cell(&cells, RowIndex::new(3).unwrap()).is_err());

    let commitments = [0, 1, 5].map(|i: usize| *extended_rows()[i].commitment());
    let other = CommitmentGrid::new(commitments.to_vec()).unwrap();
    assert_eq!(
        other.parity_cell(&cells, j),
        Err(CommitmentError::ForeignCommitment { row: data(2) })
    );
    assert_eq!(
        extended_rows()[2].verified(data(2), column(0), &other),
        Err(CommitmentError::ForeignCommitment { row: data(2) })
    );
}
