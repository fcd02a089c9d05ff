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

/// Nothing and p, little-endian words: what a difference needs, by whether it is negative. To
/// look it up takes neither a branch, which would be taken at random, nor a mask for each word.
static ABOVE: [[u64; 6]; 2] = [
    [0; 6],
    [
        0xb9fe_ffff_ffff_aaab,
        0x1eab_fffe_b153_ffff,
        0x6730_d2a0_f6b0_f624,
        0x6477_4b84_f385_12bf,
        0x4b1b_a7b6_434b_acd7,
        0x1a01_11ea_397f_e69a,
    ],
];

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

/// 1/a into `out`; 0 for 0.
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
    let mut difference = ZERO;
    let mut borrow = false;
    for i in 0..6 {
        (difference.l[i], borrow) = a.l[i].borrowing_sub(b.l[i], borrow);
    }
    let above = &ABOVE[usize::from(borrow)];
    let mut carry = false;
    for (word, above) in difference.l.iter_mut().zip(above) {
        (*word, carry) = word.carrying_add(*above, carry);
    }
    difference
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
    let above = &ABOVE[usize::from(negative)];
    let mask = u64::from(negative).wrapping_neg();
    let mut out = ZERO;
    let mut carry = negative;
    for ((out, a), above) in out.l.iter_mut().zip(&a.l).zip(above) {
        (*out, carry) = above.carrying_add(a ^ mask, carry);
    }
    out
}

#[inline]
pub(super) fn is_zero(a: &blst_fp) -> bool {
    a.l.iter().fold(0, |any, word| any | word) == 0
}
