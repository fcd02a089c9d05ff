//! The scalar field in bulk: products, scaled sums, encodings.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod side_by_side;

use benches::algebra_inputs::scalars;
use criterion::{Criterion, criterion_group, criterion_main};

/// Elements of an extended row.
const ELEMENTS: usize = 8192;

fn field(criterion: &mut Criterion) {
    let (values, factors) = (scalars(ELEMENTS, 1), scalars(ELEMENTS, 2));
    side_by_side::engines(criterion, "mul_each", ELEMENTS, |engine| {
        let mut products = values.clone();
        engine.mul_each(&mut products, &factors).unwrap();
        products
    })
    .unwrap();
    side_by_side::engines(criterion, "add_scaled", ELEMENTS, |engine| {
        let mut sums = values.clone();
        engine.add_scaled(&mut sums, &factors, factors[0]).unwrap();
        sums
    })
    .unwrap();
    let bytes = algebra::Engine::scalar().write_scalars(&values);
    side_by_side::engines(criterion, "read_scalars", ELEMENTS, |engine| {
        engine.read_scalars(&bytes).unwrap()
    })
    .unwrap();
    side_by_side::engines(criterion, "write_scalars", ELEMENTS, |engine| {
        engine.write_scalars(&values)
    })
    .unwrap();
}

criterion_group!(benches, field);
criterion_main!(benches);
