//! The group G2: points of prime order on BLS12-381's twist.

use std::ops::{Add, AddAssign, Mul, Neg, Sub};

use blst::{
    BLST_ERROR, blst_p2, blst_p2_add_or_double, blst_p2_affine, blst_p2_affine_compress,
    blst_p2_affine_generator, blst_p2_affine_in_g2, blst_p2_affine_is_inf,
    blst_p2_affine_serialize, blst_p2_cneg, blst_p2_from_affine, blst_p2_mult, blst_p2_to_affine,
    blst_p2_uncompress,
};

use crate::g1::SCALAR_BITS;
use crate::{AlgebraError, Fr};

/// Bytes of a compressed point.
pub const G2_BYTES: usize = 96;

/// A point of G2 in affine coordinates; always in the subgroup of prime order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(transparent)]
pub struct G2Affine(pub(crate) blst_p2_affine);

impl G2Affine {
    /// The group's agreed generator.
    #[must_use]
    pub fn generator() -> Self {
        // SAFETY: blst returns a pointer to a constant of static lifetime.
        Self(unsafe { *blst_p2_affine_generator() })
    }

    /// Reads a compressed point (ZCash's encoding). Infinity is a valid point.
    ///
    /// # Errors
    /// [`AlgebraError::NotOnCurve`] when the bytes encode no point of the curve,
    /// [`AlgebraError::NotInSubgroup`] when the point has another order than r.
    pub fn from_compressed(bytes: &[u8; G2_BYTES]) -> Result<Self, AlgebraError> {
        let mut out = blst_p2_affine::default();
        // SAFETY: `bytes` is 96 readable bytes; `out` is live and ours.
        if unsafe { blst_p2_uncompress(&raw mut out, bytes.as_ptr()) } != BLST_ERROR::BLST_SUCCESS {
            return Err(AlgebraError::NotOnCurve);
        }
        // SAFETY: `out` was initialised by a successful decoding.
        let inside = unsafe {
            blst_p2_affine_is_inf(&raw const out) || blst_p2_affine_in_g2(&raw const out)
        };
        if inside {
            Ok(Self(out))
        } else {
            Err(AlgebraError::NotInSubgroup)
        }
    }

    /// The compressed encoding.
    #[must_use]
    pub fn to_compressed(&self) -> [u8; G2_BYTES] {
        let mut out = [0; G2_BYTES];
        // SAFETY: `out` is 96 writable bytes; the point is live.
        unsafe { blst_p2_affine_compress(out.as_mut_ptr(), &raw const self.0) };
        out
    }

    /// Both coordinates (ZCash's encoding): twice the bytes, and no root to be drawn by who reads.
    #[must_use]
    pub fn to_uncompressed(&self) -> [u8; 2 * G2_BYTES] {
        let mut out = [0; 2 * G2_BYTES];
        // SAFETY: `out` is 192 writable bytes; the point is live.
        unsafe { blst_p2_affine_serialize(out.as_mut_ptr(), &raw const self.0) };
        out
    }

    /// Whether this is the neutral element.
    #[must_use]
    pub fn is_infinity(&self) -> bool {
        // SAFETY: the point is live.
        unsafe { blst_p2_affine_is_inf(&raw const self.0) }
    }
}

impl From<G2> for G2Affine {
    fn from(point: G2) -> Self {
        let mut out = blst_p2_affine::default();
        // SAFETY: both pointers are to live points; blst maps infinity to infinity.
        unsafe { blst_p2_to_affine(&raw mut out, &raw const point.0) };
        Self(out)
    }
}

/// A point of G2 in projective coordinates, for sums; always in the subgroup of prime order.
#[derive(Clone, Copy, Debug)]
#[repr(transparent)]
pub struct G2(pub(crate) blst_p2);

impl G2 {
    /// The neutral element.
    #[must_use]
    pub fn infinity() -> Self {
        Self(blst_p2::default())
    }

    /// The group's agreed generator.
    #[must_use]
    pub fn generator() -> Self {
        G2Affine::generator().into()
    }
}

impl From<G2Affine> for G2 {
    fn from(point: G2Affine) -> Self {
        let mut out = blst_p2::default();
        // SAFETY: both pointers are to live points.
        unsafe { blst_p2_from_affine(&raw mut out, &raw const point.0) };
        Self(out)
    }
}

impl Add for G2 {
    type Output = Self;
    fn add(mut self, rhs: Self) -> Self {
        self += rhs;
        self
    }
}

impl AddAssign for G2 {
    fn add_assign(&mut self, rhs: Self) {
        let out = &raw mut self.0;
        // SAFETY: blst allows the result to alias an operand; this addition is complete.
        unsafe { blst_p2_add_or_double(out, out, &raw const rhs.0) };
    }
}

impl Sub for G2 {
    type Output = Self;
    fn sub(self, rhs: Self) -> Self {
        self + (-rhs)
    }
}

impl Neg for G2 {
    type Output = Self;
    fn neg(mut self) -> Self {
        // SAFETY: the point is live and ours.
        unsafe { blst_p2_cneg(&raw mut self.0, true) };
        self
    }
}

impl Mul<Fr> for G2 {
    type Output = Self;
    fn mul(self, rhs: Fr) -> Self {
        let scalar = rhs.to_scalar();
        let mut out = blst_p2::default();
        // SAFETY: the scalar has the 32 bytes that 255 bits need; all pointers are live.
        unsafe {
            blst_p2_mult(
                &raw mut out,
                &raw const self.0,
                scalar.b.as_ptr(),
                SCALAR_BITS,
            );
        }
        Self(out)
    }
}
