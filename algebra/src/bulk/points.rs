//! Points in bulk: their bytes, and multiples of them.

use crate::engine::Kind;
use crate::error::same_length;
use crate::glv::Multiplier;
#[cfg(target_arch = "x86_64")]
use crate::ifma;
use crate::{AlgebraError, Engine, Fr, G1_BYTES, G1Affine, scalar};

impl Engine {
    /// Reads compressed points, each checked to be on the curve and in the subgroup.
    ///
    /// The result has an entry for each encoding, in order; an error is that of
    /// [`G1Affine::from_compressed`].
    #[must_use]
    pub fn read_points(self, bytes: &[[u8; G1_BYTES]]) -> Vec<Result<G1Affine, AlgebraError>> {
        match self.kind() {
            Kind::Scalar => bytes.iter().map(G1Affine::from_compressed).collect(),
            #[cfg(target_arch = "x86_64")]
            // SAFETY: an engine of this kind exists only where the processor has AVX-512 IFMA.
            Kind::Ifma => unsafe { ifma::read_points(bytes) },
        }
    }

    /// The compressed encodings.
    #[must_use]
    pub fn write_points(self, points: &[G1Affine]) -> Vec<[u8; G1_BYTES]> {
        points.iter().map(G1Affine::to_compressed).collect()
    }

    /// `factor` times each point.
    #[must_use]
    pub fn scale_points(self, points: &[G1Affine], factor: &Fr) -> Vec<G1Affine> {
        let factor = Multiplier::new(*factor);
        multiply(self, points, &vec![&factor; points.len()])
    }

    /// `scalars[i]` times `points[i]`.
    ///
    /// # Errors
    /// [`AlgebraError::Length`] unless there are as many scalars as points.
    pub fn mul_points(
        self,
        points: &[G1Affine],
        scalars: &[Fr],
    ) -> Result<Vec<G1Affine>, AlgebraError> {
        same_length(scalars.len(), points.len())?;
        let factors: Vec<Multiplier> = scalars.iter().map(|s| Multiplier::new(*s)).collect();
        let factors: Vec<&Multiplier> = factors.iter().collect();
        Ok(multiply(self, points, &factors))
    }
}

/// `factors[i]` times `points[i]`; the slices are equally long.
pub(super) fn multiply(
    engine: Engine,
    points: &[G1Affine],
    factors: &[&Multiplier],
) -> Vec<G1Affine> {
    // Rows of zeros are common, and all their points are infinity.
    let finite: Vec<usize> = (0..points.len())
        .filter(|i| !points[*i].is_infinity())
        .collect();
    if finite.len() == points.len() {
        return multiply_finite(engine, points, factors);
    }
    let chosen: Vec<G1Affine> = finite.iter().map(|i| points[*i]).collect();
    let chosen_factors: Vec<&Multiplier> = finite.iter().map(|i| factors[*i]).collect();
    let mut out = points.to_vec();
    for (i, product) in finite
        .iter()
        .zip(multiply_finite(engine, &chosen, &chosen_factors))
    {
        out[*i] = product;
    }
    out
}

/// As [`multiply`], of points none of which is infinity.
fn multiply_finite(engine: Engine, points: &[G1Affine], factors: &[&Multiplier]) -> Vec<G1Affine> {
    match engine.kind() {
        Kind::Scalar => scalar::multiply(points, factors),
        #[cfg(target_arch = "x86_64")]
        // SAFETY: an engine of this kind exists only where the processor has AVX-512 IFMA.
        Kind::Ifma => unsafe { ifma::multiply(points, factors) },
    }
}

/// (u, t) to (u + t, u − t), in place.
pub(super) fn butterflies(engine: Engine, pairs: &mut [[G1Affine; 2]]) {
    match engine.kind() {
        Kind::Scalar => scalar::butterflies(pairs),
        #[cfg(target_arch = "x86_64")]
        // SAFETY: an engine of this kind exists only where the processor has AVX-512 IFMA.
        Kind::Ifma => unsafe { ifma::butterflies(pairs) },
    }
}
