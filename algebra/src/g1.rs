//! The group G1: points of prime order on BLS12-381's curve over the base field.

use std::ops::{Add, AddAssign, Mul, Neg, Sub};

use blst::{
    BLST_ERROR, blst_p1, blst_p1_add_or_double, blst_p1_affine, blst_p1_affine_compress,
    blst_p1_affine_generator, blst_p1_affine_in_g1, blst_p1_affine_is_inf,
    blst_p1_affine_serialize, blst_p1_cneg, blst_p1_from_affine, blst_p1_is_equal, blst_p1_is_inf,
    blst_p1_mult, blst_p1_to_affine, blst_p1_uncompress,
};

use crate::{AlgebraError, Fr};

/// Bytes of a compressed point.
pub const G1_BYTES: usize = 48;

/// Bits of a scalar.
pub(crate) const SCALAR_BITS: usize = 255;

/// A point of G1 in affine coordinates; always in the subgroup of prime order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(transparent)]
pub struct G1Affine(pub(crate) blst_p1_affine);

impl G1Affine {
    /// The group's agreed generator.
    #[must_use]
    pub fn generator() -> Self {
        // SAFETY: blst returns a pointer to a constant of static lifetime.
        Self(unsafe { *blst_p1_affine_generator() })
    }

    /// Reads a compressed point (ZCash's encoding, as in EIP-4844). Infinity is a valid point.
    ///
    /// # Errors
    /// [`AlgebraError::NotOnCurve`] when the bytes encode no point of the curve,
    /// [`AlgebraError::NotInSubgroup`] when the point has another order than r.
    pub fn from_compressed(bytes: &[u8; G1_BYTES]) -> Result<Self, AlgebraError> {
        let mut out = blst_p1_affine::default();
        // SAFETY: `bytes` is 48 readable bytes; `out` is live and ours.
        let status = unsafe { blst_p1_uncompress(&raw mut out, bytes.as_ptr()) };
        match status {
            BLST_ERROR::BLST_SUCCESS => {}
            BLST_ERROR::BLST_POINT_NOT_IN_GROUP => return Err(AlgebraError::NotInSubgroup),
            _ => return Err(AlgebraError::NotOnCurve),
        }
        let point = Self(out);
        // SAFETY: `out` was initialised by a successful decoding.
        if !point.is_infinity() && !unsafe { blst_p1_affine_in_g1(&raw const out) } {
            return Err(AlgebraError::NotInSubgroup);
        }
        Ok(point)
    }

    /// The compressed encoding.
    #[must_use]
    pub fn to_compressed(&self) -> [u8; G1_BYTES] {
        let mut out = [0; G1_BYTES];
        // SAFETY: `out` is 48 writable bytes; the point is live.
        unsafe { blst_p1_affine_compress(out.as_mut_ptr(), &raw const self.0) };
        out
    }

    /// Both coordinates (ZCash's encoding): twice the bytes, and no root to be drawn by who reads.
    #[must_use]
    pub fn to_uncompressed(&self) -> [u8; 2 * G1_BYTES] {
        let mut out = [0; 2 * G1_BYTES];
        // SAFETY: `out` is 96 writable bytes; the point is live.
        unsafe { blst_p1_affine_serialize(out.as_mut_ptr(), &raw const self.0) };
        out
    }

    /// Whether this is the neutral element.
    #[must_use]
    pub fn is_infinity(&self) -> bool {
        // SAFETY: the point is live.
        unsafe { blst_p1_affine_is_inf(&raw const self.0) }
    }
}

impl From<G1> for G1Affine {
    fn from(point: G1) -> Self {
        let mut out = blst_p1_affine::default();
        // SAFETY: both pointers are to live points; blst maps infinity to infinity.
        unsafe { blst_p1_to_affine(&raw mut out, &raw const point.0) };
        Self(out)
    }
}

/// A point of G1 in projective coordinates, for sums; always in the subgroup of prime order.
#[derive(Clone, Copy, Debug)]
#[repr(transparent)]
pub struct G1(pub(crate) blst_p1);

impl G1 {
    /// The neutral element.
    #[must_use]
    pub fn infinity() -> Self {
        Self(blst_p1::default())
    }

    /// The group's agreed generator.
    #[must_use]
    pub fn generator() -> Self {
        G1Affine::generator().into()
    }

    /// Whether this is the neutral element.
    #[must_use]
    pub fn is_infinity(&self) -> bool {
        // SAFETY: the point is live.
        unsafe { blst_p1_is_inf(&raw const self.0) }
    }

    /// The compressed encoding.
    #[must_use]
    pub fn to_compressed(&self) -> [u8; G1_BYTES] {
        G1Affine::from(*self).to_compressed()
    }
}

impl From<G1Affine> for G1 {
    fn from(point: G1Affine) -> Self {
        let mut out = blst_p1::default();
        // SAFETY: both pointers are to live points.
        unsafe { blst_p1_from_affine(&raw mut out, &raw const point.0) };
        Self(out)
    }
}

impl PartialEq for G1 {
    /// Equality of the points, whatever their projective coordinates.
    fn eq(&self, other: &Self) -> bool {
        // SAFETY: both points are live.
        unsafe { blst_p1_is_equal(&raw const self.0, &raw const other.0) }
    }
}

impl Eq for G1 {}

impl Add for G1 {
    type Output = Self;
    fn add(mut self, rhs: Self) -> Self {
        self += rhs;
        self
    }
}

impl AddAssign for G1 {
    fn add_assign(&mut self, rhs: Self) {
        let out = &raw mut self.0;
        // SAFETY: blst allows the result to alias an operand; this addition is complete.
        unsafe { blst_p1_add_or_double(out, out, &raw const rhs.0) };
    }
}

impl Sub for G1 {
    type Output = Self;
    fn sub(self, rhs: Self) -> Self {
        self + (-rhs)
    }
}

impl Neg for G1 {
    type Output = Self;
    fn neg(mut self) -> Self {
        // SAFETY: the point is live and ours.
        unsafe { blst_p1_cneg(&raw mut self.0, true) };
        self
    }
}

impl Mul<Fr> for G1 {
    type Output = Self;
    fn mul(self, rhs: Fr) -> Self {
        let scalar = rhs.to_scalar();
        let mut out = blst_p1::default();
        // SAFETY: the scalar has the 32 bytes that 255 bits need; all pointers are live.
        unsafe {
            blst_p1_mult(
                &raw mut out,
                &raw const self.0,
                scalar.b.as_ptr(),
                SCALAR_BITS,
            );
        }
        Self(out)
    }
}
