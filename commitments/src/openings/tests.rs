#![allow(clippy::unwrap_used)]

use algebra::{Domain, Engine, Fr, bit_reverse_permute};
use types::limits::ROW_ELEMENTS;

use super::Openings;

/// Halving against the sum of the coefficients' terms, at points on the domain and off it.
#[test]
fn a_row_evaluates_as_its_coefficients_do() {
    let domain = Domain::new(ROW_ELEMENTS).unwrap();
    let openings = Openings::new().unwrap();
    let noise = |i: usize| Fr::from_u64(i as u64 + 7).pow(1 << 40);
    let rows: [Vec<Fr>; 3] = [
        (0..ROW_ELEMENTS).map(noise).collect(),
        vec![-Fr::ONE; ROW_ELEMENTS],
        vec![Fr::ZERO; ROW_ELEMENTS],
    ];
    let points = [
        Fr::ZERO,
        Fr::ONE,
        -Fr::ONE,
        noise(9),
        domain.point(1),
        domain.point(4095),
    ];
    for values in rows {
        let mut coefficients = values.clone();
        bit_reverse_permute(&mut coefficients).unwrap();
        domain.ifft(&mut coefficients).unwrap();
        for z in points {
            let terms = coefficients.iter().rev();
            let expected = terms.fold(Fr::ZERO, |sum, c| sum * z + *c);
            for engine in Engine::all() {
                let got = openings.evaluate(engine, values.clone(), z).unwrap();
                assert_eq!(got, expected, "{engine}");
            }
        }
    }
}

/// Quotient times divisor, plus the remainder, is the polynomial again.
#[cfg(feature = "prove")]
#[test]
fn division_undoes_multiplication() {
    let polynomial: Vec<Fr> = (0..50).map(|i| Fr::from_u64(i).pow(99)).collect();
    for z in [Fr::ZERO, Fr::ONE, -Fr::from_u64(77).pow(50)] {
        let mut quotient = polynomial.clone();
        let remainder = super::divide(&mut quotient, z);
        assert!(quotient[49].is_zero());
        for i in 0..50 {
            let below = if i == 0 { remainder } else { quotient[i - 1] };
            assert_eq!(below - z * quotient[i], polynomial[i]);
        }
    }
}
