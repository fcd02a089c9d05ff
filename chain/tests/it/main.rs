//! The chain's rules, seen from outside.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::cast_possible_truncation
)]

mod bad_input_bitmaps;
mod bad_input_blocks;
mod bad_input_certificates;
mod bad_input_evidence;
mod bad_input_finality;
mod bad_input_genesis;
mod bad_input_headers;
mod bad_input_keys;
mod bad_input_membership;
mod bad_input_receipts;
mod bad_input_sets;
mod bad_input_trust;
mod blocks;
mod certificates;
mod custody;
mod evidence;
mod genesis;
mod golden;
mod keys;
mod membership;
mod round_trips;
mod samples;
mod sets;
mod tenures;
mod trust;
