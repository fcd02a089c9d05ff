//! What a node is told at its start.

use crate::grpc::Door;
use crate::{Clock, Faults, SystemClock};
use chain::{CheckedGenesis, SigningKey};
use commitments::Threads;
use net::{Identity, Multiaddr};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

/// How much the node takes on at a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Submissions being received or encoded at a time.
    pub submissions: usize,
    /// Blobs that one validator is handed at a time; the others wait, and once they are
    /// certified without it, it has to pull them.
    pub dispersals: usize,
    /// Cells of one message of a dispersal; at most [`net::MAX_CELLS`], at least a row's.
    pub dispersal_cells: usize,
    /// Requests of peers being answered at a time.
    pub peer_requests: usize,
    /// How long validators have to answer for a blob, besides half a second for each of its rows.
    pub dispersal_deadline_ms: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            submissions: 8,
            dispersals: 16,
            dispersal_cells: 1024,
            peer_requests: 64,
            dispersal_deadline_ms: 30_000,
        }
    }
}

/// What a node is told at its start.
pub struct NodeConfig {
    /// A name for logs.
    pub moniker: String,
    /// Where its data lies; one process at a time.
    pub data_dir: PathBuf,
    /// The chain.
    pub genesis: CheckedGenesis,
    /// The validator's key, one of the genesis.
    pub validator_key: Arc<SigningKey>,
    /// Its identity among peers.
    pub identity: Identity,
    /// Where it listens for peers and light nodes.
    pub p2p_listen: Vec<Multiaddr>,
    /// Peers to join by.
    pub p2p_bootstrap: Vec<Multiaddr>,
    /// Where consensus listens, as a multiaddr; closed to all but validators.
    pub consensus_listen: String,
    /// The other validators' consensus addresses.
    pub consensus_peers: Vec<String>,
    /// The seed of its ed25519 identity in consensus.
    pub consensus_seed: [u8; 32],
    /// Where it serves gRPC.
    pub grpc_listen: SocketAddr,
    /// Who may come in there, and how.
    pub door: Door,
    /// Where it serves metrics, if anywhere: a loopback address.
    pub metrics_listen: Option<SocketAddr>,
    /// The threads that encode and verify.
    pub threads: Arc<Threads>,
    /// How much it takes on.
    pub limits: Limits,
    /// The faults it shall have.
    pub faults: Faults,
    /// The clock.
    pub clock: Arc<dyn Clock>,
}

impl NodeConfig {
    /// The system's clock, for configurations that need no other.
    #[must_use]
    pub fn system_clock() -> Arc<dyn Clock> {
        Arc::new(SystemClock)
    }
}
