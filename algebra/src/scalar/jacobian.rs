//! Points in Jacobian coordinates: (X, Y, Z) is (X/Z², Y/Z³), and infinity where Z is zero.
//!
//! blst's own doubling and addition take as many products; here less is spent between them.

use blst::{blst_p1, blst_p1_add_or_double_affine, blst_p1_affine};

use super::fp::{ZERO, add, half, mul, mul_by, square, sub};

/// 2·P in place: seven products ("dbl-2009-l" of the Explicit-Formulas Database, with half its Z,
/// so that the slope is 3·X²/2 and nothing else is doubled).
#[inline]
pub(super) fn double(point: &mut blst_p1) {
    let [mut a, mut b, mut c, mut d, mut f] = [ZERO; 5];
    square(&mut a, &point.x);
    square(&mut b, &point.y);
    mul(&mut d, &point.x, &b);
    square(&mut c, &b);
    mul_by(&mut point.z, &point.y);
    let e = add(&a, &half(&a));
    square(&mut f, &e);
    point.x = sub(&sub(&f, &d), &d);
    let run = sub(&d, &point.x);
    mul(&mut f, &e, &run);
    point.y = sub(&f, &c);
}

/// P + Q in place, Q not infinity: eleven products.
#[inline]
pub(super) fn add_affine(point: &mut blst_p1, other: &blst_p1_affine) {
    let [mut zz, mut u, mut s, mut hh, mut hhh, mut v] = [ZERO; 6];
    square(&mut zz, &point.z);
    mul(&mut u, &other.x, &zz);
    mul(&mut s, &point.z, &zz);
    mul_by(&mut s, &other.y);
    let h = sub(&u, &point.x);
    // A word that is zero is rare enough. Infinity has Z zero.
    if h.l[0] == 0 || point.z.l[0] == 0 {
        return rare(point, other);
    }
    let r = sub(&s, &point.y);
    square(&mut hh, &h);
    mul(&mut hhh, &hh, &h);
    mul(&mut v, &hh, &point.x);
    mul_by(&mut point.z, &h);
    square(&mut u, &r);
    point.x = sub(&sub(&sub(&u, &hhh), &v), &v);
    let run = sub(&v, &point.x);
    mul(&mut s, &r, &run);
    mul_by(&mut hhh, &point.y);
    point.y = sub(&s, &hhh);
}

/// The sum where it may be a doubling or infinity, or P is infinity.
#[cold]
fn rare(point: &mut blst_p1, other: &blst_p1_affine) {
    let out = &raw mut *point;
    // SAFETY: blst allows the result to alias the operand; this addition is complete.
    unsafe { blst_p1_add_or_double_affine(out, out, other) };
}

#[cfg(test)]
mod tests;
