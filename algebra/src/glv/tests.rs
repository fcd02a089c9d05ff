//! Halves against the scalars they stand for.

use super::{Halves, NEAREST_BITS, SEED, SEED_SQUARED, Signed, divide};
use crate::Fr;

fn field(value: Signed) -> Fr {
    let magnitude = Fr::from_u128(value.magnitude);
    if value.negative {
        -magnitude
    } else {
        magnitude
    }
}

/// Edges of the division and of the parities, and powers of seven.
fn samples() -> Vec<Fr> {
    let square = Fr::from_u128(SEED_SQUARED);
    let mut out: Vec<Fr> = (0..4)
        .map(Fr::from_u64)
        .flat_map(|k| [k, -k, square + k, square - k, square * k, -(square * k)])
        .collect();
    // Near multiples of z² and of half of it, roundings turn.
    let half = Fr::from_u128(SEED_SQUARED / 2);
    let factors = [
        Fr::ONE,
        Fr::from_u64(2),
        half,
        half + Fr::ONE,
        square,
        square - Fr::ONE,
    ];
    for factor in factors {
        for base in [factor * square, factor * half, factor * square + half] {
            let offsets = (0..4).map(Fr::from_u64);
            out.extend(offsets.flat_map(|offset| [base + offset, base - offset]));
        }
    }
    out.extend([-square, square * square - Fr::ONE, Fr::from_u64(SEED)]);
    let mut power = Fr::from_u64(7);
    for _ in 0..1000 {
        power = power.square() + Fr::ONE;
        out.push(power);
    }
    out
}

#[test]
fn halves_stand_for_their_scalar() {
    let square = Fr::from_u128(SEED_SQUARED);
    assert_eq!(square * square - square, -Fr::ONE);
    const { assert!(SEED_SQUARED / 2 + 1 < 1 << NEAREST_BITS) };
    for scalar in samples() {
        let (quotient, rest) = divide(&scalar);
        assert!(quotient < SEED_SQUARED && rest < SEED_SQUARED);
        let nearest = Halves::nearest(&scalar);
        for halves in [Halves::of(&scalar), Halves::odd(&scalar), nearest] {
            assert_eq!(field(halves.first) - field(halves.second) * square, scalar);
        }
        for half in [nearest.first, nearest.second] {
            assert!(half.magnitude <= SEED_SQUARED / 2 + 1);
        }
        let Halves { first, second } = Halves::odd(&scalar);
        for half in [first, second] {
            assert!(half.magnitude % 2 == 1 && half.magnitude <= SEED_SQUARED + 1);
            let mut sum = Fr::ZERO;
            for window in (0..32).rev() {
                let digit = (half.odd_digits() >> (4 * window) & 15) as u64;
                sum = sum * Fr::from_u64(16) + Fr::from_u64(2 * digit) - Fr::from_u64(15);
            }
            assert_eq!(sum, field(half));
        }
    }
}

#[test]
fn digits_add_up_and_stand_apart() {
    let mut samples = vec![
        0,
        1,
        2,
        15,
        16,
        17,
        31,
        33,
        u128::MAX,
        u128::MAX - 15,
        1 << 127,
    ];
    let mut state = 1u128;
    for _ in 0..100 {
        state = state
            .wrapping_mul(0x2360_ed05_1fc6_5da4_4385_df64_9fcc_f645)
            .wrapping_add(1);
        samples.push(state);
    }
    for magnitude in samples {
        for negative in [false, true] {
            let digits = Signed {
                negative,
                magnitude,
            }
            .sparse_digits();
            // Twice the half of 2^128 overflows: add up modulo 2^128, and know the top.
            let sum = digits.iter().rev().fold(0i128, |sum, digit| {
                sum.wrapping_mul(2).wrapping_add(i128::from(*digit))
            });
            let expected = magnitude.cast_signed();
            assert_eq!(
                sum,
                if negative {
                    expected.wrapping_neg()
                } else {
                    expected
                }
            );
            let places: Vec<usize> = (0..digits.len()).filter(|i| digits[*i] != 0).collect();
            assert!(places.windows(2).all(|pair| pair[1] - pair[0] >= 5));
            assert!(
                places
                    .iter()
                    .all(|i| digits[*i] % 2 != 0 && digits[*i].abs() < 16)
            );
        }
    }
}
