//! A network in this process.

use crate::folder::Folder;
use crate::ports::free_ports;
use crate::{Endpoints, Error, NodeEndpoints, Result};
use chain::{ChainParams, CheckedGenesis, Checkpoint};
use commitments::{Setup, Threads};
use da_node::{Faults, Limits, Node, NodeConfig, Withholding};
use futures::future::{join_all, try_join_all};
use light_node::LightNode;
use net::Multiaddr;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;

/// The validators of a network whose every node runs on one machine.
const MAX_VALIDATORS: usize = 32;
/// Its light nodes.
const MAX_LIGHT: usize = 64;
/// How often a network is started anew because another process took one of its ports.
const PORT_ATTEMPTS: usize = 3;
/// How long nodes may take to find one another.
const MEETING: Duration = Duration::from_secs(60);
/// How long light nodes get to meet every full node, once they have met one.
const GATHERING: Duration = Duration::from_secs(5);
const TICK: Duration = Duration::from_millis(25);
/// Every node refuses the same cells, or a network of honest custodians would make up for it.
const WITHHOLDING_SEED: u64 = 0x6173_7361_7900;

/// What a network is to be.
#[derive(Debug, Clone)]
pub struct DevnetConfig {
    /// Validators of equal stake: 1 to 32.
    pub validators: usize,
    /// Light nodes: at most 64.
    pub light: usize,
    /// Where keys, chain and data are kept; by default in a folder that is deleted at the end.
    pub data_dir: Option<PathBuf>,
    /// The fraction of the cells that every full node refuses, to light nodes and peers alike.
    pub withhold: Option<f64>,
    /// The chain's parameters.
    pub params: ChainParams,
}

impl Default for DevnetConfig {
    /// Four validators, three light nodes, no faults, the devnet's parameters.
    fn default() -> Self {
        Self {
            validators: 4,
            light: 3,
            data_dir: None,
            withhold: None,
            params: ChainParams::devnet(),
        }
    }
}

impl DevnetConfig {
    /// Checks the numbers.
    ///
    /// # Errors
    /// [`Error::OutOfRange`].
    pub fn check(&self) -> Result<()> {
        #[expect(
            clippy::cast_precision_loss,
            reason = "shown only; exact for any real count"
        )]
        let count = |what, got: usize, min: usize, max: usize| {
            if (min..=max).contains(&got) {
                return Ok(());
            }
            Err(Error::OutOfRange {
                what,
                got: got as f64,
                min: min as f64,
                max: max as f64,
            })
        };
        count("validators", self.validators, 1, MAX_VALIDATORS)?;
        count("light nodes", self.light, 0, MAX_LIGHT)?;
        match self.withhold {
            Some(got) if !(0.0..=1.0).contains(&got) => Err(Error::OutOfRange {
                what: "fraction withheld",
                got,
                min: 0.0,
                max: 1.0,
            }),
            _ => Ok(()),
        }
    }
}

/// A running network.
pub struct Devnet {
    nodes: Vec<Node>,
    light: Vec<LightNode>,
    endpoints: Endpoints,
    folder: Folder,
}

impl Devnet {
    /// Starts every node and returns once they have met.
    ///
    /// # Errors
    /// A configuration out of bounds, a folder of another network, a node that does not start,
    /// or nodes that do not find one another in time.
    pub async fn start(config: DevnetConfig) -> Result<Self> {
        config.check()?;
        let path = config.data_dir.clone();
        let (validators, params) = (config.validators, config.params);
        // Both take seconds of computing or of disk.
        let folder = off_thread(move || Folder::open(path.as_deref(), validators, params)).await?;
        off_thread(|| Ok(Setup::ceremony()?)).await?;

        let nodes = start_nodes(&config, &folder).await?;
        let endpoints = endpoints(&folder, &nodes);
        let mut devnet = Self {
            nodes,
            light: Vec::new(),
            endpoints,
            folder,
        };
        match devnet.gather(config.light).await {
            Ok(()) => Ok(devnet),
            Err(error) => {
                devnet.stop().await;
                Err(error)
            }
        }
    }

    async fn gather(&mut self, light: usize) -> Result<()> {
        self.folder.write_endpoints(&self.endpoints)?;
        self.light = start_light(light, self.folder.genesis(), &self.nodes).await?;
        self.meet().await
    }

    /// Waits until every full node knows every other, and light nodes know full nodes.
    async fn meet(&self) -> Result<()> {
        let others = self.nodes.len() - 1;
        let started = Instant::now();
        loop {
            let lonely = self.nodes.iter().enumerate().find_map(|(node, running)| {
                let met = running
                    .peers()
                    .iter()
                    .filter(|peer| peer.validator.is_some())
                    .count();
                (met < others).then(|| format!("node {node} has met {met} of {others} validators"))
            });
            let gathering = started.elapsed() < GATHERING;
            let wanted = if gathering { self.nodes.len() } else { 1 };
            let unmet = self.light.iter().enumerate().find_map(|(light, running)| {
                let met = running.status().peers;
                (met < wanted).then(|| format!("light node {light} has met {met} full nodes"))
            });
            let Some(missing) = lonely.or(unmet) else {
                return Ok(());
            };
            if started.elapsed() > MEETING {
                return Err(Error::Late {
                    missing,
                    after: MEETING,
                });
            }
            tokio::time::sleep(TICK).await;
        }
    }

    /// Stops every node and waits for them. A temporary folder is deleted.
    pub async fn stop(self) {
        join_all(self.light.iter().map(LightNode::shutdown)).await;
        join_all(self.nodes.into_iter().map(Node::stop)).await;
    }

    /// The full nodes.
    #[must_use]
    pub fn nodes(&self) -> &[Node] {
        &self.nodes
    }

