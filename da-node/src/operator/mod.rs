//! What an operator has: keys, a genesis and a configuration in files, and the process that
//! runs on them.
//!
//! ```text
//! init ─▶ validator.key   the validator's secret, plain or under a passphrase
//!         network.key     its identities among peers and in consensus
//!         validator.json  what the others need: key, possession, addresses
//!         config.toml     every option with its default
//! everybody's validator.json ─genesis─▶ genesis.json ─start─▶ a validator
//! ```
//!
//! Everything read is bounded before it is held in memory; secrets are created readable by
//! their owner alone, are never replaced, and are wiped from memory.

pub mod config;
mod error;
pub mod files;
mod genesis;
mod host;
mod keys;
mod passphrase;
mod process;
mod seal;
mod validator;

pub use config::{Config, Role};
pub use error::{Error, Result};
pub use genesis::{Named, assemble, create_genesis, read_genesis};
pub use host::Host;
pub use keys::{NetworkKeys, ValidatorKey};
pub use passphrase::{Passphrase, PassphraseFrom};
pub use process::{Ended, Exit, Run, run, stdin_ended};
pub use validator::ValidatorFile;

/// Where peers and light nodes reach a node by default, on TCP and on QUIC.
pub const P2P_PORT: u16 = 26_656;
/// Where the other validators reach its consensus by default, on TCP.
pub const CONSENSUS_PORT: u16 = 26_657;
/// Where it serves gRPC by default.
pub const GRPC_PORT: u16 = 26_650;
/// Where it serves metrics, where that is asked for without a port.
pub const METRICS_PORT: u16 = 26_660;
