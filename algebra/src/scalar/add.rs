//! Batches of affine additions over blst's base field.

use blst::{blst_fp, blst_fp_eucl_inverse, blst_fp_mul, blst_fp_sqr, blst_p1_affine};

use crate::G1Affine;
use crate::sums::{Adder, BETA, Pair, Term};

/// Additions that share an inversion.
const CHUNK: usize = 1024;

/// Additions between the request for points and their use.
const AHEAD: usize = 4;

/// 1 in blst's Montgomery form: 2^384 mod p.
const ONE: blst_fp = blst_fp {
    l: [
        0x7609_0000_0002_fffd,
        0xebf4_000b_c40c_0002,
        0x5f48_9857_53c7_58ba,
        0x77ce_5853_7052_5745,
        0x5c07_1a97_a256_ec6d,
        0x15f6_5ec3_fa80_e493,
    ],
};

const ZERO: blst_fp = blst_fp { l: [0; 6] };

/// p, little-endian words.
const PRIME: [u64; 6] = [
    0xb9fe_ffff_ffff_aaab,
    0x1eab_fffe_b153_ffff,
    0x6730_d2a0_f6b0_f624,
    0x6477_4b84_f385_12bf,
    0x4b1b_a7b6_434b_acd7,
    0x1a01_11ea_397f_e69a,
];

/// What an addition comes to.
#[derive(Clone, Copy, Debug)]
enum Case {
    /// By the slope (y₂ − y₁) / (x₂ − x₁).
    Chord,
    /// The points are equal: by the slope 3x² / 2y.
    Tangent,
    /// The right one is infinity.
    Left,
    /// The left one is infinity.
    Right,
    /// The points are opposite.
    Infinity,
}

/// Batches of affine additions, with the memory they need.
#[derive(Debug, Default)]
pub(crate) struct ScalarAdder {
    arena: Vec<blst_p1_affine>,
    cases: Vec<Case>,
    /// The slopes' denominators; 1 where there is no slope.
    denominators: Vec<blst_fp>,
    /// The product of the denominators before each.
    products: Vec<blst_fp>,
}

impl Adder for ScalarAdder {
    type Point = blst_p1_affine;

    const INFINITY: blst_p1_affine = blst_p1_affine { x: ZERO, y: ZERO };

    fn load(&mut self, points: &[G1Affine]) -> Vec<blst_p1_affine> {
        points.iter().map(|point| point.0).collect()
    }

    fn store(&mut self, points: &[blst_p1_affine]) -> Vec<G1Affine> {
        points.iter().copied().map(G1Affine).collect()
    }

    fn times_z(&mut self, points: &[blst_p1_affine]) -> Vec<blst_p1_affine> {
        points
            .iter()
            .map(|point| blst_p1_affine {
                x: mul(&point.x, &BETA),
                y: neg(&point.y),
            })
            .collect()
    }

    fn double(&mut self, points: &mut [blst_p1_affine]) {
        for points in points.chunks_mut(CHUNK) {
            self.clear();
            let mut product = ONE;
            for point in points.iter() {
                let denominator = if is_infinity(point) {
                    ONE
                } else {
                    add(&point.y, &point.y)
                };
                self.push(&mut product, denominator);
            }
            let mut inverse = inverse(&product);
            for (i, point) in points.iter_mut().enumerate().rev() {
                let slope = self.pop(&mut inverse, i);
                if !is_infinity(point) {
                    let slope = mul(&slope, &tangent(point));
                    *point = third(&slope, point, &point.x);
                }
            }
        }
    }

    fn add(&mut self, source: &[blst_p1_affine], pairs: &[Pair], out: &mut [blst_p1_affine]) {
        assert_eq!(pairs.len(), out.len(), "a place for each sum");
        for (pairs, out) in pairs.chunks(CHUNK).zip(out.chunks_mut(CHUNK)) {
            self.clear();
            let mut product = ONE;
            for (i, [left, right]) in pairs.iter().enumerate() {
                if let Some(later) = pairs.get(i + AHEAD) {
                    prefetch(source, later);
                }
                let (left_point, right_point) = (&source[left.index()], &source[right.index()]);
                let mut case = Case::Chord;
                let mut denominator = sub(&right_point.x, &left_point.x);
                if is_zero(&denominator) || is_zero(&left_point.x) || is_zero(&right_point.x) {
                    (case, denominator) = rare(source, [*left, *right], denominator);
                }
                self.cases.push(case);
                self.push(&mut product, denominator);
            }
            let mut inverse = inverse(&product);
            for (i, (out, [left, right])) in out.iter_mut().zip(pairs).enumerate().rev() {
                let slope = self.pop(&mut inverse, i);
                let (p, q) = (signed(source, *left), signed(source, *right));
                *out = match self.cases[i] {
                    Case::Chord => third(&mul(&slope, &sub(&q.y, &p.y)), &p, &q.x),
                    Case::Tangent => third(&mul(&slope, &tangent(&p)), &p, &q.x),
                    Case::Left => p,
                    Case::Right => q,
                    Case::Infinity => Self::INFINITY,
                };
            }
        }
    }

    fn copy(&mut self, source: &[blst_p1_affine], terms: &[Term], out: &mut [blst_p1_affine]) {
        assert_eq!(terms.len(), out.len(), "a place for each copy");
        for (out, term) in out.iter_mut().zip(terms) {
            *out = signed(source, *term);
        }
    }

    fn arena(&mut self) -> &mut Vec<blst_p1_affine> {
        &mut self.arena
    }
}