    /// The light nodes.
    #[must_use]
    pub fn light(&self) -> &[LightNode] {
        &self.light
    }

    /// The chain.
    #[must_use]
    pub const fn genesis(&self) -> &CheckedGenesis {
        self.folder.genesis()
    }

    /// Where the network is reached.
    #[must_use]
    pub const fn endpoints(&self) -> &Endpoints {
        &self.endpoints
    }

    /// The gRPC endpoint of one node; there is none beyond the last.
    #[must_use]
    pub fn grpc(&self, node: usize) -> Option<&str> {
        self.endpoints
            .nodes
            .get(node)
            .map(|node| node.grpc.as_str())
    }

    /// The data folder.
    #[must_use]
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }
}

/// Starts all full nodes; none stays behind when one of them does not start.
async fn start_nodes(config: &DevnetConfig, folder: &Folder) -> Result<Vec<Node>> {
    let mut attempt = 1;
    loop {
        let (nodes, failure) = try_start_nodes(config, folder).await?;
        let Some(error) = failure else {
            return Ok(nodes);
        };
        join_all(nodes.into_iter().map(Node::stop)).await;
        // Consensus ports are looked up, released and bound again: somebody may come between.
        let clash = matches!(&error, Error::Node { source, .. }
            if matches!(**source, da_node::Error::Listen { .. } | da_node::Error::Consensus(_)));
        if !clash || attempt == PORT_ATTEMPTS {
            return Err(error);
        }
        tracing::warn!(%error, attempt, "starting again on other ports");
        attempt += 1;
    }
}

/// One attempt: the nodes that were started, and what kept the next from it.
async fn try_start_nodes(
    config: &DevnetConfig,
    folder: &Folder,
) -> Result<(Vec<Node>, Option<Error>)> {
    let threads = Arc::new(Threads::available()?);
    let ports = free_ports(config.validators)?;
    let mut nodes: Vec<Node> = Vec::with_capacity(config.validators);
    for node in 0..config.validators {
        let bootstrap = nodes.iter().flat_map(Node::p2p_addrs).collect();
        let config = node_config(
            config,
            folder,
            node,
            &ports,
            bootstrap,
            Arc::clone(&threads),
        )?;
        match Box::pin(Node::start(config)).await {
            Ok(started) => nodes.push(started),
            Err(error) => return Ok((nodes, Some(Error::node(node)(error)))),
        }
    }
    Ok((nodes, None))
}

fn node_config(
    config: &DevnetConfig,
    folder: &Folder,
    node: usize,
    ports: &[u16],
    bootstrap: Vec<Multiaddr>,
    threads: Arc<Threads>,
) -> Result<NodeConfig> {
    let member = &folder.members()[node];
    let consensus = |port: &u16| format!("/ip4/127.0.0.1/tcp/{port}");
    let others = ports.iter().enumerate().filter(|(other, _)| *other != node);
    Ok(NodeConfig {
        moniker: format!("node-{node}"),
        data_dir: folder.node(node),
        genesis: folder.genesis().clone(),
        validator_key: Arc::clone(&member.key),
        identity: member.identity.clone(),
        p2p_listen: ["/ip4/127.0.0.1/tcp/0", "/ip4/127.0.0.1/udp/0/quic-v1"]
            .into_iter()
            .map(|address| address.parse().map_err(|e| Error::system("a multiaddr", e)))
            .collect::<Result<_>>()?,
        p2p_bootstrap: bootstrap,
        consensus_listen: consensus(&ports[node]),
        consensus_peers: others.map(|(_, port)| consensus(port)).collect(),
        consensus_seed: member.consensus_seed,
        grpc_listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
        threads,
        limits: Limits::default(),
        faults: Faults {
            withholding: config
                .withhold
                .map(|fraction| Withholding::new(fraction, WITHHOLDING_SEED)),
        },
        clock: NodeConfig::system_clock(),
    })
}

/// Light nodes are told addresses and the genesis' hash, and nothing else.
async fn start_light(
    count: usize,
    genesis: &CheckedGenesis,
    nodes: &[Node],
) -> Result<Vec<LightNode>> {
    let checkpoint = Checkpoint::genesis(&genesis.chain_id());
    let bootstrap: Vec<Multiaddr> = nodes.iter().flat_map(|n| n.p2p_addrs()).collect();
    try_join_all((0..count).map(|light| {
        let mut config = light_node::Config::new(checkpoint, bootstrap.clone());
        // All full nodes share one machine's cores: they answer, but not at once.
        config.deadline = Duration::from_secs(10);
        config.request_timeout = Duration::from_secs(3);
        async move { LightNode::start(config).await.map_err(Error::light(light)) }
    }))
    .await
}

fn endpoints(folder: &Folder, nodes: &[Node]) -> Endpoints {
    let chain_id = folder.genesis().chain_id();
    let nodes = nodes.iter().map(|node| {
        let mut p2p: Vec<String> = node.p2p_addrs().iter().map(ToString::to_string).collect();
        // Always in the same order, TCP first.
        p2p.sort_unstable();
        NodeEndpoints {
            grpc: format!("http://{}", node.grpc_addr()),
            p2p,
        }
    });
    Endpoints {
        chain_id,
        checkpoint: Checkpoint::genesis(&chain_id).to_string(),
        nodes: nodes.collect(),
        validators: folder.validators_file(),
        genesis: folder.genesis_file(),
    }
}

/// Runs what computes or waits for the disk where it holds up nobody.
async fn off_thread<T: Send + 'static>(
    work: impl FnOnce() -> Result<T> + Send + 'static,
) -> Result<T> {
    tokio::task::spawn_blocking(work)
        .await
        .map_err(|error| Error::system("a thread", error))?
}
