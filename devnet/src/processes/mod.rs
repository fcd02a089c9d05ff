//! A network whose every node is a process of its own: `da-node start` for each full node,
//! `light-node start` for each light node.
//!
//! Nothing is shared but files and ports. Each child holds the other end of a pipe as its
//! standard input and stops when that is closed: when the network stops, and when this process
//! is gone, however it went. Each is in a process group of its own, so that Ctrl-C reaches this
//! process alone, which then stops them in order.

mod child;
mod light;
mod validators;

pub(crate) use child::{Child, tail};
pub(crate) use validators::{Place, configure, said};

use crate::config::{GATHERING, MEETING, PORT_ATTEMPTS};
use crate::folder::Folder;
use crate::network::{BlockSeen, Listening, Network};
use crate::{DevnetConfig, Endpoints, Error, Result};
use chain::CheckedGenesis;
use futures::future::{BoxFuture, join_all, select_all};
use futures::stream::BoxStream;
use futures::{FutureExt, StreamExt};
use light::Light;
use light_node::BlockVerdict;
use proto::client::{Client, Retries};
use rustix::process::Signal;
use std::path::{Path, PathBuf};
use std::time::Duration;
use tokio::sync::broadcast;
use tokio::time::{Instant, sleep};
use types::{Header, Height};

const TICK: Duration = Duration::from_millis(100);
/// The pause before a validator that did not start is started again.
const REVIVAL: Duration = Duration::from_secs(2);

/// The programs that a network of processes is made of.
#[derive(Debug, Clone)]
pub struct Programs {
    pub(crate) da_node: PathBuf,
    light_node: PathBuf,
    pub(crate) devnet: PathBuf,
}

impl Programs {
    /// Those that were built beside the program `devnet`.
    ///
    /// # Errors
    /// [`Error::File`] for one that is not there.
    pub fn beside(devnet: &Path) -> Result<Self> {
        let beside = |name: &str| {
            let path = devnet.with_file_name(name);
            if path.is_file() {
                Ok(path)
            } else {
                Err(Error::file(&path, "not there; build the whole workspace"))
            }
        };
        Ok(Self {
            da_node: beside("da-node")?,
            light_node: beside("light-node")?,
            devnet: devnet.to_owned(),
        })
    }
}

/// A running network of processes.
pub struct Processes {
    /// Those of the genesis first, then the other full nodes.
    validators: Vec<Child>,
    clients: Vec<Client>,
    light: Vec<Light>,
    endpoints: Endpoints,
    folder: Folder,
}

impl Processes {
    /// Starts every process and returns once they have met.
    ///
    /// # Errors
    /// A configuration out of bounds, a folder of another network, a process that ends instead
    /// of starting, or nodes that do not find one another in time.
    pub async fn start(config: DevnetConfig, programs: &Programs) -> Result<Self> {
        config.check()?;
        let path = config.data_dir.clone();
        let (validators, params) = (config.validators, config.params);
        let open = move || Folder::open(path.as_deref(), validators, params);
        let folder = tokio::task::spawn_blocking(open)
            .await
            .map_err(|error| Error::system("a thread", error))??;

        let (validators, nodes) = validators::start(&config, &folder, programs).await?;
        let endpoints = folder.endpoints(nodes);
        let mut network = Self {
            validators,
            clients: Vec::new(),
            light: Vec::new(),
            endpoints,
            folder,
        };
        match network.gather(config.light, programs).await {
            Ok(()) => Ok(network),
            Err(error) => {
                Network::stop(network).await;
                Err(error)
            }
        }
    }

    async fn gather(&mut self, light: usize, programs: &Programs) -> Result<()> {
        self.folder.write_endpoints(&self.endpoints)?;
        for (node, endpoints) in self.endpoints.nodes.iter().enumerate() {
            let client = Client::connect_lazy(&endpoints.grpc).map_err(Error::client(node))?;
            self.clients.push(client.with_retries(Retries::none()));
        }
        for index in 0..light {
            let log = self.folder.path().join(format!("light-{index}.log"));
            self.light
                .push(Light::start(index, &self.endpoints, programs, &log)?);
        }
        tokio::select! {
            met = self.meet() => met,
            error = self.failed() => Err(error),
        }
    }

