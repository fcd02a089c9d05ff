//! Products of pairings with one point of G2 are one exactly when the logarithms sum to zero.
#![no_main]

use algebra::{Fr, G1Affine, G2_BYTES, G2Affine, G2Prepared, pairing_product_is_one};
use arbitrary::Arbitrary;
use fuzz::points::{Point, multiple};
use fuzz::scalars::Scalar;
use libfuzzer_sys::fuzz_target;

#[derive(Arbitrary, Debug)]
struct Input {
    /// Points, and whether they are paired with infinity.
    pairs: Vec<(Point, bool)>,
    /// One more point, so that the sum can be anything.
    rest: Scalar,
    /// Adds what makes the product one.
    settle: bool,
}

fuzz_target!(|input: Input| {
    let mut infinity = [0; G2_BYTES];
    infinity[0] = 0xc0;
    let infinity = G2Prepared::new(&G2Affine::from_compressed(&infinity).unwrap());
    let generator = G2Prepared::new(&G2Affine::generator());
    let (mut pairs, mut sum) = (Vec::<(G1Affine, &G2Prepared)>::new(), input.rest.get());
    pairs.push((multiple(sum), &generator));
    for (point, nothing) in input.pairs.iter().take(6) {
        pairs.push((point.get(), if *nothing { &infinity } else { &generator }));
        sum += if *nothing { Fr::ZERO } else { point.log() };
    }
    if input.settle {
        pairs.push((multiple(-sum), &generator));
        sum = Fr::ZERO;
    }
    assert_eq!(pairing_product_is_one(&pairs), sum.is_zero());
});
