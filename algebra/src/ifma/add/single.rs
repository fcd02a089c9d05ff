//! Points in and out of lanes, and what is done to them one by one.

use std::arch::x86_64::{__m512i, _MM_HINT_T0, _mm_prefetch, _mm512_setzero_si512};

use blst::{blst_fp, blst_p1_affine};

use super::super::Fp8;
use super::super::convert::{canonical, load_fp, store_fp};
use super::super::decode::BETA_LIMBS;
use super::super::point::{IfmaPoint, gather, scatter};
use super::STEP;
use crate::G1Affine;
use crate::sums::Term;

/// The coordinates of at most sixteen points; infinity behind them.
#[inline]
#[target_feature(enable = "avx512f")]
pub(super) fn coordinates(points: &[IfmaPoint]) -> [(Fp8, Fp8); 2] {
    let zero = _mm512_setzero_si512();
    let (mut x, mut y) = ([[zero; 8]; 2], [[zero; 8]; 2]);
    let places = x.as_flattened_mut().iter_mut().zip(y.as_flattened_mut());
    for ((x, y), point) in places.zip(points) {
        (*x, *y) = (point.x, point.y);
    }
    [(gather(x[0]), gather(y[0])), (gather(x[1]), gather(y[1]))]
}

/// Writes at most sixteen points.
#[inline]
#[target_feature(enable = "avx512f")]
pub(super) fn put(coordinates: &[(Fp8, Fp8); 2], points: &mut [IfmaPoint]) {
    for ((x, y), points) in coordinates.iter().zip(points.chunks_mut(8)) {
        if let Ok(points) = points.try_into() {
            scatter(x, y, points);
        } else {
            let mut all = [IfmaPoint::INFINITY; 8];
            scatter(x, y, &mut all);
            points.copy_from_slice(&all[..points.len()]);
        }
    }
}

#[target_feature(enable = "avx512f,avx512ifma")]
pub(super) fn endomorphism(points: &[IfmaPoint]) -> Vec<IfmaPoint> {
    let beta = Fp8::splat(&BETA_LIMBS);
    let mut out = vec![IfmaPoint::INFINITY; points.len()];
    for (points, out) in points.chunks(STEP).zip(out.chunks_mut(STEP)) {
        let [(xa, ya), (xb, yb)] = coordinates(points);
        let [a, b] = Fp8::mul2([&xa, &xb], [&beta, &beta]);
        // Infinity remains zeros alone.
        put(&[(canonical(&a), ya), (canonical(&b), yb)], out);
    }
    out
}

#[target_feature(enable = "avx512f,avx512ifma")]
pub(super) fn load(points: &[G1Affine]) -> Vec<IfmaPoint> {
    let infinity = blst_p1_affine::default();
    let mut out = vec![IfmaPoint::INFINITY; points.len()];
    for (points, out) in points.chunks(8).zip(out.chunks_mut(8)) {
        let mut all = [&infinity; 8];
        for (place, point) in all.iter_mut().zip(points) {
            *place = &point.0;
        }
        // Zero stays zero.
        let x = canonical(&load_fp(all.map(|point| &point.x)));
        let y = canonical(&load_fp(all.map(|point| &point.y)));
        let mut eight = [IfmaPoint::INFINITY; 8];
        scatter(&x, &y, &mut eight);
        out.copy_from_slice(&eight[..out.len()]);
    }
    out
}

#[target_feature(enable = "avx512f,avx512ifma")]
pub(super) fn store(points: &[IfmaPoint]) -> Vec<G1Affine> {
    let mut out = Vec::with_capacity(points.len());
    for points in points.chunks(8) {
        let [(x, y), _] = coordinates(points);
        let (x, y): ([blst_fp; 8], [blst_fp; 8]) = (store_fp(&x), store_fp(&y));
        out.extend(
            x.into_iter()
                .zip(y)
                .take(points.len())
                .map(|(x, y)| G1Affine(blst_p1_affine { x, y })),
        );
    }
    out
}

/// The points that the terms mean.
#[target_feature(enable = "avx512f")]
pub(super) fn copy(source: &[IfmaPoint], terms: &[Term], out: &mut [IfmaPoint]) {
    let base = source.as_ptr();
    for (i, (term, out)) in terms.iter().zip(out).enumerate() {
        if let Some(later) = terms.get(i + STEP) {
            let point = base.wrapping_add(later.index()).cast::<i8>();
            _mm_prefetch::<_MM_HINT_T0>(point);
            _mm_prefetch::<_MM_HINT_T0>(point.wrapping_add(size_of::<__m512i>()));
        }
        let point = &source[term.index()];
        *out = if term.is_negative() {
            point.negated()
        } else {
            *point
        };
    }
}
