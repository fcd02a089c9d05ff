//! A rollup's operator.
//!
//! ```text
//! submit ─examine, verify→ pool ─seal→ batch ─┬─post, certify─┬→ submit ─→ on L1 ─→ final
//! L1's queues ─────────────────────↗          └─────prove─────┘
//! ```
//!
//! * [`mempool`] keeps operations that wait, [`fees`] says what they must pay.
//! * [`sequencer`] decides what a batch has, in which order; [`plan`] is a batch that can be made
//!   anew after a kill.
//! * [`core`] knows what is in flight, holds it against L1, and decides; pure. [`journal`] keeps
//!   its [`records`].
//! * [`carriage`] decides where rows go: to the DA network, or into L1's blobs while the network
//!   certifies nothing. [`rotation`] says whose turn it is;
//!   [`checkpoint`] posts the full state.
//! * [`network`], [`prover`] and [`settled`] (by [`derived`]) are what the operator works with; [`driver`] is what
//!   turns decisions into calls. [`server`] is for wallets.
//!
//! A confirmation that a client gets before its batch is on L1 is *soft*: this operator's word.

mod agreement;
pub mod allowance;
pub mod carriage;
pub mod checkpoint;
pub mod core;
pub mod crash_point;
pub mod derived;
pub mod desk;
pub mod driver;
mod error;
pub mod fees;
#[cfg(test)]
mod fixture;
pub mod journal;
pub mod mempool;
pub mod network;
pub mod plan;
pub mod prover;
pub mod rate;
pub mod records;
pub mod rotation;
pub mod sequencer;
pub mod server;
pub mod settings;
pub mod settled;
pub mod submission;
pub mod tokens;
pub mod wire;

pub use error::{Error, Result};
