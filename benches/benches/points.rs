//! Points in bulk: their encodings, and a multiple of each.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod side_by_side;

use benches::algebra_inputs::{points, scalars};
use criterion::{Criterion, criterion_group, criterion_main};

/// Proofs of a batch.
const POINTS: usize = 2048;

fn in_bulk(criterion: &mut Criterion) {
    let points = points(POINTS);
    let encoded = algebra::Engine::scalar().write_points(&points);
    side_by_side::engines(criterion, "read_points", POINTS, |engine| {
        engine.read_points(&encoded)
    })
    .unwrap();
    side_by_side::engines(criterion, "write_points", POINTS, |engine| {
        engine.write_points(&points)
    })
    .unwrap();
    let factors = scalars(POINTS, 3);
    side_by_side::engines(criterion, "mul_points", POINTS, |engine| {
        engine.mul_points(&points, &factors).unwrap()
    })
    .unwrap();
}

criterion_group! {
    name = benches;
    config = Criterion::default().sample_size(10);
    targets = in_bulk
}
criterion_main!(benches);
