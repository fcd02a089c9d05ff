//! One engine: Malachite's actors, put together so that values can be handed to consensus at
//! any time, and not only in answer to a question.

use super::byzantine::Liar;
use super::codec::{MAX_SYNC_VALUES, WireCodec};
use super::context::{Address, AssayContext};
use super::recovery::{self, Role};
use super::signing::{BlsSigner, BlsVerifier, Domain, address_of, prove_identity};
use super::vote_guard::VoteGuard;
use super::{ConsensusConfig, ConsensusError, Result, pacing};
use bytesize::ByteSize;
use malachite::app::config;
use malachite::app::engine::consensus::{ConsensusMsg, ConsensusRef};
use malachite::app::engine::network::{NetworkMsg, NetworkRef, PersistentPeersOp};
use malachite::app::engine::node::NodeRef;
use malachite::app::engine::util::events::TxEvent;
use malachite::app::engine::util::output_port::{OutputPort, OutputPortSubscriberTrait};
use malachite::app::metrics::{Metrics, SharedRegistry};
use malachite::app::spawn;
use malachite::app::types::core::ValueOrigin;
use malachite::app::types::streaming::StreamMessage;
use malachite::app::types::{Keypair, ProposedValue};
use malachite::{AppMsg, NetworkIdentity};
use malachite_codec::Codec;
use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::sync::{mpsc, oneshot, watch};
use tokio::task::JoinHandle;

/// A block and what travels with it stay far below this.
const MAX_GOSSIP_BYTES: u64 = 1 << 20;
const MAX_SYNC_BYTES: u64 = 10 << 20;
/// How long a stopping engine gets before it is killed.
const STOP_LIMIT: Duration = Duration::from_secs(3);

/// The running actors.
pub(super) struct Engine {
    node: NodeRef,
    stopped: JoinHandle<()>,
    links: Links,
}

/// What the message loop may send to.
#[derive(Clone)]
pub(super) struct Links {
    pub(super) consensus: ConsensusRef<AssayContext>,
    pub(super) network: NetworkRef<AssayContext>,
}

impl Links {
    /// Hands a value to consensus. A stopping engine takes nothing, which is as good.
    pub(super) fn deliver(&self, value: ProposedValue<AssayContext>) {
        let message = ConsensusMsg::ReceivedProposedValue(value, ValueOrigin::Consensus);
        if self.consensus.cast(message).is_err() {
            tracing::debug!("a value came too late: the engine is stopping");
        }
    }

    /// Publishes a part to all validators.
    pub(super) fn publish(&self, part: StreamMessage<super::context::Part>) {
        if self
            .network
            .cast(NetworkMsg::PublishProposalPart(part))
            .is_err()
        {
            tracing::debug!("a part was not published: the engine is stopping");
        }
    }
}

/// How an engine came to its end.
pub(super) enum End {
    /// It stopped by itself and may be started again.
    Stopped,
    /// It halted for safety and stays alive to be looked at.
    Halted,
}

fn failed(e: impl std::fmt::Display) -> ConsensusError {
    ConsensusError::Engine(e.to_string())
}

