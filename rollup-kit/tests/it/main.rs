//! A rollup against a running network: the program `devnet`, in a process of its own.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod cli;
mod escape;
mod explorer;
mod l1;
mod network;
mod settle;
mod template;
mod wallet;
mod way;
