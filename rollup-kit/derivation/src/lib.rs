//! A rollup's state out of L1 and DA data alone.
//!
//! * [`Fact`] is what a block of L1 says of a rollup; [`History`] is what all of them come to:
//!   batches, queues, what is final and what is void, as `rollup-kit/contracts/src/rollup` decides.
//! * [`Derivation`] adds the state. Each tree is derived for itself by [`replay_tree`], so that
//!   data which is withheld of one holds up nothing of the other.
//! * [`Deriver`] drives it: it reads L1, asks [`Rows`] for data, and keeps snapshots in a
//!   [`Store`].
//!
//! Everything but the driver is pure and goes by L1's blocks alone, so that whoever reads the same
//! L1 derives the same state. Nothing is believed: a log belongs to a block whose hash is known, a
//! row has the commitment that the batch names, and records lead to the root on L1 or are skipped.

mod beacon;
pub mod checkpoint;
pub mod convert;
mod decode;
mod derivation;
mod driver;
mod error;
pub mod exits;
mod facts;
mod history;
mod image;
mod queue;
mod replay;
mod rows;
mod source;
mod store;

pub use beacon::Beacon;
pub use derivation::{Applied, Derivation, Limits, RowRequest, Standing};
pub use driver::{Config, Deriver, Gathered, Progress, Seen};
pub use error::{Error, Result};
pub use facts::{Fact, L1Block, RowPlace, Submission};
pub use history::{
    BatchEntry, BatchKind, BatchStatus, ChallengeState, Frozen, History, RowChallenge,
};
pub use queue::{Queue, Queued};
pub use replay::{Outcome, replay_tree};
pub use rows::{BlobRequest, Fetched, NodeRows, Rows};
pub use store::Store;
