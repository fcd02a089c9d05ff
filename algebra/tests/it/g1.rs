use algebra::{AlgebraError, Fr, G1, G1_BYTES, G1Affine};

use super::{rng, scalar};

/// Infinity's only compressed encoding.
const INFINITY: [u8; G1_BYTES] = {
    let mut bytes = [0; G1_BYTES];
    bytes[0] = 0xc0;
    bytes
};

#[test]
fn points_come_back_from_their_bytes() {
    let mut rng = rng(1);
    for _ in 0..10 {
        let point = G1::generator() * scalar(&mut rng);
        let decoded = G1Affine::from_compressed(&point.to_compressed()).unwrap();
        assert_eq!(G1::from(decoded), point);
        assert_eq!(decoded.to_compressed(), point.to_compressed());
    }
}

#[test]
fn infinity_is_a_point() {
    let infinity = G1Affine::from_compressed(&INFINITY).unwrap();
    assert!(infinity.is_infinity());
    assert_eq!(infinity.to_compressed(), INFINITY);
    assert_eq!(G1::infinity().to_compressed(), INFINITY);
    assert_eq!(G1::from(infinity), G1::infinity());
}

#[test]
fn bytes_that_are_no_point_are_refused() {
    let mut bad_infinity = INFINITY;
    bad_infinity[47] = 1;
    let mut uncompressed = G1::generator().to_compressed();
    uncompressed[0] &= 0x7f;
    for bytes in [[0; G1_BYTES], [0xff; G1_BYTES], bad_infinity, uncompressed] {
        assert_eq!(
            G1Affine::from_compressed(&bytes),
            Err(AlgebraError::NotOnCurve)
        );
    }
}

#[test]
fn curve_points_of_another_order_are_refused() {
    // x = 0 gives y = 2: on the curve, of order 3.
    let mut bytes = [0; G1_BYTES];
    bytes[0] = 0x80;
    assert_eq!(
        G1Affine::from_compressed(&bytes),
        Err(AlgebraError::NotInSubgroup)
    );
    // About half of all x are on the curve, and one in 2^126 of those is in the group.
    let mut outside = 0;
    for x in 1..=64 {
        bytes[G1_BYTES - 1] = x;
        match G1Affine::from_compressed(&bytes) {
            Err(AlgebraError::NotInSubgroup) => outside += 1,
            other => assert_eq!(other, Err(AlgebraError::NotOnCurve), "x = {x}"),
        }
    }
    assert!(outside > 10, "{outside} points");
}

#[test]
fn the_group_obeys_its_laws() {
    let mut rng = rng(2);
    let (a, b) = (scalar(&mut rng), scalar(&mut rng));
    let g = G1::generator();
    assert_eq!(g * a + g * b, g * (a + b));
    assert_eq!(g * a - g * b, g * (a - b));
    assert_eq!((g * a) * b, g * (a * b));
    assert_eq!(g + g, g * Fr::from_u64(2));
    assert!((g * a - g * a).is_infinity());
    assert!((g * Fr::ZERO).is_infinity());
    assert_eq!(g + G1::infinity(), g);
    assert_eq!(g * -Fr::ONE, -g);
}
