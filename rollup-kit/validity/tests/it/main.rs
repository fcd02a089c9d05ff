//! Proofs, keys and the contract, over the circuit of one operation.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::cast_possible_truncation
)]

mod ceremony;
mod common;
mod contract;
mod keys;
mod prove;
mod statement;
