//! Multiples of points, eight at a time, each lane with a point and a scalar of its own.
//!
//! Lanes with scalars of their own take regular digits: both halves of a scalar are odd and have 32
//! odd digits between −15 and 15, none of them zero, so that all lanes take the same steps and no
//! step adds infinity. Eight lanes with the same scalar take its non-adjacent form instead, which
//! needs a third fewer additions.
//!
//! What is added is ±d·P or ±d·φ(P) with d ≤ 15, to a multiple by a much larger scalar; for points
//! of prime order r > 2^254 such sums are no exceptions until the last digits. Exceptions show as
//! Z ≡ 0, see [`super::jacobian`], as do infinite points and products, and those lanes are left to
//! blst.

use std::arch::x86_64::{__m512i, __mmask8, _mm512_setzero_si512};

use super::Fp8;
use super::convert::{invert, is_zero, load_fp, store_fp};
use super::decode::BETA_LIMBS;
use super::jacobian::{Affine, Jacobian};
use super::modulus::{BaseField, Modulus, multiple};
use super::transpose::transpose8;
use crate::glv::{Halves, Multiplier};
use crate::{G1, G1Affine};

/// Digits of a half.
const WINDOWS: usize = 32;
/// Bits of a digit.
const WINDOW: usize = 4;
/// Eights of points whose products are held at once: they share an inversion.
const CHUNK: usize = 64;
/// Below so many points, blst multiplies them faster one at a time.
const FEW: usize = 3;

/// Which points go through the lanes together.
struct Eight {
    /// Their positions, up to eight.
    positions: Vec<usize>,
    /// Whether all of them have the same scalar.
    same: bool,
}

/// `factors[i]` times `points[i]`.
#[target_feature(enable = "avx512f,avx512ifma")]
pub(crate) fn multiply(points: &[G1Affine], factors: &[&Multiplier]) -> Vec<G1Affine> {
    let mut out: Vec<Option<G1Affine>> = vec![None; points.len()];
    for eights in plan(factors).chunks(CHUNK) {
        let products: Vec<Jacobian> = eights
            .iter()
            .map(|eight| multiply_eight(eight, points, factors))
            .collect();
        for (eight, products) in eights.iter().zip(normalise(&products)) {
            for (position, product) in eight.positions.iter().zip(products) {
                out[*position] = product;
            }
        }
    }
    out.into_iter()
        .zip(points.iter().zip(factors))
        .map(|(product, (point, factor))| product.unwrap_or_else(|| alone(point, factor)))
        .collect()
}

/// Eights of points with the same scalar as far as there are such, then eights of the others.
fn plan(factors: &[&Multiplier]) -> Vec<Eight> {
    let mut order: Vec<usize> = (0..factors.len()).collect();
    order.sort_by_key(|i| factors[*i].digits);
    let mut out = Vec::with_capacity(factors.len().div_ceil(8));
    let mut others = Vec::new();
    for run in order.chunk_by(|i, j| factors[*i].digits == factors[*j].digits) {
        let (eights, rest) = run.as_chunks::<8>();
        out.extend(eights.iter().map(|eight| Eight {
            positions: eight.to_vec(),
            same: true,
        }));
        others.extend_from_slice(rest);
    }
    out.extend(
        others
            .chunks(8)
            .filter(|some| some.len() >= FEW)
            .map(|some| Eight {
                positions: some.to_vec(),
                same: false,
            }),
    );
    out
}

/// The product by blst.
fn alone(point: &G1Affine, factor: &Multiplier) -> G1Affine {
    (G1::from(*point) * factor.scalar).into()
}

/// Odd multiples of a point in each lane, P, 3·P .. 15·P, on a curve isomorphic to ours.
struct OddMultiples {
    points: [Affine; 8],
    /// The x of their images by φ.
    images: [Fp8; 8],
    /// The Z that takes points of the isomorphic curve back to ours.
    back: Fp8,
}

