//! Sums over points that are not known before.

use super::Adder;
use super::buckets::{Sum, bit_sums};
use super::digits::{HALF_BITS, Short, halve};
use super::horner::horner;
use super::shape::Shape;
use crate::{Fr, G1, G1Affine};

/// Points of a sum that are worked on at a time: bounds the memory.
const BATCH: usize = 1 << 14;

/// Σ scalarsᵢ·pointsᵢ; the slices are equally long.
pub(crate) fn msm<A: Adder>(adder: &mut A, points: &[G1Affine], scalars: &[Fr]) -> G1Affine {
    in_batches(points, scalars, |points, scalars| {
        let mut bases = adder.load(points);
        let high = adder.times_z(&bases);
        bases.extend_from_slice(&high);
        let mut integers = vec![Short::from(0); bases.len()];
        let (low, high) = integers.split_at_mut(points.len());
        for ((low, high), scalar) in low.iter_mut().zip(high).zip(scalars) {
            [*low, *high] = halve(&scalar.to_scalar());
        }
        sum(adder, &bases, &integers, HALF_BITS)
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
        let integers: Vec<Short> = scalars.iter().map(|s| Short::from(*s)).collect();
        sum(adder, &bases, &integers, 128)
    })
}

fn sum<A: Adder>(
    adder: &mut A,
    bases: &[A::Point],
    integers: &[Short],
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
