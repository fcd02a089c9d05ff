//! An Ethereum in one process: revm behind JSON-RPC, with blobs and time travel.
//!
//! [`Chain`] is the chain itself, without I/O: state, blocks and the transactions that wait.
//! The clock is an argument. [`server`] puts it behind JSON-RPC on loopback, over HTTP and
//! WebSocket, so that a client cannot tell it from a node.
//!
//! The rules are Osaka's: all precompiles, at most 2^24 gas a transaction (EIP-7825), 60 million a
//! block, EIP-1559 and EIP-7918 prices, a target of 6 blobs a block and at most 9, at most 6 of
//! them in one transaction (EIP-7594). Headers are real: the state's root is the Merkle-Patricia
//! root of the whole state, and so are those of transactions and receipts.
//!
//! There is no consensus layer: the owner mines, by a clock, by each transaction or by hand, and
//! reorganises at will. The contracts of EIP-2935 and EIP-4788 are not deployed.

pub mod accounts;
mod blobs;
mod block;

mod chain;
mod error;
mod execute;
mod fees;
mod history;
pub mod limits;
mod logs;
mod pool;
mod request;
mod saved;
pub mod server;
mod state;
mod transaction;

pub use block::{Block, MinedTransaction};
pub use chain::{Chain, Genesis, Reorganised, Requeue, SnapshotId};
pub use error::{Error, Rejection, Result};
pub use transaction::{UnverifiedTransaction, VerifiedTransaction};
