//! The shards of data from the shards of parity.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod side_by_side;

use benches::codes::Operation;
use criterion::{Criterion, criterion_group, criterion_main};

fn decode(criterion: &mut Criterion) {
    side_by_side::codes(criterion, Operation::Decode).unwrap();
}

criterion_group!(benches, decode);
criterion_main!(benches);
