//! The light node's tests: the pure core first, then the client against full nodes made for
//! the purpose, over real libp2p and with real commitments.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::cast_possible_truncation
)]

mod bad_input_answers;
mod bad_input_cells;
mod bad_input_config;
mod bad_input_headers;
mod browser;
mod budget;
mod catch_up;
mod cli;
mod client;
mod fixture;
mod frugal;
mod judge;
mod network;
mod odds;
mod outage;
mod page;
mod page_browser;
mod plan;
mod progress;
mod repair_claims;
mod repair_held;
mod repair_hostile;
mod repair_network;
mod repair_plan;
mod search;
mod signing;
mod state;
mod wait;
