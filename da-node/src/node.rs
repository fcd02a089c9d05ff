//! One running node: its parts put together, started and stopped.

use crate::accept::{self, Accepted, Admission, Submission};
use crate::board::Board;
use crate::consensus::{self, ConsensusConfig, ConsensusHandle};
use crate::disk::Disk;
use crate::faults::{FaultSwitch, Faults};
use crate::membership::{self, Membership};
use crate::metrics::{self, Metrics};
use crate::pool::Pool;
use crate::retrieve::{self, StoredBlob};
use crate::roles::{self, Part};
use crate::serve;
use crate::sets::Sets;
use crate::state::{Claims, NodeStatus, State};
use crate::store::{BlobRecord, BlobState, Held, Store, StoredBlock};
use crate::work::Workers;
use crate::{Error, NodeConfig, Result, custody, grpc, tend};
use chain::{ChainParams, ColumnSet, ValidatorIndex, ValidatorSet};
use commitments::Setup;
use libp2p::multiaddr::Protocol;
use net::{Binding, Event, Multiaddr, NetConfig, NetLimits, Network, PeerInfo, Role};
use std::collections::BTreeSet;
use std::net::{IpAddr, SocketAddr, UdpSocket};
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::{Semaphore, broadcast, mpsc, watch};
use tokio::task::JoinHandle;
use tokio_util::sync::{CancellationToken, DropGuard};
use tokio_util::task::TaskTracker;
use types::{BlobId, ChainId, Coordinates, Height, Round, UnverifiedCell};

/// Answers that make parity cells, at a time.
pub(crate) const PARITY_ANSWERS: usize = 4;

/// A running node. It stops when [`Node::stop`] is called.
pub struct Node {
    state: Arc<State>,
    /// Validator or follower, until the node stops.
    part: JoinHandle<()>,
    consensus: watch::Receiver<consensus::Status>,
    /// Stops a node that is dropped without being stopped.
    _stop: DropGuard,
    grpc: SocketAddr,
    secured: bool,
    metrics: Option<SocketAddr>,
}

