//! The light node's tests: the pure core first, then the client against full nodes made for
//! the purpose, over real libp2p and with real commitments.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::cast_possible_truncation
)]

mod bad_input_cells;
mod bad_input_config;
mod bad_input_headers;
mod cli;
mod client;
mod fixture;
mod judge;
mod network;
mod odds;
mod plan;
mod repair_claims;
mod repair_held;
mod repair_hostile;
mod repair_network;
mod repair_plan;
