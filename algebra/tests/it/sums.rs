use algebra::{AlgebraError, Engine, Fr, G1, G1Affine};
use rand::Rng;

use super::{naive_sum, points, rng, scalars};

/// Both sums on every engine, against the naive one.
fn check(points: &[G1Affine], scalars: &[Fr]) {
    let expected = naive_sum(points, scalars).to_compressed();
    for engine in Engine::all() {
        let sum = engine.msm(points, scalars).unwrap();
        assert_eq!(
            sum.to_compressed(),
            expected,
            "{engine}, {} terms",
            points.len()
        );
    }
}

fn check_short(points: &[G1Affine], scalars: &[u128]) {
    let wide: Vec<Fr> = scalars.iter().map(|s| Fr::from_u128(*s)).collect();
    let expected = naive_sum(points, &wide).to_compressed();
    for engine in Engine::all() {
        let sum = engine.msm_short(points, scalars).unwrap();
        assert_eq!(
            sum.to_compressed(),
            expected,
            "{engine}, {} terms",
            points.len()
        );
    }
}

#[test]
fn sums_equal_the_naive_one_at_all_small_sizes_and_some_larger() {
    let all = points(300, 1);
    for count in (0..=40).chain([63, 64, 65, 200, 300]) {
        let mut rng = rng(count as u64);
        check(&all[..count], &scalars(count, &mut rng));
        let short: Vec<u128> = (0..count)
            .map(|_| u128::from(rng.next_u64()) << 64 | u128::from(rng.next_u64()))
            .collect();
        check_short(&all[..count], &short);
    }
}

#[test]
fn edge_scalars() {
    let points = points(50, 2);
    let edges = [Fr::ZERO, Fr::ONE, -Fr::ONE, Fr::from_u64(2)];
    for edge in edges {
        check(&points, &[edge; 50]);
    }
    let mixed: Vec<Fr> = (0..50).map(|i| edges[i % 4]).collect();
    check(&points, &mixed);
    for position in [0, 7, 49] {
        let mut single = vec![Fr::ZERO; 50];
        single[position] = scalars(1, &mut rng(3))[0];
        check(&points, &single);
    }
    for edge in [0, 1, 2, u128::MAX, u128::MAX - 1, 1 << 127, (1 << 127) - 1] {
        check_short(&points, &[edge; 50]);
    }
    let mixed: Vec<u128> = (0..50).map(|i| [0, 1, u128::MAX, 1 << 64][i % 4]).collect();
    check_short(&points, &mixed);
}

#[test]
fn repeated_opposite_and_infinite_points() {
    let one = points(1, 4)[0];
    let opposite = G1Affine::from(-G1::from(one));
    let infinity = G1Affine::from(G1::infinity());
    let random = scalars(60, &mut rng(5));
    let same = vec![random[0]; 60];
    let kinds: [&[G1Affine]; 5] = [
        &[one],
        &[one, opposite],
        &[infinity],
        &[one, infinity],
        &[one, opposite, infinity, one],
    ];
    for kind in kinds {
        let points: Vec<G1Affine> = kind.iter().copied().cycle().take(60).collect();
        check(&points, &random);
        check(&points, &same);
        check_short(&points, &[u128::MAX / 3; 60]);
        check_short(&points, &(1..=60).collect::<Vec<u128>>());
    }
}

#[test]
fn hostile_terms_among_few() {
    let infinity = G1Affine::from(G1::infinity());
    let edges = [Fr::ZERO, Fr::ONE, -Fr::ONE, Fr::from_u64(2)];
    for count in 1..=12 {
        let honest = points(count, 10);
        let opposite = honest.iter().map(|p| G1Affine::from(-G1::from(*p)));
        for position in 0..count {
            let mut points = honest.clone();
            points[position] = infinity;
            // Repeated and opposite points beside infinity.
            points.extend(honest.clone());
            points.extend(opposite.clone());
            points.push(infinity);
            let mixed: Vec<Fr> = (0..points.len()).map(|i| edges[i % 4]).collect();
            check(&points, &mixed);
            // The same scalar everywhere makes opposite points cancel inside a bucket.
            check(&points, &vec![-Fr::ONE; points.len()]);
        }
    }
    check(&[infinity; 9], &scalars(9, &mut rng(11)));
}

#[test]
fn digits_that_collide() {
    // Small scalars on points whose multiples are each other: every bucket meets its like.
    let one = G1::from(points(1, 6)[0]);
    let mut sum = one;
    let multiples: Vec<G1Affine> = (0..64)
        .map(|_| {
            let point = sum.into();
            sum += one;
            point
        })
        .collect();
    for modulus in [2, 3, 5, 64] {
        let small: Vec<u128> = (0..64).map(|i| i % modulus).collect();
        check_short(&multiples, &small);
        let small: Vec<Fr> = small.into_iter().map(Fr::from_u128).collect();
        check(&multiples, &small);
        let negative: Vec<Fr> = small.into_iter().map(|s| -s).collect();
        check(&multiples, &negative);
    }
}

#[test]
fn long_sums() {
    // Longer than what is summed at a time: the scalars' sums stand for the naive sum.
    let few = points(16, 7);
    let count = (1 << 14) + 100;
    let points: Vec<G1Affine> = few.iter().copied().cycle().take(count).collect();
    let scalars = scalars(count, &mut rng(8));
    let mut totals = vec![Fr::ZERO; 16];
    for (i, scalar) in scalars.iter().enumerate() {
        totals[i % 16] += *scalar;
    }
    let expected = naive_sum(&few, &totals);
    for engine in Engine::all() {
        assert_eq!(G1::from(engine.msm(&points, &scalars).unwrap()), expected);
        let same = engine.msm_short(&points, &vec![3; count]).unwrap();
        let counts: Vec<Fr> = (0..16)
            .map(|i| Fr::from_u64(3 * (count - i).div_ceil(16) as u64))
            .collect();
        assert_eq!(G1::from(same), naive_sum(&few, &counts));
    }
}

#[test]
fn unequal_lengths_are_refused() {
    let refused = AlgebraError::Length {
        got: 2,
        expected: 3,
    };
    let points = points(3, 9);
    for engine in Engine::all() {
        assert_eq!(engine.msm(&points, &[Fr::ONE; 2]), Err(refused.clone()));
        assert_eq!(engine.msm_short(&points, &[1; 2]), Err(refused.clone()));
    }
}
