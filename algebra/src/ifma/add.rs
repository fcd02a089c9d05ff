//! Batches of affine additions, sixteen at a time.

mod operands;
mod single;

use std::arch::x86_64::{
    __m512i, __mmask8, _MM_HINT_T0, _MM_HINT_T1, _mm_prefetch, _mm512_add_epi64,
    _mm512_mask_add_epi64, _mm512_sub_epi64,
};

use self::operands::{Cases, operands};
use self::single::{coordinates, copy, endomorphism, load, put, store};
use super::Fp8;
use super::convert::invert;
use super::lanes::broadcast;
use super::modulus::{BaseField, Modulus, multiple};
use super::point::{IfmaPoint, TWICE_P, scatter, tighten, zero_lanes};
use crate::G1Affine;
use crate::sums::{Adder, Pair, Term};

/// Additions that share an inversion: as many as the processor's cache holds.
const CHUNK: usize = 2048;
/// Additions of a step: two vectors, interleaved.
const STEP: usize = 16;

/// Steps between the request for points and their use.
const AHEAD: usize = 4;

// SAFETY: vectors are words of any value.
const ZERO: Fp8 = unsafe { std::mem::transmute([[0u64; 8]; 8]) };
const P3: [u64; 8] = multiple(&BaseField::P, 3);

/// Batches of affine additions, with the memory they need.
#[derive(Debug)]
pub(crate) struct IfmaAdder {
    steps: Vec<Step>,
    arena: Vec<IfmaPoint>,
}

/// What the way forth leaves for the way back.
#[derive(Clone, Copy)]
struct Step {
    /// The slopes' denominators; 1 where there is no slope.
    denominators: [Fp8; 2],
    /// The products of the denominators before these.
    products: [Fp8; 2],
    cases: [Cases; 2],
}

impl Step {
    const EMPTY: Self = Self {
        denominators: [ZERO; 2],
        products: [ZERO; 2],
        cases: [Cases::NONE; 2],
    };

    /// Field by field: a step is too large to be moved.
    #[inline]
    fn set(&mut self, denominators: [Fp8; 2], products: [Fp8; 2], cases: [Cases; 2]) {
        self.denominators = denominators;
        self.products = products;
        self.cases = cases;
    }
}

impl std::fmt::Debug for Step {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Step").finish_non_exhaustive()
    }
}

impl IfmaAdder {
    /// # Safety
    /// The caller holds an engine of this kind.
    pub(crate) unsafe fn new() -> Self {
        Self {
            steps: vec![Step::EMPTY; CHUNK / STEP],
            arena: Vec::new(),
        }
    }
}

impl Adder for IfmaAdder {
    type Point = IfmaPoint;

    const INFINITY: IfmaPoint = IfmaPoint::INFINITY;

    fn load(&mut self, points: &[G1Affine]) -> Vec<IfmaPoint> {
        // SAFETY: whoever made this adder held an engine of this kind, here and below.
        unsafe { load(points) }
    }

    fn store(&mut self, points: &[IfmaPoint]) -> Vec<G1Affine> {
        // SAFETY: as above.
        unsafe { store(points) }
    }

    fn endomorphism(&mut self, points: &[IfmaPoint]) -> Vec<IfmaPoint> {
        // SAFETY: as above.
        unsafe { endomorphism(points) }
    }

    fn double(&mut self, points: &mut [IfmaPoint]) {
        for chunk in points.chunks_mut(CHUNK) {
            // SAFETY: as above.
            unsafe { double(&mut self.steps, chunk) }
        }
    }

    fn add(&mut self, source: &[IfmaPoint], pairs: &[Pair], out: &mut [IfmaPoint]) {
        assert_eq!(pairs.len(), out.len(), "a place for each sum");
        for (pairs, out) in pairs.chunks(CHUNK).zip(out.chunks_mut(CHUNK)) {
            // SAFETY: as above.
            unsafe { add(&mut self.steps, source, pairs, out) }
        }
    }

    fn copy(&mut self, source: &[IfmaPoint], terms: &[Term], out: &mut [IfmaPoint]) {
        assert_eq!(terms.len(), out.len(), "a place for each copy");
        // SAFETY: as above.
        unsafe { copy(source, terms, out) }
    }

    fn arena(&mut self) -> &mut Vec<IfmaPoint> {
        &mut self.arena
    }
}

