//! The nouns, seen from outside.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::cast_possible_truncation
)]

mod bad_input_headers;
mod bad_input_indices;
mod bad_input_lengths;
mod bad_input_namespaces;
mod bad_input_proofs;
mod bad_input_rows;
mod golden;
mod grid;
mod index_tree;
mod merkle;
mod namespace_proofs;
mod round_trips;
mod samples;
