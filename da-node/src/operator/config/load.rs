//! From the file to the node that it describes.

use super::{Config, Role};
use crate::operator::validator::named_peer;
use crate::operator::{Error, NetworkKeys, PassphraseFrom, Result, ValidatorKey, read_genesis};
use crate::{Faults, Keep, Limits, NodeConfig};
use chain::Checkpoint;
use commitments::Threads;
use libp2p::multiaddr::Protocol;
use net::{Multiaddr, PeerId};
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::sync::Arc;

impl Config {
    /// The node that this configuration describes: keys and genesis are read and checked.
    /// `passphrase` comes before the configuration's own.
    ///
    /// # Errors
    /// Files that cannot be read or are not what they are to be; a genesis of another chain;
    /// a chain with several validators and no consensus peers.
    pub fn load(&self, passphrase: Option<PathBuf>) -> Result<NodeConfig> {
        let genesis = read_genesis(&self.genesis)?;
        let got = genesis.chain_id();
        if let Some(expected) = self.chain_id.filter(|expected| *expected != got) {
            return Err(Error::OtherChain {
                path: self.genesis.clone(),
                got,
                expected,
            });
        }
        let network = NetworkKeys::read(&self.keys.network)?;
        let consensus_peers = self.consensus_peers(&network)?;
        let others = genesis.validators().len() - 1;
        let is_validator = self.role == Role::Validator;
        if is_validator && others > 0 && consensus_peers.is_empty() {
            return Err(Error::NoConsensusPeers { expected: others });
        }
        let passphrase = passphrase
            .or_else(|| self.keys.passphrase_file.clone())
            .map_or(PassphraseFrom::Terminal, PassphraseFrom::File);
        let validator_key = if is_validator {
            let key = ValidatorKey::read(&self.keys.validator, &passphrase)?;
            Some(Arc::new(key))
        } else {
            None
        };
        let own = network.peer_id();
        let consensus_address = self.consensus_address(&network)?;
        let bootstrap = self.p2p.bootstrap.iter();
        Ok(NodeConfig {
            moniker: self.moniker.clone(),
            data_dir: self.data_dir.clone(),
            genesis,
            checkpoint: self.checkpoint()?,
            validator_key,
            keep: Keep::Columns(self.keep_columns),
            p2p_listen: self.p2p.listen.clone(),
            p2p_bootstrap: bootstrap
                .filter(|address| named_peer(address) != Some(own))
                .cloned()
                .collect(),
            p2p_dispersers: self.dispersers()?,
            consensus_listen: self.consensus.listen.to_string(),
            consensus_address,
            consensus_peers,
            consensus_seed: *network.consensus_seed,
            identity: network.identity,
            grpc_listen: self.grpc.listen,
            door: self.grpc.door()?,
            metrics_listen: self.metrics.listen,
            threads: Arc::new(
                NonZeroUsize::new(self.limits.threads)
                    .map_or_else(Threads::available, Threads::new)?,
            ),
            limits: Limits {
                submissions: self.limits.submissions,
                dispersals: self.limits.dispersals,
                peer_requests: self.limits.peer_requests,
                dispersal_deadline_ms: self.limits.dispersal_deadline_ms,
                reserve_bytes: self.limits.reserve_mib << 20,
                ..Limits::default()
            },
            faults: Faults::default(),
            clock: NodeConfig::system_clock(),
        })
    }

    /// Where the others reach this node's consensus: as configured, or where it listens, if that
    /// is one address and not every interface.
    fn consensus_address(&self, network: &NetworkKeys) -> Result<Option<Multiaddr>> {
        let listen = Some(&self.consensus.listen).filter(|address| is_specific(address));
        let Some(address) = self.consensus.address.as_ref().or(listen) else {
            return Ok(None);
        };
        let own = network.consensus_peer_id()?;
        let own: PeerId = own.parse().map_err(|_| Error::Address {
            what: "the peer in consensus",
            got: own.clone(),
            expected: "a peer id",
        })?;
        address
            .clone()
            .with_p2p(own)
            .map(Some)
            .map_err(|other| Error::Address {
                what: "consensus.address",
                got: other.to_string(),
                expected: "this node's own peer in consensus, or none",
            })
    }

    pub(super) fn checkpoint(&self) -> Result<Option<Checkpoint>> {
        let parse = |text: &String| {
            text.parse().map_err(|_| Error::Address {
                what: "checkpoint",
                got: text.chars().take(100).collect(),
                expected: "HASH@HEIGHT",
            })
        };
        self.checkpoint.as_ref().map(parse).transpose()
    }

    pub(super) fn dispersers(&self) -> Result<Vec<PeerId>> {
        let parse = |text: &String| {
            text.parse().map_err(|_| Error::Address {
                what: "p2p.dispersers",
                got: text.chars().take(100).collect(),
                expected: "a peer id",
            })
        };
        self.p2p.dispersers.iter().map(parse).collect()
    }

    /// The addresses of the validators other than this one.
    fn consensus_peers(&self, network: &NetworkKeys) -> Result<Vec<String>> {
        let own = network.consensus_peer_id()?;
        let other =
            |address: &&Multiaddr| named_peer(address).is_none_or(|peer| peer.to_string() != own);
        let others = self.consensus.peers.iter().filter(other);
        Ok(others.map(ToString::to_string).collect())
    }
}

/// Whether an address names a host and a port, by which others can reach it.
fn is_specific(address: &Multiaddr) -> bool {
    let is_host = !address.iter().any(|part| match part {
        Protocol::Ip4(ip) => ip.is_unspecified(),
        Protocol::Ip6(ip) => ip.is_unspecified(),
        _ => false,
    });
    let has_port = |part| !matches!(part, Protocol::Tcp(0) | Protocol::Udp(0));
    is_host && address.iter().all(has_port)
}
