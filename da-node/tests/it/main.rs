//! A real node of a chain with one validator, over its gRPC port and its command line, in this
//! process and as a process of its own.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::cast_possible_truncation
)]

mod archive;
mod bad_input_connections;
mod bad_input_folder;
mod bad_input_operator;
mod bad_input_proofs;
mod bad_input_queries;
mod bad_input_submit;
mod bad_input_tls;
mod bad_input_tokens;
mod brought;
mod cells;
mod commands;
mod damage;
mod door;
mod fixture;
mod flood;
mod headers;
mod init;
mod listing;
mod membership;
mod metrics;
mod operator;
mod process;
mod restart;
mod service;
mod space;
mod tokens;
mod unit;
mod watch;
