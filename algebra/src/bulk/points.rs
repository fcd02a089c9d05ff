//! Points in bulk: their bytes, and multiples of them.

use crate::{AlgebraError, Engine, Fr, G1, G1_BYTES, G1Affine};

impl Engine {
    /// Reads compressed points, each checked to be on the curve and in the subgroup.
    ///
    /// The result has an entry for each encoding, in order; an error is that of
    /// [`G1Affine::from_compressed`].
    #[must_use]
    pub fn read_points(self, bytes: &[[u8; G1_BYTES]]) -> Vec<Result<G1Affine, AlgebraError>> {
        bytes.iter().map(G1Affine::from_compressed).collect()
    }

    /// The compressed encodings.
    #[must_use]
    pub fn write_points(self, points: &[G1Affine]) -> Vec<[u8; G1_BYTES]> {
        points.iter().map(G1Affine::to_compressed).collect()
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
        if scalars.len() != points.len() {
            return Err(AlgebraError::Length {
                got: scalars.len(),
                expected: points.len(),
            });
        }
        Ok(points
            .iter()
            .zip(scalars)
            .map(|(point, scalar)| (G1::from(*point) * *scalar).into())
            .collect())
    }
}
