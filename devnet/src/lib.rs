//! Whole networks on one machine: validators with their own databases, ports and keys, and
//! light nodes that know nothing but addresses and the genesis.
//!
//! [`Devnet`] runs a network in this process; [`round`] sends one blob all its way through one
//! and reports what was seen; [`crash`] runs a network in a child process, kills it, and counts
//! what was lost. The program `devnet` is these three behind a command line.

pub mod crash;
mod endpoints;
mod error;
mod folder;
mod network;
mod ports;
mod report;
mod round;
pub mod show;

pub use endpoints::{Endpoints, NodeEndpoints};
pub use error::{Error, Result};
pub use network::{Devnet, DevnetConfig};
pub use report::{Expectation, LightReport, Report};
pub use round::{Post, Step, round};
