//! The 128 cells of rows, and their proofs.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod side_by_side;

use benches::kzg::Operation;
use criterion::{Criterion, criterion_group, criterion_main};

fn prove(criterion: &mut Criterion) {
    side_by_side::kzg(criterion, Operation::Prove).unwrap();
}

criterion_group!(benches, prove);
criterion_main!(benches);
