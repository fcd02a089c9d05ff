//! Fourier transforms of scalars and of points.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod side_by_side;

use algebra::{Domain, G1Domain};
use benches::algebra_inputs::{points, scalars};
use criterion::{Criterion, criterion_group, criterion_main};

/// Elements of a row.
const ROW: usize = 4096;
/// Cells of an extended row, and points of a transform of FK20.
const CELLS: usize = 128;

fn fft(criterion: &mut Criterion) {
    let values = scalars(2 * ROW, 1);
    for size in [CELLS, ROW, 2 * ROW] {
        let domain = Domain::new(size).unwrap();
        side_by_side::engines(criterion, &format!("fft {size}"), values.len(), |engine| {
            let mut values = values.clone();
            engine.fft(&domain, &mut values).unwrap();
            values
        })
        .unwrap();
    }
    let domain = Domain::new(CELLS).unwrap();
    side_by_side::engines(criterion, "fft_columns 128", values.len(), |engine| {
        let mut values = values.clone();
        engine.fft_columns(&domain, &mut values).unwrap();
        values
    })
    .unwrap();

    let points = points(8 * CELLS);
    let domain = G1Domain::new(CELLS).unwrap();
    side_by_side::engines(criterion, "G1 fft 128", points.len(), |engine| {
        let mut points = points.clone();
        domain.fft(engine, &mut points).unwrap();
        points
    })
    .unwrap();
}

criterion_group! {
    name = benches;
    config = Criterion::default().sample_size(10);
    targets = fft
}
criterion_main!(benches);
