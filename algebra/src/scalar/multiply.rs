//! Multiples of points, and sums and differences of pairs.

use blst::{blst_p1, blst_p1_affine, blst_p1s_to_affine};

use super::ScalarAdder;
use super::affine::butterfly_all;
use super::fp::{mul_by, negate_if};
use super::jacobian::{add_affine, double};
use crate::glv::{BETA, Halves, Multiplier, PLACES};
use crate::sums::{Adder, Pair, Term};
use crate::{G1, G1Affine};

/// Points of which tables, and products, are held at once: they share an inversion.
const CHUNK: usize = 128;
/// Odd multiples in a table: P, 3·P .. 15·P.
const TABLE: usize = 8;

/// `factors[i]` times `points[i]`; no point is infinity.
pub(crate) fn multiply(points: &[G1Affine], factors: &[&Multiplier]) -> Vec<G1Affine> {
    let mut adder = ScalarAdder::default();
    let mut out = Vec::with_capacity(points.len());
    for (points, factors) in points.chunks(CHUNK).zip(factors.chunks(CHUNK)) {
        let multiples = odd_multiples(&mut adder, points);
        let products: Vec<blst_p1> = (0..points.len())
            .zip(factors)
            .map(|(i, factor)| {
                let table = std::array::from_fn(|row| multiples[row * points.len() + i]);
                product(&table, &Halves::of(&factor.scalar))
            })
            .collect();
        out.extend(to_affine(&products).into_iter().map(G1Affine));
    }
    out
}

/// P, 3·P .. 15·P of every point: a row of all points for each.
fn odd_multiples(adder: &mut ScalarAdder, points: &[G1Affine]) -> Vec<blst_p1_affine> {
    let count = points.len();
    // Before the first row stand the doubles.
    let mut rows = adder.load(points);
    adder.double(&mut rows);
    rows.extend(points.iter().map(|point| point.0));
    rows.resize((1 + TABLE) * count, ScalarAdder::INFINITY);
    for row in 1..TABLE {
        let pairs: Vec<Pair> = (0..count)
            .map(|i| [term(i), term(row * count + i)])
            .collect();
        let (done, free) = rows.split_at_mut((1 + row) * count);
        adder.add(done, &pairs, &mut free[..count]);
    }
    rows.split_off(count)
}

#[expect(clippy::cast_possible_truncation, reason = "there are few rows")]
fn term(index: usize) -> Term {
    Term::new(index as u32, false)
}

/// In affine coordinates, with one inversion for all.
fn to_affine(points: &[blst_p1]) -> Vec<blst_p1_affine> {
    let mut out = vec![blst_p1_affine::default(); points.len()];
    // A null second pointer tells blst that the first one starts a contiguous array.
    let list = [points.as_ptr(), std::ptr::null()];
    // SAFETY: `out` and `points` are equally long; blst maps infinity to infinity.
    unsafe { blst_p1s_to_affine(out.as_mut_ptr(), list.as_ptr(), points.len()) };
    out
}

/// first·P + second·φ(P), from the odd multiples of P, none of which is infinity.
fn product(table: &[blst_p1_affine; TABLE], halves: &Halves) -> blst_p1 {
    let mut images = *table;
    for image in &mut images {
        mul_by(&mut image.x, &BETA);
    }
    let (first, second) = (halves.first.sparse_digits(), halves.second.sparse_digits());
    let mut sum = G1::infinity().0;
    let mut begun = false;
    for place in (0..PLACES).rev() {
        if begun {
            double(&mut sum);
        }
        for (digit, table) in [(first[place], table), (second[place], &images)] {
            if digit == 0 {
                continue;
            }
            begun = true;
            let term = &table[usize::from(digit.unsigned_abs() / 2)];
            let term = blst_p1_affine {
                x: term.x,
                y: negate_if(&term.y, digit < 0),
            };
            add_affine(&mut sum, &term);
        }
    }
    sum
}

/// (u, t) to (u + t, u − t), in place.
pub(crate) fn butterflies(pairs: &mut [[G1Affine; 2]]) {
    for pairs in pairs.chunks_mut(CHUNK) {
        butterfly_all(pairs);
    }
}
