//! The light node: samples every block, judges it, and says exactly how sure it is.
//!
//! [`core`] is pure: how many samples and which, the odds, the verdict, the trust in headers.
//! [`LightNode`] is the thin client around it that joins a network knowing nothing but
//! addresses and a checkpoint. It is the feature `client`, on by default; without it the core
//! stands alone, free of tokio and of the network.

#[cfg(feature = "client")]
mod client;
pub mod core;
mod error;

pub use chain::Checkpoint;
#[cfg(feature = "client")]
pub use client::{
    BlockVerdict, BlockView, CellState, Config, Counts, DayBytes, ForkEvidence, LightNode, Page,
    PageStatus, PastVerdict, Place, Progress, RebuiltBlock, RepairFigures, RowVerdict, SampledCell,
    Status, Tip, Today, Trouble, Vitals,
};
pub use error::{Error, Result};
pub use types::ChainId;
