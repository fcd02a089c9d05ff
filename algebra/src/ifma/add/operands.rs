//! What pairs of points come to, eight pairs at a time.

use std::arch::x86_64::{
    __mmask8, _mm512_add_epi64, _mm512_cmpeq_epi64_mask, _mm512_mask_add_epi64,
    _mm512_mask_sub_epi64, _mm512_setzero_si512, _mm512_sub_epi64,
};

use super::super::Fp8;
use super::super::convert::is_zero;
use super::super::lanes::broadcast;
use super::super::modulus::{BaseField, Modulus, multiple};
use super::super::point::{IfmaPoint, TWICE_P, gather, negate_lanes, zero_lanes};
use super::{P3, STEP, ZERO, tangent};
use crate::sums::Pair;

const P4: [u64; 8] = multiple(&BaseField::P, 4);

/// The lanes that are not the sum of two points of different abscissas.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Cases {
    /// Equal points: the slope is the tangent's.
    pub(super) tangent: __mmask8,
    /// The right one is infinity.
    pub(super) left: __mmask8,
    /// The left one is infinity.
    pub(super) right: __mmask8,
    /// Opposite points.
    pub(super) infinity: __mmask8,
}

impl Cases {
    pub(super) const NONE: Self = Self {
        tangent: 0,
        left: 0,
        right: 0,
        infinity: 0,
    };
}

/// A vector of pairs: which terms, and where these are negative.
pub(super) struct Operands<'a> {
    source: &'a [IfmaPoint],
    pairs: &'a [Pair; 8],
    pub(super) negative: [__mmask8; 2],
}

/// The two vectors of a step.
#[inline]
#[target_feature(enable = "avx512f")]
pub(super) fn operands<'a>(source: &'a [IfmaPoint], pairs: &'a [Pair; STEP]) -> [Operands<'a>; 2] {
    let (halves, _) = pairs.as_chunks::<8>();
    let [a, b] = [&halves[0], &halves[1]];
    [a, b].map(|pairs| {
        let mut negative = [0; 2];
        for (lane, [left, right]) in pairs.iter().enumerate() {
            negative[0] |= u8::from(left.is_negative()) << lane;
            negative[1] |= u8::from(right.is_negative()) << lane;
        }
        Operands {
            source,
            pairs,
            negative,
        }
    })
}

impl Operands<'_> {
    #[inline]
    #[target_feature(enable = "avx512f")]
    fn abscissas(&self, side: usize) -> Fp8 {
        let mut rows = [_mm512_setzero_si512(); 8];
        for (row, pair) in rows.iter_mut().zip(self.pairs) {
            *row = self.source[pair[side].index()].x;
        }
        gather(rows)
    }

    /// Without the signs.
    #[inline]
    #[target_feature(enable = "avx512f")]
    fn ordinates(&self, side: usize) -> Fp8 {
        let mut rows = [_mm512_setzero_si512(); 8];
        for (row, pair) in rows.iter_mut().zip(self.pairs) {
            *row = self.source[pair[side].index()].y;
        }
        gather(rows)
    }

    /// x₂ − x₁ + 2p, or what takes its place.
    #[inline]
    #[target_feature(enable = "avx512f,avx512ifma")]
    pub(super) fn denominators(&self) -> (Fp8, Cases) {
        let (x1, x2) = (self.abscissas(0), self.abscissas(1));
        let difference = x2.sub(&x1, &TWICE_P);
        // Abscissas are below p + 2^368: equal ones differ by 0 or ±p as integers. A low limb
        // tells nearly always, and what it suspects is looked at closely.
        let low = difference.0[0];
        let zero = _mm512_setzero_si512();
        let suspects = _mm512_cmpeq_epi64_mask(low, broadcast(BaseField::P[0]))
            | _mm512_cmpeq_epi64_mask(low, broadcast(TWICE_P[0]))
            | _mm512_cmpeq_epi64_mask(low, broadcast(P3[0]))
            | _mm512_cmpeq_epi64_mask(x1.0[0], zero)
            | _mm512_cmpeq_epi64_mask(x2.0[0], zero);
        if suspects == 0 {
            return (difference, Cases::NONE);
        }
        self.rare(&x1, &x2, difference)
    }

    #[cold]
    #[inline(never)]
    #[target_feature(enable = "avx512f,avx512ifma")]
    fn rare(&self, x1: &Fp8, x2: &Fp8, difference: Fp8) -> (Fp8, Cases) {
        let (y1, y2) = (self.ordinates(0), self.ordinates(1));
        let none1 = zero_lanes(x1) & zero_lanes(&y1);
        let none2 = zero_lanes(x2) & zero_lanes(&y2);
        let y1 = negate_lanes(&y1, self.negative[0]);
        let y2 = negate_lanes(&y2, self.negative[1]);
        let same = is_zero(&difference) & !none1 & !none2;
        let equal = is_zero(&y2.sub(&y1, &TWICE_P));
        let cases = Cases {
            tangent: same & equal,
            left: none2 & !none1,
            right: none1 & !none2,
            infinity: same & !equal | none1 & none2,
        };
        let slopeless = cases.left | cases.right | cases.infinity;
        let denominators = y1.add(&y1).select(cases.tangent, &difference);
        (Fp8::one().select(slopeless, &denominators), cases)
    }

    /// ±y₂ ∓ y₁ + 4p, and x₁ and y₁, this without its sign.
    #[inline]
    #[target_feature(enable = "avx512f")]
    pub(super) fn numerators(&self) -> (Fp8, Fp8, Fp8) {
        let (x1, y1, y2) = (self.abscissas(0), self.ordinates(0), self.ordinates(1));
        let mut limbs = y2.0;
        for (((limb, y1), y2), above) in limbs.iter_mut().zip(&y1.0).zip(&y2.0).zip(&P4) {
            let above = broadcast(*above);
            let second = _mm512_add_epi64(above, *y2);
            let second = _mm512_mask_sub_epi64(second, self.negative[1], above, *y2);
            let minus = _mm512_sub_epi64(second, *y1);
            *limb = _mm512_mask_add_epi64(minus, self.negative[0], second, *y1);
        }
        (Fp8::carry(limbs), x1, y1)
    }

    /// The tangents' numerators, and the abscissas that the denominators do not tell.
    #[cold]
    #[inline(never)]
    #[target_feature(enable = "avx512f,avx512ifma")]
    pub(super) fn tangents(&self, cases: &Cases, numerators: &mut Fp8, x2: &mut Fp8) {
        let x1 = self.abscissas(0);
        *numerators = tangent(&x1.square()).select(cases.tangent, numerators);
        *x2 = self.abscissas(1);
    }

    /// What is no point on a line.
    #[cold]
    #[inline(never)]
    #[target_feature(enable = "avx512f,avx512ifma")]
    pub(super) fn blend(&self, cases: &Cases, (x, y): &mut (Fp8, Fp8)) {
        let y1 = negate_lanes(&self.ordinates(0), self.negative[0]);
        let y2 = negate_lanes(&self.ordinates(1), self.negative[1]);
        *x = self.abscissas(0).select(cases.left, x);
        *y = y1.select(cases.left, y);
        *x = self.abscissas(1).select(cases.right, x);
        *y = y2.select(cases.right, y);
        *x = ZERO.select(cases.infinity, x);
        *y = ZERO.select(cases.infinity, y);
    }
}
