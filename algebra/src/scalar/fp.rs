//! The base field, one element at a time: products are blst's; what is too short for a call is
//! written out.

use blst::{blst_fp, blst_fp_eucl_inverse, blst_fp_mul, blst_fp_sqr};

pub(super) const ZERO: blst_fp = blst_fp { l: [0; 6] };

/// 1 in blst's Montgomery form: 2^384 mod p.
pub(super) const ONE: blst_fp = blst_fp {
    l: [
        0x7609_0000_0002_fffd,
        0xebf4_000b_c40c_0002,
        0x5f48_9857_53c7_58ba,
        0x77ce_5853_7052_5745,
        0x5c07_1a97_a256_ec6d,
        0x15f6_5ec3_fa80_e493,
    ],
};

/// p as little-endian words.
pub(crate) const BASE_PRIME: [u64; 6] = [
    0xb9fe_ffff_ffff_aaab,
    0x1eab_fffe_b153_ffff,
    0x6730_d2a0_f6b0_f624,
    0x6477_4b84_f385_12bf,
    0x4b1b_a7b6_434b_acd7,
    0x1a01_11ea_397f_e69a,
];

/// Nothing and p: what a difference needs, by whether it is negative. To look it up takes neither
/// a branch, which would be taken at random, nor a mask for each word.
static ABOVE: [[u64; 6]; 2] = [[0; 6], BASE_PRIME];

/// a·b into `out`. Results go where they are to stay: to copy one right after blst wrote it in
/// words waits for the memory.
#[inline]
pub(super) fn mul(out: &mut blst_fp, a: &blst_fp, b: &blst_fp) {
    // SAFETY: all pointers are to live elements.
    unsafe { blst_fp_mul(out, a, b) };
}

/// a·b in place of a.
#[inline]
pub(super) fn mul_by(a: &mut blst_fp, b: &blst_fp) {
    let out = &raw mut *a;
    // SAFETY: blst allows the result to alias a factor; all pointers are live.
    unsafe { blst_fp_mul(out, out, b) };
}

/// a² into `out`.
#[inline]
pub(super) fn square(out: &mut blst_fp, a: &blst_fp) {
    // SAFETY: both pointers are to live elements.
    unsafe { blst_fp_sqr(out, a) };
}

/// 1/a into `out`, for a ≠ 0.
pub(super) fn invert(out: &mut blst_fp, a: &blst_fp) {
    // SAFETY: both pointers are to live elements.
    unsafe { blst_fp_eucl_inverse(out, a) };
}

/// a + b.
#[inline]
pub(super) fn add(a: &blst_fp, b: &blst_fp) -> blst_fp {
    sub(a, &neg(b))
}

/// a − b.
#[inline]
pub(super) fn sub(a: &blst_fp, b: &blst_fp) -> blst_fp {
    let (difference, negative) = word_by_word(&a.l, &b.l, false, u64::borrowing_sub);
    let above = &ABOVE[usize::from(negative)];
    let l = word_by_word(&difference, above, false, u64::carrying_add).0;
    blst_fp { l }
}

/// a / 2.
#[inline]
pub(super) fn half(a: &blst_fp) -> blst_fp {
    // One of a and a + p is even, and both are below 2^383.
    let above = &ABOVE[usize::from(a.l[0] & 1 == 1)];
    let [l0, l1, l2, l3, l4, l5] = word_by_word(&a.l, above, false, u64::carrying_add).0;
    let shifted = |low: u64, high: u64| low >> 1 | high << 63;
    blst_fp {
        l: [
            shifted(l0, l1),
            shifted(l1, l2),
            shifted(l2, l3),
            shifted(l3, l4),
            shifted(l4, l5),
            l5 >> 1,
        ],
    }
}

/// p − a: as a term or a factor that is −a, though for zero it is not reduced.
#[inline]
pub(super) fn neg(a: &blst_fp) -> blst_fp {
    negate_if(a, true)
}

/// p − a if so, else a.
#[inline]
pub(super) fn negate_if(a: &blst_fp, negative: bool) -> blst_fp {
    // p − a = p + !a + 1 without what is carried out.
    let mask = u64::from(negative).wrapping_neg();
    let above = &ABOVE[usize::from(negative)];
    let step = |above: u64, a: u64, carry| above.carrying_add(a ^ mask, carry);
    let l = word_by_word(above, &a.l, negative, step).0;
    blst_fp { l }
}

/// Applies a step with carry, from the lowest word on, and says what is carried at the end.
#[inline]
fn word_by_word(
    a: &[u64; 6],
    b: &[u64; 6],
    carry: bool,
    step: impl Fn(u64, u64, bool) -> (u64, bool),
) -> ([u64; 6], bool) {
    let mut out = [0; 6];
    let mut carry = carry;
    for ((out, a), b) in out.iter_mut().zip(a).zip(b) {
        (*out, carry) = step(*a, *b, carry);
    }
    (out, carry)
}

#[inline]
pub(super) fn is_zero(a: &blst_fp) -> bool {
    a.l.iter().fold(0, |any, word| any | word) == 0
}

#[cfg(test)]
mod tests;
