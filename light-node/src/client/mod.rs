//! The thin client: joins, follows headers, has every block sampled, reports.

mod anchor;
mod backlog;
mod config;
mod follow;
mod grid;
mod help;
mod peers;
mod report;
mod sampler;
mod store;

pub use config::Config;
pub use help::{RebuiltBlock, RepairFigures};
pub use report::{BlockVerdict, ForkEvidence};

use crate::core::Trust;
use crate::{Error, Result};
use commitments::Verifier;
use help::Help;
use net::{NetConfig, NetLimits, Network, Role};
use peers::Peers;
use sampler::{Sampler, off_thread};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use store::Store;
use tokio::sync::{broadcast, watch};
use tokio::time::Instant;
use types::{ChainId, HeaderHash, Height, Timestamp};

/// Verdicts that a slow listener may lag behind before it misses some.
const VERDICT_QUEUE: usize = 256;

/// How a light node fares.
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct Status {
    /// The newest header that it trusts.
    pub tip: Option<(Height, HeaderHash)>,
    /// Full nodes that it is connected with.
    pub peers: usize,
    /// Two certified headers that contradict one another: it halted, and trusts nothing any
    /// more, after a restart in the same folder neither.
    pub fork: Option<Box<ForkEvidence>>,
    /// Why it stopped, once it has.
    pub stopped: Option<String>,
}

/// What the tasks of one node share.
struct Shared {
    config: Config,
    chain: ChainId,
    store: Store,
    peers: Arc<Peers>,
    sampler: Sampler,
    help: Help,
    trust: Mutex<Option<Trust>>,
    verdicts: broadcast::Sender<BlockVerdict>,
    status: watch::Sender<Status>,
}

impl Shared {
    fn trust(&self) -> MutexGuard<'_, Option<Trust>> {
        self.trust.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A running light node. It ends when this is dropped or shut down.
pub struct LightNode {
    shared: Arc<Shared>,
    task: tokio::task::JoinHandle<()>,
}

impl LightNode {
    /// Joins the network and follows it in the background. Returns before the first peer is
    /// met; until one is, nothing is judged.
    ///
    /// # Errors
    /// A configuration that does not hold together, a folder that cannot be used, a listener
    /// that cannot be bound. [`Error::ForkOnRecord`] when a former run in the same folder halted
    /// on a fork, [`Error::OtherCheckpoint`] when it trusted another header than the checkpoint.
    pub async fn start(config: Config) -> Result<Self> {
        let chain = config.check()?;
        let store = Store::open(config.data_dir.clone(), chain)?;
        let mut config = config;
        config.checkpoint = store.resume(config.checkpoint)?;
        let identity = store.identity()?;
        let verifier = off_thread(|| Ok(Verifier::ceremony()?)).await?;
        let net_config = NetConfig {
            chain_id: chain,
            listen: config.listen.clone(),
            bootstrap: config.bootstrap.clone(),
            role: Role::Light,
            limits: NetLimits::phone(),
        };
        let (net, events) = Network::start(identity, net_config, None).await?;
        let peers = Arc::new(Peers::new(net));
        let shared = Arc::new(Shared {
            sampler: Sampler::new(Arc::clone(&peers), verifier, &config),
            help: Help::new(config.held),
            config,
            chain,
            store,
            peers,
            trust: Mutex::default(),
            verdicts: broadcast::channel(VERDICT_QUEUE).0,
            status: watch::Sender::default(),
        });
        let task = tokio::spawn(follow::run(Arc::clone(&shared), events));
        Ok(Self { shared, task })
    }

    /// The verdict on every block from now on, as each is reached.
    #[must_use]
    pub fn verdicts(&self) -> broadcast::Receiver<BlockVerdict> {
        self.shared.verdicts.subscribe()
    }

    /// Samples the block of one height now, whether or not it was sampled before. Waits for
    /// its header as long as the samples may take.
    ///
    /// # Errors
    /// [`Error::NoHeader`] when nobody gives a header that verifies, [`Error::Stopped`] once
    /// the node has.
    pub async fn sample(&self, height: Height) -> Result<BlockVerdict> {
        if let Some(reason) = self.status().stopped {
            return Err(Error::Stopped { reason });
        }
        let header = follow::find_header(&self.shared, height).await?;
        let sampled = self.shared.sampler.sample(&header, Instant::now()).await?;
        self.shared.help.keep(&header, sampled.held, now());
        Ok(sampled.verdict)
    }

    /// Rebuilds the block of one height from whatever peers hold, light nodes alone if need be,
    /// and serves what it rebuilt as far as there is room. Every cell is verified before use.
    ///
    /// # Errors
    /// [`Error::NoHeader`] when nobody gives a header that verifies, [`Error::NotRebuilt`] when
    /// too few cells come in time, [`Error::Stopped`] once the node has.
    pub async fn rebuild(&self, height: Height, within: Duration) -> Result<RebuiltBlock> {
        help::rebuild(&self.shared, height, Instant::now() + within).await
    }

    /// How many cells it keeps for others, and the bytes that they are counted for.
    #[must_use]
    pub fn held(&self) -> (usize, usize) {
        self.shared.help.figures()
    }

    /// Light nodes whose addresses it knows, should full nodes go away: at most 64.
    #[must_use]
    pub fn acquaintances(&self) -> usize {
        self.shared.help.acquaintances()
    }

    /// Where others can reach it, each address with `/p2p/` and its name; none unless it was
    /// told to listen.
    #[must_use]
    pub fn listen_addrs(&self) -> Vec<net::Multiaddr> {
        self.shared.peers.net().listen_addrs()
    }

    /// How the node fares now.
    #[must_use]
    pub fn status(&self) -> Status {
        Status {
            peers: self.shared.peers.connected(),
            ..self.shared.status.borrow().clone()
        }
    }

    /// Application bytes received and sent so far.
    #[must_use]
    pub fn traffic(&self) -> net::Traffic {
        self.shared.peers.net().traffic()
    }

    /// Resolves once the node has stopped following: [`Self::status`] tells why.
    pub async fn stopped(&self) {
        let mut status = self.shared.status.subscribe();
        // An error means that the sender is gone, which is a stop as well.
        let _ = status.wait_for(|status| status.stopped.is_some()).await;
    }

    /// Leaves the network.
    pub async fn shutdown(&self) {
        self.task.abort();
        self.shared
            .status
            .send_modify(|status| status.stopped = Some("shut down".to_owned()));
        self.shared.peers.net().shutdown().await;
    }
}

impl Drop for LightNode {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// The wall clock. A clock before 1970 reads as 1970, which fails every check of age.
fn now() -> Timestamp {
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    Timestamp::new(u64::try_from(since.as_millis()).unwrap_or(u64::MAX))
}
