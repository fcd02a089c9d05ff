//! Operations, batches and replays against a naive twin.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::cast_possible_truncation
)]

mod apply;
mod checkpoint;
mod collect;
mod common;
mod conserve;
mod exits;
mod queue;
mod replay;
mod rules;
mod undo;
