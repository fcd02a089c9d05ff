//! Whole networks on one machine: validators with their own databases, ports and keys, and
//! light nodes that know nothing but addresses and the genesis.
//!
//! [`Devnet`] runs a network in this process, [`Processes`] one whose every node is a process of
//! its own; [`round`] sends one blob all its way through one
//! and reports what was seen; [`crash`] runs a network in a child process, kills it, and counts
//! what was lost. [`faults`] breaks the network between validators and has some of them lie.
//! [`experiment`] withholds cells and counts how often light nodes notice,
//! [`bandwidth`] measures custody by subset, [`simulate`] samples at sizes that no machine holds,
//! and [`light_bench`] measures what a light node costs. [`load`] measures how much a network takes
//! and how soon, [`soak`] how it does under load and faults for long. The program `devnet` is all of
//! these behind a command line.

pub mod bandwidth;
mod config;
pub mod crash;
mod disk_full;
mod endpoints;
mod error;
pub mod experiment;
pub mod faults;
mod folder;
mod in_process;
pub mod light_bench;
pub mod load;
mod network;
mod ports;
mod proc;
mod processes;
mod repair;
mod report;
mod round;
mod scrape;
pub mod show;
pub mod simulate;
pub mod soak;

pub use config::{DevnetConfig, withheld};
pub use disk_full::{DiskFullReport, disk_full};
pub use endpoints::{Endpoints, NodeEndpoints};
pub use error::{Error, Result};
pub use in_process::{Devnet, Newcomer};
pub use network::{BlockSeen, Listening, Network};
pub use processes::{Processes, Programs};
pub use repair::{RepairConfig, RepairReport, RepairStep, repair};
pub use report::{Expectation, LightReport, Report};
pub use round::{Post, Step, round};
