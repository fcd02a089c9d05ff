//! Products modulo r whose carries are left to whoever adds next, and the way back to canonical
//! elements.

#![expect(
    clippy::needless_range_loop,
    reason = "limbs of several vectors are met at one index"
)]

use std::arch::x86_64::{
    __m512i, _mm512_add_epi64, _mm512_and_si512, _mm512_madd52hi_epu64, _mm512_madd52lo_epu64,
    _mm512_setzero_si512, _mm512_srli_epi64,
};

use crate::ifma::lanes::broadcast;
use crate::ifma::modulus::{LIMB_MASK, Modulus, ScalarField};
use crate::ifma::{Fr8, modulus};

/// Limbs whose carries are not propagated: not negative, and below 2^63.
pub(in crate::ifma) type Loose = [__m512i; 5];

/// The prime r.
const R: [u64; 5] = ScalarField::P;

/// 2^260 − r: adding it and dropping what reaches 2^260 subtracts r.
const COMPLEMENT: [u64; 5] = {
    let mut out = [0; 5];
    let mut i = 0;
    while i < 5 {
        out[i] = LIMB_MASK - R[i];
        i += 1;
    }
    out[0] += 1;
    out
};

/// floor(2^92 / (⌊r / 2^208⌋ + 1)): turns the top limb into a quotient by r.
#[expect(clippy::cast_possible_truncation, reason = "the quotient has 46 bits")]
const QUOTIENT: u64 = ((1_u128 << 92) / (R[4] as u128 + 1)) as u64;

/// `K` products a·b / 2^260, their instructions interleaved; below 3r/2. The factors must be
/// carried, and the product of each pair at most 17·r².
#[inline]
#[target_feature(enable = "avx512f,avx512ifma")]
pub(in crate::ifma) fn products<const K: usize>(a: [&Fr8; K], b: [&Fr8; K]) -> [Loose; K] {
    let mut t = [[_mm512_setzero_si512(); 5]; K];
    step(&mut t, a, b, 0);
    step(&mut t, a, b, 1);
    step(&mut t, a, b, 2);
    step(&mut t, a, b, 3);
    step(&mut t, a, b, 4);
    t
}

/// Adds aᵢ·b to t and takes one limb off by adding a multiple q of r.
#[inline]
#[target_feature(enable = "avx512f,avx512ifma")]
fn step<const K: usize>(t: &mut [Loose; K], a: [&Fr8; K], b: [&Fr8; K], i: usize) {
    let zero = _mm512_setzero_si512();
    let mut q = [zero; K];
    let mut carry = [zero; K];
    for j in 0..5 {
        for k in 0..K {
            t[k][j] = _mm512_madd52lo_epu64(t[k][j], a[k].0[i], b[k].0[j]);
        }
    }
    for k in 0..K {
        q[k] = _mm512_madd52lo_epu64(zero, t[k][0], broadcast(ScalarField::NEG_INVERSE));
        // q·r makes the low limb the next multiple of 2^52: the carry is known without it.
        carry[k] = _mm512_srli_epi64::<52>(_mm512_add_epi64(t[k][0], broadcast(LIMB_MASK)));
    }
    for j in 0..4 {
        for k in 0..K {
            t[k][j + 1] = _mm512_madd52hi_epu64(t[k][j + 1], a[k].0[i], b[k].0[j]);
        }
    }
    for k in 0..K {
        t[k][1] = _mm512_add_epi64(t[k][1], carry[k]);
    }
    for j in 1..5 {
        for k in 0..K {
            t[k][j] = _mm512_madd52lo_epu64(t[k][j], q[k], broadcast(R[j]));
        }
    }
    for k in 0..K {
        let top = _mm512_madd52hi_epu64(zero, a[k].0[i], b[k].0[4]);
        t[k] = [t[k][1], t[k][2], t[k][3], t[k][4], top];
    }
    for j in 0..5 {
        for k in 0..K {
            t[k][j] = _mm512_madd52hi_epu64(t[k][j], q[k], broadcast(R[j]));
        }
    }
}

