//! The shards of parity of 64 shards of data.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod side_by_side;

use benches::codes::Operation;
use criterion::{Criterion, criterion_group, criterion_main};

fn encode(criterion: &mut Criterion) {
    side_by_side::codes(criterion, Operation::Encode).unwrap();
}

criterion_group!(benches, encode);
criterion_main!(benches);
