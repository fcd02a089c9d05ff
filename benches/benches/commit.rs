//! The EIP-4844 commitments of rows.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod side_by_side;

use benches::kzg::Operation;
use criterion::{Criterion, criterion_group, criterion_main};

fn commit(criterion: &mut Criterion) {
    side_by_side::kzg(criterion, Operation::Commit).unwrap();
}

criterion_group!(benches, commit);
criterion_main!(benches);
