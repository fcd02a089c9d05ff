//! Multiples of points, and sums and differences of pairs.

use blst::{
    blst_fp, blst_fp_cneg, blst_fp_from_uint64, blst_fp_mul, blst_p1, blst_p1_add_affine,
    blst_p1_add_or_double_affine, blst_p1_affine, blst_p1_double, blst_p1s_to_affine,
};

use super::affine::{add_all, butterfly_all, double_all};
use crate::glv::{BETA, Halves, Multiplier, PLACES};
use crate::{G1, G1Affine};

/// Points of which tables, and products, are held at once: they share an inversion.
const CHUNK: usize = 128;
/// Odd multiples in a table: P, 3·P .. 15·P.
const TABLE: usize = 8;
/// From this place on, additions need not be complete.
///
/// Let a·P + b·φ(P) be the sum so far, and ±d·P be added, with d < 16: a is zero or, by the distance
/// of digits, at least 32, and likewise b. Were the points equal or opposite, (a ∓ d, b) would be
/// in the lattice of (1, z² − 1) and (z², −1), whose other vectors than zero have an entry of at
/// least z² − 1; but here both are below 2^-4·z². So they were zero: then the sum is infinity, or
/// a = ±d, which cannot be. The same holds for ±d·φ(P).
const COMPLETE: usize = 8;

/// `factors[i]` times `points[i]`.
pub(crate) fn multiply(points: &[G1Affine], factors: &[&Multiplier]) -> Vec<G1Affine> {
    let beta = beta();
    let mut out = Vec::with_capacity(points.len());
    for (points, factors) in points.chunks(CHUNK).zip(factors.chunks(CHUNK)) {
        let products: Vec<blst_p1> = odd_multiples(points)
            .iter()
            .zip(factors)
            .map(|(table, factor)| product(table, &Halves::of(&factor.scalar), &beta))
            .collect();
        out.extend(to_affine(&products).into_iter().map(G1Affine));
    }
    out
}

/// β in blst's form.
fn beta() -> blst_fp {
    let mut out = blst_fp::default();
    // SAFETY: six words are read and `out` is ours.
    unsafe { blst_fp_from_uint64(&raw mut out, BETA.as_ptr()) };
    out
}

/// P, 3·P .. 15·P of every point.
fn odd_multiples(points: &[G1Affine]) -> Vec<[blst_p1_affine; TABLE]> {
    let points: Vec<blst_p1_affine> = points.iter().map(|point| point.0).collect();
    let twice = double_all(&points);
    let mut out: Vec<[blst_p1_affine; TABLE]> = points.iter().map(|p| [*p; TABLE]).collect();
    for i in 1..TABLE {
        let pairs: Vec<[G1Affine; 2]> = out
            .iter()
            .zip(&twice)
            .map(|(table, twice)| [G1Affine(table[i - 1]), G1Affine(*twice)])
            .collect();
        for (table, sum) in out.iter_mut().zip(add_all(&pairs)) {
            table[i] = sum;
        }
    }
    out
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

/// first·P + second·φ(P), from the odd multiples of P.
fn product(table: &[blst_p1_affine; TABLE], halves: &Halves, beta: &blst_fp) -> blst_p1 {
    let mut images = *table;
    for image in &mut images {
        let x = &raw mut image.x;
        // SAFETY: blst allows the result to alias a factor; all pointers are live.
        unsafe { blst_fp_mul(x, x, beta) };
    }
    let (first, second) = (halves.first.sparse_digits(), halves.second.sparse_digits());
    let mut sum = G1::infinity().0;
    let mut begun = false;
    for place in (0..PLACES).rev() {
        let out = &raw mut sum;
        if begun {
            // SAFETY: blst allows the result to alias the operand.
            unsafe { blst_p1_double(out, out) };
        }
        for (digit, table) in [(first[place], table), (second[place], &images)] {
            if digit == 0 {
                continue;
            }
            begun = true;
            let mut term = table[usize::from(digit.unsigned_abs() / 2)];
            // SAFETY: blst allows results to alias operands; the first addition is only taken
            // where the points are neither equal nor opposite.
            unsafe {
                blst_fp_cneg(&raw mut term.y, &raw const term.y, digit < 0);
                if place >= COMPLETE {
                    blst_p1_add_affine(out, out, &raw const term);
                } else {
                    blst_p1_add_or_double_affine(out, out, &raw const term);
                }
            }
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
