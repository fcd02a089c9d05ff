//! Consensus without a store: the codec, the record of signed steps, what a restart may do, and
//! networks of validators over an application that keeps everything in memory.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::cast_possible_truncation
)]

mod bad_input_messages;
mod bad_input_pacing;
mod bad_input_parts;
mod bad_input_peers;
mod byzantine;
mod guard;
mod memory;
mod network;
mod restart;
mod sets;
mod values;
