//! Sparse matrices times points, in both groups, against sums term by term.

use algebra::{AlgebraError, Engine, Fr, G1, G1Affine, G2, G2Affine};
use rand::Rng;

use super::{naive_sum, points, rng, scalar};

type Column = Vec<(Fr, usize)>;

/// Columns of every kind over so many points.
fn columns(points: usize) -> Vec<Column> {
    let mut rng = rng(31);
    let mut columns: Vec<Column> = vec![Vec::new(); 3];
    let powers = (0..255u64).map(|i| Fr::from_u64(2).pow(i));
    columns.push(powers.zip((0..points).cycle()).collect());
    // Terms that cancel, repeat, and are zero.
    let s = scalar(&mut rng);
    columns.push(vec![(s, 3), (-s, 3)]);
    columns.push(vec![(s, 3), (s, 3), (s, 3), (Fr::ZERO, 4)]);
    columns.push(vec![(Fr::ONE, 0), (-Fr::ONE, 1), (Fr::ONE, 0)]);
    columns.push(vec![(Fr::ONE, 2)]);
    columns.push(vec![(-Fr::ONE, 2), (s, 1), (Fr::from_u64(32), 5)]);
    columns.push((0..5000).map(|i| (scalar(&mut rng), i % points)).collect());
    for length in [1, 2, 3, 7, 35, 64, 200] {
        for _ in 0..4 {
            let mut place = || rng.next_u32() as usize % points;
            let places: Vec<usize> = (0..length).map(|_| place()).collect();
            let terms = places.into_iter().map(|at| (scalar(&mut rng), at));
            columns.push(terms.collect());
        }
    }
    // Units alone fill a piece of their own.
    columns.extend((0..5000).map(|i| vec![(Fr::ONE, i % points), (-Fr::ONE, i / 7 % points)]));
    columns
}

/// With infinity, equal and opposite points among them.
fn some_points() -> Vec<G1Affine> {
    let mut points = points(40, 8);
    points[0] = G1::infinity().into();
    points[3] = points[4];
    points[5] = (-G1::from(points[4])).into();
    points
}

#[test]
fn sums_equal_those_term_by_term() {
    let points = some_points();
    let columns = columns(points.len());
    let expected: Vec<G1Affine> = columns
        .iter()
        .map(|column| {
            let (scalars, chosen): (Vec<Fr>, Vec<G1Affine>) =
                column.iter().map(|(s, at)| (*s, points[*at])).unzip();
            naive_sum(&chosen, &scalars).into()
        })
        .collect();
    for engine in Engine::all() {
        let sums = engine.column_sums(&points, &columns).unwrap();
        for (place, (got, expected)) in sums.iter().zip(&expected).enumerate() {
            assert_eq!(got, expected, "{engine}, column {place}");
        }
        assert_eq!(sums.len(), columns.len());
    }
}

#[test]
fn sums_over_g2_equal_those_term_by_term() {
    let mut rng = rng(9);
    let mut points: Vec<G2Affine> = (0..40)
        .map(|_| (G2::generator() * scalar(&mut rng)).into())
        .collect();
    points[0] = G2::infinity().into();
    points[3] = points[4];
    points[5] = (-G2::from(points[4])).into();
    let columns = columns(points.len());
    // The last ones are alike.
    let columns = &columns[..100];
    let sums = Engine::detect().column_sums_g2(&points, columns).unwrap();
    assert_eq!(sums.len(), columns.len());
    for (place, (got, column)) in sums.iter().zip(columns).enumerate() {
        let terms = column.iter().map(|(s, at)| G2::from(points[*at]) * *s);
        let expected = terms.fold(G2::infinity(), |sum, term| sum + term);
        assert_eq!(*got, expected.into(), "column {place}");
    }
}

#[test]
fn points_that_are_not_there_are_refused() {
    let engine = Engine::detect();
    let columns = [vec![(Fr::ONE, 1)], vec![(Fr::ONE, 7)]];
    let refused = AlgebraError::Length {
        got: 7,
        expected: 8,
    };
    let sums = engine.column_sums(&points(7, 1), &columns);
    assert_eq!(sums, Err(refused.clone()));
    let sums = engine.column_sums_g2(&[G2Affine::generator(); 7], &columns);
    assert_eq!(sums, Err(refused));
    let none: [Column; 0] = [];
    assert_eq!(engine.column_sums(&[], &none), Ok(Vec::new()));
    assert_eq!(engine.column_sums_g2(&[], &none), Ok(Vec::new()));
}
