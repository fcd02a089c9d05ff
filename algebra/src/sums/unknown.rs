//! Sums over points that are not known before.

use super::Adder;
use super::buckets::{Sum, bit_sums};
use super::horner::horner;
use super::shape::Shape;
use crate::glv::{Halves, NEAREST_BITS, Signed};
use crate::{Fr, G1, G1Affine};

/// Points of a sum that are worked on at a time: bounds the memory.
const BATCH: usize = 1 << 14;

/// Σ scalarsᵢ·pointsᵢ; the slices are equally long.
pub(crate) fn msm<A: Adder>(adder: &mut A, points: &[G1Affine], scalars: &[Fr]) -> G1Affine {
    in_batches(points, scalars, |points, scalars| {
        let mut bases = adder.load(points);
        let images = adder.endomorphism(&bases);
        bases.extend_from_slice(&images);
        let halves: Vec<Halves> = scalars.iter().map(Halves::nearest).collect();
        let first = halves.iter().map(|half| half.first);
        let integers: Vec<Signed> = first.chain(halves.iter().map(|half| half.second)).collect();
        sum(adder, &bases, &integers, NEAREST_BITS)
    })
}

/// Σ scalarsᵢ·pointsᵢ; the slices are equally long.
pub(crate) fn msm_short<A: Adder>(
    adder: &mut A,
    points: &[G1Affine],
    scalars: &[u128],
) -> G1Affine {
    in_batches(points, scalars, |points, scalars| {
        let bases = adder.load(points);
        let integers: Vec<Signed> = scalars.iter().map(|s| Signed::from(*s)).collect();
        sum(adder, &bases, &integers, 128)
    })
}

fn sum<A: Adder>(
    adder: &mut A,
    bases: &[A::Point],
    integers: &[Signed],
    bits: usize,
) -> Vec<G1Affine> {
    let shape = Shape::cheapest(integers.len(), bits, 1);
    let sum = Sum { first: 0, integers };
    let by_bits = bit_sums(adder, bases, shape, &[sum]);
    horner(adder, &by_bits, shape.bits())
}

fn in_batches<S>(
    points: &[G1Affine],
    scalars: &[S],
    sum: impl FnMut(&[G1Affine], &[S]) -> Vec<G1Affine>,
) -> G1Affine {
    let mut sum = sum;
    points
        .chunks(BATCH)
        .zip(scalars.chunks(BATCH))
        .flat_map(|(points, scalars)| sum(points, scalars))
        .fold(G1::infinity(), |sum, part| sum + part.into())
        .into()
}
