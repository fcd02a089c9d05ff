//! The engines and their rivals, measured side by side.
//!
//! Every contestant computes the same from the same inputs, which is checked before any timing.
//! Timings are interleaved ([`round_robin`]), and the minimum counts ([`Samples`]). Inputs are
//! brought into each library's own form beforehand: only the operation itself is timed.
//!
//! The rivals are c-kzg and `rust_eth_kzg`, both with tables of 96 MiB for their proofs, the
//! largest of theirs within 128 MiB. `cargo run --release -p benches --bin compare` compares,
//! `cargo bench -p benches --bench commit` looks at one operation closely.

pub mod algebra_inputs;
mod callers;
pub mod codes;
mod compare;
mod cpu;
mod error;
pub mod kzg;
mod options;
pub mod ours;
mod output;
pub mod report;
pub mod rivals;
mod rounds;
mod samples;

pub use callers::share_out;
pub use compare::compare;

pub use cpu::{describe, describe_from};
pub use error::BenchError;
pub use options::{Options, Plan, Shards, Subject};
pub use output::OutputFile;
pub use rounds::{Budget, round_robin};
pub use samples::Samples;
