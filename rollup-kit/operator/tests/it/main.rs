//! The operator against the real contracts on the embedded L1.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::cast_possible_truncation
)]

mod checkpoints;
mod derived;
mod kill;
mod network;
mod operate;
mod turns;
mod world;
