//! The full node: it accepts blobs, disperses them, signs for what it holds, orders what is
//! certified, and serves cells, headers and proofs.
//!
//! The way of a blob through these modules:
//!
//! ```text
//! grpc ─bytes→ accept ─rows, cells→ store ─Disperse→ custody (of every validator)
//!      ←receipts─ custody ─certificate→ pool ─block→ consensus ─final block→ store
//!                                     serve ─cells, headers→ light nodes and peers
//! ```

mod accept;
mod app;
mod board;
pub mod cli;
mod clock;
mod config;
pub mod consensus;
pub mod crash_point;
mod custody;
mod error;
mod faults;
pub mod grpc;
pub mod metrics;
mod node;
pub mod operator;
mod pool;
mod retrieve;
mod serve;
mod state;
pub mod store;
mod tend;
mod work;

pub use accept::{Accepted, Submission};
pub use clock::{Clock, SystemClock};
pub use config::{Limits, NodeConfig};
pub use error::{Error, Result};
pub use faults::{Faults, Withholding};
pub use node::Node;
pub use retrieve::StoredBlob;
pub use state::NodeStatus;