/// A product on its own, carried.
#[inline]
#[target_feature(enable = "avx512f,avx512ifma")]
pub(in crate::ifma) fn product(a: &Fr8, b: &Fr8) -> Fr8 {
    let [t] = products([a], [b]);
    Fr8::carry(t)
}

/// A sum of products that is not reduced yet.
pub(super) type Wide = [__m512i; 10];

/// So many products below r² may be added to a [`Wide`].
pub(super) const WIDE_TERMS: usize = 128;

/// Adds a·b, both carried.
#[inline]
#[target_feature(enable = "avx512f,avx512ifma")]
pub(super) fn accumulate(sum: &mut Wide, a: &Fr8, b: &Fr8) {
    for i in 0..5 {
        for j in 0..5 {
            sum[i + j] = _mm512_madd52lo_epu64(sum[i + j], a.0[i], b.0[j]);
            sum[i + j + 1] = _mm512_madd52hi_epu64(sum[i + j + 1], a.0[i], b.0[j]);
        }
    }
}

/// The sum over 2^260, below 5r for [`WIDE_TERMS`] products.
#[inline]
#[target_feature(enable = "avx512f,avx512ifma")]
pub(super) fn reduce_wide(mut sum: Wide) -> Loose {
    let zero = _mm512_setzero_si512();
    for i in 0..5 {
        let q = _mm512_madd52lo_epu64(zero, sum[i], broadcast(ScalarField::NEG_INVERSE));
        let carry = _mm512_srli_epi64::<52>(_mm512_add_epi64(sum[i], broadcast(LIMB_MASK)));
        sum[i + 1] = _mm512_madd52hi_epu64(sum[i + 1], q, broadcast(R[0]));
        for j in 1..5 {
            sum[i + j] = _mm512_madd52lo_epu64(sum[i + j], q, broadcast(R[j]));
            sum[i + j + 1] = _mm512_madd52hi_epu64(sum[i + j + 1], q, broadcast(R[j]));
        }
        sum[i + 1] = _mm512_add_epi64(sum[i + 1], carry);
    }
    let [.., t0, t1, t2, t3, t4] = sum;
    [t0, t1, t2, t3, t4]
}

/// The same residue below 2r, of any carried value.
#[inline]
#[target_feature(enable = "avx512f,avx512ifma")]
pub(in crate::ifma) fn reduce(value: &Fr8) -> Fr8 {
    let zero = _mm512_setzero_si512();
    // The quotient by r, or one less: the top limb alone decides it.
    let q = _mm512_madd52hi_epu64(zero, value.0[4], broadcast(QUOTIENT));
    let q = _mm512_srli_epi64::<40>(q);
    let mut t = value.0;
    for j in 0..5 {
        t[j] = _mm512_madd52lo_epu64(t[j], q, broadcast(COMPLEMENT[j]));
    }
    for j in 0..4 {
        t[j + 1] = _mm512_madd52hi_epu64(t[j + 1], q, broadcast(COMPLEMENT[j]));
    }
    let mut out = Fr8::carry(t);
    out.0[4] = _mm512_and_si512(out.0[4], broadcast(LIMB_MASK));
    out
}

/// The canonical element of any carried value.
#[inline]
#[target_feature(enable = "avx512f,avx512ifma")]
pub(in crate::ifma) fn canonical(value: &Fr8) -> Fr8 {
    reduce(value).subtract_once()
}

/// a + b, limb by limb; a sum's bound is the sum of the bounds.
#[inline]
#[target_feature(enable = "avx512f")]
pub(in crate::ifma) fn add(a: &Loose, b: &Loose) -> Loose {
    let mut sum = *a;
    for j in 0..5 {
        sum[j] = _mm512_add_epi64(a[j], b[j]);
    }
    sum
}

/// k·r, for differences that must not be negative.
pub(in crate::ifma) const fn above(k: u64) -> [u64; 5] {
    modulus::multiple(&R, k)
}
