//! Sums of many multiples of points, known before or not.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod side_by_side;

use algebra::{FixedBase, TableSize};
use benches::algebra_inputs::{points, scalars};
use benches::ours;
use criterion::{Criterion, Throughput, criterion_group, criterion_main};

/// Elements of a row.
const ROW: usize = 4096;
/// Groups of FK20, and points of each.
const GROUPS: usize = 128;
const GROUP: usize = 64;

fn msm(criterion: &mut Criterion) {
    let points = points(GROUPS * GROUP);
    let all = scalars(points.len(), 1);
    for terms in [GROUP, ROW] {
        side_by_side::engines(criterion, &format!("msm {terms}"), terms, |engine| {
            engine.msm(&points[..terms], &all[..terms]).unwrap()
        })
        .unwrap();
    }
    let short: Vec<u128> = (1..=2048).map(|i| i * (u128::MAX / 4099)).collect();
    side_by_side::engines(criterion, "msm_short 2048", short.len(), |engine| {
        engine.msm_short(&points[..short.len()], &short).unwrap()
    })
    .unwrap();

    for (name, groups, terms) in [("fixed 4096", 1, ROW), ("fixed 128 of 64", GROUPS, GROUP)] {
        let count = groups * terms;
        let mut group = criterion.benchmark_group(name);
        group.throughput(Throughput::Elements(count as u64));
        for engine in ours::engines().unwrap() {
            let table =
                FixedBase::new(engine, &points[..count], groups, TableSize::Standard).unwrap();
            group.bench_function(engine.name(), |bencher| {
                bencher.iter(|| table.sums(&all[..count]).unwrap());
            });
        }
        group.finish();
    }
}

criterion_group! {
    name = benches;
    config = Criterion::default().sample_size(10);
    targets = msm
}
criterion_main!(benches);
