//! Many affine points at a time, with one inversion for all (Montgomery's trick).

use blst::{
    blst_fp, blst_fp_add, blst_fp_inverse, blst_fp_mul, blst_fp_sqr, blst_fp_sub, blst_p1_affine,
};

use crate::{G1, G1Affine};

const ZERO: blst_fp = blst_fp { l: [0; 6] };

fn mul(a: &blst_fp, b: &blst_fp) -> blst_fp {
    let mut out = ZERO;
    // SAFETY: all pointers are to live elements.
    unsafe { blst_fp_mul(&raw mut out, a, b) };
    out
}

fn square(a: &blst_fp) -> blst_fp {
    let mut out = ZERO;
    // SAFETY: all pointers are to live elements.
    unsafe { blst_fp_sqr(&raw mut out, a) };
    out
}

fn add(a: &blst_fp, b: &blst_fp) -> blst_fp {
    let mut out = ZERO;
    // SAFETY: all pointers are to live elements.
    unsafe { blst_fp_add(&raw mut out, a, b) };
    out
}

fn sub(a: &blst_fp, b: &blst_fp) -> blst_fp {
    let mut out = ZERO;
    // SAFETY: all pointers are to live elements.
    unsafe { blst_fp_sub(&raw mut out, a, b) };
    out
}

fn invert(a: &blst_fp) -> blst_fp {
    let mut out = ZERO;
    // SAFETY: all pointers are to live elements.
    unsafe { blst_fp_inverse(&raw mut out, a) };
    out
}

/// Inverts what is not zero, in place.
fn invert_all(values: &mut [blst_fp]) {
    let mut product: Option<blst_fp> = None;
    let before: Vec<Option<blst_fp>> = values
        .iter()
        .map(|value| {
            let before = product;
            if *value != ZERO {
                product = Some(before.map_or(*value, |so_far| mul(&so_far, value)));
            }
            before
        })
        .collect();
    let Some(product) = product else { return };
    let mut suffix = invert(&product);
    for (value, before) in values.iter_mut().zip(&before).rev() {
        if *value == ZERO {
            continue;
        }
        let inverse = before.map_or(suffix, |before| mul(&suffix, &before));
        suffix = mul(&suffix, value);
        *value = inverse;
    }
}

fn is_infinity(point: &blst_p1_affine) -> bool {
    point.x == ZERO && point.y == ZERO
}

/// The third point on the line of this slope through the left one, mirrored.
fn third(slope: &blst_fp, left: &blst_p1_affine, right: &blst_p1_affine) -> blst_p1_affine {
    let x = sub(&sub(&square(slope), &left.x), &right.x);
    let y = sub(&mul(slope, &sub(&left.x, &x)), &left.y);
    blst_p1_affine { x, y }
}

/// Twice each point; infinity remains what it is.
pub(super) fn double_all(points: &[blst_p1_affine]) -> Vec<blst_p1_affine> {
    // No point of G1 but infinity has y = 0.
    let mut inverses: Vec<blst_fp> = points.iter().map(|p| add(&p.y, &p.y)).collect();
    invert_all(&mut inverses);
    points
        .iter()
        .zip(&inverses)
        .map(|(point, inverse)| {
            if is_infinity(point) {
                return *point;
            }
            let squared = square(&point.x);
            let thrice = add(&add(&squared, &squared), &squared);
            third(&mul(&thrice, inverse), point, point)
        })
        .collect()
}

/// (u, t) to (u + t, u − t), in place.
pub(super) fn butterfly_all(pairs: &mut [[G1Affine; 2]]) {
    let mut inverses = differences(pairs);
    invert_all(&mut inverses);
    for (pair, inverse) in pairs.iter_mut().zip(&inverses) {
        let [u, t] = *pair;
        if *inverse == ZERO {
            *pair = exception(u, t);
            continue;
        }
        let rise = mul(&sub(&t.0.y, &u.0.y), inverse);
        let fall = mul(&sub(&ZERO, &add(&t.0.y, &u.0.y)), inverse);
        *pair = [rise, fall].map(|slope| G1Affine(third(&slope, &u.0, &t.0)));
    }
}

/// u + t and u − t of points that are equal, opposite, or infinity.
fn exception(u: G1Affine, t: G1Affine) -> [G1Affine; 2] {
    if is_infinity(&t.0) {
        return [u, u];
    }
    if is_infinity(&u.0) {
        let opposite = sub(&ZERO, &t.0.y);
        return [
            t,
            G1Affine(blst_p1_affine {
                x: t.0.x,
                y: opposite,
            }),
        ];
    }
    let (left, right) = (G1::from(u), G1::from(t));
    [(left + right).into(), (left - right).into()]
}

/// The sum of each pair.
pub(super) fn add_all(pairs: &[[G1Affine; 2]]) -> Vec<blst_p1_affine> {
    let mut inverses = differences(pairs);
    invert_all(&mut inverses);
    pairs
        .iter()
        .zip(&inverses)
        .map(|([u, t], inverse)| {
            if *inverse == ZERO {
                return G1Affine::from(G1::from(*u) + G1::from(*t)).0;
            }
            third(&mul(&sub(&t.0.y, &u.0.y), inverse), &u.0, &t.0)
        })
        .collect()
}

/// What slopes are divided by; zero for pairs that have none: equal or opposite points, or
/// infinity.
fn differences(pairs: &[[G1Affine; 2]]) -> Vec<blst_fp> {
    pairs
        .iter()
        .map(|[u, t]| {
            if is_infinity(&u.0) || is_infinity(&t.0) {
                ZERO
            } else {
                sub(&t.0.x, &u.0.x)
            }
        })
        .collect()
}
