//! Operations, batches and replays against a naive twin.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::cast_possible_truncation
)]

mod apply;
mod collect;
mod common;
mod conserve;
mod queue;
mod replay;
mod undo;
