//! G2 in bulk against single operations.

use algebra::{AlgebraError, Domain, Engine, Fr, G2, G2Affine, G2Prepared, ProductsG2};
use algebra::{G1, pairing_product_is_one};

use super::{rng, scalar, scalars};

fn points(count: usize) -> Vec<G2Affine> {
    let mut rng = rng(77);
    (0..count)
        .map(|_| (G2::generator() * scalar(&mut rng)).into())
        .collect()
}

fn infinity() -> G2Affine {
    G2::infinity().into()
}

#[test]
fn multiples_pair_as_those_of_g1_do() {
    let mut rng = rng(5);
    let s = scalar(&mut rng);
    let [point, opposite] = [G2::generator() * s, -(G2::generator() * s)];
    let pair = |g2: G2| {
        let prepared = G2Prepared::new(&g2.into());
        let generator = G2Prepared::new(&G2Affine::generator());
        let minus = (-(G1::generator() * s)).into();
        pairing_product_is_one(&[(G1::generator().into(), &prepared), (minus, &generator)])
    };
    assert!(pair(point));
    assert!(!pair(opposite));
    assert!(pair(point + opposite + point));
    assert!(pair(point - opposite + opposite));
}

#[test]
fn bulk_equals_one_by_one() {
    let mut points = points(20);
    points[7] = infinity();
    let scalars = scalars(20, &mut rng(6));
    for engine in Engine::all() {
        let products = engine.mul_points_g2(&points, &scalars).unwrap();
        let mut sum = G2::infinity();
        for ((point, scalar), product) in points.iter().zip(&scalars).zip(&products) {
            let expected = G2::from(*point) * *scalar;
            assert_eq!(*product, expected.into());
            sum += expected;
        }
        assert_eq!(engine.msm_g2(&points, &scalars), Ok(sum.into()));
        assert_eq!(engine.msm_g2(&points[7..8], &scalars[..1]), Ok(infinity()));
        assert_eq!(engine.msm_g2(&[], &[]), Ok(infinity()));
        let refused = AlgebraError::Length {
            got: 19,
            expected: 20,
        };
        assert_eq!(engine.msm_g2(&points, &scalars[1..]), Err(refused.clone()));
        assert_eq!(engine.mul_points_g2(&points, &scalars[1..]), Err(refused));
        let mut bytes: Vec<_> = points.iter().map(G2Affine::to_compressed).collect();
        assert_eq!(engine.read_points_g2(&bytes), Ok(points.clone()));
        bytes[19][95] ^= 1;
        assert!(engine.read_points_g2(&bytes).is_err());
        assert_eq!(engine.affine_g2(&[]), []);
    }
    // The first half of both coordinates is the compressed one but for its flags.
    let [whole, short] = [&points[0].to_uncompressed()[..], &points[0].to_compressed()];
    assert_eq!(whole[1..96], short[1..]);
}

#[test]
fn the_inverse_transform_equals_the_naive_one() {
    let share = |count: usize, products: &ProductsG2<'_>| {
        let middle = count / 3;
        [products(0..middle), products(middle..count)].concat()
    };
    for size in [1, 2, 4, 8, 32] {
        let domain = Domain::new(size).unwrap();
        let mut values: Vec<G2> = points(size).into_iter().map(G2::from).collect();
        values[size / 2] = G2::infinity();
        let mut got = values.clone();
        domain.ifft_g2(&mut got, &share).unwrap();
        let scale = Fr::from_u64(size as u64).inverse().unwrap();
        for (i, got) in got.iter().enumerate() {
            let expected = values
                .iter()
                .enumerate()
                .fold(G2::infinity(), |sum, (j, v)| {
                    sum + *v * (domain.point(size * size - i * j) * scale)
                });
            assert_eq!(G2Affine::from(*got), expected.into(), "size {size}, {i}");
        }
        assert!(domain.ifft_g2(&mut values[1..].to_vec(), &share).is_err());
    }
}
