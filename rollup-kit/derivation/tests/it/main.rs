//! Derivation against the real contracts on an L1 of our own.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::cast_possible_truncation
)]

mod beacon;
mod checkpoints;
mod lifecycle;
mod saving;
mod world;
