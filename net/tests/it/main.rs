//! Whole networks on the loopback interface, each node with its own swarm.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::cast_possible_truncation
)]

mod bad_input_frames;
mod discovery;
mod exchange;
mod gossip;
mod hello;
mod membership;
mod nodes;
