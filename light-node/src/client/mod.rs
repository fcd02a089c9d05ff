//! The thin client: joins, follows headers, has every block sampled, reports.

mod anchor;
mod backlog;
mod config;
mod follow;
mod grid;
mod page;
mod peers;
mod progress;
mod report;
mod sampler;
mod status;
mod store;

pub use config::Config;
pub use page::{
    BlockView, CellState, Counts, DayBytes, Page, PageStatus, Place, SampledCell, Tip, Vitals,
};
pub use progress::Progress;
pub use report::{BlockVerdict, ForkEvidence};
pub use status::{Status, Today, Trouble};

use crate::core::Trust;
use crate::{Error, Result};
use commitments::Verifier;
use net::{NetConfig, NetLimits, Network, Role};
use peers::Peers;
use progress::Teller;
use sampler::{Sampler, off_thread};
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};
use store::Store;
use tokio::sync::{broadcast, watch};
use tokio::time::Instant;
use types::{ChainId, HeaderHash, Height, Timestamp};

/// Verdicts that a slow listener may lag behind before it misses some.
const VERDICT_QUEUE: usize = 256;

/// What changes while a node runs, and is watched.
#[derive(Debug, Clone, Default)]
struct State {
    tip: Option<(Height, HeaderHash)>,
    fork: Option<Box<ForkEvidence>>,
    stopped: Option<String>,
}

/// What the tasks of one node share.
struct Shared {
    config: Config,
    chain: ChainId,
    store: Store,
    peers: Arc<Peers>,
    sampler: Sampler,
    trust: Mutex<Option<Trust>>,
    verdicts: broadcast::Sender<BlockVerdict>,
    status: watch::Sender<State>,
    progress: Teller,
    recent: Mutex<VecDeque<Arc<BlockVerdict>>>,
    started: Instant,
}

impl Shared {
    fn trust(&self) -> MutexGuard<'_, Option<Trust>> {
        self.trust.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn recent(&self) -> MutexGuard<'_, VecDeque<Arc<BlockVerdict>>> {
        self.recent.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Tells a verdict to those who follow the steps, and keeps it in mind.
    fn judged(&self, verdict: &BlockVerdict) {
        let verdict = Arc::new(verdict.clone());
        let mut recent = self.recent();
        while recent.len() >= Status::RECENT {
            recent.pop_front();
        }
        recent.push_back(Arc::clone(&verdict));
        self.progress.tell(|| Progress::Judged(verdict));
    }

    /// How the node fares now.
    fn status(&self) -> Status {
        let state = self.status.borrow().clone();
        let traffic = self.peers.net().traffic();
        let full = self.peers.connected();
        let connected = self.peers.net().connected_peers().len();
        Status {
            chain: self.chain,
            tip: state.tip,
            peers: full,
            light_peers: connected.saturating_sub(full),
            today: Today {
                received: traffic.received,
                sent: traffic.sent,
                budget: None,
            },
            recent: self.recent().iter().cloned().collect(),
            uptime: self.started.elapsed(),
            unkept: Vec::new(),
            trouble: None,
            fork: state.fork,
            stopped: state.stopped,
        }
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
            limits: NetLimits::default(),
        };
        let (net, events) = Network::start(identity, net_config, None).await?;
        let peers = Arc::new(Peers::new(net));
        let progress = Teller::new();
        let shared = Arc::new(Shared {
            sampler: Sampler::new(Arc::clone(&peers), verifier, &config, progress.clone()),
            config,
            chain,
            store,
            peers,
            trust: Mutex::default(),
            verdicts: broadcast::channel(VERDICT_QUEUE).0,
            status: watch::Sender::default(),
            progress,
            recent: Mutex::default(),
            started: Instant::now(),
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
        let verdict = self.shared.sampler.sample(&header, Instant::now()).await?;
        self.shared.judged(&verdict);
        Ok(verdict)
    }

    /// How the node fares now.
    #[must_use]
    pub fn status(&self) -> Status {
        self.shared.status()
    }

    /// The steps of the sampling of every block from now on, as they happen.
    #[must_use]
    pub fn progress(&self) -> broadcast::Receiver<Progress> {
        self.shared.progress.listen()
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