/// The sums of at most [`CHUNK`] pairs.
#[target_feature(enable = "avx512f,avx512ifma")]
fn add(steps: &mut [Step], source: &[IfmaPoint], pairs: &[Pair], out: &mut [IfmaPoint]) {
    let Some(last) = pairs.last() else { return };
    let (whole, rest) = pairs.as_chunks::<STEP>();
    // What is left over is filled up to a step with copies.
    let mut padded = [*last; STEP];
    padded[..rest.len()].copy_from_slice(rest);
    let padding = (!rest.is_empty()).then_some(&padded);

    let mut products = [Fp8::one(), Fp8::one()];
    for first in whole.iter().take(AHEAD) {
        prefetch(source, first, true);
    }
    for (i, pairs) in whole.iter().chain(padding).enumerate() {
        if let Some(later) = whole.get(i + AHEAD) {
            prefetch(source, later, true);
        }
        let [a, b] = operands(source, pairs);
        let (da, ca) = a.denominators();
        let (db, cb) = b.denominators();
        let after = Fp8::mul2([&products[0], &products[1]], [&da, &db]);
        steps[i].set([da, db], products, [ca, cb]);
        products = after;
    }

    let mut inverses = invert2(&products);
    let (out, out_rest) = out.as_chunks_mut::<STEP>();
    if padding.is_some() {
        let mut sums = [IfmaPoint::INFINITY; STEP];
        inverses = back(source, &padded, &steps[whole.len()], inverses, &mut sums);
        out_rest.copy_from_slice(&sums[..rest.len()]);
    }
    for first in whole.iter().rev().take(AHEAD) {
        prefetch(source, first, false);
    }
    for (i, (pairs, out)) in whole.iter().zip(out).enumerate().rev() {
        if let Some(later) = i.checked_sub(AHEAD) {
            prefetch(source, &whole[later], false);
        }
        inverses = back(source, pairs, &steps[i], inverses, out);
    }
}

/// The sums of a step, given the inverses of the products up to it; returns those of the products
/// before it.
#[inline]
#[target_feature(enable = "avx512f,avx512ifma")]
fn back(
    source: &[IfmaPoint],
    pairs: &[Pair; STEP],
    step: &Step,
    inverses: [Fp8; 2],
    out: &mut [IfmaPoint; STEP],
) -> [Fp8; 2] {
    let [da, db] = &step.denominators;
    let [ia, ib] = &inverses;
    let singles = Fp8::mul2([ia, ib], [&step.products[0], &step.products[1]]);
    let before = Fp8::mul2([ia, ib], [da, db]);
    let [a, b] = operands(source, pairs);
    let (mut na, xa, ya) = a.numerators();
    let (mut nb, xb, yb) = b.numerators();
    let mut second = [minus_2p(da, &xa), minus_2p(db, &xb)];
    if step.cases != [Cases::NONE; 2] {
        a.tangents(&step.cases[0], &mut na, &mut second[0]);
        b.tangents(&step.cases[1], &mut nb, &mut second[1]);
    }
    let slopes = Fp8::mul2([&na, &nb], [&singles[0], &singles[1]]);
    let squares = Fp8::square2([&slopes[0], &slopes[1]]);
    let x3a = abscissa(&squares[0], &xa, &second[0]);
    let x3b = abscissa(&squares[1], &xb, &second[1]);
    let drops = [xa.sub(&x3a, &TWICE_P), xb.sub(&x3b, &TWICE_P)];
    let rises = Fp8::mul2([&slopes[0], &slopes[1]], [&drops[0], &drops[1]]);
    let mut sums = [
        (x3a, ordinate(&rises[0], &ya, a.negative[0])),
        (x3b, ordinate(&rises[1], &yb, b.negative[0])),
    ];
    if step.cases != [Cases::NONE; 2] {
        a.blend(&step.cases[0], &mut sums[0]);
        b.blend(&step.cases[1], &mut sums[1]);
    }
    let (out, _) = out.as_chunks_mut::<8>();
    for ((x, y), out) in sums.iter().zip(out) {
        scatter(x, y, out);
    }
    before
}

/// x₂ from the denominator x₂ − x₁ + 2p and x₁, uncarried.
#[inline]
#[target_feature(enable = "avx512f")]
fn minus_2p(denominator: &Fp8, x: &Fp8) -> Fp8 {
    let mut out = denominator.0;
    for ((limb, x), twice) in out.iter_mut().zip(&x.0).zip(&TWICE_P) {
        *limb = _mm512_sub_epi64(_mm512_add_epi64(*limb, *x), broadcast(*twice));
    }
    Fp8::new(out)
}

/// λ² − x₁ − x₂.
#[inline]
#[target_feature(enable = "avx512f,avx512ifma")]
fn abscissa(square: &Fp8, x1: &Fp8, x2: &Fp8) -> Fp8 {
    let mut limbs = square.0;
    for (((limb, x1), x2), above) in limbs.iter_mut().zip(&x1.0).zip(&x2.0).zip(&P3) {
        let without = _mm512_sub_epi64(_mm512_add_epi64(*limb, broadcast(*above)), *x1);
        *limb = _mm512_sub_epi64(without, *x2);
    }
    tighten(limbs)
}

