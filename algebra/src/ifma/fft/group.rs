//! The last three layers of 64 neighbouring values: eight blocks of eight, a lane for each.

use std::arch::x86_64::{_mm512_load_si512, _mm512_setzero_si512};

use super::passes::sub;
use super::tables::{GroupFactors, LaneFactors};
use crate::ifma::Fr8;
use crate::ifma::scalars::product::{add, products, reduce};
use crate::ifma::transpose::transpose8;

#[inline]
#[target_feature(enable = "avx512f")]
fn load(factors: &LaneFactors) -> Fr8 {
    let mut limbs = [_mm512_setzero_si512(); 5];
    for (limb, lanes) in limbs.iter_mut().zip(&factors.0) {
        // SAFETY: eight words are a vector, and the table is aligned to its size.
        *limb = unsafe { _mm512_load_si512(lanes.as_ptr().cast()) };
    }
    Fr8::new(limbs)
}

/// Swaps lanes and vectors: lane i of vector k becomes lane k of vector i.
#[inline]
#[target_feature(enable = "avx512f")]
pub(super) fn transpose(x: &mut [Fr8; 8]) {
    for j in 0..5 {
        let mut rows = [_mm512_setzero_si512(); 8];
        for k in 0..8 {
            rows[k] = x[k].0[j];
        }
        let columns = transpose8(rows);
        for k in 0..8 {
            x[k].0[j] = columns[k];
        }
    }
}

/// Two butterflies: which vectors they take, and which of the group's factors.
#[derive(Clone, Copy)]
struct Pair {
    low: [usize; 2],
    high: [usize; 2],
    factors: [usize; 2],
}

const fn pair(low: [usize; 2], high: [usize; 2], factors: [usize; 2]) -> Pair {
    Pair { low, high, factors }
}

/// The butterflies of each layer, two at a time.
const LAYERS: [[Pair; 2]; 3] = [
    [pair([0, 1], [4, 5], [0, 0]), pair([2, 3], [6, 7], [0, 0])],
    [pair([0, 1], [2, 3], [1, 1]), pair([4, 5], [6, 7], [2, 2])],
    [pair([0, 2], [1, 3], [3, 4]), pair([4, 6], [5, 7], [5, 6])],
];

/// The three layers; values are below `bound` ≤ 17 and come out below 19.
#[inline]
#[target_feature(enable = "avx512f,avx512ifma")]
pub(super) fn forward(x: &mut [Fr8; 8], factors: &GroupFactors, bound: u64) {
    if bound > 13 {
        for value in &mut x[..4] {
            *value = reduce(value);
        }
    }
    for layer in LAYERS {
        for Pair {
            low,
            high,
            factors: z,
        } in layer
        {
            let (z0, z1) = (load(&factors[z[0]]), load(&factors[z[1]]));
            let [s, t] = products([&x[high[0]], &x[high[1]]], [&z0, &z1]);
            x[high[0]] = Fr8::carry(sub::<2>(&x[low[0]].0, &s));
            x[high[1]] = Fr8::carry(sub::<2>(&x[low[1]].0, &t));
            x[low[0]] = Fr8::carry(add(&x[low[0]].0, &s));
            x[low[1]] = Fr8::carry(add(&x[low[1]].0, &t));
        }
    }
}

/// The three layers backwards; values are canonical and come out below 3.
#[inline]
#[target_feature(enable = "avx512f,avx512ifma")]
pub(super) fn inverse(x: &mut [Fr8; 8], factors: &GroupFactors) {
    // Sums double at each layer: they are below 2, 4 and 8.
    inverse_layer::<2>(x, factors, &LAYERS[2]);
    inverse_layer::<2>(x, factors, &LAYERS[1]);
    inverse_layer::<4>(x, factors, &LAYERS[0]);
    x[0] = reduce(&x[0]);
    x[1] = reduce(&x[1]);
}

/// One layer, for values below `K`.
#[inline]
#[target_feature(enable = "avx512f,avx512ifma")]
fn inverse_layer<const K: u64>(x: &mut [Fr8; 8], factors: &GroupFactors, layer: &[Pair; 2]) {
    for Pair {
        low,
        high,
        factors: z,
    } in *layer
    {
        let (z0, z1) = (load(&factors[z[0]]), load(&factors[z[1]]));
        let d0 = Fr8::carry(sub::<K>(&x[low[0]].0, &x[high[0]].0));
        let d1 = Fr8::carry(sub::<K>(&x[low[1]].0, &x[high[1]].0));
        x[low[0]] = Fr8::carry(add(&x[low[0]].0, &x[high[0]].0));
        x[low[1]] = Fr8::carry(add(&x[low[1]].0, &x[high[1]].0));
        let [s, t] = products([&d0, &d1], [&z0, &z1]);
        x[high[0]] = Fr8::carry(s);
        x[high[1]] = Fr8::carry(t);
    }
}
