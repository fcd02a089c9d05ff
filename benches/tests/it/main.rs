//! The comparison, seen from outside. What it measures is not tested: that is the machine's.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::cast_possible_truncation
)]

mod agreement;
mod callers;
mod chart;
mod codes;
mod cpu;
mod fixtures;
mod options;
mod output;
mod report;
mod rounds;
mod samples;
