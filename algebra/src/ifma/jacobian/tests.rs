//! The formulas against blst, and their exceptions.

use blst::{blst_p1, blst_p1_affine};

use super::super::Fp8;
use super::super::convert::{is_zero, load_fp, store_fp};
use super::{Affine, Jacobian};
use crate::{Engine, Fr, G1, G1Affine};

/// Multiples of the generator: 1, 3, 9 and so on.
fn samples(factor: u64) -> [G1Affine; 8] {
    let mut point = G1::generator() * Fr::from_u64(factor);
    std::array::from_fn(|_| {
        let out = point.into();
        point = point * Fr::from_u64(3);
        out
    })
}

#[target_feature(enable = "avx512f,avx512ifma")]
fn load(points: &[G1Affine; 8]) -> Affine {
    Affine {
        x: load_fp(std::array::from_fn(|i| &points[i].0.x)),
        y: load_fp(std::array::from_fn(|i| &points[i].0.y)),
    }
}

#[target_feature(enable = "avx512f,avx512ifma")]
fn store(points: &Jacobian) -> [G1; 8] {
    let (x, y, z) = (
        store_fp(&points.x),
        store_fp(&points.y),
        store_fp(&points.z),
    );
    std::array::from_fn(|i| {
        G1(blst_p1 {
            x: x[i],
            y: y[i],
            z: z[i],
        })
    })
}

#[test]
fn formulas_agree_with_blst_and_show_their_exceptions() {
    if Engine::ifma().is_err() {
        return;
    }
    // SAFETY: the engine exists, so the processor has the instructions.
    unsafe {
        check_formulas();
        check_exceptions();
    }
}

#[target_feature(enable = "avx512f,avx512ifma")]
fn check_formulas() {
    let (left, right) = (samples(5), samples(7));
    let mut sum = load(&left).jacobian();
    let mut expected = left.map(G1::from);
    let term = load(&right);
    // Repeated, so that coordinates are as large as the formulas leave them.
    for round in 0..20 {
        let double = sum.double();
        assert_eq!(store(&double), expected.map(|p| p + p));
        let negative = 0b1011_0101_u8.rotate_left(round);
        let mixed = double.add_affine(&term, negative);
        let mixed_expected: [G1; 8] = std::array::from_fn(|i| {
            let term = G1::from(right[i]);
            let twice = expected[i] + expected[i];
            if negative >> i & 1 == 1 {
                twice - term
            } else {
                twice + term
            }
        });
        assert_eq!(store(&mixed), mixed_expected);
        sum = mixed.add(&double);
        expected = std::array::from_fn(|i| mixed_expected[i] + expected[i] + expected[i]);
        assert_eq!(store(&sum), expected);
    }
}

#[target_feature(enable = "avx512f,avx512ifma")]
fn check_exceptions() {
    let points = samples(11);
    let other = samples(13);
    let infinity = G1Affine(blst_p1_affine::default());
    for lane in 0..8 {
        let mut terms = other;
        terms[lane] = points[lane];
        let sum = load(&points).jacobian();
        // P + P and P − P are exceptions, and stay what they are.
        for negative in [0, u8::MAX] {
            let exception = sum.add_affine(&load(&terms), negative);
            for result in [
                exception,
                exception.double(),
                exception.add_affine(&load(&other), 0),
                exception.add(&sum),
                sum.add(&exception),
            ] {
                assert_eq!(is_zero(&result.z), 1 << lane);
            }
        }
        let twin = Jacobian {
            z: Fp8::one(),
            ..load(&terms).jacobian()
        };
        assert_eq!(is_zero(&sum.add(&twin).z), 1 << lane);
        // Infinity is (0, 0, 0).
        let mut holes = points;
        holes[lane] = infinity;
        let holes = Jacobian {
            z: Fp8::one().select(!(1 << lane), &Fp8::splat(&[0; 8])),
            ..load(&holes).jacobian()
        };
        assert_eq!(is_zero(&holes.double().z), 1 << lane);
        assert_eq!(is_zero(&holes.add_affine(&load(&other), 0).z), 1 << lane);
    }
}
