//! The verification of 2,048 cells in one batch.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod side_by_side;

use benches::kzg::Operation;
use criterion::{Criterion, criterion_group, criterion_main};

fn verify(criterion: &mut Criterion) {
    side_by_side::kzg(criterion, Operation::Verify).unwrap();
}

criterion_group!(benches, verify);
criterion_main!(benches);
