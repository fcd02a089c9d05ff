//! Commitments against the engine's own answers, the official vectors, and liars.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::cast_possible_truncation
)]

mod ceremony;
mod challenge;
mod check;
mod eip4844;
mod eip7594;
mod grid;
mod hostile;
mod judge;
mod prove;
mod rebuild;
mod recover;
mod setup;
mod threads;
mod vectors;

use std::sync::{Arc, OnceLock};

use algebra::{ENGINE_VARIABLE, Engine, Fr, TableSize};
use commitments::{CommitmentGrid, ExtendedRow, Setup, Threads, VerifiedCell};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use types::limits::ROW_ELEMENTS;
use types::{ColumnIndex, Coordinates, GridRow, Row, RowIndex, UnverifiedCell};

fn setup() -> &'static Setup {
    Setup::ceremony().unwrap()
}

/// A set-up for each engine under test: the one that the environment names, or else all that this
/// machine runs.
fn setups() -> &'static [Setup] {
    static SETUPS: OnceLock<Vec<Setup>> = OnceLock::new();
    SETUPS.get_or_init(|| {
        let engines = match std::env::var_os(ENGINE_VARIABLE) {
            Some(_) => vec![Engine::of_process().unwrap()],
            None => Engine::all(),
        };
        let threads = Threads::available().unwrap();
        engines
            .into_iter()
            .map(|engine| {
                let setup = Setup::on(engine, TableSize::Small).unwrap();
                setup.make_tables(&threads).unwrap();
                setup
            })
            .collect()
    })
}

/// The other implementation, which everything is compared with.
fn oracle() -> Arc<c_kzg::KzgSettings> {
    c_kzg::ethereum_kzg_settings_arc(0)
}

/// A generator that gives the same numbers in every run.
fn rng(seed: u64) -> StdRng {
    StdRng::seed_from_u64(seed)
}

/// The elements of a row or cell.
fn elements(bytes: &[u8]) -> Vec<Fr> {
    Engine::scalar().read_scalars(bytes).unwrap()
}

/// The bytes of a row or cell.
fn bytes(elements: &[Fr]) -> Vec<u8> {
    Engine::scalar().write_scalars(elements)
}

fn row_of(f: impl FnMut(usize) -> Fr) -> Row {
    let elements: Vec<_> = (0..ROW_ELEMENTS).map(f).collect();
    Row::from_slice(&bytes(&elements)).unwrap()
}

fn random_row(seed: u64) -> Row {
    let mut rng = rng(seed);
    row_of(|_| {
        let mut bytes = [0; 32];
        rng.fill_bytes(&mut bytes);
        Fr::from_be_bytes_reduced(&bytes)
    })
}

/// Commits to rows, and proves all their cells.
fn extended(setup: &Setup, rows: &[Row], threads: &Threads) -> Vec<ExtendedRow> {
    let committed = setup.commit_rows(rows, threads).unwrap();
    setup.prove_all(&committed, threads).unwrap()
}

/// Eight rows with their cells and proofs: the rows that break careless arithmetic (zero,
/// constant, one element alone, 0, 1 and r−1 in turn, one row twice), then random ones.
fn extended_rows() -> &'static [ExtendedRow] {
    static ROWS: OnceLock<Vec<ExtendedRow>> = OnceLock::new();
    ROWS.get_or_init(|| {
        let edge = [Fr::ZERO, Fr::ONE, -Fr::ONE];
        let rows = [
            random_row(1),
            row_of(|_| Fr::ZERO),
            row_of(|_| -Fr::ONE),
            row_of(|i| if i == 4095 { Fr::ONE } else { Fr::ZERO }),
            row_of(|i| edge[i % 3]),
            random_row(2),
            random_row(1),
            random_row(3),
        ];
        extended(setup(), &rows, &Threads::available().unwrap())
    })
}

/// The grid of the first `rows` of [`extended_rows`].
fn grid_of(rows: usize) -> CommitmentGrid {
    let commitments = extended_rows()[..rows].iter().map(|r| *r.commitment());
    CommitmentGrid::new(commitments.collect()).unwrap()
}

/// The same on another engine.
fn grid_on(setup: &Setup, rows: usize) -> CommitmentGrid {
    let commitments = extended_rows()[..rows].iter().map(|r| *r.commitment());
    CommitmentGrid::on(setup.engine(), commitments.collect()).unwrap()
}

fn data(row: u64) -> GridRow {
    GridRow::Data(RowIndex::new(row).unwrap())
}

fn parity(row: u64) -> GridRow {
    GridRow::Parity(RowIndex::new(row).unwrap())
}

fn column(index: u64) -> ColumnIndex {
    ColumnIndex::new(index).unwrap()
}

/// The honest answer for a data cell of [`extended_rows`].
fn answer(row: u64, col: u64) -> UnverifiedCell {
    let (cell, proof) = extended_rows()[row as usize].cell(column(col));
    UnverifiedCell {
        at: Coordinates {
            row: data(row),
            column: column(col),
        },
        cell: cell.clone(),
        proof: *proof,
    }
}

/// What others are told of a verified cell.
fn unverified(cell: VerifiedCell) -> UnverifiedCell {
    UnverifiedCell {
        at: cell.coordinates(),
        cell: cell.cell().clone(),
        proof: *cell.proof(),
    }
}
