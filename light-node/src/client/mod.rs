//! The thin client: joins, follows headers, has every block sampled, reports.

mod accept;
mod anchor;
mod backlog;
mod catch_up;
mod config;
mod follow;
mod grid;
mod help;
mod history;
mod meter;
mod on_demand;
mod page;
mod peers;
mod poll;
mod progress;
mod report;
mod rows;
mod sampler;
mod status;
mod store;

pub use config::Config;
pub use help::{RebuiltBlock, RepairFigures};
pub use history::PastVerdict;
pub use page::{
    BlockView, CellState, Counts, DayBytes, Page, PageStatus, Place, SampledCell, Tip, Vitals,
};
pub use progress::Progress;
pub use report::{BlockVerdict, ForkEvidence};
pub use rows::RowVerdict;
pub use status::{Status, Today, Trouble};

use crate::core::{SampleCount, Trust};
use crate::{Error, Result};
use commitments::Verifier;
use help::Help;
use history::History;
use meter::Meter;
use net::{NetConfig, NetLimits, Network, Role};
use peers::Peers;
use progress::Teller;
use sampler::{Sampled, Sampler, off_thread};
use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use store::Store;
use tokio::sync::{broadcast, watch};
use tokio::time::Instant;
use types::{BlobId, BlobMeta, ChainId, HeaderHash, Height, RowIndex, Timestamp};

/// Verdicts that a slow listener may lag behind before it misses some.
const VERDICT_QUEUE: usize = 256;

/// What changes while a node runs, and is watched.
#[derive(Debug, Clone, Default)]
struct State {
    tip: Option<(Height, HeaderHash)>,
    trouble: Option<Trouble>,
    /// Why something is not on disk, by what it is.
    unkept: BTreeMap<&'static str, String>,
    fork: Option<Box<ForkEvidence>>,
    stopped: Option<String>,
}

/// What the tasks of one node share.
struct Shared {
    config: Config,
    chain: ChainId,
    store: Store,
    history: Mutex<History>,
    peers: Arc<Peers>,
    sampler: Sampler,
    help: Help,
    meter: Meter,
    trust: Mutex<Option<Trust>>,
    verdicts: broadcast::Sender<BlockVerdict>,
    teller: Teller,
    recent: Mutex<VecDeque<Arc<BlockVerdict>>>,
    state: watch::Sender<State>,
    started: Instant,
}

impl Shared {
    fn trust(&self) -> MutexGuard<'_, Option<Trust>> {
        self.trust.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn history(&self) -> MutexGuard<'_, History> {
        self.history.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn recent(&self) -> MutexGuard<'_, VecDeque<Arc<BlockVerdict>>> {
        self.recent.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Remembers a judged block and tells everybody. Whatever was verified of it passes here:
    /// header, commitments and cells.
    fn judged(&self, sampled: Sampled) -> Arc<BlockVerdict> {
        let Sampled {
            header,
            verdict,
            held,
        } = sampled;
        let past = PastVerdict::of(header.header().time, &verdict);
        let remembered = self.history().append(&past);
        self.note_kept("the verdicts", remembered);
        let spent = self.meter.to_keep(now());
        self.note_kept("the day's bytes", self.store.keep_spent(&spent));
        {
            let mut recent = self.recent();
            recent.push_back(Arc::clone(&verdict));
            while recent.len() > Status::RECENT {
                recent.pop_front();
            }
        }
        self.help.keep(&header, held, now());
        self.teller.tell(|| Progress::Judged(Arc::clone(&verdict)));
        verdict
    }

    fn status(&self) -> Status {
        let (peers, light_peers) = self.peers.connected();
        let state = self.state.borrow().clone();
        Status {
            chain: self.chain,
            tip: state.tip,
            peers,
            light_peers,
            today: self.meter.today(now()),
            recent: self.recent().iter().cloned().collect(),
            uptime: self.started.elapsed(),
            unkept: state.unkept.into_iter().collect(),
            trouble: state.trouble,
            fork: state.fork,
            stopped: state.stopped,
        }
    }

    fn set_trouble(&self, trouble: Option<Trouble>) {
        self.state.send_if_modified(|state| {
            let changed = state.trouble != trouble;
            state.trouble = trouble;
            changed
        });
    }

