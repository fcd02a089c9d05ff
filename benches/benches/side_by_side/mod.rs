//! What the benches of one operation share: the same contestants as `compare` has.

use std::time::Duration;

use algebra::Engine;
use benches::codes::{self, CodeInputs};
use benches::kzg::{self, Inputs};
use benches::{BenchError, Shards, ours};
use criterion::{Criterion, Throughput};

/// Rows per call, and of a verified batch.
const ROWS: usize = 8;

/// Benches one operation on rows by every contestant, on one thread.
///
/// # Errors
/// What a contestant says; none is expected.
#[allow(dead_code, reason = "each bench uses one of these functions")]
pub(crate) fn kzg(criterion: &mut Criterion, operation: kzg::Operation) -> Result<(), BenchError> {
    let inputs = match operation {
        kzg::Operation::Verify => Inputs::new(1, 2 * ROWS)?,
        _ => Inputs::new(ROWS, 1)?,
    };
    let contestants = kzg::contestants(&ours::engines()?, &inputs, 1)?;
    let mut group = criterion.benchmark_group(operation.name());
    group.throughput(Throughput::Bytes(inputs.data_bytes(operation) as u64));
    group.sample_size(10);
    for contestant in &contestants {
        group.bench_function(contestant.name(), |bencher| {
            bencher.iter_custom(|calls| total(calls, || contestant.time(operation)));
        });
    }
    group.finish();
    Ok(())
}

/// Benches one operation on shards by every code, on one thread.
///
/// # Errors
/// What a code says; none is expected.
#[allow(dead_code, reason = "each bench uses one of these functions")]
pub(crate) fn codes(
    criterion: &mut Criterion,
    operation: codes::Operation,
) -> Result<(), BenchError> {
    let shards = Shards::default();
    let inputs = CodeInputs::new(shards);
    let mut group = criterion.benchmark_group(operation.name());
    group.throughput(Throughput::Bytes(inputs.bytes() as u64));
    for entry in ours::codes::entries(&ours::engines()?, shards) {
        let contestant = codes::Contestant::new(entry, &inputs, 1)?;
        group.bench_function(contestant.name, |bencher| {
            bencher.iter_custom(|calls| total(calls, || contestant.time(operation)));
        });
    }
    group.finish();
    Ok(())
}

/// Benches a function of the algebra with every engine.
///
/// # Errors
/// As [`ours::engines`].
#[allow(dead_code, reason = "each bench uses one of these functions")]
pub(crate) fn engines<T>(
    criterion: &mut Criterion,
    name: &str,
    elements: usize,
    work: impl Fn(Engine) -> T,
) -> Result<(), BenchError> {
    let mut group = criterion.benchmark_group(name);
    group.throughput(Throughput::Elements(elements as u64));
    for engine in ours::engines()? {
        group.bench_function(engine.name(), |bencher| bencher.iter(|| work(engine)));
    }
    group.finish();
    Ok(())
}

/// The time of so many calls. A contestant that fails has been checked before, so that failing
/// now is for a human to look at.
fn total(calls: u64, time: impl Fn() -> Result<Duration, BenchError>) -> Duration {
    (0..calls)
        .map(|_| time())
        .sum::<Result<Duration, BenchError>>()
        .expect("a contestant that was right before")
}
