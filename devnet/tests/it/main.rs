//! Real networks: real consensus, real libp2p, real gRPC, real databases, small blobs.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::cast_possible_truncation
)]

mod crash;
mod experiment;
mod faults;
mod liars;
mod light_bench;
mod network;
mod once;
mod processes;
mod raw;
mod repair;
mod restart;
mod round;
mod same;
mod simulate;