    /// Leaves in the status whether something could be written. A full disk costs the node its
    /// memory, and nothing else.
    fn note_kept(&self, what: &'static str, kept: Result<()>) {
        let reason = kept.err().map(|error| error.to_string());
        self.state.send_if_modified(|state| {
            if state.unkept.get(what) == reason.as_ref() {
                return false;
            }
            match reason {
                Some(reason) => {
                    tracing::warn!(what, %reason, "not kept on disk");
                    state.unkept.insert(what, reason);
                }
                None => {
                    state.unkept.remove(what);
                }
            }
            true
        });
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
    /// on a fork, [`Error::OtherCheckpoint`] when it trusted another header than the checkpoint,
    /// [`Error::State`] when what is kept there is damaged.
    pub async fn start(config: Config) -> Result<Self> {
        let chain = config.check()?;
        let store = Store::open(config.data_dir.clone(), chain)?;
        let mut config = config;
        config.checkpoint = store.resume(config.checkpoint)?;
        let identity = store.identity()?;
        let spent = store.spent()?;
        let folder = config.data_dir.clone();
        let history = off_thread(move || History::open(folder.as_deref(), chain)).await?;
        let verifier = off_thread(|| Ok(Verifier::ceremony()?)).await?;
        let net_config = NetConfig {
            chain_id: chain,
            listen: config.listen.clone(),
            bootstrap: config.bootstrap.clone(),
            role: Role::Light,
            limits: NetLimits::phone(),
        };
        let (net, events) = Network::start(identity, net_config, None).await?;
        let meter = Meter::new(net.clone(), config.budget, spent);
        let peers = Arc::new(Peers::new(net));
        let teller = Teller::new();
        let shared = Arc::new(Shared {
            sampler: Sampler::new(Arc::clone(&peers), verifier, &config, teller.clone()),
            help: Help::new(config.held),
            config,
            chain,
            store,
            history: Mutex::new(history),
            peers,
            meter,
            trust: Mutex::default(),
            verdicts: broadcast::channel(VERDICT_QUEUE).0,
            teller,
            recent: Mutex::default(),
            state: watch::Sender::default(),
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

    /// Every step of the sampling from now on, blocks sampled on demand included.
    #[must_use]
    pub fn progress(&self) -> broadcast::Receiver<Progress> {
        self.shared.teller.listen()
    }

    /// Samples the block of one height now, whether or not it was sampled before, and whatever
    /// is left of the day's budget. Waits for its header as long as the samples may take.
    ///
    /// # Errors
    /// [`Error::NoHeader`] when nobody gives a header that verifies, [`Error::Stopped`] once
    /// the node has.
    pub async fn sample(&self, height: Height) -> Result<BlockVerdict> {
        if let Some(reason) = self.shared.stop_reason() {
            return Err(Error::Stopped { reason });
        }
        let header = on_demand::find_header(&self.shared, height).await?;
        let sampled = self.shared.sampler.sample(&header, Instant::now()).await?;
        Ok(Arc::unwrap_or_clone(self.shared.judged(sampled)))
    }

    /// Samples rows of a blob now, as many cells of each, whether or not a block has the blob.
    /// `meta` is its description if the caller has it; otherwise peers are asked for it, and
    /// when they do not give it no row can be had. Rows that the blob does not have are left out.
    ///
    /// # Errors
    /// [`Error::Stopped`] once the node has.
    pub async fn sample_rows(
        &self,
        blob: BlobId,
        meta: Option<BlobMeta>,
        rows: &[RowIndex],
        cells: SampleCount,
        within: Duration,
    ) -> Result<Vec<RowVerdict>> {
        if let Some(reason) = self.shared.stop_reason() {
            return Err(Error::Stopped { reason });
        }
        let cells = cells.get() as usize;
        let sampler = &self.shared.sampler;
        sampler.sample_rows(blob, meta, rows, cells, within).await
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
        self.shared.status()
    }

    /// The verdicts of the last week that the folder remembers, those of former runs included:
    /// the newest `count` of them at most, the newest last. Empty without a folder. Reads files.
    ///
    /// # Errors
    /// [`Error::DataDir`] and [`Error::State`] when the folder does not read any more.
    pub fn history(&self, count: usize) -> Result<Vec<PastVerdict>> {
        self.shared.history().last(count)
    }

    /// Application bytes received and sent so far.
    #[must_use]
    pub fn traffic(&self) -> net::Traffic {
        self.shared.peers.net().traffic()
    }

    /// Resolves once the node has stopped following: [`Self::status`] tells why.
    pub async fn stopped(&self) {
        let mut state = self.shared.state.subscribe();
        // An error means that the sender is gone, which is a stop as well.
        let _ = state.wait_for(|state| state.stopped.is_some()).await;
    }

    /// Leaves the network.
    pub async fn shutdown(&self) {
        self.task.abort();
        self.shared
            .state
            .send_modify(|state| state.stopped = Some("shut down".to_owned()));
        self.shared.peers.net().shutdown().await;
        let spent = self.shared.meter.to_keep(now());
        let kept = self.shared.store.keep_spent(&spent);
        self.shared.note_kept("the day's bytes", kept);
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
