//! Tables of points that are known before.

use super::Adder;
use super::buckets::{Sum, bit_sums};
use super::digits::{HALF_BITS, Short, halve};
use super::horner::horner;
use super::shape::Shape;
use crate::{Fr, G1Affine};

/// Buckets, and terms, of the sums that are worked on at a time: bounds the memory.
const BATCH_BUCKETS: usize = 1 << 13;
const BATCH_TERMS: usize = 1 << 17;

/// Copies of points, 2^(width·sets·copy) times each, for sums over groups of them.
#[derive(Clone, Debug)]
pub(crate) struct Table<P> {
    /// Group after group; in each, copy after copy; in each, the points and then z times them.
    copies: Vec<P>,
    shape: Shape,
    groups: usize,
    /// Points of a group.
    terms: usize,
}

impl<P: Copy + Send + Sync + std::fmt::Debug> Table<P> {
    /// The table of `groups` groups of points that takes at most `bytes_per_point`, or else has
    /// one copy.
    pub(crate) fn new<A: Adder<Point = P>>(
        adder: &mut A,
        points: &[G1Affine],
        groups: usize,
        bytes_per_point: usize,
    ) -> Self {
        let terms = points.len() / groups;
        let shape = Shape::cheapest(2 * terms, HALF_BITS, bytes_per_point / (2 * size_of::<P>()));
        let mut low = adder.load(points);
        let mut copies = vec![A::INFINITY; 2 * points.len() * shape.copies];
        // An empty group has no place of its own.
        let size = terms.max(1);
        for copy in 0..shape.copies {
            if copy > 0 {
                for chunk in low.chunks_mut(CACHED) {
                    for _ in 0..shape.bits() {
                        adder.double(chunk);
                    }
                }
            }
            // By the endomorphism, which is cheaper than to double these too.
            let high = adder.times_z(&low);
            let places = copies.chunks_exact_mut(2 * size).skip(copy);
            for (place, (low, high)) in places
                .step_by(shape.copies)
                .zip(low.chunks_exact(size).zip(high.chunks_exact(size)))
            {
                let (place_low, place_high) = place.split_at_mut(size);
                place_low.copy_from_slice(low);
                place_high.copy_from_slice(high);
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
        let mut integers = vec![Short::from(0); batch.min(order.len()) * 2 * self.terms];
        for order in order.chunks(batch) {
            let mut sums = Vec::with_capacity(order.len());
            for ((group, vector), integers) in
                order.iter().zip(integers.chunks_exact_mut(2 * self.terms))
            {
                let start = (vector * self.groups + group) * self.terms;
                let (low, high) = integers.split_at_mut(self.terms);
                for ((low, high), scalar) in low.iter_mut().zip(high).zip(&scalars[start..]) {
                    [*low, *high] = halve(&scalar.to_scalar());
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
