//! Eight field elements side by side.

use std::arch::x86_64::{
    __m512i, __mmask8, _mm512_add_epi64, _mm512_and_si512, _mm512_cmplt_epi64_mask,
    _mm512_madd52hi_epu64, _mm512_madd52lo_epu64, _mm512_mask_mov_epi64, _mm512_set1_epi64,
    _mm512_setzero_si512, _mm512_slli_epi64, _mm512_srai_epi64, _mm512_srli_epi64,
    _mm512_sub_epi64,
};
use std::marker::PhantomData;

use super::Fp8;
use super::modulus::{BaseField, LIMB_MASK, Modulus};

/// Eight integers in `L` limbs of 52 bits: limb j of lane i is lane i of vector j.
///
/// An integer stands for its residue modulo p, times R. It need not be reduced; each operation
/// says how large its operands may be. *Carried* means that every limb is below 2^52, as a
/// product wants its factors.
#[repr(transparent)]
pub(crate) struct Lanes<M, const L: usize>(pub(super) [__m512i; L], PhantomData<M>);

impl<M, const L: usize> Clone for Lanes<M, L> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<M, const L: usize> Copy for Lanes<M, L> {}

/// The same limb in all lanes.
#[inline]
#[target_feature(enable = "avx512f")]
pub(super) fn broadcast(limb: u64) -> __m512i {
    _mm512_set1_epi64(limb.cast_signed())
}

/// The lanes that are negative.
#[inline]
#[target_feature(enable = "avx512f")]
pub(super) fn negative(value: __m512i) -> __mmask8 {
    _mm512_cmplt_epi64_mask(value, _mm512_setzero_si512())
}

impl<M: Modulus<L>, const L: usize> Lanes<M, L> {
    /// From vectors of limbs.
    #[inline]
    pub(super) fn new(limbs: [__m512i; L]) -> Self {
        Self(limbs, PhantomData)
    }

    /// The same integer in all lanes, from its limbs of 52 bits.
    #[inline]
    #[target_feature(enable = "avx512f")]
    pub(super) fn splat(limbs: &[u64; L]) -> Self {
        let mut out = [_mm512_setzero_si512(); L];
        for (vector, limb) in out.iter_mut().zip(limbs) {
            *vector = broadcast(*limb);
        }
        Self::new(out)
    }

    /// Propagates carries and borrows, so that every limb but the top one is from 0 to 2^52 − 1.
    /// Limbs must be within ±2^62.
    ///
    /// The top limb keeps what is left of the integer, with its sign: it is below 2^52 where the
    /// integer is below 2^(52·L), and negative exactly where the integer is.
    #[inline]
    #[target_feature(enable = "avx512f")]
    pub(super) fn carry(mut limbs: [__m512i; L]) -> Self {
        let mask = broadcast(LIMB_MASK);
        for i in 0..L - 1 {
            limbs[i + 1] = _mm512_add_epi64(limbs[i + 1], _mm512_srai_epi64::<52>(limbs[i]));
            limbs[i] = _mm512_and_si512(limbs[i], mask);
        }
        Self::new(limbs)
    }

    /// a + b.
    #[inline]
    #[target_feature(enable = "avx512f")]
    pub(super) fn add(&self, b: &Self) -> Self {
        let mut sum = self.0;
        for (limb, b) in sum.iter_mut().zip(&b.0) {
            *limb = _mm512_add_epi64(*limb, *b);
        }
        Self::carry(sum)
    }

    /// a − b + `above`, where `above` is a multiple of p and not below b.
    #[inline]
    #[target_feature(enable = "avx512f")]
    pub(super) fn sub(&self, b: &Self, above: &[u64; L]) -> Self {
        let mut difference = self.0;
        for ((limb, b), above) in difference.iter_mut().zip(&b.0).zip(above) {
            *limb = _mm512_add_epi64(_mm512_sub_epi64(*limb, *b), broadcast(*above));
        }
        Self::carry(difference)
    }

    /// a + 2^S·b.
    #[inline]
    #[target_feature(enable = "avx512f")]
    pub(super) fn add_shifted<const S: u32>(&self, b: &Self) -> Self {
        let mut sum = self.0;
        for (limb, b) in sum.iter_mut().zip(&b.0) {
            *limb = _mm512_add_epi64(*limb, _mm512_slli_epi64::<S>(*b));
        }
        Self::carry(sum)
    }

