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
pub mod archive;
mod board;
pub mod cli;
mod clock;
mod config;
pub mod consensus;
mod contacts;
pub mod crash_point;
mod custody;
mod disk;
mod error;
mod faults;
mod follow;
pub mod grpc;
mod membership;
pub mod metrics;
mod node;
pub mod operator;
mod pool;
mod retrieve;
mod roles;
mod serve;
mod sets;
mod state;
pub mod store;
mod tend;
mod work;

pub use accept::{Accepted, Submission};
pub use clock::{Clock, SystemClock};
pub use config::{Keep, Limits, NodeConfig};
pub use error::{Error, Result};
pub use faults::{Faults, Withholding};
pub use node::Node;
pub use retrieve::StoredBlob;
pub use roles::Part;
pub use state::NodeStatus;
