//! What the swarm is made of.

use crate::announcement::{MAX_ANNOUNCEMENT_BYTES, Topics, protocol};
use crate::bootstrap::named_peer;
use crate::codec::Codec;
use crate::config::{NetConfig, Role};
use crate::doors::Doors;
use crate::error::{Error, Result};
use crate::exchange::Exchange;
use crate::identity::Identity;
use crate::shared::Shared;
use libp2p::allow_block_list::{self, BlockedPeers};
use libp2p::connection_limits::{self, ConnectionLimits};
use libp2p::gossipsub::{self, MessageAuthenticity, MessageId, ValidationMode};
use libp2p::identity::Keypair;
use libp2p::kad::{self, store::MemoryStore};
use libp2p::swarm::NetworkBehaviour;
use libp2p::{StreamProtocol, Swarm, SwarmBuilder, identify, noise, ping, tcp, yamux};
use sha2::{Digest, Sha256};
use std::sync::Arc;
use std::time::Duration;
use types::ChainId;

/// Connections that one peer may have: two nodes that call each other at once make two.
const MAX_CONNECTIONS_PER_PEER: u32 = 3;
/// Connections that are being set up at once, each way.
const MAX_PENDING: u32 = 64;
/// Streams of one connection over TCP, of all protocols and both ways: each has a window of
/// 256 KiB that its sender may fill before anybody reads.
const MAX_STREAMS: usize = 192;
/// Bytes that a sender may have under way over QUIC before anybody reads: enough for 20 MB/s
/// over 100 ms.
const QUIC_STREAM_WINDOW: u32 = 2 << 20;
const QUIC_CONNECTION_WINDOW: u32 = 4 << 20;
/// How often a peer is pinged, and how long it may take.
const PING_EVERY: Duration = Duration::from_secs(10);
const PING_TIMEOUT: Duration = Duration::from_secs(15);
/// Connections live until a limit, an offence or a failed ping ends them.
const IDLE_TIMEOUT: Duration = Duration::from_secs(24 * 3600);

/// What the swarm is made of. Limits and bans come first, so that nothing else is set up for a
/// connection that they refuse.
#[derive(NetworkBehaviour)]
pub(crate) struct Behaviour {
    pub(crate) limits: connection_limits::Behaviour,
    pub(crate) doors: Doors,
    pub(crate) banned: allow_block_list::Behaviour<BlockedPeers>,
    pub(crate) ping: ping::Behaviour,
    pub(crate) identify: identify::Behaviour,
    pub(crate) kad: kad::Behaviour<MemoryStore>,
    pub(crate) gossip: gossipsub::Behaviour,
    pub(crate) exchange: Exchange,
}

/// The name under which a node of this chain identifies itself.
pub(crate) fn identify_protocol(chain: &ChainId) -> String {
    protocol(chain, "id/1")
}

/// The name of the discovery protocol on this chain.
pub(crate) fn kad_protocol(chain: &ChainId) -> String {
    protocol(chain, "kad/1")
}

impl Behaviour {
    fn new(
        keypair: &Keypair,
        config: &NetConfig,
        codec: Codec,
        shared: Arc<Shared>,
    ) -> Result<Self, String> {
        let chain = &config.chain_id;
        let peer = keypair.public().to_peer_id();
        let limits = ConnectionLimits::default()
            .with_max_pending_incoming(Some(MAX_PENDING))
            .with_max_pending_outgoing(Some(MAX_PENDING))
            .with_max_established_per_peer(Some(MAX_CONNECTIONS_PER_PEER));
        let bootstrap = config.bootstrap.iter().filter_map(named_peer).collect();
        let ping = ping::Config::new()
            .with_interval(PING_EVERY)
            .with_timeout(PING_TIMEOUT);
        let identify = identify::Config::new(identify_protocol(chain), keypair.public())
            .with_agent_version(concat!("assay/", env!("CARGO_PKG_VERSION")).to_owned());
        Ok(Self {
            limits: connection_limits::Behaviour::new(limits),
            doors: Doors::new(shared, bootstrap, config.limits.max_peers),
            banned: allow_block_list::Behaviour::default(),
            ping: ping::Behaviour::new(ping),
            identify: identify::Behaviour::new(identify),
            kad: discovery(peer, chain, config.role)?,
            gossip: gossip(keypair, chain, config.role)?,
            exchange: Exchange::new(chain, codec)?,
        })
    }
}

