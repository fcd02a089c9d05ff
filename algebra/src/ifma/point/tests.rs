//! Reduction at the ends of its range.

use super::{Fp8, tighten};
use crate::Engine;
use crate::ifma::modulus::{BaseField, LIMB_BITS, LIMB_MASK, Modulus, multiple};

/// An integer in limbs of 52 bits, of which all but the top one are below 2^52.
type Integer = [i64; 8];

fn integer(limbs: [u64; 8]) -> Integer {
    limbs.map(u64::cast_signed)
}

/// The same integer with its carries and borrows propagated.
fn carried(mut limbs: Integer) -> Integer {
    for i in 0..7 {
        limbs[i + 1] += limbs[i] >> LIMB_BITS;
        limbs[i] &= LIMB_MASK.cast_signed();
    }
    limbs
}

fn plus(mut limbs: Integer, b: i64) -> Integer {
    limbs[0] += b;
    carried(limbs)
}

/// p/2, k·p and their neighbours, up to 8p − 1, and the ends of the steps of the estimated
/// quotient, which are near the multiples of 2^364.
fn values() -> Vec<Integer> {
    let mut half = integer(BaseField::P);
    for i in 0..8 {
        let above = half.get(i + 1).map_or(0, |above| above & 1);
        half[i] = half[i] >> 1 | above << (LIMB_BITS - 1);
    }
    let mut out = vec![half, plus(half, 1)];
    for k in 1..=8 {
        let multiple = integer(multiple(&BaseField::P, k));
        out.push(plus(multiple, -1));
        if k == 8 {
            break;
        }
        out.extend([multiple, plus(multiple, 1)]);
        for steps in [-1, 0, 1, 8, 15, 16, 17] {
            let mut step = [0; 8];
            step[7] = multiple[7] + steps;
            out.extend([step, plus(step, -1)]);
        }
    }
    out
}

/// The same integer with `units` of 2^52 more in limb i, taken from the limb above.
fn shifted(mut limbs: Integer, units: [i64; 7]) -> Integer {
    for (i, units) in units.into_iter().enumerate() {
        limbs[i] += units << LIMB_BITS;
        limbs[i + 1] -= units;
    }
    limbs
}

#[test]
fn tightened_values_are_near_one_prime() {
    if Engine::ifma().is_err() {
        return;
    }
    // SAFETY: the engine exists, so the processor has the instructions.
    unsafe { check_tighten() }
}

#[target_feature(enable = "avx512f,avx512ifma")]
fn check_tighten() {
    // Limbs as far as three times 2^52 from zero, which is what the additions leave.
    let mut shifts: Vec<[i64; 7]> = (-3..=2).map(|units| [units; 7]).collect();
    shifts.push([2, -3, 2, -3, 2, -3, 2]);
    shifts.push([-3, 2, -3, 2, -3, 2, -3]);
    shifts.push([0, 0, 0, 0, 0, 0, 2]);
    shifts.push([0, 0, 0, 0, 0, 0, -3]);
    let (mut lowest, mut highest) = (0, 0);
    for shift in shifts {
        for eight in values().chunks(8) {
            // The last one fills the lanes that are left.
            let lane = |i: usize| eight[i.min(eight.len() - 1)];
            let limbs = std::array::from_fn(|j| {
                let column: [i64; 8] = std::array::from_fn(|i| shifted(lane(i), shift)[j]);
                for limb in column {
                    (lowest, highest) = (limb.min(lowest), limb.max(highest));
                }
                // SAFETY: eight words are as large as a vector.
                unsafe { std::mem::transmute::<[i64; 8], std::arch::x86_64::__m512i>(column) }
            });
            let tight: Fp8 = tighten(limbs);
            // SAFETY: a vector is as large as eight words.
            let columns: [[i64; 8]; 8] = unsafe { std::mem::transmute(tight.0) };
            for (i, value) in eight.iter().enumerate() {
                check(*value, columns.map(|column| column[i]));
            }
        }
    }
    // Both ends of the bound were among them.
    let bound = 3i64 << LIMB_BITS;
    assert!(lowest <= -bound && highest >= bound - 1);
}

/// That `out` is carried, below p + 2^368, and less than the value by one of 0, p, …, 7p.
fn check(value: Integer, out: Integer) {
    let limbs = 0..=LIMB_MASK.cast_signed();
    assert!(out.iter().all(|limb| limbs.contains(limb)), "{value:x?}");
    let mut bound = integer(BaseField::P);
    bound[7] += 1 << (368 - 7 * LIMB_BITS);
    assert!(out.iter().rev().lt(bound.iter().rev()), "{value:x?}");
    let same = (0..8).any(|k| {
        let multiple = integer(multiple(&BaseField::P, k));
        carried(std::array::from_fn(|j| out[j] + multiple[j])) == value
    });
    assert!(same, "{value:x?}");
}