    /// a − 2^S·b + `above`, where `above` is a multiple of p and not below 2^S·b.
    #[inline]
    #[target_feature(enable = "avx512f")]
    pub(super) fn sub_shifted<const S: u32>(&self, b: &Self, above: &[u64; L]) -> Self {
        let mut difference = self.0;
        for ((limb, b), above) in difference.iter_mut().zip(&b.0).zip(above) {
            let taken = _mm512_sub_epi64(*limb, _mm512_slli_epi64::<S>(*b));
            *limb = _mm512_add_epi64(taken, broadcast(*above));
        }
        Self::carry(difference)
    }

    /// 2^S·a.
    #[inline]
    #[target_feature(enable = "avx512f")]
    pub(super) fn shifted<const S: u32>(&self) -> Self {
        let mut limbs = self.0;
        for limb in &mut limbs {
            *limb = _mm512_slli_epi64::<S>(*limb);
        }
        Self::carry(limbs)
    }

    /// `self` where the mask has a one, else `other`.
    #[inline]
    #[target_feature(enable = "avx512f")]
    pub(super) fn select(&self, mask: __mmask8, other: &Self) -> Self {
        let mut out = other.0;
        for (limb, chosen) in out.iter_mut().zip(&self.0) {
            *limb = _mm512_mask_mov_epi64(*limb, mask, *chosen);
        }
        Self::new(out)
    }

    /// The same residue below p, of a carried value below 2p.
    #[inline]
    #[target_feature(enable = "avx512f")]
    pub(super) fn subtract_once(&self) -> Self {
        let (difference, below) = self.less_prime();
        self.select(below, &difference)
    }

    /// A carried value less p, and the lanes where that is negative.
    #[inline]
    #[target_feature(enable = "avx512f")]
    pub(super) fn less_prime(&self) -> (Self, __mmask8) {
        let mut limbs = self.0;
        for (limb, p) in limbs.iter_mut().zip(&M::P) {
            *limb = _mm512_sub_epi64(*limb, broadcast(*p));
        }
        let difference = Self::carry(limbs);
        let below = negative(difference.0[L - 1]);
        (difference, below)
    }
}

/// Products of the base field's elements. Those of scalars are in
/// [`product`](super::scalars::product).
impl Fp8 {
    /// One in all lanes.
    #[inline]
    #[target_feature(enable = "avx512f")]
    pub(super) fn one() -> Self {
        Self::splat(&BaseField::ONE)
    }

    /// a·b / R. The factors must be carried and their product below R·p/2; the result is carried
    /// and below 3p/2, and below p·(1 + ε) where the product of the factors is below ε·R·p.
    ///
    /// The whole product of sixteen limbs, whose columns do not wait for each other, is formed
    /// before Montgomery's reduction. The steps are written out, because a loop over them would
    /// keep the limbs in memory. A product fills all registers: inlined side by side, two of them
    /// would spill, and formulas of points would outgrow the instruction cache.
    #[inline(never)]
    #[target_feature(enable = "avx512f,avx512ifma")]
    pub(super) fn mul(&self, b: &Self) -> Self {
        let mut low = [_mm512_setzero_si512(); 8];
        let mut high = low;
        Self::row(&mut low, &mut high, self, b, 0);
        Self::row(&mut low, &mut high, self, b, 1);
        Self::row(&mut low, &mut high, self, b, 2);
        Self::row(&mut low, &mut high, self, b, 3);
        Self::row(&mut low, &mut high, self, b, 4);
        Self::row(&mut low, &mut high, self, b, 5);
        Self::row(&mut low, &mut high, self, b, 6);
        Self::row(&mut low, &mut high, self, b, 7);
        Self::reduce::<false>(low, &high)
    }

    /// Two products, see [`Fp8::mul`]: as they do not wait for each other, the processor
    /// overlaps them.
    #[inline]
    #[target_feature(enable = "avx512f,avx512ifma")]
    pub(super) fn mul2(a: [&Self; 2], b: [&Self; 2]) -> [Self; 2] {
        [a[0].mul(b[0]), a[1].mul(b[1])]
    }

    /// a² / R, under the bounds of [`Fp8::mul`].
    #[inline(never)]
    #[target_feature(enable = "avx512f,avx512ifma")]
    pub(super) fn square(&self) -> Self {
        let (low, high) = self.whole_square();
        Self::reduce::<true>(low, &high)
    }

