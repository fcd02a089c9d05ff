//! Rows with all their proofs from half of their cells.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod side_by_side;

use benches::kzg::Operation;
use criterion::{Criterion, criterion_group, criterion_main};

fn recover(criterion: &mut Criterion) {
    side_by_side::kzg(criterion, Operation::Recover).unwrap();
}

criterion_group!(benches, recover);
criterion_main!(benches);
