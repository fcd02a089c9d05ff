//! A rollup and its bonds on L1: deployment, certificates, watcher, responder, costs.
//!
//! * [`contracts`] binds the contracts of `rollup-kit/contracts`, and turns our nouns into what
//!   they take.
//! * [`deploy`] puts a rollup on L1 and reads everything back; [`validators`] bonds the DA
//!   network's validators there, and [`relay`] tells L1 who they are from header to header.
//! * [`state`] reads what L1 says; [`batch`] makes what an operator submits.
//! * [`outbox`] sends transactions that outlive a kill and are never paid twice.
//! * [`watcher`] samples and challenges, [`responder`] answers. Each is a pure core, which turns
//!   views into actions, and a thin driver around it.
//! * [`costs`] measures gas, and [`game`] says where cheating pays.
//!
//! All amounts are wei unless a name says otherwise; times of L1 are Unix seconds, times of the
//! DA network Unix milliseconds.

pub mod batch;
pub mod blobs;
pub mod cells;
mod challenged_cells;
pub mod client;
pub mod contracts;
pub mod costs;
pub mod crash_point;
pub mod deploy;
mod error;
pub mod exits;
pub mod game;
pub mod journal;
pub mod outbox;
pub mod relay;
pub mod responder;
pub mod settings;
pub mod signers;
pub mod state;
mod steps;
mod submissions;
pub mod transaction;
mod units;
pub mod validators;
pub mod watcher;

pub use alloy::primitives::{Address, B256, U256};
pub use error::{Error, Result};
pub use units::{BatchNumber, BlobRow, Gas, L1Time, Wei};
