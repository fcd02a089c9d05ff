use algebra::{Fr, G1, G1Affine, G2_BYTES, G2Affine, G2Prepared, pairing_product_is_one};

use super::{rng, scalar};

/// Twice the generator of G2.
const TWICE: &str = "aa4edef9c1ed7f729f520e47730a124fd70662a904ba1074728114d1031e1572c6c886f6b57ec72a6178288c47c335771638533957d540a9d2370f17cc7ed5863bc0b995b8825e0ee1ea1e1e4d00dbae81f14b0bf3611b78c952aacab827a053";

fn generator() -> G2Prepared {
    G2Prepared::new(&G2Affine::generator())
}

fn twice() -> G2Prepared {
    let bytes: [u8; G2_BYTES] =
        std::array::from_fn(|i| u8::from_str_radix(&TWICE[2 * i..2 * i + 2], 16).unwrap());
    G2Prepared::new(&G2Affine::from_compressed(&bytes).unwrap())
}

fn infinity() -> G2Prepared {
    let mut bytes = [0; G2_BYTES];
    bytes[0] = 0xc0;
    G2Prepared::new(&G2Affine::from_compressed(&bytes).unwrap())
}

fn times(scalar: Fr) -> G1Affine {
    (G1::generator() * scalar).into()
}

#[test]
fn pairings_are_linear_on_both_sides() {
    let (g2, twice) = (generator(), twice());
    let mut rng = rng(1);
    for _ in 0..3 {
        let (a, b) = (scalar(&mut rng), scalar(&mut rng));
        // e(a·G, H)·e(b·G, H) = e((a + b)·G, H), and e(2·a·G, H) = e(a·G, 2·H).
        let left = [(times(a), &g2), (times(b), &g2), (times(-a - b), &g2)];
        assert!(pairing_product_is_one(&left));
        let right = [(times(a + a), &g2), (times(-a), &twice)];
        assert!(pairing_product_is_one(&right));
    }
}

#[test]
fn one_wrong_pair_breaks_the_product() {
    let (g2, twice) = (generator(), twice());
    let a = scalar(&mut rng(2));
    let right = [(times(a + a), &g2), (times(-a), &twice)];
    for wrong in 0..2 {
        let mut pairs = right;
        pairs[wrong].0 = times(a + Fr::ONE);
        assert!(!pairing_product_is_one(&pairs));
    }
    let exchanged = [(right[0].0, &twice), (right[1].0, &g2)];
    assert!(!pairing_product_is_one(&exchanged));
    assert!(!pairing_product_is_one(&[(times(Fr::ONE), &g2)]));
}

#[test]
fn pairings_with_infinity_are_one() {
    let (g2, twice, infinity) = (generator(), twice(), infinity());
    let nothing = G1Affine::from(G1::infinity());
    assert!(pairing_product_is_one(&[]));
    assert!(pairing_product_is_one(&[(nothing, &g2)]));
    assert!(pairing_product_is_one(&[(times(Fr::ONE), &infinity)]));
    assert!(pairing_product_is_one(&[(nothing, &infinity)]));
    let two = Fr::from_u64(2);
    for position in 0..=2 {
        let mut pairs = vec![(times(two), &g2), (times(-Fr::ONE), &twice)];
        pairs.insert(position, (times(two), &infinity));
        assert!(pairing_product_is_one(&pairs));
        pairs[position] = (nothing, &twice);
        assert!(pairing_product_is_one(&pairs));
        pairs[position] = (times(two), &twice);
        assert!(!pairing_product_is_one(&pairs));
    }
}

#[test]
fn a_pair_and_its_opposite_cancel_however_often() {
    let g2 = generator();
    let a = times(scalar(&mut rng(3)));
    let opposite = G1Affine::from(-G1::from(a));
    let mut pairs = Vec::new();
    for _ in 0..4 {
        pairs.push((a, &g2));
        assert!(!pairing_product_is_one(&pairs));
        pairs.push((opposite, &g2));
        assert!(pairing_product_is_one(&pairs));
    }
}
