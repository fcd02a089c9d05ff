//! Real networks: real consensus, real libp2p, real gRPC, real databases, small blobs.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::cast_possible_truncation
)]

mod bandwidth;
mod crash;
mod damage;
mod dispersal;
mod experiment;
mod faults;
mod follow;
mod follow_liars;
mod liars;
mod light_bench;
mod members;
mod network;
mod once;
mod processes;
mod raw;
mod repair;
mod restart;
mod round;
mod same;
mod simulate;
