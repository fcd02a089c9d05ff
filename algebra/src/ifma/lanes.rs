//! Eight field elements side by side.

use std::arch::x86_64::{
    __m512i, _mm512_add_epi64, _mm512_and_si512, _mm512_madd52hi_epu64, _mm512_madd52lo_epu64,
    _mm512_set1_epi64, _mm512_setzero_si512, _mm512_srai_epi64, _mm512_srli_epi64,
    _mm512_sub_epi64,
};
use std::marker::PhantomData;

use super::modulus::{LIMB_MASK, Modulus};

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

    /// One in all lanes.
    #[inline]
    #[target_feature(enable = "avx512f")]
    pub(super) fn one() -> Self {
        Self::splat(&M::ONE)
    }

    /// Propagates carries and borrows, so that every limb is below 2^52. The integers must not
    /// be negative, nor reach 2^(52·L).
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

    /// a·b / R. The factors must be carried and their product below R·p/2; the result is carried
    /// and below 3p/2.
    #[inline]
    #[target_feature(enable = "avx512f,avx512ifma")]
    pub(super) fn mul(&self, b: &Self) -> Self {
        let [product] = Self::mul_each([self], [b]);
        product
    }

    /// Two products at once, see [`Lanes::mul`]: each hides the other's latency.
    #[inline]
    #[target_feature(enable = "avx512f,avx512ifma")]
    pub(super) fn mul2(a: [&Self; 2], b: [&Self; 2]) -> [Self; 2] {
        Self::mul_each(a, b)
    }

    /// `K` products with Montgomery's reduction limb by limb (operand scanning, CIOS), their
    /// instructions interleaved. The steps are written out, because a loop over them would keep
    /// the limbs in memory.
    #[inline]
    #[target_feature(enable = "avx512f,avx512ifma")]
    fn mul_each<const K: usize>(a: [&Self; K], b: [&Self; K]) -> [Self; K] {
        const {
            assert!(
                L == 5 || L == 8,
                "a step for each limb is written out below"
            )
        };
        let zero = _mm512_setzero_si512();
        let mut t = [[zero; L]; K];
        Self::step(&mut t, a, b, 0);
        Self::step(&mut t, a, b, 1);
        Self::step(&mut t, a, b, 2);
        Self::step(&mut t, a, b, 3);
        Self::step(&mut t, a, b, 4);
        if L == 8 {
            Self::step(&mut t, a, b, 5);
            Self::step(&mut t, a, b, 6);
            Self::step(&mut t, a, b, 7);
        }
        let mut out = [Self::new([zero; L]); K];
        for k in 0..K {
            out[k] = Self::carry(t[k]);
        }
        out
    }

    /// Adds aᵢ·b to t and takes one limb off by adding a multiple of p.
    #[inline]
    #[target_feature(enable = "avx512f,avx512ifma")]
    fn step<const K: usize>(t: &mut [[__m512i; L]; K], a: [&Self; K], b: [&Self; K], i: usize) {
        let zero = _mm512_setzero_si512();
        let neg_inverse = broadcast(M::NEG_INVERSE);
        let mut q = [zero; K];
        let mut carry = [zero; K];
        for j in 0..L {
            for k in 0..K {
                t[k][j] = _mm512_madd52lo_epu64(t[k][j], a[k].0[i], b[k].0[j]);
            }
        }
        for k in 0..K {
            q[k] = _mm512_madd52lo_epu64(zero, t[k][0], neg_inverse);
        }
        // The high halves of a·b do not wait for q: they fill its latency.
        for j in 0..L - 1 {
            for k in 0..K {
                t[k][j + 1] = _mm512_madd52hi_epu64(t[k][j + 1], a[k].0[i], b[k].0[j]);
            }
        }
        for k in 0..K {
            let low = _mm512_madd52lo_epu64(t[k][0], q[k], broadcast(M::P[0]));
            carry[k] = _mm512_srli_epi64::<52>(low);
        }
        for j in 1..L {
            for k in 0..K {
                t[k][j] = _mm512_madd52lo_epu64(t[k][j], q[k], broadcast(M::P[j]));
            }
        }
        for k in 0..K {
            let top = _mm512_madd52hi_epu64(zero, a[k].0[i], b[k].0[L - 1]);
            for j in 0..L - 1 {
                t[k][j] = t[k][j + 1];
            }
            t[k][L - 1] = top;
            t[k][0] = _mm512_add_epi64(t[k][0], carry[k]);
        }
        for j in 0..L {
            for k in 0..K {
                t[k][j] = _mm512_madd52hi_epu64(t[k][j], q[k], broadcast(M::P[j]));
            }
        }
    }
}

#[cfg(test)]
mod tests;
