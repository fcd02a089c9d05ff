//! The codes against naive twins, and against input that nobody honest makes.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::cast_possible_truncation
)]

mod codes;
mod columns;
mod packing;
mod polynomial;
mod recovery;
mod rows;

use algebra::{Engine, Fr};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use types::limits::ROW_ELEMENTS;
use types::{GridDimensions, GridRow, Row, RowIndex};

/// A generator that gives the same numbers in every run.
fn rng(seed: u64) -> StdRng {
    StdRng::seed_from_u64(seed)
}

/// So many random scalars.
fn scalars(count: usize, rng: &mut StdRng) -> Vec<Fr> {
    (0..count)
        .map(|_| {
            let mut bytes = [0; 32];
            rng.fill_bytes(&mut bytes);
            Fr::from_be_bytes_reduced(&bytes)
        })
        .collect()
}

/// A row of random elements.
fn random_row(rng: &mut StdRng) -> Row {
    erasure::scalars_to_row(&scalars(ROW_ELEMENTS, rng), Engine::scalar()).unwrap()
}

/// A row whose element i is the function's value.
fn row_of(f: impl Fn(usize) -> Fr) -> Row {
    erasure::scalars_to_row(
        &(0..ROW_ELEMENTS).map(f).collect::<Vec<_>>(),
        Engine::scalar(),
    )
    .unwrap()
}

/// Rows that break careless arithmetic: zero, constant, one element alone, and 0, 1, r−1 in turn.
fn hostile_rows() -> Vec<Row> {
    let edge = [Fr::ZERO, Fr::ONE, -Fr::ONE];
    vec![
        row_of(|_| Fr::ZERO),
        row_of(|_| -Fr::ONE),
        row_of(|i| if i == 4095 { Fr::ONE } else { Fr::ZERO }),
        row_of(|i| edge[i % 3]),
    ]
}

fn dimensions(rows: u64) -> GridDimensions {
    GridDimensions::new(rows).unwrap()
}

fn data(row: u64) -> GridRow {
    GridRow::Data(RowIndex::new(row).unwrap())
}

fn parity(row: u64) -> GridRow {
    GridRow::Parity(RowIndex::new(row).unwrap())
}