impl ScalarAdder {
    fn clear(&mut self) {
        self.cases.clear();
        self.denominators.clear();
        self.products.clear();
    }

    /// Takes a denominator into the product of all.
    fn push(&mut self, product: &mut blst_fp, denominator: blst_fp) {
        self.products.push(*product);
        self.denominators.push(denominator);
        *product = mul(product, &denominator);
    }

    /// The inverse of denominator `i`, given that of the product up to it.
    fn pop(&self, inverse: &mut blst_fp, i: usize) -> blst_fp {
        let single = mul(inverse, &self.products[i]);
        *inverse = mul(inverse, &self.denominators[i]);
        single
    }
}

/// The case of a pair, and its denominator, where the abscissas are equal or one of them is zero
/// (as infinity's is).
#[cold]
fn rare(source: &[blst_p1_affine], [left, right]: Pair, difference: blst_fp) -> (Case, blst_fp) {
    let (p, q) = (signed(source, left), signed(source, right));
    match (is_infinity(&p), is_infinity(&q)) {
        (true, true) => (Case::Infinity, ONE),
        (true, false) => (Case::Right, ONE),
        (false, true) => (Case::Left, ONE),
        (false, false) if !is_zero(&difference) => (Case::Chord, difference),
        (false, false) if p.y == q.y => (Case::Tangent, add(&p.y, &p.y)),
        (false, false) => (Case::Infinity, ONE),
    }
}

/// The third point on the line through `p` of this slope, and through another of abscissa `x`,
/// negated.
fn third(slope: &blst_fp, p: &blst_p1_affine, x: &blst_fp) -> blst_p1_affine {
    let x = sub(&sub(&sqr(slope), &p.x), x);
    let y = sub(&mul(slope, &sub(&p.x, &x)), &p.y);
    blst_p1_affine { x, y }
}

/// 3x², the numerator of the tangent's slope.
fn tangent(point: &blst_p1_affine) -> blst_fp {
    let square = sqr(&point.x);
    add(&add(&square, &square), &square)
}

fn signed(source: &[blst_p1_affine], term: Term) -> blst_p1_affine {
    let mut point = source[term.index()];
    if term.is_negative() {
        point.y = neg(&point.y);
    }
    point
}

/// Asks for points that are used later: tables are larger than the processor's cache.
#[inline]
fn prefetch(source: &[blst_p1_affine], pair: &Pair) {
    #[cfg(target_arch = "x86_64")]
    for term in pair {
        use std::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};
        let point = source.as_ptr().wrapping_add(term.index()).cast::<i8>();
        // SAFETY: a prefetch of whatever address reads nothing and never faults. A point lies on
        // two lines of the cache.
        unsafe {
            _mm_prefetch::<_MM_HINT_T0>(point);
            _mm_prefetch::<_MM_HINT_T0>(point.wrapping_add(size_of::<blst_p1_affine>() - 1));
        }
    }
    #[cfg(not(target_arch = "x86_64"))]
    let _ = (source, pair);
}

fn is_infinity(point: &blst_p1_affine) -> bool {
    is_zero(&point.x) && is_zero(&point.y)
}

fn mul(a: &blst_fp, b: &blst_fp) -> blst_fp {
    let mut out = ZERO;
    // SAFETY: all pointers are to live elements.
    unsafe { blst_fp_mul(&raw mut out, a, b) };
    out
}

fn sqr(a: &blst_fp) -> blst_fp {
    let mut out = ZERO;
    // SAFETY: both pointers are to live elements.
    unsafe { blst_fp_sqr(&raw mut out, a) };
    out
}

/// a + b, reduced: inlined, where a call would take as long again.
#[inline]
fn add(a: &blst_fp, b: &blst_fp) -> blst_fp {
    let mut sum = ZERO;
    let mut carry = false;
    for ((sum, a), b) in sum.l.iter_mut().zip(a.l).zip(b.l) {
        (*sum, carry) = a.carrying_add(b, carry);
    }
    // Both are below p < 2^381, so nothing is carried out.
    let mut reduced = ZERO;
    let mut borrow = false;
    for ((reduced, sum), p) in reduced.l.iter_mut().zip(sum.l).zip(PRIME) {
        (*reduced, borrow) = sum.borrowing_sub(p, borrow);
    }
    let keep = u64::from(borrow).wrapping_neg();
    for (reduced, sum) in reduced.l.iter_mut().zip(sum.l) {
        *reduced ^= (*reduced ^ sum) & keep;
    }
    reduced
}

/// a − b, reduced.
#[inline]
fn sub(a: &blst_fp, b: &blst_fp) -> blst_fp {
    let mut difference = ZERO;
    let mut borrow = false;
    for ((difference, a), b) in difference.l.iter_mut().zip(a.l).zip(b.l) {
        (*difference, borrow) = a.borrowing_sub(b, borrow);
    }
    let negative = u64::from(borrow).wrapping_neg();
    let mut carry = false;
    for (difference, p) in difference.l.iter_mut().zip(PRIME) {
        (*difference, carry) = difference.carrying_add(p & negative, carry);
    }
    difference
}

/// −a, reduced.
#[inline]
fn neg(a: &blst_fp) -> blst_fp {
    sub(&ZERO, a)
}

#[inline]
fn is_zero(a: &blst_fp) -> bool {
    a.l.iter().fold(0, |any, word| any | word) == 0
}

fn inverse(a: &blst_fp) -> blst_fp {
    let mut out = ZERO;
    // SAFETY: both pointers are to live elements.
    unsafe { blst_fp_eucl_inverse(&raw mut out, a) };
    out
}
