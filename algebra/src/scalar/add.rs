//! Batches of affine additions over blst's base field.

use blst::{blst_fp, blst_p1_affine};

use super::affine::{is_infinity, tangent, third};
use super::fp::{self, ONE, ZERO, negate_if, sub};
use crate::G1Affine;
use crate::glv::BETA;
use crate::sums::{Adder, Pair, Term};

/// Additions that share an inversion.
const CHUNK: usize = 1024;

/// Additions between the request for points and their use.
const AHEAD: usize = 4;

/// What an addition comes to that is not by the slope (y₂ − y₁) / (x₂ − x₁).
#[derive(Clone, Copy, Debug)]
enum Case {
    /// The points are equal: by the slope 3x² / 2y.
    Tangent,
    /// The right one is infinity.
    Left,
    /// The left one is infinity.
    Right,
    /// The points are opposite, or both are infinity.
    Infinity,
}

/// A slope's denominator, 1 where there is no slope, and the product of those before it.
#[derive(Clone, Copy, Debug)]
struct Step {
    before: blst_fp,
    denominator: blst_fp,
}

impl Step {
    const FIRST: Self = Self {
        before: ONE,
        denominator: ONE,
    };
}

/// Batches of affine additions, with the memory they need.
#[derive(Debug, Default)]
pub(crate) struct ScalarAdder {
    arena: Vec<blst_p1_affine>,
    /// At least one more than there are additions: the product of all comes last.
    steps: Vec<Step>,
    /// What is no chord, by its place.
    exceptions: Vec<(usize, Case)>,
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

    fn endomorphism(&mut self, points: &[blst_p1_affine]) -> Vec<blst_p1_affine> {
        let mut out = points.to_vec();
        for point in &mut out {
            fp::mul_by(&mut point.x, &BETA);
        }
        out
    }

    fn double(&mut self, points: &mut [blst_p1_affine]) {
        for points in points.chunks_mut(CHUNK) {
            self.begin(points.len());
            for (i, point) in points.iter().enumerate() {
                let denominator = if is_infinity(point) {
                    ONE
                } else {
                    fp::add(&point.y, &point.y)
                };
                self.push(i, denominator);
            }
            let mut inverse = self.invert(points.len());
            for (i, point) in points.iter_mut().enumerate().rev() {
                let inverse = self.pop(&mut inverse, i);
                if !is_infinity(point) {
                    let p = *point;
                    third(point, &inverse, &tangent(&p), &p, &p.x);
                }
            }
        }
    }

    fn add(&mut self, source: &[blst_p1_affine], pairs: &[Pair], out: &mut [blst_p1_affine]) {
        assert_eq!(pairs.len(), out.len(), "a place for each sum");
        for (pairs, out) in pairs.chunks(CHUNK).zip(out.chunks_mut(CHUNK)) {
            self.begin(pairs.len());
            for (i, [left, right]) in pairs.iter().enumerate() {
                if let Some(later) = pairs.get(i + AHEAD) {
                    prefetch(source, later);
                }
                let (p, q) = (&source[left.index()], &source[right.index()]);
                let mut denominator = sub(&q.x, &p.x);
                // A word that is zero is rare enough.
                if (denominator.l[0] == 0 || p.x.l[0] == 0 || q.x.l[0] == 0)
                    && let Some((case, instead)) = rare(source, [*left, *right])
                {
                    self.exceptions.push((i, case));
                    denominator = instead;
                }
                self.push(i, denominator);
            }
            let mut inverse = self.invert(pairs.len());
            for (i, (out, [left, right])) in out.iter_mut().zip(pairs).enumerate().rev() {
                let single = self.pop(&mut inverse, i);
                let (p, q) = (&source[left.index()], &source[right.index()]);
                let y = negate_if(&p.y, left.is_negative());
                let p = blst_p1_affine { x: p.x, y };
                if let Some((_, case)) = self.exceptions.pop_if(|(place, _)| *place == i) {
                    *out = match case {
                        Case::Tangent => {
                            third(out, &single, &tangent(&p), &p, &p.x);
                            *out
                        }
                        Case::Left => p,
                        Case::Right => signed(source, *right),
                        Case::Infinity => Self::INFINITY,
                    };
                    continue;
                }
                let rise = sub(&negate_if(&q.y, right.is_negative()), &y);
                third(out, &single, &rise, &p, &q.x);
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
    /// Makes room for so many additions.
    fn begin(&mut self, count: usize) {
        self.exceptions.clear();
        if self.steps.len() <= count {
            self.steps.resize(count + 1, Step::FIRST);
        }
    }

    /// Takes denominator `i` into the product of all.
    #[inline]
    fn push(&mut self, i: usize, denominator: blst_fp) {
        let [step, next] = &mut self.steps[i..i + 2] else {
            return;
        };
        step.denominator = denominator;
        fp::mul(&mut next.before, &step.before, &step.denominator);
    }

    /// The inverse of the product of so many denominators.
    fn invert(&self, count: usize) -> blst_fp {
        let mut inverse = ONE;
        fp::invert(&mut inverse, &self.steps[count].before);
        inverse
    }

    /// The inverse of denominator `i`, given that of the product up to it.
    #[inline]
    fn pop(&self, inverse: &mut blst_fp, i: usize) -> blst_fp {
        let Step {
            before,
            denominator,
        } = &self.steps[i];
        let mut single = ZERO;
        fp::mul(&mut single, inverse, before);
        fp::mul_by(inverse, denominator);
        single
    }
}

/// The case of a pair that is no chord, and its denominator.
#[cold]
fn rare(source: &[blst_p1_affine], [left, right]: Pair) -> Option<(Case, blst_fp)> {
    let (p, q) = (signed(source, left), signed(source, right));
    match (is_infinity(&p), is_infinity(&q)) {
        (true, true) => Some((Case::Infinity, ONE)),
        (true, false) => Some((Case::Right, ONE)),
        (false, true) => Some((Case::Left, ONE)),
        (false, false) if p.x != q.x => None,
        (false, false) if p.y == q.y => Some((Case::Tangent, fp::add(&p.y, &p.y))),
        (false, false) => Some((Case::Infinity, ONE)),
    }
}

fn signed(source: &[blst_p1_affine], term: Term) -> blst_p1_affine {
    let mut point = source[term.index()];
    if term.is_negative() {
        point.y = sub(&ZERO, &point.y);
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
