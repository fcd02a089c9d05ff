use algebra::{AlgebraError, Engine, FixedBase, Fr, G1, G1Affine, TableSize};

use super::{naive_sum, points, rng, scalars};

const SIZES: [TableSize; 2] = [TableSize::Standard, TableSize::Small];

/// The sums of all vectors, of every engine and size, against sums that know no table.
fn check(points: &[G1Affine], groups: usize, vectors: &[Vec<Fr>]) {
    let terms = points.len() / groups;
    let scalars = vectors.concat();
    let mut expected = Vec::new();
    for vector in vectors {
        for (points, scalars) in points.chunks(terms).zip(vector.chunks(terms)) {
            expected.push(naive_sum(points, scalars).to_compressed());
        }
    }
    for engine in Engine::all() {
        for size in SIZES {
            let table = FixedBase::new(engine, points, groups, size).unwrap();
            assert_eq!(table.engine(), engine);
            let sums = table.sums(&scalars).unwrap();
            let sums: Vec<_> = sums.iter().map(G1Affine::to_compressed).collect();
            assert_eq!(sums, expected, "{engine}, {size:?}, {groups} × {terms}");
        }
    }
}

#[test]
fn sums_equal_those_without_tables() {
    for (groups, terms) in [(1, 1), (1, 100), (3, 7), (20, 16), (2, 64)] {
        let points = points(groups * terms, 1);
        let mut rng = rng(2);
        let vectors: Vec<Vec<Fr>> = (0..3).map(|_| scalars(groups * terms, &mut rng)).collect();
        check(&points, groups, &vectors);
    }
}

#[test]
fn edge_scalars() {
    let points = points(4 * 12, 3);
    let one = |value: Fr| vec![value; 48];
    let mut single = one(Fr::ZERO);
    single[20] = Fr::from_u64(77);
    let random = scalars(1, &mut rng(4))[0];
    check(
        &points,
        4,
        &[
            one(Fr::ZERO),
            one(Fr::ONE),
            one(-Fr::ONE),
            one(random),
            single,
            (0..48).map(|i| Fr::from_u64(i % 3)).collect(),
        ],
    );
}

#[test]
fn repeated_opposite_and_infinite_points() {
    let one = points(1, 5)[0];
    let opposite = G1Affine::from(-G1::from(one));
    let doubled = G1Affine::from(G1::from(one) + G1::from(one));
    let infinity = G1Affine::from(G1::infinity());
    let kinds = [one, opposite, infinity, doubled, one];
    let points: Vec<G1Affine> = kinds.into_iter().cycle().take(2 * 30).collect();
    let mut rng = rng(6);
    let random = scalars(60, &mut rng);
    check(
        &points,
        2,
        &[
            random.clone(),
            vec![random[0]; 60],
            vec![Fr::ONE; 60],
            (0..60).map(Fr::from_u64).collect(),
        ],
    );
    check(&[infinity; 8], 2, &[random[..8].to_vec()]);
}

#[test]
fn more_vectors_than_are_worked_on_at_a_time() {
    let points = points(40 * 2, 7);
    let mut rng = rng(8);
    let vectors: Vec<Vec<Fr>> = (0..60).map(|_| scalars(80, &mut rng)).collect();
    check(&points, 40, &vectors);
}

#[test]
fn nothing_gives_nothing() {
    for engine in Engine::all() {
        let table = FixedBase::new(engine, &points(4, 9), 2, TableSize::Standard).unwrap();
        assert_eq!(table.sums(&[]), Ok(Vec::new()));
        let empty = FixedBase::new(engine, &[], 3, TableSize::Standard).unwrap();
        assert_eq!(empty.sums(&[]), Ok(Vec::new()));
        assert_eq!(
            empty.sums(&[Fr::ONE]),
            Err(AlgebraError::Length {
                got: 1,
                expected: 0
            })
        );
    }
}

#[test]
fn tables_keep_within_their_memory() {
    let points = points(64, 10);
    for engine in Engine::all() {
        let standard = FixedBase::new(engine, &points, 1, TableSize::Standard).unwrap();
        let small = FixedBase::new(engine, &points, 1, TableSize::Small).unwrap();
        assert!(standard.table_bytes() <= 64 * 4096);
        assert!(small.table_bytes() <= 64 * 1024);
        assert!(small.table_bytes() < standard.table_bytes());
    }
}

#[test]
fn unequal_lengths_are_refused() {
    let points = points(6, 11);
    for engine in Engine::all() {
        for (groups, expected) in [(4, 8), (7, 7)] {
            assert_eq!(
                FixedBase::new(engine, &points, groups, TableSize::Small).err(),
                Some(AlgebraError::Length { got: 6, expected })
            );
        }
        assert!(matches!(
            FixedBase::new(engine, &points, 0, TableSize::Small),
            Err(AlgebraError::Count {
                what: "groups",
                got: 0,
                ..
            })
        ));
        let table = FixedBase::new(engine, &points, 2, TableSize::Small).unwrap();
        assert_eq!(
            table.sums(&[Fr::ONE; 7]),
            Err(AlgebraError::Length {
                got: 7,
                expected: 12
            })
        );
    }
}
