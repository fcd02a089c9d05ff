//! The rollup's side of the data layer: post a blob, await its availability certificate, get
//! the bytes back, keep one proof that it was ordered.
//!
//! A rollup knows the chain's id and its validators and trusts nothing else, least of all the
//! node that it talks to: ids are computed here, certificates and proofs are verified against
//! the set, and returned bytes are committed to anew. [`demo`] shows what becomes of those who
//! withhold.

// The commands name the crate as its users do.
extern crate self as rollup_kit;

pub mod cli;
mod commands;
pub mod demo;
pub mod deploy;
mod error;
pub mod escape;
pub mod explorer;
pub mod project;
mod rollup;
pub mod vault;
pub mod verify;

/// What a rollup's own rules are written with.
pub mod rules {
    pub use ledger::rules::payload;
    pub use ledger::{AccountIndex, Amount, Call, Fr, Holdings, Refused, Register, Rules};
}
pub use validity::gadget;

pub use error::{Error, Result};
pub use rollup::Rollup;
