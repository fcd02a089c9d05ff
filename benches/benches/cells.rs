//! The 128 cells of rows, without proofs.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod side_by_side;

use benches::kzg::Operation;
use criterion::{Criterion, criterion_group, criterion_main};

fn cells(criterion: &mut Criterion) {
    side_by_side::kzg(criterion, Operation::Cells).unwrap();
}

criterion_group!(benches, cells);
criterion_main!(benches);
