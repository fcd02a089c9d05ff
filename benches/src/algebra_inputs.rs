//! Scalars and points for the benches of the algebra.

use algebra::{FR_BYTES, Fr, G1, G1Affine};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

/// Random scalars, always the same ones for the same seed.
#[must_use]
pub fn scalars(count: usize, seed: u64) -> Vec<Fr> {
    let mut random = StdRng::seed_from_u64(seed);
    (0..count)
        .map(|_| {
            let mut bytes = [0; FR_BYTES];
            random.fill_bytes(&mut bytes);
            Fr::from_be_bytes_reduced(&bytes)
        })
        .collect()
}

/// Random multiples of the generator, always the same ones.
#[must_use]
pub fn points(count: usize) -> Vec<G1Affine> {
    scalars(count, 4096)
        .into_iter()
        .map(|scalar| (G1::generator() * scalar).into())
        .collect()
}
