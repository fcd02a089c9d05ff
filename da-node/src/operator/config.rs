//! `config.toml`: what a node is told, every option with its unit and default.
//!
//! The template beside this file is the default configuration with its comments; written
//! configurations are the template with other values.

mod grpc;
mod load;
mod template;

pub use grpc::{ClientEntry, Grpc, MetricsPort};

use super::validator::named_peer;
use super::{Error, Host, Result, files};
use crate::Limits;
use net::Multiaddr;
use serde::{Deserialize, Serialize};
use std::collections::HashSet;
use std::path::{Path, PathBuf};
use types::ChainId;
use types::limits::COLUMNS;

const MAX_BYTES: usize = 1 << 20;
/// Most bytes of a node's name.
pub(super) const MAX_MONIKER_BYTES: usize = 64;
const MAX_LISTEN: usize = 8;
const MAX_BOOTSTRAP: usize = 4096;
const MAX_PEERS: usize = 1024;
const MAX_DISPERSERS: usize = 1024;
/// A tebibyte.
const MAX_RESERVE_MIB: u64 = 1 << 20;

/// The file, read but not yet followed. Options that it does not know are refused.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// The node's name in logs and metrics.
    pub moniker: String,
    /// The folder of the databases.
    pub data_dir: PathBuf,
    /// The chain's genesis.
    pub genesis: PathBuf,
    /// The chain that the genesis must be of.
    pub chain_id: Option<ChainId>,
    /// A block that the chain must have, `HASH@HEIGHT`.
    pub checkpoint: Option<String>,
    /// Whether it is to vote.
    pub role: Role,
    /// How many columns it keeps of blobs that it is no custodian of.
    pub keep_columns: usize,
    /// Secrets.
    pub keys: Keys,
    /// Peers and light nodes.
    pub p2p: P2p,
    /// The other validators.
    pub consensus: Consensus,
    /// Clients.
    pub grpc: Grpc,
    /// Those who look on.
    pub metrics: MetricsPort,
    /// How much it takes on.
    pub limits: Bounds,
    /// What it tells.
    pub log: Log,
}

/// What a node is set up for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// It votes while its key is in the validator set, and follows otherwise.
    #[default]
    Validator,
    /// It has no validator key and follows.
    Full,
}

/// Where the secrets are.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Keys {
    /// The key that votes.
    pub validator: PathBuf,
    /// The identities among peers and in consensus.
    pub network: PathBuf,
    /// The passphrase of a sealed validator key.
    pub passphrase_file: Option<PathBuf>,
}

/// Peers and light nodes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct P2p {
    /// Where to listen.
    pub listen: Vec<Multiaddr>,
    /// Other nodes to join by.
    pub bootstrap: Vec<Multiaddr>,
    /// Peers that may disperse though they are no validators.
    pub dispersers: Vec<String>,
}

/// The other validators.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Consensus {
    /// Where to listen.
    pub listen: Multiaddr,
    /// Where they reach this node.
    pub address: Option<Multiaddr>,
    /// Where they are, each address with its peer.
    pub peers: Vec<Multiaddr>,
}

/// How much the node takes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Bounds {
    /// Submissions at a time.
    pub submissions: usize,
    /// Blobs that one validator is handed at a time.
    pub dispersals: usize,
    /// Requests of peers at a time.
    pub peer_requests: usize,
    /// How long validators have to answer for a blob, besides half a second for each of its rows.
    pub dispersal_deadline_ms: u64,
    /// MiB of the disk that are to stay free.
    pub reserve_mib: u64,
    /// Threads that encode and verify; 0 is one per core.
    pub threads: usize,
}

/// What the node tells.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Log {
    /// Directives, `target=level`.
    pub filter: String,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            moniker: "node".into(),
            data_dir: "data".into(),
            genesis: "genesis.json".into(),
            chain_id: None,
            checkpoint: None,
            role: Role::default(),
            keep_columns: COLUMNS,
            keys: Keys::default(),
            p2p: P2p::default(),
            consensus: Consensus::default(),
            grpc: Grpc::default(),
            metrics: MetricsPort::default(),
            limits: Bounds::default(),
            log: Log::default(),
        }
    }
}

impl Default for Keys {
    fn default() -> Self {
        Self {
            validator: "validator.key".into(),
            network: "network.key".into(),
            passphrase_file: None,
        }
    }
}

impl Default for P2p {
    fn default() -> Self {
        Self {
            listen: Host::ANY.p2p(super::P2P_PORT),
            bootstrap: Vec::new(),
            dispersers: Vec::new(),
        }
    }
}

impl Default for Consensus {
    fn default() -> Self {
        Self {
            listen: Host::ANY.tcp(super::CONSENSUS_PORT),
            address: None,
            peers: Vec::new(),
        }
    }
}

