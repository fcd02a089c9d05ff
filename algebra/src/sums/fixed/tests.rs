//! How many group operations the sums take.

use super::Table;
use crate::scalar::ScalarAdder;
use crate::sums::{Adder, Pair, Term};
use crate::{Fr, G1, G1Affine};

/// Counts operations and does none: their number does not depend on the points. A point takes
/// `W` words, by which the table is laid out.
#[derive(Default)]
struct Tally<const W: usize> {
    additions: usize,
    doublings: usize,
    arena: Vec<[u64; W]>,
}

impl<const W: usize> Adder for Tally<W> {
    type Point = [u64; W];

    const INFINITY: [u64; W] = [0; W];

    fn load(&mut self, points: &[G1Affine]) -> Vec<[u64; W]> {
        vec![Self::INFINITY; points.len()]
    }

    fn store(&mut self, points: &[[u64; W]]) -> Vec<G1Affine> {
        vec![G1::infinity().into(); points.len()]
    }

    fn endomorphism(&mut self, points: &[[u64; W]]) -> Vec<[u64; W]> {
        points.to_vec()
    }

    fn double(&mut self, points: &mut [[u64; W]]) {
        self.doublings += points.len();
    }

    fn add(&mut self, _: &[[u64; W]], pairs: &[Pair], _: &mut [[u64; W]]) {
        self.additions += pairs.len();
    }

    fn copy(&mut self, _: &[[u64; W]], _: &[Term], _: &mut [[u64; W]]) {}

    fn arena(&mut self) -> &mut Vec<[u64; W]> {
        &mut self.arena
    }
}

/// Additions and doublings of the sums of `groups` groups of `terms` points each, with tables of
/// 4 KiB per point.
fn count<const W: usize>(groups: usize, terms: usize) -> [usize; 2] {
    let points = vec![G1::infinity().into(); groups * terms];
    let mut scalar = Fr::from_u64(7);
    let scalars: Vec<Fr> = std::iter::repeat_with(|| {
        scalar = scalar.square() + Fr::ONE;
        scalar
    })
    .take(points.len())
    .collect();
    let mut tally = Tally::<W>::default();
    let table = Table::new(&mut tally, &points, groups, 4096);
    (tally.additions, tally.doublings) = (0, 0);
    table.sums(&mut tally, &scalars);
    [tally.additions, tally.doublings]
}

/// Both engines' points, of twelve and of sixteen words, lead to the same layout.
#[test]
fn a_commitment_and_the_proofs_of_a_row_take_so_many_operations() {
    let words = size_of::<<ScalarAdder as Adder>::Point>() / 8;
    assert_eq!(words, 12);
    #[cfg(target_arch = "x86_64")]
    assert_eq!(size_of::<crate::ifma::IfmaPoint>() / 8, 16);
    let commitment = [86_027, 0];
    assert_eq!(
        [count::<12>(1, 4096), count::<16>(1, 4096)],
        [commitment; 2]
    );
    // A quarter of the 128 sums of a row's proofs.
    let proofs = [69_212, 256];
    assert_eq!([count::<12>(32, 64), count::<16>(32, 64)], [proofs; 2]);
}
