use algebra::{Fr, bit_reverse};
use erasure::{ColumnCode, ErasureError, cell_to_scalars};
use types::{Cell, RowIndex};

use super::{dimensions, hostile_rows, parity, random_row, rng, scalars};

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
        let extended = code.extend(&rows).unwrap();
        assert_eq!(extended.len(), n);
        for (j, row) in extended.iter().enumerate() {
            assert_eq!(*row, naive_parity(&rows, j), "N = {n}, j = {j}");
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

#[test]
fn one_row_is_its_own_parity() {
    let row = random_row(&mut rng(2));
    let code = ColumnCode::new(dimensions(1)).unwrap();
    assert!(code.extend_rows(std::slice::from_ref(&row)).unwrap() == [row]);
}

#[test]
fn rows_and_columns_commute() {
    let mut rows = hostile_rows();
    rows.push(random_row(&mut rng(3)));
    let code = ColumnCode::new(dimensions(5)).unwrap();
    let parity_rows = code.extend_rows(&rows).unwrap();
    let cells: Vec<_> = rows
        .iter()
        .map(|row| erasure::extend_row(row).unwrap())
        .collect();
    let parity_cells: Vec<_> = parity_rows
        .iter()
        .map(|row| erasure::extend_row(row).unwrap())
        .collect();
    for column in [0, 1, 63, 64, 127] {
        let above: Vec<Cell> = cells.iter().map(|row| row[column].clone()).collect();
        let below: Vec<Cell> = parity_cells.iter().map(|row| row[column].clone()).collect();
        assert_eq!(code.extend_column(&above).unwrap(), below, "{column}");
        assert_eq!(cell_to_scalars(&below[0]).unwrap().len(), 64);
    }
}

#[test]
fn misuse_is_refused() {
    assert_eq!(
        ColumnCode::new(dimensions(0)).unwrap_err(),
        ErasureError::EmptyGrid
    );
    let code = ColumnCode::new(dimensions(3)).unwrap();
    assert_eq!(
        code.extend(&vec![vec![Fr::ONE]; 2]),
        Err(ErasureError::RowCount {
            got: 2,
            expected: 3
        })
    );
    assert_eq!(
        code.extend(&[vec![Fr::ONE; 2], vec![Fr::ONE; 2], vec![Fr::ONE]]),
        Err(ErasureError::Ragged {
            row: 2,
            got: 1,
            expected: 2
        })
    );
    assert_eq!(
        code.parity_coefficients(RowIndex::new(3).unwrap()),
        Err(ErasureError::ForeignRow {
            got: parity(3),
            dimensions: dimensions(3)
        })
    );
}
