//! Reduction at the ends of its range.
#![allow(clippy::unwrap_used)]

use blst::blst_fr;

use super::product::{canonical, product, reduce};
use super::{constant, words};
use crate::ifma::Fr8;
use crate::ifma::modulus::{Modulus, ScalarField, multiple};
use crate::{Engine, Fr};

const R: [u64; 5] = <ScalarField as Modulus<5>>::P;

/// Offsets from a multiple of r: its neighbours, and a few in between. In Montgomery's form by
/// 2^256 they are the integers 0, 1, 2, r − 1, r − 2 and three more.
fn residues() -> [Fr; 8] {
    let one = Fr(blst_fr { l: [1, 0, 0, 0] });
    let x = Fr::from_u64(7).pow(1_000_003);
    [
        Fr::ZERO,
        one,
        one + one,
        -one,
        -(one + one),
        x,
        -x,
        x.square(),
    ]
}

#[test]
fn every_multiple_reduces() {
    if Engine::ifma().is_err() {
        return;
    }
    // SAFETY: the engine exists, so the processor has the instructions.
    unsafe { check_multiples() }
}

#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512ifma")]
fn check_multiples() {
    let residues = residues();
    let base = words::load(residues.each_ref());
    // 35·r is the last multiple below 2^260, and 35·r + r − 1 is not.
    for k in 0..35 {
        let value = base.add(&Fr8::splat(&multiple(&R, k)));
        let mut out = [Fr::ZERO; 8];
        words::store(&canonical(&value), out.each_mut());
        assert_eq!(out, residues, "{k}·r");
        // Below 2r already: one subtraction is enough.
        words::store(&reduce(&value).subtract_once(), out.each_mut());
        assert_eq!(out, residues, "{k}·r");
        let (_, below) = value.less_prime();
        assert_eq!(below, if k == 0 { u8::MAX } else { 0 });
    }
}

#[test]
fn products_take_the_largest_factors() {
    if Engine::ifma().is_err() {
        return;
    }
    // SAFETY: the engine exists, so the processor has the instructions.
    unsafe { check_products() }
}

#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512ifma")]
fn check_products() {
    let residues = residues();
    let base = words::load(residues.each_ref());
    for k in 0..=16 {
        let value = base.add(&Fr8::splat(&multiple(&R, k)));
        // In the form of constants they are the same integers.
        let sixteenth = Fr::from_u64(16).inverse().unwrap();
        for y in residues.map(|y| y * sixteenth) {
            let product = product(&value, &Fr8::splat(&constant(y)));
            let mut out = [Fr::ZERO; 8];
            // Below 3r/2, as a product must be: one subtraction is enough.
            words::store(&product.subtract_once(), out.each_mut());
            assert_eq!(out, residues.map(|x| x * y), "{k}·r");
        }
    }
}
