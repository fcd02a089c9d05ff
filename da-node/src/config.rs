//! What a node is told at its start.

use crate::grpc::Door;
use crate::{Clock, Faults, SystemClock};
use chain::{CheckedGenesis, Checkpoint, ColumnSet, SigningKey};
use commitments::Threads;
use net::{Identity, Multiaddr, PeerId};
use sha2::{Digest, Sha256};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use types::ColumnIndex;

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
    /// Bytes of the disk that are to stay free: below, submissions are refused; below half of
    /// it, the node signs for nothing; below a quarter, it does not vote.
    pub reserve_bytes: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            submissions: 8,
            dispersals: 16,
            dispersal_cells: 1024,
            peer_requests: 64,
            dispersal_deadline_ms: 30_000,
            // More than all submissions at a time write: a payload of 16 MiB is 34 MiB of cells,
            // which are written to the log and once more to where they stay.
            reserve_bytes: 1 << 30,
        }
    }
}

/// How many columns a full node keeps of blobs that it is no custodian of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Keep {
    /// All 128.
    #[default]
    All,
    /// So many, at most 128, chosen by the node's name: other nodes keep others.
    Columns(usize),
}

impl Keep {
    /// The columns that the node of this name keeps. Their order is that of the hashes of name
    /// and column, so that nodes differ and one node always keeps the same.
    #[must_use]
    pub fn columns(self, peer: &PeerId) -> ColumnSet {
        let Self::Columns(count) = self else {
            return ColumnSet::full();
        };
        let rank = |column: &ColumnIndex| {
            let hash = Sha256::new().chain_update(peer.to_bytes());
            hash.chain_update(column.get().to_be_bytes()).finalize()
        };
        let mut columns: Vec<ColumnIndex> = ColumnIndex::all().collect();
        columns.sort_by_cached_key(rank);
        let kept = columns.into_iter().take(count);
        kept.fold(ColumnSet::empty(), ColumnSet::with)
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
    /// A block that the chain must have, from somebody whom the operator trusts: whoever follows
    /// from the genesis on could otherwise be led by members of old sets who sold their keys.
    pub checkpoint: Option<Checkpoint>,
    /// The key that votes while it is in the validator set; none for a full node that never
    /// does. While it is not in the set the node follows.
    pub validator_key: Option<Arc<SigningKey>>,
    /// What the node keeps of blobs that it is no custodian of.
    pub keep: Keep,
    /// Its identity among peers.
    pub identity: Identity,
    /// Where it listens for peers and light nodes.
    pub p2p_listen: Vec<Multiaddr>,
    /// Peers to join by.
    pub p2p_bootstrap: Vec<Multiaddr>,
    /// Peers that may disperse blobs to this node though they are no validators. Validators sign
    /// for what they are given and keep it for the whole retention: name only nodes whose
    /// posters somebody vouches for.
    pub p2p_dispersers: Vec<PeerId>,
    /// Where consensus listens, as a multiaddr; closed to all but validators.
    pub consensus_listen: String,
    /// The other validators' consensus addresses.
    pub consensus_peers: Vec<String>,
    /// Where the other validators reach it, ending in `/p2p/` and the peer there; told to
    /// members of the set that ask.
    pub consensus_address: Option<Multiaddr>,
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

#[cfg(test)]
mod tests;
