//! Tables of points that are known before.

use super::Adder;
use super::buckets::{Sum, bit_sums};
use super::horner::horner;
use super::shape::Shape;
use crate::glv::{Halves, NEAREST_BITS, Signed};
use crate::{Fr, G1Affine};

/// Buckets, and terms, of the sums that are worked on at a time: bounds the memory.
const BATCH_BUCKETS: usize = 1 << 13;
const BATCH_TERMS: usize = 1 << 17;

/// Points of a table at most: of each and of its image there are as many copies as an integer has
/// windows, 64 at most, and a [`Term`](super::Term) tells 2^31 points apart.
pub(crate) const MOST_POINTS: usize = 1 << 24;

/// Copies of points, 2^(width·sets·copy) times each, for sums over groups of them.
#[derive(Clone, Debug)]
pub(crate) struct Table<P> {
    /// Group after group; in each, copy after copy; in each, the points and then their images by φ.
    copies: Vec<P>,
    shape: Shape,
    groups: usize,
    /// Points of a group.
    terms: usize,
}

impl<P: Copy + Send + Sync + std::fmt::Debug> Table<P> {
    /// The table of `groups` ≥ 1 groups of points that takes at most `bytes_per_point`, or else
    /// has one copy. There are [`MOST_POINTS`] points at most.
    pub(crate) fn new<A: Adder<Point = P>>(
        adder: &mut A,
        points: &[G1Affine],
        groups: usize,
        bytes_per_point: usize,
    ) -> Self {
        let terms = points.len() / groups;
        let shape = Shape::cheapest(
            2 * terms,
            NEAREST_BITS,
            bytes_per_point / (2 * size_of::<P>()),
        );
        let mut points = adder.load(points);
        let mut copies = vec![A::INFINITY; 2 * points.len() * shape.copies];
        // An empty group has no place of its own.
        let size = terms.max(1);
        for copy in 0..shape.copies {
            if copy > 0 {
                for chunk in points.chunks_mut(CACHED) {
                    for _ in 0..shape.bits() {
                        adder.double(chunk);
                    }
                }
            }
            // By the endomorphism, which is cheaper than to double these too.
            let images = adder.endomorphism(&points);
            let places = copies.chunks_exact_mut(2 * size).skip(copy);
            for (place, (points, images)) in places
                .step_by(shape.copies)
                .zip(points.chunks_exact(size).zip(images.chunks_exact(size)))
            {
                let (first, second) = place.split_at_mut(size);
                first.copy_from_slice(points);
                second.copy_from_slice(images);
            }
        }
        Self {
            copies,
            shape,
            groups,
            terms,
        }
    }

    /// Bytes that the copies take.
    pub(crate) fn bytes(&self) -> usize {
        size_of_val(self.copies.as_slice())
    }

    /// For each vector of one scalar per point, the sum of every group.
    pub(crate) fn sums<A: Adder<Point = P>>(&self, adder: &mut A, scalars: &[Fr]) -> Vec<G1Affine> {
        let per_sum = 2 * self.terms * self.shape.windows;
        let batch = (BATCH_BUCKETS / (self.shape.sets * self.shape.buckets()))
            .min(BATCH_TERMS / per_sum.max(1))
            .max(1);
        // Group after group, in each vector after vector: the group's part of the table is then
        // read while it is in the processor's cache.
        let vectors = scalars.len() / (self.groups * self.terms);
        let order: Vec<(usize, usize)> = (0..self.groups)
            .flat_map(|group| (0..vectors).map(move |vector| (group, vector)))
            .collect();
        let mut bits = Vec::with_capacity(order.len() * self.shape.bits());
        let mut integers = vec![Signed::from(0); batch.min(order.len()) * 2 * self.terms];
        for order in order.chunks(batch) {
            let mut sums = Vec::with_capacity(order.len());
            for ((group, vector), integers) in
                order.iter().zip(integers.chunks_exact_mut(2 * self.terms))
            {
                let start = (vector * self.groups + group) * self.terms;
                let (first, second) = integers.split_at_mut(self.terms);
                for ((first, second), scalar) in first.iter_mut().zip(second).zip(&scalars[start..])
                {
                    let halves = Halves::nearest(scalar);
                    (*first, *second) = (halves.first, halves.second);
                }
                sums.push(Sum {
                    first: group * 2 * self.terms * self.shape.copies,
                    integers,
                });
            }
            bits.extend(bit_sums(adder, &self.copies, self.shape, &sums));
        }
        let by_group = horner(adder, &bits, self.shape.bits());
        (0..vectors)
            .flat_map(|vector| by_group.iter().skip(vector).step_by(vectors).copied())
            .collect()
    }
}

/// Points that are doubled at a time, so that they stay in the processor's cache.
const CACHED: usize = 1 << 11;

#[cfg(test)]
mod tests;
