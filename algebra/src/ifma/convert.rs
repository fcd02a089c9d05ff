//! The way between blst's elements, one by one in words of 64 bits, and lanes.

use std::arch::x86_64::{
    __m512i, __mmask8, _mm512_and_si512, _mm512_cmpeq_epi64_mask, _mm512_maskz_loadu_epi64,
    _mm512_or_si512, _mm512_setzero_si512, _mm512_slli_epi64, _mm512_srli_epi64,
    _mm512_storeu_si512, _mm512_xor_si512,
};

use blst::blst_fp;

use super::Fp8;
use super::lanes::broadcast;
use super::modulus::{BaseField, LIMB_MASK, Modulus, power_of_two};
use super::transpose::transpose8;
use crate::scalar::invert_all;

/// Takes blst's Montgomery form, by 2^384, into ours, by 2^416, in one product.
const FROM_BLST: [u64; 8] = power_of_two(&BaseField::P, 448);
/// The way back.
const TO_BLST: [u64; 8] = power_of_two(&BaseField::P, 384);

/// Vector j is word j of every lane, for values of `W` ≤ 8 words.
#[inline]
#[target_feature(enable = "avx512f")]
pub(super) fn load_words<const W: usize>(values: [&[u64; W]; 8]) -> [__m512i; W] {
    const { assert!(W <= 8, "a vector holds eight words") };
    let mask = u8::MAX >> (8 - W);
    let mut rows = [_mm512_setzero_si512(); 8];
    for (row, value) in rows.iter_mut().zip(values) {
        // SAFETY: the mask admits the `W` words of the value and no more are read.
        *row = unsafe { _mm512_maskz_loadu_epi64(mask, value.as_ptr().cast()) };
    }
    let columns = transpose8(rows);
    let mut out = [_mm512_setzero_si512(); W];
    out.copy_from_slice(&columns[..W]);
    out
}

/// The words of every lane, from one vector for each word.
#[inline]
#[target_feature(enable = "avx512f")]
pub(super) fn store_words<const W: usize>(vectors: &[__m512i; W]) -> [[u64; W]; 8] {
    const { assert!(W <= 8, "a vector holds eight words") };
    let mut columns = [_mm512_setzero_si512(); 8];
    columns[..W].copy_from_slice(vectors);
    let mut out = [[0; W]; 8];
    for (value, row) in out.iter_mut().zip(transpose8(columns)) {
        let mut words = [0u64; 8];
        // SAFETY: eight words are as large as a vector.
        unsafe { _mm512_storeu_si512(words.as_mut_ptr().cast(), row) };
        value.copy_from_slice(&words[..W]);
    }
    out
}

/// Words of 64 bits to limbs of 52; the integers are below 2^384.
#[inline]
#[target_feature(enable = "avx512f")]
pub(super) fn split_words(words: &[__m512i; 6]) -> Fp8 {
    let mask = broadcast(LIMB_MASK);
    let [w0, w1, w2, w3, w4, w5] = *words;
    let limbs = [
        w0,
        _mm512_or_si512(_mm512_srli_epi64::<52>(w0), _mm512_slli_epi64::<12>(w1)),
        _mm512_or_si512(_mm512_srli_epi64::<40>(w1), _mm512_slli_epi64::<24>(w2)),
        _mm512_or_si512(_mm512_srli_epi64::<28>(w2), _mm512_slli_epi64::<36>(w3)),
        _mm512_or_si512(_mm512_srli_epi64::<16>(w3), _mm512_slli_epi64::<48>(w4)),
        _mm512_srli_epi64::<4>(w4),
        _mm512_or_si512(_mm512_srli_epi64::<56>(w4), _mm512_slli_epi64::<8>(w5)),
        _mm512_srli_epi64::<44>(w5),
    ];
    let mut out = [_mm512_setzero_si512(); 8];
    for (out, limb) in out.iter_mut().zip(limbs) {
        *out = _mm512_and_si512(limb, mask);
    }
    Fp8::new(out)
}

/// Limbs of 52 bits to words of 64; the value is carried and below 2^384.
#[inline]
#[target_feature(enable = "avx512f")]
pub(super) fn join_limbs(value: &Fp8) -> [__m512i; 6] {
    let [l0, l1, l2, l3, l4, l5, l6, l7] = value.0;
    [
        _mm512_or_si512(l0, _mm512_slli_epi64::<52>(l1)),
        _mm512_or_si512(_mm512_srli_epi64::<12>(l1), _mm512_slli_epi64::<40>(l2)),
        _mm512_or_si512(_mm512_srli_epi64::<24>(l2), _mm512_slli_epi64::<28>(l3)),
        _mm512_or_si512(_mm512_srli_epi64::<36>(l3), _mm512_slli_epi64::<16>(l4)),
        _mm512_or_si512(
            _mm512_or_si512(_mm512_srli_epi64::<48>(l4), _mm512_slli_epi64::<4>(l5)),
            _mm512_slli_epi64::<56>(l6),
        ),
        _mm512_or_si512(_mm512_srli_epi64::<8>(l6), _mm512_slli_epi64::<44>(l7)),
    ]
}

/// From blst's elements; carried and below 3p/2.
#[inline]
#[target_feature(enable = "avx512f,avx512ifma")]
pub(super) fn load_fp(values: [&blst_fp; 8]) -> Fp8 {
    split_words(&load_words(values.map(|value| &value.l))).mul(&Fp8::splat(&FROM_BLST))
}

/// To blst's elements, which are reduced. The value must be carried and below 2^17·p.
#[inline]
#[target_feature(enable = "avx512f,avx512ifma")]
pub(super) fn store_fp(value: &Fp8) -> [blst_fp; 8] {
    let reduced = value.mul(&Fp8::splat(&TO_BLST)).subtract_once();
    store_words(&join_limbs(&reduced)).map(|l| blst_fp { l })
}

/// The same residue below p. The value must be carried and below 2^17·p.
#[inline]
#[target_feature(enable = "avx512f,avx512ifma")]
pub(super) fn canonical(value: &Fp8) -> Fp8 {
    // A product by a factor below p is at most p·(1 + 2^-18).
    value.mul(&Fp8::one()).subtract_once()
}

/// The lanes that are ≡ 0 modulo p. The value must be carried and below 2^17·p.
#[inline]
#[target_feature(enable = "avx512f,avx512ifma")]
pub(super) fn is_zero(value: &Fp8) -> __mmask8 {
    // A product below 2p that is ≡ 0 is 0 or p.
    let product = value.mul(&Fp8::one());
    let mut zero = product.0[0];
    let mut prime = _mm512_xor_si512(product.0[0], broadcast(BaseField::P[0]));
    for (limb, p) in product.0.iter().zip(&BaseField::P).skip(1) {
        zero = _mm512_or_si512(zero, *limb);
        prime = _mm512_or_si512(prime, _mm512_xor_si512(*limb, broadcast(*p)));
    }
    let none = _mm512_setzero_si512();
    _mm512_cmpeq_epi64_mask(zero, none) | _mm512_cmpeq_epi64_mask(prime, none)
}

/// The inverses of all lanes by one inversion (Montgomery's trick); those of zeros are zero. The
/// value must be carried and below 2^17·p.
#[target_feature(enable = "avx512f,avx512ifma")]
pub(super) fn invert(value: &Fp8) -> Fp8 {
    let mut values = store_fp(value);
    invert_all(&mut values);
    load_fp(values.each_ref())
}

#[cfg(test)]
mod tests;
