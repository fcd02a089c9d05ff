//! Columns from any N of their 2N cells, against the same cells made and proven from the rows.

use commitments::{CommitmentError, CommitmentGrid, Threads, VerifiedCell};
use erasure::{ColumnCode, ErasureError};
use rand::seq::SliceRandom;

use super::{column, data, extended, extended_rows, grid_of, parity, rng, setup, unverified};

/// All 2N cells of a column, data before parity.
fn whole_column(grid: &CommitmentGrid, col: u64) -> Vec<VerifiedCell> {
    let n = grid.commitments().len();
    let rows: Vec<_> = extended_rows()[..n]
        .iter()
        .map(|row| row.row().clone())
        .collect();
    let code = ColumnCode::new(grid.dimensions()).unwrap();
    let parity_rows = code.extend_rows(&rows, setup().engine()).unwrap();
    let proven = extended(setup(), &parity_rows, &Threads::one().unwrap());
    let data_cells = (0..)
        .zip(&extended_rows()[..n])
        .map(|(i, row)| row.verified(data(i), column(col), grid).unwrap());
    let parity_cells = (0..)
        .zip(&proven)
        .map(|(j, row)| row.verified(parity(j), column(col), grid).unwrap());
    data_cells.chain(parity_cells).collect()
}

#[test]
fn a_rebuilt_column_is_the_proven_one_bit_for_bit() {
    let mut rng = rng(5);
    for n in [1, 2, 3, 5, 8] {
        let grid = grid_of(n);
        let whole = whole_column(&grid, 77);
        for known in n..=2 * n {
            let mut places: Vec<usize> = (0..2 * n).collect();
            places.shuffle(&mut rng);
            let (kept, lost) = places.split_at(known);
            let kept: Vec<_> = kept.iter().map(|place| whole[*place].clone()).collect();
            let mut lost = lost.to_vec();
            lost.sort_unstable();
            let expected: Vec<_> = lost.iter().map(|place| whole[*place].clone()).collect();
            let rebuilt = grid.rebuild_column(&kept).unwrap();
            assert_eq!(rebuilt, expected, "N = {n}, {known} known");
            let told = rebuilt.into_iter().map(unverified).collect();
            assert_eq!(setup().verify_cells(&grid, told).unwrap(), expected);
        }
        // Parity alone.
        assert_eq!(grid.rebuild_column(&whole[n..]).unwrap(), whole[..n]);
    }
}

#[test]
fn bad_input_too_few_cells_twice_the_same_of_two_columns_or_of_another_grid() {
    let grid = grid_of(3);
    let whole = whole_column(&grid, 5);
    for few in [&whole[..0], &whole[..2]] {
        assert!(matches!(
            grid.rebuild_column(few),
            Err(CommitmentError::Count { expected: 3, .. })
        ));
    }
    let twice = vec![whole[0].clone(), whole[4].clone(), whole[4].clone()];
    assert!(matches!(
        grid.rebuild_column(&twice),
        Err(CommitmentError::Erasure(ErasureError::DuplicateRow { .. }))
    ));
    let mut mixed = whole[..3].to_vec();
    mixed[1] = whole_column(&grid, 6)[1].clone();
    assert!(matches!(
        grid.rebuild_column(&mixed),
        Err(CommitmentError::WrongPlace { .. })
    ));
    let mut foreign = whole[..3].to_vec();
    foreign[2] = whole_column(&grid_of(5), 5)[6].clone();
    assert!(matches!(
        grid.rebuild_column(&foreign),
        Err(CommitmentError::ForeignCommitment { .. })
    ));
}