impl Engine {
    /// Starts the actors in the given role.
    pub(super) async fn start(
        config: &ConsensusConfig,
        app: &Arc<dyn super::Application>,
        guard: &Arc<Mutex<VoteGuard>>,
        role: Role,
    ) -> Result<(Self, mpsc::Receiver<AppMsg<AssayContext>>)> {
        let contacts = app.contacts();
        let known = contacts.borrow().clone();
        let engine_config = engine_config(config, &known)?;
        let sync_config = sync_config();
        let set_app = Arc::clone(app);
        let domain = Domain {
            chain_id: config.chain_id,
            set_hashes: Arc::new(move |height| set_app.validators(height).hash()),
        };
        let faults = config.faults.get();
        let verifier = Box::new(BlsVerifier {
            domain: domain.clone(),
            own: (!faults.equivocates).then(|| config.key.public_key()),
            guard: Arc::clone(guard),
        });
        // A correct validator has nothing between its engine and its network.
        let liar = faults.lies_in_consensus().then(|| Liar {
            domain: domain.clone(),
            key: Arc::clone(&config.key),
            faults: config.faults.clone(),
        });
        let keypair = keypair(config)?;
        let (address, signer, identity, log) = match role {
            Role::Validating => {
                let address = address_of(&config.key);
                let peer_id = keypair.public().to_peer_id().to_bytes();
                let proof = prove_identity(&config.chain_id, &config.key, peer_id);
                let identity = NetworkIdentity::new_validator(
                    config.moniker.clone(),
                    keypair,
                    address.to_string(),
                    WireCodec.encode(&proof)?,
                );
                let key = Arc::clone(&config.key);
                let guard = Arc::clone(guard);
                let signer = BlsSigner { domain, key, guard };
                let log = recovery::log_path(&config.data_dir);
                (address, Some(Box::new(signer) as Box<_>), identity, log)
            }
            Role::ObservingUntil(_) => {
                let identity = NetworkIdentity::new(config.moniker.clone(), keypair, None);
                let log = recovery::observer_log_path(&config.data_dir);
                (Address::NOBODY, None, identity, log)
            }
        };

        let registry = SharedRegistry::global().with_moniker(&config.moniker);
        let metrics = Metrics::register(&registry);
        let (node, stopped) = spawn::spawn_node_actor(metrics.clone())
            .await
            .map_err(failed)?;
        let spawned = async {
            let network = spawn::spawn_network_actor::<AssayContext, _>(
                &engine_config,
                &sync_config,
                identity,
                &registry,
                WireCodec,
            )
            .await?;
            network.link(node.get_cell());
            let configured = config.peers.iter().cloned().collect();
            tokio::spawn(introduce(network.clone(), contacts, known, configured));
            let network = match liar {
                Some(liar) => liar.stand_before(network, node.get_cell()).await?,
                None => network,
            };
            let wal =
                spawn::spawn_wal_actor(&AssayContext, WireCodec, &log, &registry, node.clone())
                    .await?;
            wal.link(node.get_cell());
            let (host, messages) = malachite::spawn::spawn_host_actor(metrics.clone()).await?;
            host.link(node.get_cell());
            let sync_port = Arc::new(OutputPort::new());
            let consensus = spawn::spawn_consensus_actor(
                AssayContext,
                address,
                engine_config,
                verifier,
                signer,
                network.clone(),
                host.clone(),
                wal,
                Arc::clone(&sync_port),
                metrics,
                TxEvent::new(),
                node.clone(),
            )
            .await?;
            consensus.link(node.get_cell());
            pacing::watch_heights(&network, &consensus, app);
            let sync = spawn::spawn_sync_actor(
                AssayContext,
                network.clone(),
                host,
                consensus.clone(),
                WireCodec,
                &sync_config,
                &registry,
            )
            .await?;
            if let Some(sync) = sync {
                sync.link(node.get_cell());
                sync.subscribe_to_port(&sync_port);
            }
            Ok((Links { consensus, network }, messages))
        };
        // The future is large, and a start is rare.
        let spawned: Result<_, Box<dyn std::error::Error + Send + Sync>> = Box::pin(spawned).await;
        match spawned {
            Ok((links, messages)) => Ok((
                Self {
                    node,
                    stopped,
                    links,
                },
                messages,
            )),
            Err(e) => {
                node.get_cell().stop_children(None);
                node.stop(None);
                Err(failed(e))
            }
        }
    }

    /// What the message loop may send to.
    pub(super) fn links(&self) -> Links {
        self.links.clone()
    }

    /// Tells, after the messages ended, whether the engine stopped or halted: after a safety
    /// failure the node actor stays alive.
    pub(super) async fn end(&mut self) -> End {
        match tokio::time::timeout(STOP_LIMIT, &mut self.stopped).await {
            Ok(_) => End::Stopped,
            Err(_) => End::Halted,
        }
    }

    /// Stops all actors; what does not stop in time is killed.
    pub(super) async fn stop(mut self) {
        let cell = self.node.get_cell();
        let children = cell.get_children();
        cell.stop_children_and_wait(None, Some(STOP_LIMIT)).await;
        for child in children {
            child.kill();
        }
        self.node.stop(None);
        if !self.stopped.is_finished()
            && tokio::time::timeout(STOP_LIMIT, &mut self.stopped)
                .await
                .is_err()
        {
            self.node.kill();
        }
    }
}

