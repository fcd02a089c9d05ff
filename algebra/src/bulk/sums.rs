//! Sums of many multiples of points that are not known before.

use crate::engine::Kind;
use crate::error::same_length;
#[cfg(target_arch = "x86_64")]
use crate::ifma::IfmaAdder;
use crate::scalar::ScalarAdder;
use crate::{AlgebraError, Engine, Fr, G1, G1Affine, sums};

/// Below this many terms, multiplying each point is as fast.
const FEW: usize = 8;

impl Engine {
    /// Σ scalarsᵢ·pointsᵢ; infinity when there are no terms.
    ///
    /// # Errors
    /// [`AlgebraError::Length`] unless there are as many scalars as points.
    pub fn msm(self, points: &[G1Affine], scalars: &[Fr]) -> Result<G1Affine, AlgebraError> {
        same_length(scalars.len(), points.len())?;
        if points.len() < FEW {
            return Ok(one_by_one(points, scalars.iter().copied()));
        }
        Ok(match self.kind() {
            Kind::Scalar => sums::msm(&mut ScalarAdder::default(), points, scalars),
            #[cfg(target_arch = "x86_64")]
            Kind::Ifma => {
                // SAFETY: the engine of this kind exists.
                let mut adder = unsafe { IfmaAdder::new() };
                sums::msm(&mut adder, points, scalars)
            }
        })
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
        same_length(scalars.len(), points.len())?;
        if points.len() < FEW {
            return Ok(one_by_one(
                points,
                scalars.iter().map(|s| Fr::from_u128(*s)),
            ));
        }
        Ok(match self.kind() {
            Kind::Scalar => sums::msm_short(&mut ScalarAdder::default(), points, scalars),
            #[cfg(target_arch = "x86_64")]
            Kind::Ifma => {
                // SAFETY: the engine of this kind exists.
                let mut adder = unsafe { IfmaAdder::new() };
                sums::msm_short(&mut adder, points, scalars)
            }
        })
    }
}

fn one_by_one(points: &[G1Affine], scalars: impl Iterator<Item = Fr>) -> G1Affine {
    points
        .iter()
        .zip(scalars)
        .fold(G1::infinity(), |sum, (point, scalar)| {
            sum + G1::from(*point) * scalar
        })
        .into()
}