    /// a² in columns; the products aᵢ·aⱼ for i < j are formed once and doubled.
    #[inline]
    #[target_feature(enable = "avx512f,avx512ifma")]
    fn whole_square(&self) -> ([__m512i; 8], [__m512i; 8]) {
        let mut low = [_mm512_setzero_si512(); 8];
        let mut high = low;
        Self::cross_row(&mut low, &mut high, self, 0);
        Self::cross_row(&mut low, &mut high, self, 1);
        Self::cross_row(&mut low, &mut high, self, 2);
        Self::cross_row(&mut low, &mut high, self, 3);
        Self::cross_row(&mut low, &mut high, self, 4);
        Self::cross_row(&mut low, &mut high, self, 5);
        Self::cross_row(&mut low, &mut high, self, 6);
        for limb in low.iter_mut().chain(&mut high) {
            *limb = _mm512_add_epi64(*limb, *limb);
        }
        for i in 0..8 {
            let even = column(&mut low, &mut high, 2 * i);
            *even = _mm512_madd52lo_epu64(*even, self.0[i], self.0[i]);
            let odd = column(&mut low, &mut high, 2 * i + 1);
            *odd = _mm512_madd52hi_epu64(*odd, self.0[i], self.0[i]);
        }
        (low, high)
    }

    /// Two squares, see [`Fp8::square`].
    #[inline]
    #[target_feature(enable = "avx512f,avx512ifma")]
    pub(super) fn square2(a: [&Self; 2]) -> [Self; 2] {
        [a[0].square(), a[1].square()]
    }

    /// Adds aᵢ·b from limb i on.
    #[inline]
    #[target_feature(enable = "avx512f,avx512ifma")]
    fn row(low: &mut [__m512i; 8], high: &mut [__m512i; 8], a: &Self, b: &Self, i: usize) {
        for j in 0..8 {
            let at = column(low, high, i + j);
            *at = _mm512_madd52lo_epu64(*at, a.0[i], b.0[j]);
        }
        for j in 0..8 {
            let at = column(low, high, i + j + 1);
            *at = _mm512_madd52hi_epu64(*at, a.0[i], b.0[j]);
        }
    }

    /// Adds aᵢ·aⱼ for all j above i.
    #[inline]
    #[target_feature(enable = "avx512f,avx512ifma")]
    fn cross_row(low: &mut [__m512i; 8], high: &mut [__m512i; 8], a: &Self, i: usize) {
        for j in i + 1..8 {
            let at = column(low, high, i + j);
            *at = _mm512_madd52lo_epu64(*at, a.0[i], a.0[j]);
        }
        for j in i + 1..8 {
            let at = column(low, high, i + j + 1);
            *at = _mm512_madd52hi_epu64(*at, a.0[i], a.0[j]);
        }
    }

    /// (high·R + low) / R. The parameter gives squares and products a copy each, which is inlined.
    #[inline]
    #[target_feature(enable = "avx512f,avx512ifma")]
    fn reduce<const SQUARE: bool>(low: [__m512i; 8], high: &[__m512i; 8]) -> Self {
        let mut t = low;
        Self::reduce_limb(&mut t, high[0]);
        Self::reduce_limb(&mut t, high[1]);
        Self::reduce_limb(&mut t, high[2]);
        Self::reduce_limb(&mut t, high[3]);
        Self::reduce_limb(&mut t, high[4]);
        Self::reduce_limb(&mut t, high[5]);
        Self::reduce_limb(&mut t, high[6]);
        Self::reduce_limb(&mut t, high[7]);
        Self::carry(t)
    }

    /// Takes the lowest limb off by adding a multiple of p, and puts `next` on top.
    #[expect(
        clippy::needless_range_loop,
        reason = "an iterator over the limbs would keep them in memory"
    )]
    #[inline]
    #[target_feature(enable = "avx512f,avx512ifma")]
    fn reduce_limb(t: &mut [__m512i; 8], next: __m512i) {
        let zero = _mm512_setzero_si512();
        let q = _mm512_madd52lo_epu64(zero, t[0], broadcast(BaseField::NEG_INVERSE));
        // The low half of q·p₀ makes t₀ up to the next multiple of 2^52: it need not be formed.
        let carry = _mm512_srli_epi64::<52>(_mm512_add_epi64(t[0], broadcast(LIMB_MASK)));
        let lowest = _mm512_add_epi64(t[1], carry);
        t[0] = _mm512_madd52lo_epu64(lowest, q, broadcast(BaseField::P[1]));
        t[0] = _mm512_madd52hi_epu64(t[0], q, broadcast(BaseField::P[0]));
        for j in 2..8 {
            t[j - 1] = _mm512_madd52lo_epu64(t[j], q, broadcast(BaseField::P[j]));
        }
        t[7] = next;
        for j in 1..8 {
            t[j] = _mm512_madd52hi_epu64(t[j], q, broadcast(BaseField::P[j]));
        }
    }
}

/// Limb `i` of an integer of sixteen limbs.
#[inline]
fn column<'a>(low: &'a mut [__m512i; 8], high: &'a mut [__m512i; 8], i: usize) -> &'a mut __m512i {
    if i < 8 { &mut low[i] } else { &mut high[i - 8] }
}

#[cfg(test)]
mod tests;
