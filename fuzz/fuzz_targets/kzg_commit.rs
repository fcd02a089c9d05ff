//! Commitments of every set-up against c-kzg's.
#![no_main]

use commitments::Threads;
use fuzz::kzg::{self, blob, oracle, row, subjects};
use fuzz::scalars::Sparse;
use libfuzzer_sys::fuzz_target;
use std::sync::LazyLock;
use types::{Commitment, Row};

static THREADS: LazyLock<Threads> = LazyLock::new(|| Threads::one().unwrap());

fuzz_target!(init: { kzg::prepare() }, |patterns: Vec<Sparse>| {
    let rows: Vec<Row> = patterns.iter().take(3).map(row).collect();
    let expected: Vec<Commitment> = rows
        .iter()
        .map(|row| oracle().blob_to_kzg_commitment(&blob(row)).unwrap())
        .map(|commitment| Commitment::new(commitment.to_bytes().into_inner()))
        .collect();
    for setup in subjects() {
        assert_eq!(setup.commit_all(&rows, &THREADS).unwrap(), expected);
    }
});