impl Node {
    /// Starts every part of a node: a validator when its key is in the set of the next height,
    /// a follower otherwise. It goes on where it was stopped.
    ///
    /// # Errors
    /// A folder or port that cannot be used, or damage.
    pub async fn start(config: NodeConfig) -> Result<Self> {
        let chain_id = config.genesis.chain_id();
        // The folder before the ports: a second process on it hears that, and not that the
        // first has its ports.
        let store = Store::open(&config.data_dir.join("store"), &chain_id)?;
        let tip = store.tip()?;
        let sets = Sets::open(&config.genesis, store.clone(), tip)?;
        // A port that is taken, or a certificate that cannot serve, is found before anything
        // starts.
        let (listener, grpc) = listen(config.grpc_listen).await?;
        let metrics_listener = match config.metrics_listen {
            Some(address) => Some(listen(address).await?),
            None => None,
        };
        let metrics = Arc::new(Metrics::new(&config.data_dir));
        let (now, secured) = (config.clock.now(), config.door.tls.is_some());
        let front = grpc::Front::new(config.door, listener, &config.data_dir, &metrics, now)?;
        if config.validator_key.is_some() {
            check_free(&config.consensus_listen).await?;
        }
        let workers = Arc::new(Workers::new(&config.threads)?);
        // Seconds of work when it is the first of its process.
        let threads = Arc::clone(&config.threads);
        let setup = tokio::task::spawn_blocking(move || {
            let setup = Setup::ceremony()?;
            setup.make_tables(&threads)?;
            Ok::<_, Error>(setup)
        })
        .await
        .map_err(|_| Error::Stopping)??;

        let peer = config.identity.peer_id();
        let key = config.validator_key;
        let binding = key.as_ref().map(|key| Binding::sign(key, &chain_id, &peer));
        let (network, events) = Network::start(
            config.identity,
            NetConfig {
                chain_id,
                listen: config.p2p_listen,
                bootstrap: config.p2p_bootstrap,
                role: Role::Full,
                limits: NetLimits::default(),
            },
            binding,
        )
        .await?;
        network.set_tip(tip);
        network.set_trusted(config.p2p_dispersers.iter().copied());

        let next = tip.next().unwrap_or(tip);
        let membership = Membership::open(
            store.clone(),
            chain_id,
            *config.genesis.params(),
            next,
            sets.next().tenure.set(),
        )?;
        let state = Arc::new(State {
            key: key.clone(),
            sets,
            kept_columns: config.keep.columns(&peer),
            pinned: config.checkpoint,
            part: watch::Sender::new(Part::Follower),
            horizon: watch::Sender::new(tip),
            consensus_address: config.consensus_address,
            contacts: watch::Sender::new(BTreeSet::new()),
            dispersers: config.p2p_dispersers.into_iter().collect(),
            board: Board::new(store.clone(), Arc::clone(&config.clock)),
            membership,
            store,
            disk: Disk::new(&config.data_dir, config.limits.reserve_bytes),
            pruned: tend::Pruned::default(),
            pool: Pool::default(),
            setup,
            workers,
            clock: config.clock,
            network,
            limits: config.limits,
            faults: FaultSwitch::new(config.faults),
            submissions: Arc::new(Semaphore::new(config.limits.submissions)),
            heavy: Arc::new(Semaphore::new(config.limits.peer_requests)),
            lanes: accept::Lanes::new(config.limits.dispersals),
            accepting: Claims::default(),
            wanted: custody::Wanted::default(),
            tip: watch::Sender::new(tip),
            seen: watch::Sender::new(tip),
            greeted: watch::Sender::new(false),
            claimed: watch::Sender::new(tip),
            unfit: watch::Sender::new(None),
            parity: Arc::new(Semaphore::new(PARITY_ANSWERS)),
            views: serve::Views::default(),
            metrics,
            visitors: Arc::default(),
            at_work: watch::Sender::new((tip, Round::default())),
            stop: CancellationToken::new(),
            tasks: TaskTracker::new(),
            genesis: config.genesis,
        });

        let consensus = key.map(|key| ConsensusConfig {
            listen: config.consensus_listen,
            peers: config.consensus_peers,
            data_dir: config.data_dir.join("consensus"),
            key,
            p2p_key: config.consensus_seed,
            chain_id,
            params: *state.params(),
            moniker: config.moniker,
            faults: state.faults.clone(),
        });
        let first = match begin(&state, events, consensus.as_ref()).await {
            Ok(first) => first,
            Err(error) => {
                // Whatever has begun lets the folder and the ports go.
                wind_down(state).await;
                return Err(error);
            }
        };
        let (status, consensus_status) = watch::channel(consensus::Status {
            height: tip,
            round: Round::default(),
            phase: consensus::Phase::Idle,
        });
        let part = roles::run(Arc::clone(&state), consensus, first, status);
        let node = Self {
            part: tokio::spawn(part),
            consensus: consensus_status,
            _stop: state.stop.clone().drop_guard(),
            state,
            grpc,
            secured,
            metrics: metrics_listener.as_ref().map(|(_, address)| *address),
        };
        let tasks = &node.state.tasks;
        tasks.spawn(grpc::serve(Arc::clone(&node.state), front));
        if let Some((listener, _)) = metrics_listener {
            tasks.spawn(metrics::serve(Arc::clone(&node.state), listener));
        }
        Ok(node)
    }

    /// Stops every part and waits for them. What was acknowledged is durable already.
    pub async fn stop(self) {
        self.state.stop.cancel();
        if let Err(error) = self.part.await {
            tracing::error!(%error, "consensus did not stop in order");
        }
        wind_down(self.state).await;
    }

    /// Where the node serves gRPC.
    #[must_use]
    pub const fn grpc_addr(&self) -> SocketAddr {
        self.grpc
    }

    /// Whether it speaks TLS there.
    #[must_use]
    pub const fn is_secured(&self) -> bool {
        self.secured
    }

    /// Where it serves metrics, if it does.
    #[must_use]
    pub const fn metrics_addr(&self) -> Option<SocketAddr> {
        self.metrics
    }

    /// Where peers and light nodes reach it.
    #[must_use]
    pub fn p2p_addrs(&self) -> Vec<Multiaddr> {
        self.state.network.listen_addrs()
    }

    /// Connected peers.
    #[must_use]
    pub fn peers(&self) -> Vec<PeerInfo> {
        self.state.network.connected_peers()
    }

    /// The validators of the next height.
    #[must_use]
    pub fn validators(&self) -> ValidatorSet {
        self.state.validators()
    }

    /// Follows whether it votes or follows.
    #[must_use]
    pub fn part(&self) -> watch::Receiver<Part> {
        self.state.part.subscribe()
    }

    /// The chain.
    #[must_use]
    pub fn chain_id(&self) -> ChainId {
        self.state.chain_id()
    }