impl OddMultiples {
    #[target_feature(enable = "avx512f,avx512ifma")]
    fn new(point: &Affine) -> Self {
        let p = |k| multiple(&BaseField::P, k);
        // 2·P has Z = 2·y. On the curve where that is one, P is (4·x·y², 8·y⁴).
        let a = point.x.square();
        let b = point.y.square();
        let xb = point.x.mul(&b);
        let c = b.square();
        let slope = a.add_shifted::<1>(&a);
        let mut odd = [Affine {
            x: xb.shifted::<2>(),
            y: c.shifted::<3>(),
        }; 8];
        let x = slope.square().sub_shifted::<3>(&xb, &p(9));
        let y = slope
            .mul(&odd[0].x.sub(&x, &p(11)))
            .sub_shifted::<3>(&c, &p(9));
        let mut twice = Affine { x, y };
        // Sums of points with the same Z, which change Z for both (Meloni, "New point addition
        // formulae for ECC applications", 2007).
        let mut steps = [twice.x; 8];
        for i in 1..8 {
            let last = odd[i - 1];
            let h = twice.x.sub(&last.x, &p(16));
            let r = twice.y.sub(&last.y, &p(16));
            let hh = h.square();
            let rr = r.square();
            let w1 = twice.x.mul(&hh);
            let w2 = last.x.mul(&hh);
            let y1 = twice.y.mul(&w1.sub(&w2, &p(2)));
            let x = rr.sub(&w1.add(&w2), &p(4));
            let y = r.mul(&w1.sub(&x, &p(6))).sub(&y1, &p(2));
            odd[i] = Affine { x, y };
            twice = Affine { x: w1, y: y1 };
            steps[i] = h;
        }
        // Bring all of them to the last one's Z.
        let mut ratio = Fp8::one();
        for i in (0..7).rev() {
            ratio = ratio.mul(&steps[i + 1]);
            let squared = ratio.square();
            odd[i].x = odd[i].x.mul(&squared);
            odd[i].y = odd[i].y.mul(&squared).mul(&ratio);
        }
        let beta = Fp8::splat(&BETA_LIMBS);
        Self {
            points: odd,
            images: odd.map(|point| point.x.mul(&beta)),
            back: ratio.mul(&point.y.shifted::<1>()),
        }
    }
}

/// Odd multiples as a table for lanes with digits of their own: x, that of the image, and y, a row
/// of limbs for each lane.
struct Table([[[__m512i; 8]; 3]; 8]);

impl Table {
    #[target_feature(enable = "avx512f")]
    fn new(odd: &OddMultiples) -> Self {
        let mut rows = [[[_mm512_setzero_si512(); 8]; 3]; 8];
        for (rows, (point, image)) in rows.iter_mut().zip(odd.points.iter().zip(&odd.images)) {
            *rows = [
                transpose8(point.x.0),
                transpose8(image.0),
                transpose8(point.y.0),
            ];
        }
        Self(rows)
    }

    /// The multiple of P (or of φ(P)) that each lane's digit stands for, but for its sign, and the
    /// lanes where that is negative.
    #[inline]
    #[target_feature(enable = "avx512f")]
    fn look_up(&self, digits: &[u128; 8], window: usize, image: bool) -> (Affine, __mmask8) {
        let mut negative = 0;
        let mut x = [_mm512_setzero_si512(); 8];
        let mut y = x;
        for lane in 0..8 {
            let digit = (digits[lane] >> (WINDOW * window)) as usize & 15;
            // Digit d stands for 2·d − 15, and row i for 2·i + 1.
            let sign = digit < 8;
            let rows = &self.0[if sign { 7 - digit } else { digit - 8 }];
            x[lane] = rows[usize::from(image)][lane];
            y[lane] = rows[2][lane];
            negative |= u8::from(sign) << lane;
        }
        let point = Affine {
            x: Fp8::new(transpose8(x)),
            y: Fp8::new(transpose8(y)),
        };
        (point, negative)
    }
}

/// The products of up to eight points, Z ≡ 0 where they have to be found another way.
#[target_feature(enable = "avx512f,avx512ifma")]
fn multiply_eight(eight: &Eight, points: &[G1Affine], factors: &[&Multiplier]) -> Jacobian {
    // The last of them fills the lanes that are left.
    let at = |lane: usize| eight.positions[lane.min(eight.positions.len() - 1)];
    let point = Affine {
        x: load_fp(std::array::from_fn(|lane| &points[at(lane)].0.x)),
        y: load_fp(std::array::from_fn(|lane| &points[at(lane)].0.y)),
    };
    let odd = OddMultiples::new(&point);
    let mut sum = if eight.same {
        same_scalar(&odd, factors[at(0)])
    } else {
        let digits = |half: usize| std::array::from_fn(|lane| factors[at(lane)].digits[half]);
        own_scalars(&odd, &digits(0), &digits(1))
    };
    sum.z = sum.z.mul(&odd.back);
    sum
}

