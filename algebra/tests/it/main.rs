//! The algebra against naive twins and known values.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::cast_possible_truncation
)]

mod columns;
mod domain;
mod fft;
mod fixed;
mod fr;
mod g1;
mod g2;
mod pairing;
mod points;
mod scalars;
mod sums;

use algebra::{Fr, G1, G1Affine};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

/// A generator that gives the same numbers in every run.
fn rng(seed: u64) -> StdRng {
    StdRng::seed_from_u64(seed)
}

/// A scalar from 256 random bits.
fn scalar(rng: &mut StdRng) -> Fr {
    let mut bytes = [0; 32];
    rng.fill_bytes(&mut bytes);
    Fr::from_be_bytes_reduced(&bytes)
}

/// `count` random scalars.
fn scalars(count: usize, rng: &mut StdRng) -> Vec<Fr> {
    (0..count).map(|_| scalar(rng)).collect()
}

/// −2^(−`bits`). In Montgomery's form by 2^bits it is the integer r − 1, the largest there is:
/// values are kept by 2^256, and factors of many values by 2^260.
fn largest(bits: u64) -> Fr {
    -Fr::from_u64(2).pow(bits).inverse().unwrap()
}

/// `count` random points.
fn points(count: usize, seed: u64) -> Vec<G1Affine> {
    let mut rng = rng(seed);
    (0..count)
        .map(|_| (G1::generator() * scalar(&mut rng)).into())
        .collect()
}

/// Σ scalarsᵢ·pointsᵢ, term by term.
fn naive_sum(points: &[G1Affine], scalars: &[Fr]) -> G1 {
    points
        .iter()
        .zip(scalars)
        .fold(G1::infinity(), |sum, (p, s)| sum + G1::from(*p) * *s)
}
