//! Settlement against the embedded L1: real contracts, real certificates, real blobs.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::cast_possible_truncation
)]

mod bindings;
mod bonds;
mod cast;
mod cells;
mod costs;
mod deploy;
mod escape;
mod game;
mod lifecycle;
mod outbox;
mod relay;
mod world;
