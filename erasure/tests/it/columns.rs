use algebra::{AlgebraError, Engine, Fr, bit_reverse};
use erasure::{ColumnCode, ErasureError, cell_to_scalars};
use types::{Cell, GridRow, RowIndex};

use super::{data, dimensions, hostile_rows, parity, random_row, rng, scalars};

/// Parity row j at position P + j, by Lagrange over the P-th roots of unity, straight from the
/// definition of the grid.
fn naive_parity(rows: &[Vec<Fr>], j: usize) -> Vec<Fr> {
    let p = rows.len().next_power_of_two();
    let bits = (2 * p).trailing_zeros();
    let omega = Fr::root_of_unity(2 * p).unwrap();
    let point = |position| omega.pow(bit_reverse(position, bits) as u64);
    let x = point(p + j);
    let mut sum = vec![Fr::ZERO; rows[0].len()];
    for (i, row) in rows.iter().enumerate() {
        let mut weight = Fr::ONE;
        for k in (0..p).filter(|k| *k != i) {
            weight *= (x - point(k)) * (point(i) - point(k)).inverse().unwrap();
        }
        for (total, value) in sum.iter_mut().zip(row) {
            *total += weight * *value;
        }
    }
    sum
}

#[test]
fn extension_equals_lagrange_and_the_coefficients() {
    let mut rng = rng(1);
    for n in (1..=9).chain([16, 17]) {
        let code = ColumnCode::new(dimensions(n as u64)).unwrap();
        let rows: Vec<_> = (0..n).map(|_| scalars(3, &mut rng)).collect();
        let expected: Vec<_> = (0..n).map(|j| naive_parity(&rows, j)).collect();
        for engine in Engine::all() {
            assert_eq!(code.extend(&rows, engine).unwrap(), expected, "N = {n}");
        }
        for (j, row) in expected.iter().enumerate() {
            let coefficients = code
                .parity_coefficients(RowIndex::new(j as u64).unwrap())
                .unwrap();
            assert_eq!(coefficients.len(), n);
            for (e, value) in row.iter().enumerate() {
                let sum: Fr = coefficients.iter().zip(&rows).map(|(c, r)| *c * r[e]).sum();
                assert_eq!(sum, *value, "N = {n}, j = {j}");
            }
        }
    }
}

/// Extension, of any width, is the sum that the coefficients say.
#[test]
fn large_grids_extend_by_their_coefficients() {
    for n in [100, 256] {
        let code = ColumnCode::new(dimensions(n as u64)).unwrap();
        for width in [1, 7, 8, 9] {
            let matrix = scalars(n * width, &mut rng((n + width) as u64));
            for engine in Engine::all() {
                let below = code.extend_matrix(matrix.clone(), engine).unwrap();
                assert_eq!(below.len(), n * width);
                for j in [0, 1, n / 2, n - 1] {
                    let weights = code
                        .parity_coefficients(RowIndex::new(j as u64).unwrap())
                        .unwrap();
                    for e in 0..width {
                        let sum: Fr = (0..n).map(|i| weights[i] * matrix[i * width + e]).sum();
                        assert_eq!(below[j * width + e], sum, "N = {n}, j = {j}, {engine}");
                    }
                }
            }
        }
    }
}

#[test]
fn one_row_is_its_own_parity() {
    let row = random_row(&mut rng(2));
    let code = ColumnCode::new(dimensions(1)).unwrap();
    for engine in Engine::all() {
        let parity = code.extend_rows(std::slice::from_ref(&row), engine);
        assert!(parity.unwrap() == [row.clone()], "{engine}");
    }
}

