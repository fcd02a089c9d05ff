use algebra::{Engine, Fr};
use erasure::{ColumnCode, ErasureError};
use rand::seq::SliceRandom;
use types::GridRow;

use super::{data, dimensions, hostile_rows, parity, random_row, rng, scalars};

/// All 2N rows with their values.
fn grid(code: &ColumnCode, rows: &[Vec<Fr>]) -> Vec<(GridRow, Vec<Fr>)> {
    let below = code.extend(rows, Engine::scalar()).unwrap();
    let above = rows.iter().enumerate().map(|(i, r)| (data(i as u64), r));
    let below = below.iter().enumerate().map(|(j, r)| (parity(j as u64), r));
    above.chain(below).map(|(at, r)| (at, r.clone())).collect()
}

#[test]
fn every_choice_of_n_rows_recovers_small_grids() {
    for n in 1..=5_usize {
        let code = ColumnCode::new(dimensions(n as u64)).unwrap();
        let mut rng = rng(n as u64);
        let rows: Vec<_> = (0..n).map(|_| scalars(2, &mut rng)).collect();
        let grid = grid(&code, &rows);
        let choices = (0_u32..1 << (2 * n)).filter(|mask| mask.count_ones() as usize == n);
        for mask in choices {
            let chosen: Vec<_> = (0..2 * n).filter(|i| mask >> i & 1 == 1).collect();
            let known: Vec<_> = chosen.iter().map(|i| grid[*i].0).collect();
            let values: Vec<_> = chosen.iter().map(|i| grid[*i].1.clone()).collect();
            for engine in Engine::all() {
                let recovery = code.recovery(&known, engine).unwrap();
                assert_eq!(recovery.known(), known);
                let got = recovery.apply(&values, engine).unwrap();
                assert_eq!(got, rows, "{known:?}, {engine}");
            }
        }
    }
}

/// Few missing rows come back as sums, many by transforms.
#[test]
fn any_choice_recovers_large_grids() {
    for n in [31, 64, 100, 256] {
        let code = ColumnCode::new(dimensions(n as u64)).unwrap();
        let mut rng = rng(n as u64);
        let rows: Vec<_> = (0..n).map(|_| scalars(3, &mut rng)).collect();
        let grid = grid(&code, &rows);
        let mut shuffled = grid.clone();
        shuffled.shuffle(&mut rng);
        shuffled.truncate(n);
        let first_missing = grid[1..=n].to_vec();
        let parity_alone = grid[n..].to_vec();
        for chosen in [shuffled, first_missing, parity_alone] {
            let (known, values): (Vec<_>, Vec<_>) = chosen.into_iter().unzip();
            for engine in Engine::all() {
                let recovery = code.recovery(&known, engine).unwrap();
                assert_eq!(recovery.apply(&values, engine).unwrap(), rows, "N = {n}");
            }
        }
    }
}

#[test]
fn a_column_of_cells_recovers_from_parity_alone() {
    let mut rows = hostile_rows();
    rows.push(random_row(&mut rng(9)));
    let code = ColumnCode::new(dimensions(5)).unwrap();
    let known: Vec<_> = (0..5).map(parity).collect();
    for engine in Engine::all() {
        let cell = |row| erasure::extend_row(row, engine).unwrap()[100].clone();
        let above: Vec<_> = rows.iter().map(cell).collect();
        let below = code.extend_rows(&rows, engine).unwrap();
        let below: Vec<_> = below.iter().map(cell).collect();
        let recovery = code.recovery(&known, engine).unwrap();
        assert_eq!(recovery.apply_cells(&below, engine).unwrap(), above);
    }
}

#[test]
fn bad_input_known_rows_that_do_not_recover_are_refused() {
    let engine = Engine::scalar();
    let code = ColumnCode::new(dimensions(3)).unwrap();
    assert_eq!(
        code.recovery(&[data(0), parity(2)], engine).unwrap_err(),
        ErasureError::RowCount {
            got: 2,
            expected: 3
        }
    );
    assert_eq!(
        code.recovery(&[data(0), parity(0), data(0)], engine)
            .unwrap_err(),
        ErasureError::DuplicateRow { got: data(0) }
    );
    assert_eq!(
        code.recovery(&[data(0), data(3), data(1)], engine)
            .unwrap_err(),
        ErasureError::ForeignRow {
            got: data(3),
            dimensions: dimensions(3)
        }
    );
    let recovery = code
        .recovery(&[data(0), parity(0), parity(2)], engine)
        .unwrap();
    assert_eq!(
        recovery.apply(&vec![vec![Fr::ONE]; 4], engine),
        Err(ErasureError::RowCount {
            got: 4,
            expected: 3
        })
    );
    assert_eq!(
        recovery.apply(&[vec![Fr::ONE], vec![], vec![Fr::ONE]], engine),
        Err(ErasureError::Ragged {
            row: 1,
            got: 0,
            expected: 1
        })
    );
}