/// Kademlia, for finding peers only: no records are kept for anyone.
fn discovery(
    peer: libp2p::PeerId,
    chain: &ChainId,
    role: Role,
) -> Result<kad::Behaviour<MemoryStore>, String> {
    let name =
        StreamProtocol::try_from_owned(kad_protocol(chain)).map_err(|error| error.to_string())?;
    let mut config = kad::Config::new(name);
    config
        .set_record_filtering(kad::StoreInserts::FilterBoth)
        .set_query_timeout(Duration::from_secs(20));
    let mut kad = kad::Behaviour::with_config(peer, MemoryStore::new(peer), config);
    kad.set_mode(Some(match role {
        Role::Full => kad::Mode::Server,
        Role::Light => kad::Mode::Client,
    }));
    Ok(kad)
}

/// Gossip: signed by the peer that publishes, forwarded only after the application's verdict.
fn gossip(keypair: &Keypair, chain: &ChainId, role: Role) -> Result<gossipsub::Behaviour, String> {
    let config = gossipsub::ConfigBuilder::default()
        .max_transmit_size(MAX_ANNOUNCEMENT_BYTES)
        .validation_mode(ValidationMode::Strict)
        .validate_messages()
        // By content: several nodes announce the same header, and it should travel once.
        .message_id_fn(|message| {
            let mut hasher = Sha256::new();
            hasher.update(message.topic.as_str().as_bytes());
            hasher.update([0]);
            hasher.update(&message.data);
            MessageId::from(hasher.finalize().to_vec())
        })
        .build()
        .map_err(|error| error.to_string())?;
    let authenticity = MessageAuthenticity::Signed(keypair.clone());
    let mut gossip = gossipsub::Behaviour::new(authenticity, config).map_err(str::to_owned)?;
    for topic in Topics::new(chain).for_role(role) {
        gossip.subscribe(topic).map_err(|error| error.to_string())?;
    }
    Ok(gossip)
}

/// Builds a swarm over QUIC and TCP, with names resolved where the system can.
pub(crate) fn swarm(
    identity: &Identity,
    config: &NetConfig,
    codec: &Codec,
    shared: &Arc<Shared>,
) -> Result<Swarm<Behaviour>> {
    let set_up = |reason: String| Error::SetUp { reason };
    let transports = || {
        SwarmBuilder::with_existing_identity(identity.keypair())
            .with_tokio()
            .with_tcp(
                tcp::Config::default().nodelay(true),
                noise::Config::new,
                || {
                    let mut config = yamux::Config::default();
                    config.set_max_num_streams(MAX_STREAMS);
                    config
                },
            )
            .map(|builder| {
                builder.with_quic_config(|mut config| {
                    config.max_stream_data = QUIC_STREAM_WINDOW;
                    config.max_connection_data = QUIC_CONNECTION_WINDOW;
                    config
                })
            })
            .map_err(|error| set_up(error.to_string()))
    };
    let behaviour = |keypair: &Keypair| {
        Behaviour::new(keypair, config, codec.twin(), Arc::clone(shared))
            .map_err(Box::<dyn std::error::Error + Send + Sync>::from)
    };
    let tuning = |config: libp2p::swarm::Config| config.with_idle_connection_timeout(IDLE_TIMEOUT);
    match transports()?.with_dns() {
        Ok(builder) => Ok(builder
            .with_behaviour(behaviour)
            .map_err(|error| set_up(error.to_string()))?
            .with_swarm_config(tuning)
            .build()),
        Err(error) => {
            // A machine without resolver settings still reaches numeric addresses.
            tracing::warn!(%error, "names in addresses cannot be resolved");
            Ok(transports()?
                .with_behaviour(behaviour)
                .map_err(|error| set_up(error.to_string()))?
                .with_swarm_config(tuning)
                .build())
        }
    }
}
