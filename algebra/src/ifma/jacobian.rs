//! Points in Jacobian coordinates, one in each lane.
//!
//! The formulas are those for a curve y² = x³ + b; b does not occur in them, so they hold on every
//! curve isomorphic to ours as well. They are not complete. A sum of equal or opposite points, and
//! every sum with infinity, has Z ≡ 0, and from Z ≡ 0 each formula makes Z ≡ 0 again: whoever sees
//! Z ≢ 0 in the end knows that no step was exceptional.

use std::arch::x86_64::{
    __mmask8, _mm512_add_epi64, _mm512_mask_sub_epi64, _mm512_setzero_si512, _mm512_slli_epi64,
    _mm512_sub_epi64,
};

use super::Fp8;
use super::lanes::broadcast;
use super::modulus::{BaseField, Modulus, multiple};

/// k·p.
const fn primes(k: u64) -> [u64; 8] {
    multiple(&BaseField::P, k)
}

/// (X/Z², Y/Z³). Coordinates are carried and below 16p.
#[derive(Clone, Copy)]
pub(super) struct Jacobian {
    pub(super) x: Fp8,
    pub(super) y: Fp8,
    pub(super) z: Fp8,
}

/// (x, y), never infinity. Coordinates are carried and below 16p.
#[derive(Clone, Copy)]
pub(super) struct Affine {
    pub(super) x: Fp8,
    pub(super) y: Fp8,
}

impl Affine {
    /// With Z = 1.
    #[inline]
    #[target_feature(enable = "avx512f")]
    pub(super) fn jacobian(&self) -> Jacobian {
        Jacobian {
            x: self.x,
            y: self.y,
            z: Fp8::one(),
        }
    }
}

impl Jacobian {
    /// 2·P in 3M + 4S ("dbl-2009-l" with its square of a sum as a product).
    #[inline]
    #[target_feature(enable = "avx512f,avx512ifma")]
    pub(super) fn double(&self) -> Self {
        let a = self.x.square();
        let b = self.y.square();
        let yz = self.y.mul(&self.z);
        let xb = self.x.mul(&b);
        let c = b.square();
        let e = a.add_shifted::<1>(&a);
        let f = e.square();
        // With D = 4·XB, X₃ is F − 2·D. Products are below 9p/8.
        let x = f.sub_shifted::<3>(&xb, &primes(9));
        // D − X₃ = 3·D − F.
        let above = primes(2);
        let mut difference = f.0;
        for i in 0..8 {
            let rest = _mm512_sub_epi64(broadcast(above[i]), difference[i]);
            let most = _mm512_add_epi64(rest, _mm512_slli_epi64::<3>(xb.0[i]));
            difference[i] = _mm512_add_epi64(most, _mm512_slli_epi64::<2>(xb.0[i]));
        }
        let difference = Fp8::carry(difference);
        let y = e.mul(&difference).sub_shifted::<3>(&c, &primes(9));
        let z = yz.shifted::<1>();
        Self { x, y, z }
    }

    /// P + Q in 8M + 3S, with −Q in the lanes of the mask.
    #[inline]
    #[target_feature(enable = "avx512f,avx512ifma")]
    pub(super) fn add_affine(&self, q: &Affine, negative: __mmask8) -> Self {
        let zz = self.z.square();
        let u = q.x.mul(&zz);
        let zzz = self.z.mul(&zz);
        let s = q.y.mul(&zzz);
        let h = u.sub(&self.x, &primes(16));
        let z = self.z.mul(&h);
        // ±S − Y₁ with one carry.
        let zero = _mm512_setzero_si512();
        let above = primes(18);
        let mut r = s.0;
        for i in 0..8 {
            let signed = _mm512_mask_sub_epi64(s.0[i], negative, zero, s.0[i]);
            let difference = _mm512_sub_epi64(signed, self.y.0[i]);
            r[i] = _mm512_add_epi64(difference, broadcast(above[i]));
        }
        let r = Fp8::carry(r);
        finish(&h, &r, &self.x, &self.y, z)
    }

    /// P + Q in 12M + 4S.
    #[inline]
    #[target_feature(enable = "avx512f,avx512ifma")]
    pub(super) fn add(&self, q: &Self) -> Self {
        let zz1 = self.z.square();
        let zz2 = q.z.square();
        let u1 = self.x.mul(&zz2);
        let u2 = q.x.mul(&zz1);
        let s1 = self.y.mul(&q.z).mul(&zz2);
        let s2 = q.y.mul(&self.z).mul(&zz1);
        let h = u2.sub(&u1, &primes(2));
        let r = s2.sub(&s1, &primes(2));
        let z = self.z.mul(&q.z).mul(&h);
        finish(&h, &r, &u1, &s1, z)
    }
}

/// The sum of (X₁, Y₁) and a point H to its right and R above it, on the curve where both have
/// Z = 1.
#[inline]
#[target_feature(enable = "avx512f,avx512ifma")]
fn finish(h: &Fp8, r: &Fp8, x1: &Fp8, y1: &Fp8, z: Fp8) -> Jacobian {
    let hh = h.square();
    let rr = r.square();
    let v = x1.mul(&hh);
    let hhh = h.mul(&hh);
    let above = primes(4);
    let mut x = rr.0;
    for i in 0..8 {
        let twice = _mm512_slli_epi64::<1>(v.0[i]);
        let taken = _mm512_add_epi64(hhh.0[i], twice);
        x[i] = _mm512_add_epi64(_mm512_sub_epi64(x[i], taken), broadcast(above[i]));
    }
    let x = Fp8::carry(x);
    let y = r.mul(&v.sub(&x, &primes(6))).sub(&y1.mul(&hhh), &primes(2));
    Jacobian { x, y, z }
}

#[cfg(test)]
mod tests;
