//! KZG commitments over the Ethereum ceremony: commit, prove, verify, recover.
//!
//! A row's commitment is the EIP-4844 commitment of the same bytes; its 128 cells and their
//! proofs are EIP-7594's. Parity rows of a grid follow by linearity, see [`CommitmentGrid`].
//!
//! Cells from outside are `types::UnverifiedCell`; a [`Setup`] turns them into [`VerifiedCell`]s
//! against a [`CommitmentGrid`], all in one batch. There is no other way to a [`VerifiedCell`] but
//! through cells that this process made or verified itself.
//!
//! Features: `verify` (default) commits, extends, verifies and recovers; `prove` adds cell proofs
//! and the tables that make them fast.

pub mod challenge;
pub mod eip4844;
pub mod eip7594;
mod error;
#[cfg(feature = "prove")]
mod extended;
mod grid;
mod judge;
mod recover;
mod setup;
mod threads;
mod verified;

pub use error::CommitmentError;
#[cfg(feature = "prove")]
pub use extended::{CommittedRow, ExtendedRow};
pub use grid::{CommitmentGrid, parity_commitment};
pub use judge::{Culprit, Judged};
pub use setup::Setup;
pub use threads::Threads;
pub use verified::VerifiedCell;