#[test]
fn rows_and_columns_commute() {
    let mut rows = hostile_rows();
    rows.push(random_row(&mut rng(3)));
    let code = ColumnCode::new(dimensions(5)).unwrap();
    for engine in Engine::all() {
        let parity_rows = code.extend_rows(&rows, engine).unwrap();
        let extend = |row| erasure::extend_row(row, engine).unwrap();
        let cells: Vec<_> = rows.iter().map(extend).collect();
        let parity_cells: Vec<_> = parity_rows.iter().map(extend).collect();
        for column in [0, 1, 63, 64, 127] {
            let above: Vec<Cell> = cells.iter().map(|row| row[column].clone()).collect();
            let below: Vec<Cell> = parity_cells.iter().map(|row| row[column].clone()).collect();
            let extended = code.extend_column(&above, engine).unwrap();
            assert_eq!(extended, below, "{column}");
            assert_eq!(cell_to_scalars(&below[0], engine).unwrap().len(), 64);
        }
    }
}

/// Σ of the weights' rows, one parity row at a time.
fn naive_fold(code: &ColumnCode, weights: &[(GridRow, Fr)]) -> Vec<Fr> {
    let mut sum = vec![Fr::ZERO; usize::from(code.dimensions().rows())];
    for (row, weight) in weights {
        match row {
            GridRow::Data(i) => sum[i.as_usize()] += *weight,
            GridRow::Parity(j) => {
                let coefficients = code.parity_coefficients(*j).unwrap();
                for (total, coefficient) in sum.iter_mut().zip(coefficients) {
                    *total += *weight * coefficient;
                }
            }
        }
    }
    sum
}

#[test]
fn weights_fold_onto_the_data_rows() {
    for n in [1, 2, 3, 5, 8, 9, 64, 100, 256_u64] {
        let code = ColumnCode::new(dimensions(n)).unwrap();
        let weights = scalars(5, &mut rng(n));
        let mut mixed: Vec<_> = weights
            .iter()
            .enumerate()
            .map(|(k, weight)| (parity(7 * k as u64 % n), *weight))
            .collect();
        mixed.push((data(n - 1), weights[0]));
        mixed.push((data(0), weights[1]));
        mixed.push((data(0), -Fr::ONE));
        let cases = [
            vec![],
            vec![(data(n / 2), weights[2])],
            vec![(parity(n - 1), Fr::ZERO)],
            vec![(parity(n - 1), Fr::ONE)],
            vec![(parity(n / 2), weights[3]), (parity(n / 2), -weights[3])],
            mixed,
            (0..n)
                .map(|j| (parity(j), weights[j as usize % 5]))
                .collect(),
        ];
        for case in cases {
            let expected = naive_fold(&code, &case);
            for engine in Engine::all() {
                assert_eq!(
                    code.fold(&case, engine).unwrap(),
                    expected,
                    "N = {n}, {engine}"
                );
            }
        }
    }
}

#[test]
fn misuse_is_refused() {
    let engine = Engine::scalar();
    assert_eq!(
        ColumnCode::new(dimensions(0)).unwrap_err(),
        ErasureError::EmptyGrid
    );
    let code = ColumnCode::new(dimensions(3)).unwrap();
    assert_eq!(
        code.extend(&vec![vec![Fr::ONE]; 2], engine),
        Err(ErasureError::RowCount {
            got: 2,
            expected: 3
        })
    );
    assert_eq!(
        code.extend(&[vec![Fr::ONE; 2], vec![Fr::ONE; 2], vec![Fr::ONE]], engine),
        Err(ErasureError::Ragged {
            row: 2,
            got: 1,
            expected: 2
        })
    );
    assert_eq!(
        code.extend_matrix(vec![Fr::ONE; 7], engine),
        Err(ErasureError::Algebra(AlgebraError::Length {
            got: 7,
            expected: 9
        }))
    );
    let foreign = ErasureError::ForeignRow {
        got: parity(3),
        dimensions: dimensions(3),
    };
    assert_eq!(
        code.parity_coefficients(RowIndex::new(3).unwrap()),
        Err(foreign.clone())
    );
    assert_eq!(
        code.fold(&[(data(0), Fr::ONE), (parity(3), Fr::ONE)], engine),
        Err(foreign)
    );
}