    /// The chain's parameters.
    #[must_use]
    pub fn params(&self) -> &ChainParams {
        self.state.params()
    }

    /// Follows the last final height.
    #[must_use]
    pub fn tip(&self) -> watch::Receiver<Height> {
        self.state.tip.subscribe()
    }

    /// Makes room for a submission.
    ///
    /// # Errors
    /// [`Error::Busy`], which says when to come back.
    pub fn admit(&self) -> Result<Admission> {
        accept::admit(&self.state)
    }

    /// Takes a blob in; see [`Accepted`].
    ///
    /// # Errors
    /// A malformed payload, another id than expected, or a store that fails.
    pub async fn submit(&self, admission: Admission, submission: Submission) -> Result<Accepted> {
        accept::submit(&self.state, admission, submission).await
    }

    /// How far a blob has come; none when it was never heard of.
    ///
    /// # Errors
    /// [`Error::Storage`].
    pub fn record(&self, blob: &BlobId) -> Result<Option<BlobRecord>> {
        self.state.board.record(blob)
    }

    /// Every change of every blob from now on.
    #[must_use]
    pub fn watch(&self) -> broadcast::Receiver<(BlobId, BlobRecord)> {
        self.state.board.watch()
    }

    /// A blob, byte for byte.
    ///
    /// # Errors
    /// [`Error::UnknownBlob`], [`Error::PrunedBlob`], [`Error::IncompleteBlob`].
    pub async fn blob(&self, blob: BlobId) -> Result<StoredBlob> {
        retrieve::retrieve(&self.state, blob).await
    }

    /// A final block.
    ///
    /// # Errors
    /// [`Error::Storage`].
    pub fn block(&self, height: Height) -> Result<Option<StoredBlock>> {
        self.state.store.block(height)
    }

    /// Cells of a final block's grid, as light nodes get them; none for an unknown block.
    ///
    /// # Errors
    /// Coordinates outside the grid.
    pub async fn samples(
        &self,
        height: Height,
        coordinates: Vec<Coordinates>,
    ) -> Result<Option<Vec<UnverifiedCell>>> {
        serve::samples(&self.state, height, coordinates).await
    }

    /// Gives the node these faults from now on, in place of those that it had. It lies about
    /// votes and proposals only if it was started with such a fault.
    pub fn set_faults(&self, faults: Faults) {
        self.state.faults.set(faults);
    }

    /// Where consensus stands, now and from now on.
    #[must_use]
    pub fn consensus(&self) -> watch::Receiver<consensus::Status> {
        self.consensus.clone()
    }

    /// Why the store takes no more writes, from the moment on when one has failed.
    #[must_use]
    pub fn store_failure(&self) -> watch::Receiver<Option<String>> {
        self.state.store.failure()
    }

    /// Application bytes that it has received from peers and light nodes, and sent to them.
    #[must_use]
    pub fn traffic(&self) -> net::Traffic {
        self.state.network.traffic()
    }

    /// Which of the next height's validators it is; none when it is none of them.
    #[must_use]
    pub fn index(&self) -> Option<ValidatorIndex> {
        self.state.index_in(&self.state.sets.next().current)
    }

    /// The columns that it keeps of every row of a blob that the next height's set certifies.
    #[must_use]
    pub fn columns(&self) -> ColumnSet {
        self.state.columns_in(&self.state.sets.next().current)
    }

    /// The columns that it holds of each row of a blob; none when it does not know the blob.
    ///
    /// # Errors
    /// [`Error::Storage`].
    pub fn held(&self, blob: &BlobId) -> Result<Option<Held>> {
        self.state.store.held_of(blob)
    }

    /// The node at a glance.
    ///
    /// # Errors
    /// [`Error::Storage`].
    pub fn status(&self) -> Result<NodeStatus> {
        self.state.status()
    }
}

/// Binds a port and says which one it is.
async fn listen(address: SocketAddr) -> Result<(TcpListener, SocketAddr)> {
    let refused = |error: std::io::Error| Error::Listen {
        address: address.to_string(),
        reason: error.to_string(),
    };
    let listener = TcpListener::bind(address).await.map_err(refused)?;
    let bound = listener.local_addr().map_err(refused)?;
    Ok((listener, bound))
}

