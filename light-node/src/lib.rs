//! The light node: samples every block, judges it, and says exactly how sure it is.
//!
//! [`core`] is pure: how many samples and which, the odds, the verdict, the trust in headers.
//! [`LightNode`] is the thin client around it that joins a network knowing nothing but
//! addresses and a checkpoint.

mod client;
pub mod core;
mod error;

pub use chain::Checkpoint;
pub use client::{
    BlockVerdict, Config, ForkEvidence, LightNode, RebuiltBlock, RepairFigures, Status,
};
pub use error::{Error, Result};
pub use types::ChainId;
