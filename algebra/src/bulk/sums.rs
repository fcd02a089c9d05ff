//! Sums of many multiples of points that are not known before.

use crate::{AlgebraError, Engine, Fr, G1Affine, msm};

impl Engine {
    /// Σ scalarsᵢ·pointsᵢ; infinity when there are no terms.
    ///
    /// # Errors
    /// [`AlgebraError::Length`] unless there are as many scalars as points.
    pub fn msm(self, points: &[G1Affine], scalars: &[Fr]) -> Result<G1Affine, AlgebraError> {
        Ok(msm(points, scalars)?.into())
    }

    /// Σ scalarsᵢ·pointsᵢ with scalars of 128 bits, which take half the work.
    ///
    /// # Errors
    /// [`AlgebraError::Length`] unless there are as many scalars as points.
    pub fn msm_short(
        self,
        points: &[G1Affine],
        scalars: &[u128],
    ) -> Result<G1Affine, AlgebraError> {
        let scalars: Vec<Fr> = scalars.iter().map(|s| Fr::from_u128(*s)).collect();
        self.msm(points, &scalars)
    }
}
