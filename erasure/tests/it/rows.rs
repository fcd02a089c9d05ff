use algebra::{Engine, Fr, bit_reverse};
use erasure::{ErasureError, cell_to_scalars, extend_row, recover_row, row_to_scalars};
use rand::seq::SliceRandom;
use types::{Cell, ColumnIndex, Row};

use super::{hostile_rows, random_row, rng};

fn rows() -> Vec<Row> {
    let mut rows = hostile_rows();
    rows.push(random_row(&mut rng(1)));
    rows
}

/// So many cells of the row, chosen and ordered at random.
fn some(cells: &[Cell], count: usize, seed: u64) -> Vec<(ColumnIndex, &Cell)> {
    let mut chosen: Vec<_> = ColumnIndex::all().zip(cells).collect();
    chosen.shuffle(&mut rng(seed));
    chosen.truncate(count);
    chosen
}

#[test]
fn the_first_64_cells_are_the_row() {
    for row in rows() {
        let expected = extend_row(&row, Engine::scalar()).unwrap();
        for engine in Engine::all() {
            let cells = extend_row(&row, engine).unwrap();
            assert_eq!(cells.len(), 128);
            let bytes: Vec<u8> = cells[..64].iter().flat_map(|c| *c.as_bytes()).collect();
            assert!(bytes == row.as_bytes());
            assert!(cells == expected, "{engine}");
        }
    }
}

/// The barycentric formula over the row's 4096 points gives the value at any other point.
#[test]
fn parity_elements_are_the_polynomial_at_their_points() {
    let row = random_row(&mut rng(2));
    let engine = Engine::scalar();
    let values = row_to_scalars(&row, engine).unwrap();
    let cells = extend_row(&row, engine).unwrap();
    let omega = Fr::root_of_unity(8192).unwrap();
    let point = |position| omega.pow(bit_reverse(position, 13) as u64);
    for position in [4096, 4097, 5000, 8191] {
        let x = point(position);
        let mut terms: Vec<Fr> = (0..4096).map(|i| x - point(i)).collect();
        algebra::batch_invert(&mut terms).unwrap();
        let sum: Fr = (0..4096).map(|i| values[i] * point(i) * terms[i]).sum();
        let scale = (x.pow(4096) - Fr::ONE) * Fr::from_u64(4096).inverse().unwrap();
        let cell = cell_to_scalars(&cells[position / 64], engine).unwrap();
        assert_eq!(cell[position % 64], sum * scale, "{position}");
    }
}

#[test]
fn any_64_cells_or_more_recover_the_row() {
    for (seed, row) in rows().iter().enumerate() {
        let cells = extend_row(row, Engine::scalar()).unwrap();
        let all: Vec<_> = ColumnIndex::all().zip(&cells).collect();
        let mut choices: Vec<_> = [64, 65, 100, 127, 128]
            .map(|count| some(&cells, count, seed as u64))
            .to_vec();
        choices.push(all[..64].to_vec());
        choices.push(all[64..].to_vec());
        choices.push(all.iter().copied().step_by(2).collect());
        choices.push(all.iter().copied().skip(1).step_by(2).collect());
        for known in choices {
            for engine in Engine::all() {
                let got = recover_row(&known, engine).unwrap();
                assert!(got == *row, "{} cells, {engine}", known.len());
            }
        }
    }
}

#[test]
fn bad_input_too_few_or_repeated_cells_are_refused() {
    let engine = Engine::scalar();
    let cells = extend_row(&random_row(&mut rng(3)), engine).unwrap();
    assert_eq!(
        recover_row(&some(&cells, 63, 1), engine).unwrap_err(),
        ErasureError::TooFewCells {
            got: 63,
            expected: 64
        }
    );
    assert!(matches!(
        recover_row(&[], engine),
        Err(ErasureError::TooFewCells { got: 0, .. })
    ));
    let mut twice = some(&cells, 64, 2);
    twice.push(twice[10]);
    assert_eq!(
        recover_row(&twice, engine).unwrap_err(),
        ErasureError::DuplicateColumn { got: twice[10].0 }
    );
}

#[test]
fn bad_input_cells_of_different_rows_are_refused() {
    let cells = extend_row(&random_row(&mut rng(4)), Engine::scalar()).unwrap();
    let other = extend_row(&random_row(&mut rng(5)), Engine::scalar()).unwrap();
    for engine in Engine::all() {
        for count in [65, 66, 127, 128] {
            let mut known = some(&cells, count, 3);
            let column = known[20].0;
            known[20].1 = &other[column.as_usize()];
            let refused = recover_row(&known, engine).unwrap_err();
            assert_eq!(refused, ErasureError::Inconsistent, "{count}, {engine}");
            assert!(refused.is_peer_fault());
        }
    }
}

/// One element that differs is enough, wherever it stands among cells more than 64.
#[test]
fn bad_input_a_single_wrong_element_is_refused() {
    let cells = extend_row(&random_row(&mut rng(6)), Engine::scalar()).unwrap();
    for (column, offset) in [(0, 0), (63, 2047), (64, 31), (127, 1023)] {
        let mut bytes = *cells[column].as_bytes();
        bytes[offset] ^= 1;
        let wrong = Cell::from_slice(&bytes).unwrap();
        let mut known: Vec<_> = ColumnIndex::all().zip(&cells).collect();
        known[column].1 = &wrong;
        for engine in Engine::all() {
            assert_eq!(recover_row(&known, engine), Err(ErasureError::Inconsistent));
        }
    }
}
