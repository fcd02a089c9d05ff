use algebra::{AlgebraError, Fr, G1, G1Affine, msm};

use super::{rng, scalar, scalars};

fn naive(points: &[G1Affine], scalars: &[Fr]) -> G1 {
    points
        .iter()
        .zip(scalars)
        .fold(G1::infinity(), |sum, (p, s)| sum + G1::from(*p) * *s)
}

fn points(count: usize, seed: u64) -> Vec<G1Affine> {
    let mut rng = rng(seed);
    (0..count)
        .map(|_| (G1::generator() * scalar(&mut rng)).into())
        .collect()
}

#[test]
fn msm_equals_the_naive_sum_at_every_small_size_and_some_larger() {
    for count in (0..=40).chain([63, 64, 65, 200]) {
        let points = points(count, count as u64);
        let scalars = scalars(count, &mut rng(count as u64 + 1000));
        assert_eq!(
            msm(&points, &scalars).unwrap(),
            naive(&points, &scalars),
            "{count} terms"
        );
    }
}

#[test]
fn hostile_terms_change_nothing() {
    let infinity = G1Affine::from(G1::infinity());
    for count in 1..=12 {
        let honest = points(count, 7);
        let opposite = honest.iter().map(|p| G1Affine::from(-G1::from(*p)));
        let edge = [Fr::ZERO, Fr::ONE, -Fr::ONE, Fr::from_u64(2)];
        for position in 0..count {
            let mut points = honest.clone();
            points[position] = infinity;
            // Repeated and opposite points beside infinity.
            points.extend(honest.clone());
            points.extend(opposite.clone());
            points.push(infinity);
            let scalars: Vec<Fr> = (0..points.len()).map(|i| edge[i % 4]).collect();
            assert_eq!(msm(&points, &scalars).unwrap(), naive(&points, &scalars));
            // The same scalar everywhere makes opposite points cancel inside a bucket.
            let same = vec![-Fr::ONE; points.len()];
            assert_eq!(msm(&points, &same).unwrap(), naive(&points, &same));
        }
    }
}

#[test]
fn sums_of_nothing_are_infinity() {
    let infinity = G1Affine::from(G1::infinity());
    assert!(msm(&[], &[]).unwrap().is_infinity());
    assert!(
        msm(&[infinity; 9], &scalars(9, &mut rng(4)))
            .unwrap()
            .is_infinity()
    );
    assert!(msm(&points(9, 5), &[Fr::ZERO; 9]).unwrap().is_infinity());
}

#[test]
fn one_point_many_times_is_a_multiple() {
    let point = points(1, 6)[0];
    let scalars = scalars(100, &mut rng(8));
    let sum: Fr = scalars.iter().copied().sum();
    assert_eq!(msm(&[point; 100], &scalars).unwrap(), G1::from(point) * sum);
}

#[test]
fn unequal_lengths_are_refused() {
    assert_eq!(
        msm(&points(3, 9), &[Fr::ONE; 2]),
        Err(AlgebraError::Length {
            got: 2,
            expected: 3
        })
    );
}
