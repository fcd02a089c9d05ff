//! The group G2, as far as verifiers need it: the ceremony's points and pairings with them.

use blst::{
    BLST_ERROR, blst_p2_affine, blst_p2_affine_compress, blst_p2_affine_generator,
    blst_p2_affine_in_g2, blst_p2_affine_is_inf, blst_p2_uncompress,
};

use crate::AlgebraError;

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

    /// Whether this is the neutral element.
    #[must_use]
    pub fn is_infinity(&self) -> bool {
        // SAFETY: the point is live.
        unsafe { blst_p2_affine_is_inf(&raw const self.0) }
    }
}