/// Begins with what goes on in either part, and starts consensus if that is this node's.
async fn begin(
    state: &Arc<State>,
    events: mpsc::Receiver<Event>,
    consensus: Option<&ConsensusConfig>,
) -> Result<Option<ConsensusHandle>> {
    if let Some(pinned) = state.pinned
        && let Some(stored) = state.store.block(pinned.height)?
    {
        state.check_pinned(pinned.height, stored.block.header.hash())?;
    }
    restore_pool(state)?;
    serve::name_validators(state);
    let renaming = serve::name_new_validators(Arc::clone(state));
    state.tasks.spawn(renaming);
    state.tasks.spawn(serve::serve(Arc::clone(state), events));
    state.tasks.spawn(tend::tend(Arc::clone(state)));
    state.tasks.spawn(tend::watch_store(Arc::clone(state)));
    state.tasks.spawn(custody::repair(Arc::clone(state)));
    state.tasks.spawn(membership::spread(Arc::clone(state)));
    accept::resume(state)?;
    let Some(consensus) = consensus.filter(|_| roles::is_due(state)) else {
        return Ok(None);
    };
    look_around(state).await;
    Ok(Some(roles::start(state, consensus).await?))
}

/// Waits a moment for somebody who knows how far the network has come: what was signed there
/// may be missing here, if this folder was restored from a backup.
async fn look_around(state: &State) {
    let age = state
        .now()
        .millis_since(state.genesis.time())
        .unwrap_or_default();
    if state.validators().len() > 1 && age > FRESH_MS {
        let mut greeted = state.greeted.subscribe();
        // Nobody need be there: a network starts with its first node.
        let _ = tokio::time::timeout(LOOK_AROUND, greeted.wait_for(|greeted| *greeted)).await;
    }
}

async fn wind_down(state: Arc<State>) {
    state.stop.cancel();
    state.network.shutdown().await;
    state.tasks.close();
    state.tasks.wait().await;
    // What the libraries run by themselves, a connection of gRPC or an actor of consensus, lets
    // its share of the store go a moment after its owner has returned.
    let closed = state.store.closed();
    drop(state);
    if tokio::time::timeout(LETTING_GO, closed).await.is_err() {
        tracing::error!("the store is still held: its folder is free when this process ends");
    }
}

/// How long a node that stops waits for the last holder of its store.
const LETTING_GO: Duration = Duration::from_secs(10);

/// How long a starting validator waits for news of the network.
const LOOK_AROUND: Duration = Duration::from_secs(2);
/// How young a network is that nobody can have a backup of.
const FRESH_MS: u64 = 10_000;
/// Attempts to find a port free: that of an earlier run takes a moment to close.
const PORT_ATTEMPTS: usize = 20;
const PORT_PAUSE: Duration = Duration::from_millis(100);

/// The engine keeps it to itself when its port is taken, so that is found out here, before
/// anything starts. What is no address at all the engine refuses.
async fn check_free(address: &str) -> Result<()> {
    let Ok(parsed) = address.parse::<Multiaddr>() else {
        return Ok(());
    };
    let mut attempts = 1;
    while let Err(error) = bind(&parsed) {
        if attempts == PORT_ATTEMPTS {
            return Err(Error::Listen {
                address: address.into(),
                reason: error.to_string(),
            });
        }
        attempts += 1;
        tokio::time::sleep(PORT_PAUSE).await;
    }
    Ok(())
}

/// Binds an address for a moment.
fn bind(address: &Multiaddr) -> std::io::Result<()> {
    let mut ip = None;
    for part in address {
        match (part, ip) {
            (Protocol::Ip4(found), _) => ip = Some(IpAddr::V4(found)),
            (Protocol::Ip6(found), _) => ip = Some(IpAddr::V6(found)),
            (Protocol::Tcp(port), Some(ip)) => drop(std::net::TcpListener::bind((ip, port))?),
            (Protocol::Udp(port), Some(ip)) => drop(UdpSocket::bind((ip, port))?),
            _ => {}
        }
    }
    Ok(())
}

/// Certified blobs of an earlier run wait for a block again.
fn restore_pool(state: &State) -> Result<()> {
    for (blob, record) in state
        .store
        .records(|s| matches!(s, BlobState::Certified { .. }))?
    {
        let (Some(meta), Some(certificate)) =
            (state.store.meta(&blob)?, record.state.certificate())
        else {
            continue;
        };
        let Some(set) = state.set_named(&certificate.terms.set)? else {
            continue;
        };
        let verified = certificate.clone().verify(&state.chain_id(), &set)?;
        state.pool.insert(verified, meta);
    }
    state.expire_certified()
}
