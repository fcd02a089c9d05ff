//! Sums and differences in affine coordinates, with one inversion for many (Montgomery's trick).

use blst::{blst_fp, blst_p1_affine};

use super::fp::{ONE, ZERO, add, invert, is_zero, mul, mul_by, neg, square, sub};
use crate::{G1, G1Affine};

pub(super) fn is_infinity(point: &blst_p1_affine) -> bool {
    is_zero(&point.x) && is_zero(&point.y)
}

/// The third point on the line through `p` and through another of abscissa `x`, negated; the
/// slope is the product of `inverse` and `rise`.
#[inline]
pub(super) fn third(
    out: &mut blst_p1_affine,
    inverse: &blst_fp,
    rise: &blst_fp,
    p: &blst_p1_affine,
    x: &blst_fp,
) {
    let (mut slope, mut product) = (ZERO, ZERO);
    mul(&mut slope, inverse, rise);
    square(&mut product, &slope);
    out.x = sub(&sub(&product, &p.x), x);
    let run = sub(&p.x, &out.x);
    mul(&mut product, &slope, &run);
    out.y = sub(&product, &p.y);
}

/// 3x², the numerator of the tangent's slope.
pub(super) fn tangent(point: &blst_p1_affine) -> blst_fp {
    let mut squared = ZERO;
    square(&mut squared, &point.x);
    add(&add(&squared, &squared), &squared)
}

/// (u, t) to (u + t, u − t), in place.
pub(super) fn butterfly_all(pairs: &mut [[G1Affine; 2]]) {
    let mut inverses: Vec<blst_fp> = pairs.iter().map(difference).collect();
    invert_all(&mut inverses);
    for (pair, inverse) in pairs.iter_mut().zip(&inverses) {
        let [u, t] = *pair;
        if is_zero(inverse) {
            *pair = exception(u, t);
            continue;
        }
        let rise = sub(&t.0.y, &u.0.y);
        let fall = sub(&neg(&t.0.y), &u.0.y);
        let [sum, difference] = pair;
        third(&mut sum.0, inverse, &rise, &u.0, &t.0.x);
        third(&mut difference.0, inverse, &fall, &u.0, &t.0.x);
    }
}

/// What both slopes are divided by; zero for pairs that have none: equal or opposite points, or
/// infinity.
fn difference([u, t]: &[G1Affine; 2]) -> blst_fp {
    if is_infinity(&u.0) || is_infinity(&t.0) {
        ZERO
    } else {
        sub(&t.0.x, &u.0.x)
    }
}

/// u + t and u − t of points that are equal, opposite, or infinity.
fn exception(u: G1Affine, t: G1Affine) -> [G1Affine; 2] {
    if is_infinity(&t.0) {
        return [u, u];
    }
    if is_infinity(&u.0) {
        let (x, y) = (t.0.x, sub(&ZERO, &t.0.y));
        return [t, G1Affine(blst_p1_affine { x, y })];
    }
    let (left, right) = (G1::from(u), G1::from(t));
    [(left + right).into(), (left - right).into()]
}

/// Inverts what is not zero, in place.
pub(crate) fn invert_all(values: &mut [blst_fp]) {
    // The product of those before each, and of all.
    let mut before = vec![ONE; values.len() + 1];
    let mut last = 0;
    for (i, value) in values.iter().enumerate() {
        let (so_far, next) = before.split_at_mut(i + 1);
        if is_zero(value) {
            next[0] = so_far[i];
        } else {
            mul(&mut next[0], &so_far[i], value);
        }
        last = i + 1;
    }
    let mut suffix = ZERO;
    invert(&mut suffix, &before[last]);
    for (value, before) in values.iter_mut().zip(&before).rev() {
        if !is_zero(value) {
            let factor = *value;
            mul(value, &suffix, before);
            mul_by(&mut suffix, &factor);
        }
    }
}
