use algebra::{AlgebraError, Coset, Domain, Engine, Fr, bit_reverse, bit_reverse_permute};
use rand::RngExt;

use super::{largest, rng, scalars};

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

/// Random values, or those that break careless bounds, whose integers in Montgomery's form are 0
/// and r − 1: all r − 1, both in turn with −1, and both at random.
fn inputs(count: usize) -> [Vec<Fr>; 4] {
    let largest = largest(256);
    let edge = [Fr::ZERO, -Fr::ONE, largest];
    let mut rng = rng(count as u64);
    [
        scalars(count, &mut rng),
        vec![largest; count],
        (0..count).map(|i| edge[i % 3]).collect(),
        (0..count)
            .map(|_| [Fr::ZERO, largest][rng.random_range(0..2)])
            .collect(),
    ]
}

/// The transform of one block by its naive twin, from coefficients to bit-reversed evaluations.
fn twin(coset: &Coset, block: &mut [Fr]) {
    coset.domain().coset_fft(block, coset.shift()).unwrap();
    bit_reverse_permute(block).unwrap();
}

/// All sizes, and as many blocks as fill some lanes, all of them, or more than that.
#[test]
fn bulk_transforms_of_blocks_equal_their_naive_twins() {
    for log in 0..=13 {
        let size = 1 << log;
        let one = Coset::new(size, Fr::ONE).unwrap();
        let coset = Coset::new(size, Fr::root_of_unity(2 * size).unwrap()).unwrap();
        let counts: &[usize] = if log <= 9 {
            &[0, 1, 2, 7, 8, 9, 17]
        } else {
            &[1, 2]
        };
        for count in counts {
            for coefficients in inputs(count * size) {
                let mut plain = coefficients.clone();
                let mut shifted = coefficients.clone();
                plain.chunks_mut(size).for_each(|b| twin(&one, b));
                shifted.chunks_mut(size).for_each(|b| twin(&coset, b));
                for engine in Engine::all() {
                    let mut values = coefficients.clone();
                    engine.fft(one.domain(), &mut values).unwrap();
                    assert!(values == plain, "{count}×{size}, {engine}");
                    engine.ifft(one.domain(), &mut values).unwrap();
                    assert!(values == coefficients, "{count}×{size}, {engine}");
                    engine.coset_fft(&coset, &mut values).unwrap();
                    assert!(values == shifted, "{count}×{size}, {engine}");
                    engine.coset_ifft(&coset, &mut values).unwrap();
                    assert!(values == coefficients, "{count}×{size}, {engine}");
                    // Values that no transform made are as good.
                    engine.ifft(one.domain(), &mut values).unwrap();
                    let mut back = values.clone();
                    back.chunks_mut(size).for_each(|b| twin(&one, b));
                    assert!(back == coefficients, "{count}×{size}, {engine}");
                    engine.coset_ifft(&coset, &mut values).unwrap();
                    values.chunks_mut(size).for_each(|b| twin(&coset, b));
                    engine.fft(one.domain(), &mut values).unwrap();
                    assert!(values == coefficients, "{count}×{size}, {engine}");
                }
            }
        }
    }
}

#[test]
fn bulk_transforms_of_columns_equal_those_of_blocks() {
    for log in [0, 1, 2, 3, 5, 7, 8, 10] {
        let size = 1 << log;
        let coset = Coset::new(size, Fr::from_u64(7)).unwrap();
        for width in [0, 1, 7, 8, 9, 64] {
            for matrix in inputs(size * width) {
                let column =
                    |c: usize| -> Vec<Fr> { (0..size).map(|r| matrix[r * width + c]).collect() };
                let mut plain: Vec<Fr> = (0..width).flat_map(column).collect();
                let mut shifted = plain.clone();
                Engine::scalar().fft(coset.domain(), &mut plain).unwrap();
                Engine::scalar().coset_fft(&coset, &mut shifted).unwrap();
                for engine in Engine::all() {
                    let expect = |got: &[Fr], columns: &[Fr]| {
                        for (i, value) in columns.iter().enumerate() {
                            let (c, r) = (i / size, i % size);
                            assert_eq!(got[r * width + c], *value, "{size}×{width}, {engine}");
                        }
                    };
                    let mut values = matrix.clone();
                    engine.fft_columns(coset.domain(), &mut values).unwrap();
                    expect(&values, &plain);
                    engine.ifft_columns(coset.domain(), &mut values).unwrap();
                    assert!(values == matrix, "{size}×{width}, {engine}");
                    engine.coset_fft_columns(&coset, &mut values).unwrap();
                    expect(&values, &shifted);
                    engine.coset_ifft_columns(&coset, &mut values).unwrap();
                    assert!(values == matrix, "{size}×{width}, {engine}");
                    engine.fft_columns(coset.domain(), &mut values).unwrap();
                    engine
                        .move_columns(coset.domain(), &coset, &mut values)
                        .unwrap();
                    expect(&values, &shifted);
                }
            }
        }
    }
}

/// Wide matrices are transformed in strips.
#[test]
fn wide_matrices_equal_their_narrow_parts() {
    let (size, width) = (256, 100);
    let domain = Domain::new(size).unwrap();
    let matrix = scalars(size * width, &mut rng(5));
    for engine in Engine::all() {
        let mut whole = matrix.clone();
        engine.fft_columns(&domain, &mut whole).unwrap();
        for c in [0, 31, 32, 63, 64, 99] {
            let mut column: Vec<Fr> = (0..size).map(|r| matrix[r * width + c]).collect();
            engine.fft(&domain, &mut column).unwrap();
            assert!(
                (0..size).all(|r| whole[r * width + c] == column[r]),
                "{c}, {engine}"
            );
        }
        engine.ifft_columns(&domain, &mut whole).unwrap();
        assert!(whole == matrix, "{engine}");
    }
}

#[test]
fn values_that_are_no_whole_blocks_are_refused() {
    let coset = Coset::new(8, Fr::from_u64(7)).unwrap();
    let refused = Err(AlgebraError::Length {
        got: 9,
        expected: 16,
    });
    for engine in Engine::all() {
        let mut values = scalars(9, &mut rng(1));
        assert_eq!(engine.fft(coset.domain(), &mut values), refused);
        assert_eq!(engine.ifft(coset.domain(), &mut values), refused);
        assert_eq!(engine.fft_columns(coset.domain(), &mut values), refused);
        assert_eq!(engine.ifft_columns(coset.domain(), &mut values), refused);
        assert_eq!(engine.coset_fft(&coset, &mut values), refused);
        assert_eq!(engine.coset_ifft(&coset, &mut values), refused);
        assert_eq!(engine.coset_fft_columns(&coset, &mut values), refused);
        assert_eq!(engine.coset_ifft_columns(&coset, &mut values), refused);
        let moved = engine.move_columns(coset.domain(), &coset, &mut values);
        assert_eq!(moved, refused);
        let other = Domain::new(4).unwrap();
        assert_eq!(
            engine.move_columns(&other, &coset, &mut values[..8]),
            Err(AlgebraError::Length {
                got: 8,
                expected: 4
            })
        );
    }
}

#[test]
fn there_is_no_coset_of_zero() {
    assert_eq!(
        Coset::new(8, Fr::ZERO).unwrap_err(),
        AlgebraError::ZeroInverse
    );
    assert_eq!(
        Coset::new(12, Fr::ONE).unwrap_err(),
        AlgebraError::DomainSize { got: 12 }
    );
}
