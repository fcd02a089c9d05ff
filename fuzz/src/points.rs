//! Points whose discrete logarithms are known: every sum of multiples of them has an oracle that
//! needs one multiplication of the generator.

use std::sync::LazyLock;

use algebra::{Fr, G1, G1Affine};
use arbitrary::Arbitrary;

/// One of few points, so that equal ones, opposite ones and infinity meet often.
#[derive(Arbitrary, Clone, Copy, Debug)]
pub struct Point(u8);

/// The points: 0 to ±5 times the generator, and each of these times the eigenvalue of the
/// curve's endomorphism and times its square. Such triples have one y coordinate.
static PALETTE: LazyLock<Vec<(G1Affine, Fr)>> = LazyLock::new(|| {
    let z = 0xd201_0000_0001_0000_u128;
    let eigenvalue = Fr::from_u128(z * z - 1);
    let mut logs = Vec::new();
    for k in 0..=5 {
        let k = Fr::from_u64(k);
        for factor in [Fr::ONE, eigenvalue, eigenvalue * eigenvalue] {
            logs.extend([k * factor, -(k * factor)]);
        }
    }
    logs.into_iter().map(|log| (multiple(log), log)).collect()
});

impl Point {
    pub fn get(self) -> G1Affine {
        PALETTE[usize::from(self.0) % PALETTE.len()].0
    }

    pub fn log(self) -> Fr {
        PALETTE[usize::from(self.0) % PALETTE.len()].1
    }
}

/// A multiple of the generator.
pub fn multiple(log: Fr) -> G1Affine {
    (G1::generator() * log).into()
}
