//! Affine points as the sums keep them: a vector for each coordinate.

use std::arch::x86_64::{
    __m512i, __mmask8, _mm512_add_epi64, _mm512_cmpeq_epi64_mask, _mm512_madd52hi_epu64,
    _mm512_or_si512, _mm512_permutexvar_epi64, _mm512_setzero_si512, _mm512_sub_epi64,
};

use super::Fp8;
use super::lanes::broadcast;
use super::modulus::{BaseField, LIMB_MASK, Modulus, multiple};
use super::transpose::transpose8;

/// An affine point: eight limbs of 52 bits for each coordinate, in Montgomery form by 2^416.
///
/// An abscissa is below p + 2^368, which makes it one of two integers at most; an ordinate is at
/// most 2p. Infinity is zeros alone. Each coordinate is a line of the processor's cache.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub(crate) struct IfmaPoint {
    pub(super) x: __m512i,
    pub(super) y: __m512i,
}

/// 2p, from which an ordinate is taken to negate it.
pub(super) const TWICE_P: [u64; 8] = multiple(&BaseField::P, 2);

impl IfmaPoint {
    /// The neutral element.
    // SAFETY: a vector is eight words of any value.
    pub(super) const INFINITY: Self = unsafe { std::mem::transmute([0u64; 16]) };

    /// −P.
    pub(super) fn negated(&self) -> Self {
        // SAFETY: a vector is as large as eight words, here and below.
        let limbs: [u64; 8] = unsafe { std::mem::transmute(self.y) };
        if limbs == [0; 8] {
            return *self;
        }
        let mut out = [0; 8];
        let mut borrow = 0;
        for ((out, limb), twice) in out.iter_mut().zip(limbs).zip(TWICE_P) {
            let difference = twice.wrapping_sub(limb).wrapping_sub(borrow);
            *out = difference & LIMB_MASK;
            borrow = difference >> 63;
        }
        Self {
            x: self.x,
            // SAFETY: as above.
            y: unsafe { std::mem::transmute::<[u64; 8], __m512i>(out) },
        }
    }
}

/// The field elements of eight coordinates.
#[inline]
#[target_feature(enable = "avx512f")]
pub(super) fn gather(rows: [__m512i; 8]) -> Fp8 {
    Fp8::new(transpose8(rows))
}

/// Writes eight points.
#[inline]
#[target_feature(enable = "avx512f")]
pub(super) fn scatter(x: &Fp8, y: &Fp8, out: &mut [IfmaPoint; 8]) {
    let (x, y) = (transpose8(x.0), transpose8(y.0));
    for ((out, x), y) in out.iter_mut().zip(x).zip(y) {
        *out = IfmaPoint { x, y };
    }
}

/// The lanes that are zero as integers.
#[inline]
#[target_feature(enable = "avx512f")]
pub(super) fn zero_lanes(value: &Fp8) -> __mmask8 {
    let mut all = value.0[0];
    for limb in &value.0[1..] {
        all = _mm512_or_si512(all, *limb);
    }
    _mm512_cmpeq_epi64_mask(all, _mm512_setzero_si512())
}

/// 2p − y in the lanes of the mask, elsewhere y; y is at most 2p.
#[inline]
#[target_feature(enable = "avx512f")]
pub(super) fn negate_lanes(y: &Fp8, mask: __mmask8) -> Fp8 {
    let mut negative = [_mm512_setzero_si512(); 8];
    for ((limb, y), twice) in negative.iter_mut().zip(&y.0).zip(&TWICE_P) {
        *limb = _mm512_sub_epi64(broadcast(*twice), *y);
    }
    Fp8::carry(negative).select(mask, y)
}

/// Limb j of 0, p, 2p, …, 7p.
const MULTIPLES: [[u64; 8]; 8] = {
    let mut out = [[0; 8]; 8];
    let mut k = 0;
    while k < 8 {
        let multiple = multiple(&BaseField::P, k as u64);
        let mut j = 0;
        while j < 8 {
            out[j][k] = multiple[j];
            j += 1;
        }
        k += 1;
    }
    out
};

/// The same residue below p + 2^368, of limbs not yet carried, each within ±3·2^52, of an integer
/// from p/2 to 8p.
///
/// The quotient by p is estimated from the top limb, which missing carries make wrong by less
/// than 4, as 3·(1 + 2^-52 + …) is less, and so never too large; its multiple of p is taken off before the one carry.
#[inline]
#[target_feature(enable = "avx512f,avx512ifma")]
pub(super) fn tighten(mut limbs: [__m512i; 8]) -> Fp8 {
    const RECIPROCAL: u64 = (1 << 52) / (BaseField::P[7] + 1);
    let zero = _mm512_setzero_si512();
    let top = _mm512_add_epi64(limbs[7], broadcast(4u64.wrapping_neg()));
    let quotient = _mm512_madd52hi_epu64(zero, top, broadcast(RECIPROCAL));
    for (limb, multiples) in limbs.iter_mut().zip(&MULTIPLES) {
        // SAFETY: a vector is as large as eight words.
        let multiples: __m512i = unsafe { std::mem::transmute(*multiples) };
        *limb = _mm512_sub_epi64(*limb, _mm512_permutexvar_epi64(quotient, multiples));
    }
    Fp8::carry(limbs)
}

#[cfg(test)]
mod tests;
