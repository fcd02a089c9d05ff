//! Sums of many scalar multiples.

use blst::{
    blst_p1, blst_p1_affine, blst_p1s_mult_pippenger, blst_p1s_mult_pippenger_scratch_sizeof,
    blst_scalar,
};

use crate::g1::SCALAR_BITS;
use crate::{AlgebraError, Fr, G1, G1Affine};

/// Below this many terms, multiplying each point is as fast, and blst would leave the bucket
/// method for tables of its own.
const FEW: usize = 4;

/// Σ scalarsᵢ·pointsᵢ; infinity when there are no terms.
///
/// # Errors
/// [`AlgebraError::Length`] when points and scalars differ in number.
pub fn msm(points: &[G1Affine], scalars: &[Fr]) -> Result<G1, AlgebraError> {
    if points.len() != scalars.len() {
        return Err(AlgebraError::Length {
            got: scalars.len(),
            expected: points.len(),
        });
    }
    // blst's bucket method is wrong when infinity is among few points, so terms that add nothing
    // are never handed to it.
    let (points, scalars): (Vec<G1Affine>, Vec<Fr>) = points
        .iter()
        .zip(scalars)
        .filter(|(point, scalar)| !point.is_infinity() && !scalar.is_zero())
        .unzip();
    if points.len() < FEW {
        return Ok(points
            .iter()
            .zip(&scalars)
            .fold(G1::infinity(), |sum, (point, scalar)| {
                sum + G1::from(*point) * *scalar
            }));
    }
    Ok(pippenger(&points, &scalars))
}

/// The bucket method; the slices are equally long, at least [`FEW`], and free of infinity.
fn pippenger(points: &[G1Affine], scalars: &[Fr]) -> G1 {
    let integers: Vec<blst_scalar> = scalars.iter().map(|s| s.to_scalar()).collect();
    // A null second pointer tells blst that the first one starts a contiguous array.
    let point_list: [*const blst_p1_affine; 2] =
        [points.as_ptr().cast::<blst_p1_affine>(), std::ptr::null()];
    let scalar_list: [*const u8; 2] = [integers.as_ptr().cast::<u8>(), std::ptr::null()];
    let mut out = blst_p1::default();
    // SAFETY: `G1Affine` is a transparent wrapper of `blst_p1_affine` and `blst_scalar` is 32
    // bytes, so both arrays are contiguous as blst expects; the scratch space has the size blst
    // asks for, in units of u64.
    unsafe {
        let bytes = blst_p1s_mult_pippenger_scratch_sizeof(points.len());
        let mut scratch = vec![0u64; bytes.div_ceil(size_of::<u64>())];
        blst_p1s_mult_pippenger(
            &raw mut out,
            point_list.as_ptr(),
            points.len(),
            scalar_list.as_ptr(),
            SCALAR_BITS,
            scratch.as_mut_ptr(),
        );
    }
    G1(out)
}
