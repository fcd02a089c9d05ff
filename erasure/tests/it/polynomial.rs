use algebra::{Engine, Fr, bit_reverse};
use erasure::{RowPolynomial, cell_to_scalars, extend_row};
use types::ColumnIndex;

use super::{hostile_rows, random_row, rng};

#[test]
fn steps_lead_to_the_row_and_its_cells() {
    let mut rows = hostile_rows();
    rows.push(random_row(&mut rng(1)));
    for row in rows {
        let expected = RowPolynomial::of_row(&row, Engine::scalar()).unwrap();
        for engine in Engine::all() {
            let polynomial = RowPolynomial::of_row(&row, engine).unwrap();
            assert!(polynomial == expected, "{engine}");
            assert!(polynomial.row(engine).unwrap() == row, "{engine}");
            let cells = polynomial.cells(engine).unwrap();
            assert!(cells == extend_row(&row, engine).unwrap(), "{engine}");
            let parity: Vec<_> = ColumnIndex::all().zip(&cells).skip(64).collect();
            let recovered = RowPolynomial::recover(&parity, engine).unwrap();
            assert!(recovered == polynomial, "{engine}");
        }
    }
}

/// Horner's rule at a few points, straight from the order that EIP-7594 gives the elements.
#[test]
fn coefficients_give_the_elements() {
    let row = random_row(&mut rng(2));
    let omega = Fr::root_of_unity(8192).unwrap();
    for engine in Engine::all() {
        let polynomial = RowPolynomial::of_row(&row, engine).unwrap();
        assert_eq!(polynomial.coefficients().len(), 4096);
        let cells = polynomial.cells_beside(&row, engine).unwrap();
        for position in [0, 1, 63, 64, 4095, 4096, 5000, 8191] {
            let x = omega.pow(bit_reverse(position, 13) as u64);
            let value = polynomial
                .coefficients()
                .iter()
                .rev()
                .fold(Fr::ZERO, |sum, c| sum * x + *c);
            let cell = cell_to_scalars(&cells[position / 64], engine).unwrap();
            assert_eq!(cell[position % 64], value, "{position}, {engine}");
        }
    }
}

#[test]
fn the_shifts_back_are_the_inverse_powers_of_each_cells_shift() {
    let omega = Fr::root_of_unity(8192).unwrap();
    let table = erasure::cell_unshifts();
    assert_eq!(table.len(), 128 * 64);
    for (cell, powers) in table.chunks_exact(64).enumerate() {
        let shift = omega.pow(bit_reverse(cell, 7) as u64);
        let mut forward = Fr::ONE;
        for power in powers {
            assert_eq!(*power * forward, Fr::ONE, "{cell}");
            forward *= shift;
        }
    }
}
