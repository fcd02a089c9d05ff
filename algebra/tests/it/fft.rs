use algebra::{AlgebraError, Domain, Fr, bit_reverse, bit_reverse_permute};

use super::{rng, scalars};

/// The polynomial's value at `shift`·ω^i for every i, by Horner.
fn naive(coefficients: &[Fr], shift: Fr) -> Vec<Fr> {
    let omega = Fr::root_of_unity(coefficients.len()).unwrap();
    (0..coefficients.len())
        .map(|i| {
            let x = shift * omega.pow(i as u64);
            coefficients
                .iter()
                .rev()
                .fold(Fr::ZERO, |sum, c| sum * x + *c)
        })
        .collect()
}

#[test]
fn fft_equals_the_naive_transform() {
    for log in 0..=8 {
        let domain = Domain::new(1 << log).unwrap();
        let coefficients = scalars(1 << log, &mut rng(log));
        let mut values = coefficients.clone();
        domain.fft(&mut values).unwrap();
        assert_eq!(values, naive(&coefficients, Fr::ONE), "log {log}");
        domain.ifft(&mut values).unwrap();
        assert_eq!(values, coefficients, "log {log}");
    }
}

#[test]
fn coset_fft_equals_the_naive_transform() {
    let shift = Fr::from_u64(7);
    for log in 0..=6 {
        let domain = Domain::new(1 << log).unwrap();
        let coefficients = scalars(1 << log, &mut rng(log));
        let mut values = coefficients.clone();
        domain.coset_fft(&mut values, shift).unwrap();
        assert_eq!(values, naive(&coefficients, shift), "log {log}");
        domain.coset_ifft(&mut values, shift).unwrap();
        assert_eq!(values, coefficients, "log {log}");
    }
}

#[test]
fn a_coset_of_zero_has_no_inverse_transform() {
    let domain = Domain::new(4).unwrap();
    let mut values = scalars(4, &mut rng(9));
    assert_eq!(
        domain.coset_ifft(&mut values, Fr::ZERO),
        Err(AlgebraError::ZeroInverse)
    );
}

#[test]
fn wrong_sizes_are_refused() {
    assert!(matches!(
        Domain::new(6),
        Err(AlgebraError::DomainSize { got: 6 })
    ));
    let domain = Domain::new(8).unwrap();
    let mut values = scalars(4, &mut rng(3));
    assert_eq!(
        domain.fft(&mut values),
        Err(AlgebraError::Length {
            got: 4,
            expected: 8
        })
    );
    assert_eq!(
        bit_reverse_permute(&mut values[..3]),
        Err(AlgebraError::DomainSize { got: 3 })
    );
}

#[test]
fn points_are_powers_and_wrap_around() {
    let domain = Domain::new(16).unwrap();
    let omega = Fr::root_of_unity(16).unwrap();
    for i in 0..40 {
        assert_eq!(domain.point(i), omega.pow(i as u64));
    }
}

#[test]
fn bit_reversal_is_an_involution_that_moves_bits() {
    assert_eq!(bit_reverse(0, 0), 0);
    assert_eq!(bit_reverse(0b001, 3), 0b100);
    assert_eq!(bit_reverse(0b110, 3), 0b011);
    let mut values: Vec<usize> = (0..64).collect();
    bit_reverse_permute(&mut values).unwrap();
    assert!(
        values
            .iter()
            .enumerate()
            .all(|(i, v)| *v == bit_reverse(i, 6))
    );
    bit_reverse_permute(&mut values).unwrap();
    assert!(values.iter().enumerate().all(|(i, v)| *v == i));
}