/// Lets the engine meet validators whose addresses are learned while it runs, and forget those
/// that are no longer named, until it stops.
async fn introduce(
    network: NetworkRef<AssayContext>,
    mut contacts: watch::Receiver<BTreeSet<String>>,
    mut known: BTreeSet<String>,
    configured: BTreeSet<String>,
) {
    while contacts.changed().await.is_ok() {
        let mut named = contacts.borrow_and_update().clone();
        named.retain(|text| !configured.contains(text));
        let added = named.difference(&known).map(|text| (text, true));
        let removed = known.difference(&named).map(|text| (text, false));
        for (text, is_added) in added.chain(removed) {
            let peer = match address("contact", text) {
                Ok(peer) => peer,
                Err(error) => {
                    tracing::warn!(%error, "a validator named no address");
                    continue;
                }
            };
            let change = if is_added {
                PersistentPeersOp::Add(peer)
            } else {
                PersistentPeersOp::Remove(peer)
            };
            let (reply, answer) = oneshot::channel();
            let message = NetworkMsg::UpdatePersistentPeers(change, reply.into());
            if network.cast(message).is_err() {
                return;
            }
            match answer.await {
                Ok(Ok(())) => tracing::info!(peer = %text, is_added, "consensus peer"),
                // An operator may have named it already.
                Ok(Err(error)) => tracing::debug!(peer = %text, ?error, "consensus peer"),
                Err(_) => return,
            }
        }
        known = named;
    }
}

fn keypair(config: &ConsensusConfig) -> Result<Keypair> {
    Keypair::ed25519_from_bytes(config.p2p_key).map_err(failed)
}

/// The engine's network identity for a seed, as it stands after `/p2p/` in an address.
///
/// # Errors
/// [`ConsensusError::Engine`] when the seed makes no key.
pub fn peer_id(p2p_key: [u8; 32]) -> Result<String> {
    let keypair = Keypair::ed25519_from_bytes(p2p_key).map_err(failed)?;
    Ok(keypair.public().to_peer_id().to_string())
}

fn address<T: std::str::FromStr>(what: &'static str, text: &str) -> Result<T>
where
    T::Err: std::fmt::Display,
{
    let refuse = |reason: String| ConsensusError::Address {
        what,
        got: text.to_owned(),
        reason,
    };
    // The engine panics on an address without a transport that it knows.
    if !text.contains("/tcp/") && !text.contains("/quic-v1") {
        return Err(refuse("expected a /tcp/ or /quic-v1 address".into()));
    }
    text.parse().map_err(|e: T::Err| refuse(e.to_string()))
}

fn engine_config(
    config: &ConsensusConfig,
    contacts: &BTreeSet<String>,
) -> Result<config::ConsensusConfig> {
    let known: BTreeSet<&String> = config.peers.iter().chain(contacts).collect();
    let peers = known.into_iter().map(|peer| address("peer address", peer));
    let discovery = config::DiscoveryConfig {
        enabled: false,
        // Many validators share one address on loopback; strangers are refused by identity.
        max_connections_per_ip: 1024,
        ip_throttle_duration: Duration::ZERO,
        ..Default::default()
    };
    let p2p = config::P2pConfig {
        listen_addr: address("listen address", &config.listen)?,
        persistent_peers: peers.collect::<Result<_>>()?,
        // With every peer's identity pinned, nobody else gets in.
        persistent_peers_only: config.peers.iter().all(|peer| peer.contains("/p2p/")),
        discovery,
        pubsub_max_size: ByteSize::b(MAX_GOSSIP_BYTES),
        rpc_max_size: ByteSize::b(MAX_SYNC_BYTES),
        ..Default::default()
    };
    Ok(config::ConsensusConfig {
        p2p,
        value_payload: config::ValuePayload::ProposalAndParts,
        ..Default::default()
    })
}

fn sync_config() -> config::ValueSyncConfig {
    config::ValueSyncConfig {
        status_update_interval: Duration::from_secs(1),
        request_timeout: Duration::from_secs(5),
        max_response_size: ByteSize::b(MAX_SYNC_BYTES),
        batch_size: MAX_SYNC_VALUES / 2,
        ..Default::default()
    }
}