impl Default for Bounds {
    fn default() -> Self {
        let limits = Limits::default();
        Self {
            submissions: limits.submissions,
            dispersals: limits.dispersals,
            peer_requests: limits.peer_requests,
            dispersal_deadline_ms: limits.dispersal_deadline_ms,
            reserve_mib: limits.reserve_bytes >> 20,
            threads: 0,
        }
    }
}

impl Default for Log {
    fn default() -> Self {
        Self {
            filter: "warn,h2=error,da_node=info".into(),
        }
    }
}

impl Config {
    /// Reads a file and checks it. Paths in it are made absolute or relative to where the
    /// process runs.
    ///
    /// # Errors
    /// [`Error::File`], [`Error::TooLarge`], [`Error::Malformed`] for an option that is not
    /// known or of another type, and whatever [`Self::check`] refuses.
    pub fn read(path: &Path) -> Result<Self> {
        let what = "configuration";
        let bytes = files::read(path, MAX_BYTES)?;
        let text = std::str::from_utf8(&bytes).map_err(|e| Error::malformed(path, what, e))?;
        let mut config: Self =
            toml::from_str(text).map_err(|error| Error::malformed(path, what, error))?;
        config.check()?;
        let folder = path.parent().unwrap_or(Path::new(""));
        for path in [
            Some(&mut config.data_dir),
            Some(&mut config.genesis),
            Some(&mut config.keys.validator),
            Some(&mut config.keys.network),
            config.keys.passphrase_file.as_mut(),
        ]
        .into_iter()
        .flatten()
        .chain(config.grpc.files())
        {
            *path = folder.join(&*path);
        }
        Ok(config)
    }

    /// Checks lengths, numbers and addresses.
    ///
    /// # Errors
    /// [`Error::OutOfRange`], [`Error::Address`], [`Error::Twice`].
    pub fn check(&self) -> Result<()> {
        let (bound, count) = (check_bounds, check_count);
        count("bytes of moniker", self.moniker.len(), 1, MAX_MONIKER_BYTES)?;
        let Bounds {
            submissions,
            dispersals,
            peer_requests,
            dispersal_deadline_ms,
            reserve_mib,
            threads,
        } = self.limits;
        count("limits.submissions", submissions, 1, 1024)?;
        count("limits.dispersals", dispersals, 1, 1024)?;
        count("limits.peer_requests", peer_requests, 1, 65_536)?;
        let deadline = "limits.dispersal_deadline_ms";
        bound(deadline, dispersal_deadline_ms, 100, 600_000)?;
        bound("limits.reserve_mib", reserve_mib, 1, MAX_RESERVE_MIB)?;
        count("limits.threads", threads, 0, 1024)?;
        self.checkpoint()?;
        count("keep_columns", self.keep_columns, 1, COLUMNS)?;
        self.grpc.check()?;
        self.metrics.check()?;
        let (p2p, consensus) = (&self.p2p, &self.consensus);
        count("addresses of p2p.listen", p2p.listen.len(), 1, MAX_LISTEN)?;
        let bootstrap = p2p.bootstrap.len();
        count("addresses of p2p.bootstrap", bootstrap, 0, MAX_BOOTSTRAP)?;
        let dispersers = p2p.dispersers.len();
        count("peers of p2p.dispersers", dispersers, 0, MAX_DISPERSERS)?;
        self.dispersers()?;
        let peers = consensus.peers.len();
        count("addresses of consensus.peers", peers, 0, MAX_PEERS)?;
        for listen in p2p.listen.iter().chain([&consensus.listen]) {
            check_transport("a listen address", listen)?;
        }
        let others = p2p.bootstrap.iter().chain(&consensus.peers);
        for other in others.chain(&consensus.address) {
            check_transport("a peer's address", other)?;
        }
        let mut named = HashSet::new();
        for address in &consensus.peers {
            let peer = named_peer(address).ok_or_else(|| Error::Address {
                what: "consensus.peers",
                got: address.to_string(),
                expected: "an address ending in /p2p/ and the peer",
            })?;
            if !named.insert(peer) {
                return Err(Error::Twice {
                    what: "consensus.peers",
                    got: format!("peer {peer}"),
                });
            }
        }
        Ok(())
    }
}

fn check_bounds(what: &'static str, got: u64, min: u64, max: u64) -> Result<()> {
    if (min..=max).contains(&got) {
        Ok(())
    } else {
        Err(Error::OutOfRange {
            what,
            got,
            min,
            max,
        })
    }
}

fn check_count(what: &'static str, got: usize, min: usize, max: usize) -> Result<()> {
    check_bounds(what, got as u64, min as u64, max as u64)
}

/// Nodes meet on TCP and on QUIC, and on nothing else.
fn check_transport(what: &'static str, address: &Multiaddr) -> Result<()> {
    let text = address.to_string();
    if text.contains("/tcp/") || text.contains("/quic-v1") {
        Ok(())
    } else {
        Err(Error::Address {
            what,
            got: text,
            expected: "a /tcp/ or /quic-v1 address",
        })
    }
}

#[cfg(test)]
mod tests;