    /// Waits until every validator knows every other and all light nodes, or some of them.
    async fn meet(&self) -> Result<()> {
        let started = Instant::now();
        loop {
            let missing = self.unmet(started.elapsed() < GATHERING).await;
            let Some(missing) = missing else {
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

    async fn unmet(&self, everybody: bool) -> Option<String> {
        let (founders, light) = (self.folder.genesis().validators().len(), self.light.len());
        let full = self.validators.len() - founders;
        let mut met_light = 0;
        for (node, client) in self.clients.iter().enumerate() {
            let status = match client.node_status().await {
                Ok(status) => status,
                Err(error) => return Some(format!("node {node} does not answer: {error}")),
            };
            let is_founder = node < founders;
            let others = founders - usize::from(is_founder);
            let validators = usize::try_from(status.validators).unwrap_or(usize::MAX);
            if validators < others {
                return Some(format!(
                    "node {node} has met {validators} of {others} validators"
                ));
            }
            let strangers = status.peers.saturating_sub(status.validators);
            // Full nodes need not know one another.
            let strangers = usize::try_from(strangers).unwrap_or(usize::MAX);
            let strangers = strangers.saturating_sub(full);
            if everybody && is_founder && strangers < light {
                return Some(format!("node {node} has met {strangers} light nodes"));
            }
            met_light = met_light.max(strangers);
        }
        (met_light < light).then(|| format!("only {met_light} of {light} light nodes were met"))
    }

    /// The process ids of all nodes, validators first.
    #[must_use]
    pub fn pids(&self) -> Vec<u32> {
        self.children().filter_map(Child::pid).collect()
    }

    /// The process id of each validator, then of each light node.
    pub(crate) fn pids_of_all(&self) -> Vec<Option<u32>> {
        self.children().map(Child::pid).collect()
    }

    /// Kills one validator with SIGKILL.
    pub(crate) async fn kill(&mut self, node: usize) {
        if let Some(child) = self.validators.get_mut(node) {
            child.kill().await;
        }
    }

    /// Sends one validator a signal.
    pub(crate) fn signal(&self, node: usize, signal: Signal) -> Result<()> {
        match self.validators.get(node) {
            Some(child) => child.signal(signal),
            None => Ok(()),
        }
    }

    /// Starts a validator that was killed, as it was configured, with this fraction of its cells
    /// withheld.
    ///
    /// # Errors
    /// One that does not start.
    pub(crate) async fn revive(
        &mut self,
        node: usize,
        withhold: Option<f64>,
        programs: &Programs,
    ) -> Result<()> {
        let mut attempt = 1;
        let (child, endpoints) = loop {
            let started = validators::start_one(node, withhold, &self.folder, programs);
            match started.await {
                // Somebody may have one of its ports for a moment.
                Err(error @ Error::Child { .. }) if attempt < PORT_ATTEMPTS => {
                    tracing::warn!(%error, attempt, "starting again");
                    sleep(REVIVAL).await;
                    attempt += 1;
                }
                started => break started?,
            }
        };
        if let Some(place) = self.validators.get_mut(node) {
            *place = child;
        }
        if let Some(place) = self.endpoints.nodes.get_mut(node) {
            *place = endpoints;
        }
        Ok(())
    }

    /// What each light node finds, from now on.
    pub(crate) fn verdicts(&self) -> Vec<broadcast::Receiver<BlockVerdict>> {
        self.light.iter().map(Light::verdicts).collect()
    }

    /// The folder of the network.
    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    fn children(&self) -> impl Iterator<Item = &Child> {
        let light = self.light.iter().map(Light::child);
        self.validators.iter().chain(light)
    }
}

impl Network for Processes {
    fn genesis(&self) -> &CheckedGenesis {
        self.folder.genesis()
    }

    fn endpoints(&self) -> &Endpoints {
        &self.endpoints
    }

    fn light_nodes(&self) -> usize {
        self.light.len()
    }

    fn listen(&self) -> Vec<Listening<'_>> {
        self.light.iter().map(Light::listen).collect()
    }

    fn blocks(&self, after: Height) -> BoxStream<'_, Result<BlockSeen>> {
        let Some(client) = self.clients.first() else {
            return futures::stream::empty().boxed();
        };
        let blocks = async move {
            let headers = client
                .headers(after.next())
                .await
                .map_err(Error::client(0))?;
            Ok(futures::stream::try_unfold(headers, async |mut headers| {
                let Some(answer) = headers.next().await.map_err(Error::client(0))? else {
                    return Ok(None);
                };
                let header = Header::decode(&answer.header)?;
                let seen = BlockSeen {
                    header,
                    blobs: None,
                };
                Ok(Some((seen, headers)))
            }))
        };
        futures::stream::once(blocks)
            .flat_map(|blocks| match blocks {
                Ok(blocks) => blocks.boxed(),
                Err(error) => futures::stream::once(async { Err(error) }).boxed(),
            })
            .boxed()
    }

    fn failed(&self) -> BoxFuture<'_, Error> {
        let ended: Vec<_> = self.children().map(|child| child.ended().boxed()).collect();
        if ended.is_empty() {
            return std::future::pending().boxed();
        }
        select_all(ended).map(|(error, _, _)| error).boxed()
    }

    async fn stop(self) {
        // Nobody calls them any more, so that no call holds a node up.
        drop(self.clients);
        join_all(self.light.into_iter().map(Light::stop)).await;
        join_all(self.validators.into_iter().map(Child::stop)).await;
    }
}
