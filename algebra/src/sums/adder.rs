//! What an engine must do for the sums.

use crate::G1Affine;

/// A point of a list, or its opposite.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Term(u32);

impl Term {
    /// The point at `index` (below 2^31), negated or not.
    pub(crate) fn new(index: u32, negative: bool) -> Self {
        debug_assert!(index < 1 << 31, "the sign takes a bit");
        Self(index << 1 | u32::from(negative))
    }

    /// Where the point is.
    pub(crate) fn index(self) -> usize {
        (self.0 >> 1) as usize
    }

    /// Whether its opposite is meant.
    pub(crate) fn is_negative(self) -> bool {
        self.0 & 1 == 1
    }
}

/// Two terms to be added.
pub(crate) type Pair = [Term; 2];

/// Batches of group operations in an engine's own form of affine points.
///
/// Everything here is complete: equal, opposite and infinite points, which whoever chooses the
/// scalars can bring about, come out right.
pub(crate) trait Adder {
    /// An affine point of the group, or infinity.
    type Point: Copy + Send + Sync + std::fmt::Debug;

    /// The neutral element.
    const INFINITY: Self::Point;

    /// Points in the engine's form.
    fn load(&mut self, points: &[G1Affine]) -> Vec<Self::Point>;

    /// Points in the common form.
    fn store(&mut self, points: &[Self::Point]) -> Vec<G1Affine>;

    /// φ(P) for each point, for a product each: the endomorphism of [`glv`](crate::glv).
    fn endomorphism(&mut self, points: &[Self::Point]) -> Vec<Self::Point>;

    /// 2·P for each point, in place.
    fn double(&mut self, points: &mut [Self::Point]);

    /// The sum of each pair of terms over `source`; `out` is as long as `pairs`.
    ///
    /// # Panics
    /// When the lengths differ, or a term is outside `source`.
    fn add(&mut self, source: &[Self::Point], pairs: &[Pair], out: &mut [Self::Point]);

    /// The points that the terms mean; `out` is as long as `terms`.
    ///
    /// # Panics
    /// As [`Adder::add`].
    fn copy(&mut self, source: &[Self::Point], terms: &[Term], out: &mut [Self::Point]);

    /// Memory that is kept from one use to the next, of whatever length and content.
    fn arena(&mut self) -> &mut Vec<Self::Point>;
}
