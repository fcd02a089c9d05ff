//! A network in this process.

use crate::config::{
    GATHERING, LIGHT_DEADLINE, LIGHT_REQUEST_TIMEOUT, MEETING, PORT_ATTEMPTS, withheld,
};
use crate::folder::Folder;
use crate::network::{BlockSeen, Listening, Network};
use crate::ports::free_ports;
use crate::{DevnetConfig, Endpoints, Error, NodeEndpoints, Result};
use chain::{CheckedGenesis, Checkpoint};
use commitments::{Setup, Threads};
use da_node::{Limits, Node, NodeConfig};
use futures::future::{BoxFuture, join_all, try_join_all};
use futures::stream::BoxStream;
use futures::{FutureExt, StreamExt};
use light_node::core::Verdict;
use light_node::{BlockVerdict, LightNode};
use net::Multiaddr;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::broadcast;
use tokio::time::{Instant, sleep};
use types::Height;

const TICK: Duration = Duration::from_millis(25);
/// The pause before a light node samples a block again.
const PAUSE: Duration = Duration::from_millis(200);

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
        Self::start_with(config, Limits::default()).await
    }

    /// As [`Self::start`], with full nodes that take on so much.
    pub(crate) async fn start_with(config: DevnetConfig, limits: Limits) -> Result<Self> {
        config.check()?;
        let path = config.data_dir.clone();
        let (validators, params) = (config.validators, config.params);
        // Both take seconds of computing or of disk.
        let folder = off_thread(move || Folder::open(path.as_deref(), validators, params)).await?;
        off_thread(|| Ok(Setup::ceremony()?)).await?;

        let nodes = start_nodes(&config, limits, &folder).await?;
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
            sleep(TICK).await;
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

impl Network for Devnet {
    fn genesis(&self) -> &CheckedGenesis {
        Self::genesis(self)
    }

    fn endpoints(&self) -> &Endpoints {
        Self::endpoints(self)
    }

    fn light_nodes(&self) -> usize {
        self.light.len()
    }

    fn listen(&self) -> Vec<Listening<'_>> {
        let listening = self.light.iter().enumerate().map(|(light, node)| {
            let verdicts = node.verdicts();
            let listening: Listening<'_> = Box::new(move |height| {
                let verdict = verdict(node, verdicts, height);
                verdict
                    .map(move |done| done.map_err(Error::light(light)))
                    .boxed()
            });
            listening
        });
        listening.collect()
    }

    fn blocks(&self, after: Height) -> BoxStream<'_, Result<BlockSeen>> {
        let Some(node) = self.nodes.first() else {
            return futures::stream::empty().boxed();
        };
        let stream =
            futures::stream::try_unfold((node.tip(), after), move |(mut tips, shown)| async move {
                let next = shown.next().unwrap_or(shown);
                if tips.wait_for(|tip| *tip >= next).await.is_err() {
                    return Ok(None);
                }
                let stored = node.block(next).map_err(Error::node(0))?;
                let seen = stored.map(|stored| BlockSeen {
                    header: stored.block.header,
                    blobs: Some(stored.block.references.len()),
                });
                Ok(seen.map(|seen| (seen, (tips, next))))
            });
        stream.boxed()
    }

    fn failed(&self) -> BoxFuture<'_, Error> {
        // Whatever fails here fails in a call.
        std::future::pending().boxed()
    }

    async fn stop(self) {
        Self::stop(self).await;
    }
}

/// The light node's own verdict on the block, as it follows the chain. Where it could not
/// decide, or went past that block, it is asked again; the caller bounds how long. Says how
/// often it sampled.
async fn verdict(
    node: &LightNode,
    mut verdicts: broadcast::Receiver<BlockVerdict>,
    height: Height,
) -> light_node::Result<(BlockVerdict, u32)> {
    let followed = loop {
        match verdicts.recv().await {
            Ok(verdict) if verdict.height == height => break Some(verdict),
            Ok(verdict) if verdict.height > height => break None,
            Ok(_) | Err(broadcast::error::RecvError::Lagged(_)) => {}
            Err(broadcast::error::RecvError::Closed) => break None,
        }
    };
    let mut attempts = u32::from(followed.is_some());
    let mut latest = followed;
    loop {
        match latest {
            Some(verdict) if verdict.verdict != Verdict::Undecided => {
                return Ok((verdict, attempts));
            }
            Some(_) => sleep(PAUSE).await,
            None => {}
        }
        attempts = attempts.saturating_add(1);
        latest = match node.sample(height).await {
            Ok(verdict) => Some(verdict),
            Err(error @ light_node::Error::Stopped { .. }) => return Err(error),
            Err(error) => {
                tracing::debug!(%error, "asked again");
                sleep(PAUSE).await;
                None
            }
        };
    }
}

/// Starts all full nodes; none stays behind when one of them does not start.
async fn start_nodes(config: &DevnetConfig, limits: Limits, folder: &Folder) -> Result<Vec<Node>> {
    let mut attempt = 1;
    loop {
        let (nodes, failure) = try_start_nodes(config, limits, folder).await?;
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
    limits: Limits,
    folder: &Folder,
) -> Result<(Vec<Node>, Option<Error>)> {
    let threads = Arc::new(Threads::available()?);
    let ports = free_ports(config.validators)?;
    let mut nodes: Vec<Node> = Vec::with_capacity(config.validators);
    for node in 0..config.validators {
        let bootstrap = nodes.iter().flat_map(Node::p2p_addrs).collect();
        let threads = Arc::clone(&threads);
        let mut config = node_config(config, folder, node, &ports, bootstrap, threads)?;
        config.limits = limits;
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
        identity: member.network.identity.clone(),
        p2p_listen: ["/ip4/127.0.0.1/tcp/0", "/ip4/127.0.0.1/udp/0/quic-v1"]
            .into_iter()
            .map(|address| address.parse().map_err(|e| Error::system("a multiaddr", e)))
            .collect::<Result<_>>()?,
        p2p_bootstrap: bootstrap,
        consensus_listen: consensus(&ports[node]),
        consensus_peers: others.map(|(_, port)| consensus(port)).collect(),
        consensus_seed: *member.network.consensus_seed,
        grpc_listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
        door: da_node::grpc::Door::default(),
        metrics_listen: None,
        threads,
        limits: Limits::default(),
        faults: match config.liars.get(&node) {
            Some(faults) => faults.clone(),
            None => withheld(config.withhold),
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
        config.deadline = LIGHT_DEADLINE;
        config.request_timeout = LIGHT_REQUEST_TIMEOUT;
        async move { LightNode::start(config).await.map_err(Error::light(light)) }
    }))
    .await
}

fn endpoints(folder: &Folder, nodes: &[Node]) -> Endpoints {
    let nodes = nodes.iter().map(|node| {
        let mut p2p: Vec<String> = node.p2p_addrs().iter().map(ToString::to_string).collect();
        // Always in the same order, TCP first.
        p2p.sort_unstable();
        NodeEndpoints {
            grpc: format!("http://{}", node.grpc_addr()),
            p2p,
        }
    });
    folder.endpoints(nodes.collect())
}

/// Runs what computes or waits for the disk where it holds up nobody.
async fn off_thread<T: Send + 'static>(
    work: impl FnOnce() -> Result<T> + Send + 'static,
) -> Result<T> {
    tokio::task::spawn_blocking(work)
        .await
        .map_err(|error| Error::system("a thread", error))?
}