/// λ·(x₁ − x₃) − y₁, where y₁ is negative in the lanes of the mask.
#[inline]
#[target_feature(enable = "avx512f,avx512ifma")]
fn ordinate(rise: &Fp8, y1: &Fp8, negative: __mmask8) -> Fp8 {
    let mut limbs = rise.0;
    for ((limb, y1), above) in limbs.iter_mut().zip(&y1.0).zip(&P3) {
        let raised = _mm512_add_epi64(*limb, broadcast(*above));
        let minus = _mm512_sub_epi64(raised, *y1);
        *limb = _mm512_mask_add_epi64(minus, negative, raised, *y1);
    }
    tighten(limbs)
}

/// 3x² from x².
#[inline]
#[target_feature(enable = "avx512f")]
fn tangent(square: &Fp8) -> Fp8 {
    let mut limbs = square.0;
    for (limb, square) in limbs.iter_mut().zip(&square.0) {
        *limb = _mm512_add_epi64(*limb, _mm512_add_epi64(*square, *square));
    }
    Fp8::carry(limbs)
}

/// Asks for the points of a step that comes later: abscissas on the way forth, and on the way
/// back the ordinates. The way forth brings those as far as the second cache: both lines of a
/// point are side by side in memory.
#[inline]
#[target_feature(enable = "avx512f")]
fn prefetch(source: &[IfmaPoint], pairs: &[Pair; STEP], forth: bool) {
    let base = source.as_ptr();
    for term in pairs.as_flattened() {
        let abscissa = base.wrapping_add(term.index()).cast::<i8>();
        let ordinate = abscissa.wrapping_add(size_of::<__m512i>());
        if forth {
            _mm_prefetch::<_MM_HINT_T0>(abscissa);
            _mm_prefetch::<_MM_HINT_T1>(ordinate);
        } else {
            _mm_prefetch::<_MM_HINT_T0>(ordinate);
        }
    }
}

/// The inverses of sixteen elements other than zero.
#[target_feature(enable = "avx512f,avx512ifma")]
fn invert2([a, b]: &[Fp8; 2]) -> [Fp8; 2] {
    let inverse = invert(&a.mul(b));
    Fp8::mul2([&inverse, &inverse], [b, a])
}

/// Doubles at most [`CHUNK`] points.
#[target_feature(enable = "avx512f,avx512ifma")]
fn double(steps: &mut [Step], points: &mut [IfmaPoint]) {
    let mut products = [Fp8::one(), Fp8::one()];
    let count = points.len().div_ceil(STEP);
    for (points, step) in points.chunks(STEP).zip(steps.iter_mut()) {
        let [(_, ya), (_, yb)] = coordinates(points);
        let (none_a, none_b) = (zero_lanes(&ya), zero_lanes(&yb));
        let one = Fp8::one();
        let da = one.select(none_a, &ya.add(&ya));
        let db = one.select(none_b, &yb.add(&yb));
        let after = Fp8::mul2([&products[0], &products[1]], [&da, &db]);
        let cases = [none_a, none_b].map(|infinity| Cases {
            infinity,
            ..Cases::NONE
        });
        step.set([da, db], products, cases);
        products = after;
    }
    let mut inverses = invert2(&products);
    for (points, step) in points.chunks_mut(STEP).zip(&steps[..count]).rev() {
        let [da, db] = &step.denominators;
        let [ia, ib] = &inverses;
        let singles = Fp8::mul2([ia, ib], [&step.products[0], &step.products[1]]);
        inverses = Fp8::mul2([ia, ib], [da, db]);
        let [(xa, ya), (xb, yb)] = coordinates(points);
        let [sa, sb] = Fp8::square2([&xa, &xb]);
        let slopes = Fp8::mul2([&tangent(&sa), &tangent(&sb)], [&singles[0], &singles[1]]);
        let squares = Fp8::square2([&slopes[0], &slopes[1]]);
        let x3a = abscissa(&squares[0], &xa, &xa);
        let x3b = abscissa(&squares[1], &xb, &xb);
        let drops = [xa.sub(&x3a, &TWICE_P), xb.sub(&x3b, &TWICE_P)];
        let rises = Fp8::mul2([&slopes[0], &slopes[1]], [&drops[0], &drops[1]]);
        let [ca, cb] = step.cases.map(|cases| cases.infinity);
        let sums = [
            (
                ZERO.select(ca, &x3a),
                ZERO.select(ca, &ordinate(&rises[0], &ya, 0)),
            ),
            (
                ZERO.select(cb, &x3b),
                ZERO.select(cb, &ordinate(&rises[1], &yb, 0)),
            ),
        ];
        put(&sums, points);
    }
}

#[cfg(test)]
mod tests;
