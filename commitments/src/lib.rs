//! KZG commitments over the Ethereum ceremony: commit, prove, verify, recover.
//!
//! A row's commitment is the EIP-4844 commitment of the same bytes; its 128 cells and their
//! proofs are EIP-7594's. Parity rows of a grid follow by linearity, see [`CommitmentGrid`].
//!
//! Cells from outside are `types::UnverifiedCell`; a [`Verifier`] turns them into
//! [`VerifiedCell`]s against a [`CommitmentGrid`], all in one batch. There is no other way to a
//! [`VerifiedCell`] but through cells that this process made or verified itself.
//!
//! All arithmetic is `algebra`'s, on an engine that whoever makes a [`Verifier`] or a `Setup`
//! chooses; what is computed does not depend on it.
//!
//! Verification takes 3 KiB of the ceremony; the feature `prove` adds the whole of it as `Setup`,
//! which commits, extends, proves and recovers.

mod batch;
pub mod challenge;
mod column;
pub mod eip4844;
pub mod eip7594;
mod error;
mod grid;
mod judge;
mod openings;
mod rebuild;
mod threads;
mod verified;
mod verifier;

pub use error::CommitmentError;
pub use grid::{CommitmentGrid, parity_commitment};
pub use judge::{Culprit, Judged};
pub use threads::{Meter, Threads};
pub use verified::VerifiedCell;
pub use verifier::Verifier;

#[cfg(feature = "prove")]
mod ceremony;
#[cfg(feature = "prove")]
mod check;
#[cfg(feature = "prove")]
mod extended;
#[cfg(feature = "prove")]
mod fk20;
#[cfg(feature = "prove")]
mod recover;
#[cfg(feature = "prove")]
mod setup;

#[cfg(feature = "prove")]
pub use extended::{CommittedRow, ExtendedRow};
#[cfg(feature = "prove")]
pub use setup::Setup;
