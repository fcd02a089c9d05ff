//! Where a network can be reached, as a file and as a line.

use serde::{Deserialize, Serialize};
use std::path::PathBuf;
use types::ChainId;

/// Where one full node can be reached.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NodeEndpoints {
    /// Its gRPC endpoint, `http://…`.
    pub grpc: String,
    /// Its multiaddrs, each ending in its peer id.
    pub p2p: Vec<String>,
    /// Its metrics, `http://…/metrics`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub metrics: Option<String>,
}

/// Where a network can be reached, and what to trust of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Endpoints {
    /// The chain.
    pub chain_id: ChainId,
    /// The genesis as a light node's checkpoint: `HASH@0`.
    pub checkpoint: String,
    /// The full nodes.
    pub nodes: Vec<NodeEndpoints>,
    /// The file with the chain id and the validator set, by which proofs verify offline.
    pub validators: PathBuf,
    /// The file with the genesis.
    pub genesis: PathBuf,
}
