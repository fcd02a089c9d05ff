use blst::blst_p1_affine;

use super::{add_affine, double};
use crate::{Fr, G1, G1Affine};

fn multiple(k: u64) -> G1 {
    G1::generator() * Fr::from_u64(k)
}

#[test]
fn doubles_are_those_of_blst() {
    for point in [G1::infinity(), multiple(1), multiple(7), -multiple(12345)] {
        let mut doubled = point.0;
        double(&mut doubled);
        assert_eq!(G1(doubled), point + point);
    }
}

#[test]
fn sums_are_those_of_blst() {
    let lefts = [
        G1::infinity(),
        multiple(1),
        multiple(2),
        multiple(99) + multiple(1),
    ];
    for left in lefts {
        for right in [
            multiple(1),
            -multiple(1),
            multiple(2),
            multiple(100),
            -multiple(100),
        ] {
            let affine: blst_p1_affine = G1Affine::from(right).0;
            let mut sum = left.0;
            add_affine(&mut sum, &affine);
            assert_eq!(G1(sum), left + right);
        }
    }
}