/// The multiple by one scalar in all lanes, on the isomorphic curve. As all lanes take the same
/// steps, digits may be zero.
#[target_feature(enable = "avx512f,avx512ifma")]
fn same_scalar(odd: &OddMultiples, factor: &Multiplier) -> Jacobian {
    let halves = Halves::of(&factor.scalar);
    let (first, second) = (halves.first.sparse_digits(), halves.second.sparse_digits());
    let mut sum: Option<Jacobian> = None;
    for (first, second) in first.iter().zip(&second).rev() {
        if let Some(sum) = &mut sum {
            *sum = double(sum);
        }
        for (digit, image) in [(*first, false), (*second, true)] {
            if digit == 0 {
                continue;
            }
            let row = usize::from(digit.unsigned_abs() / 2);
            let mut term = odd.points[row];
            if image {
                term.x = odd.images[row];
            }
            let negative = if digit < 0 { u8::MAX } else { 0 };
            sum = Some(match sum {
                None => first_term(&term, negative),
                Some(sum) => add(&sum, &term, negative),
            });
        }
    }
    sum.unwrap_or(Jacobian {
        x: Fp8::one(),
        y: Fp8::one(),
        z: Fp8::splat(&[0; 8]),
    })
}

/// The multiples by a scalar of its own in each lane, on the isomorphic curve.
#[target_feature(enable = "avx512f,avx512ifma")]
fn own_scalars(odd: &OddMultiples, first: &[u128; 8], second: &[u128; 8]) -> Jacobian {
    let table = Table::new(odd);
    let (term, negative) = table.look_up(first, WINDOWS - 1, false);
    let mut sum = first_term(&term, negative);
    let (term, negative) = table.look_up(second, WINDOWS - 1, true);
    sum = add(&sum, &term, negative);
    for window in (0..WINDOWS - 1).rev() {
        for _ in 0..WINDOW {
            sum = double(&sum);
        }
        let (term, negative) = table.look_up(first, window, false);
        sum = add(&sum, &term, negative);
        let (term, negative) = table.look_up(second, window, true);
        sum = add(&sum, &term, negative);
    }
    sum
}

/// The point, or its opposite in the lanes of the mask.
#[target_feature(enable = "avx512f")]
fn first_term(point: &Affine, negative: __mmask8) -> Jacobian {
    let opposite = Fp8::splat(&multiple(&BaseField::P, 16)).sub(&point.y, &[0; 8]);
    Affine {
        x: point.x,
        y: opposite.select(negative, &point.y),
    }
    .jacobian()
}

#[inline(never)]
#[target_feature(enable = "avx512f,avx512ifma")]
pub(super) fn double(point: &Jacobian) -> Jacobian {
    point.double()
}

#[inline(never)]
#[target_feature(enable = "avx512f,avx512ifma")]
fn add(sum: &Jacobian, term: &Affine, negative: __mmask8) -> Jacobian {
    sum.add_affine(term, negative)
}

/// Affine points, none where Z ≡ 0, with one inversion for all.
#[target_feature(enable = "avx512f,avx512ifma")]
fn normalise(points: &[Jacobian]) -> Vec<[Option<G1Affine>; 8]> {
    let mut product = Fp8::one();
    let mut steps = Vec::with_capacity(points.len());
    for point in points {
        let missing = is_zero(&point.z);
        let z = Fp8::one().select(missing, &point.z);
        steps.push((product, z, missing));
        product = product.mul(&z);
    }
    let mut suffix = invert(&product);
    let mut out = vec![[None; 8]; points.len()];
    for ((point, (before, z, missing)), out) in points.iter().zip(&steps).zip(&mut out).rev() {
        let inverse = suffix.mul(before);
        suffix = suffix.mul(z);
        let squared = inverse.square();
        let x = store_fp(&point.x.mul(&squared));
        let y = store_fp(&point.y.mul(&squared).mul(&inverse));
        for (lane, out) in out.iter_mut().enumerate() {
            if missing >> lane & 1 == 0 {
                *out = Some(G1Affine(blst::blst_p1_affine {
                    x: x[lane],
                    y: y[lane],
                }));
            }
        }
    }
    out
}
