//! One running node: its parts put together, started and stopped.

use crate::accept::{self, Accepted, Admission, Submission};
use crate::app::App;
use crate::board::Board;
use crate::consensus::{self, ConsensusConfig, ConsensusHandle};
use crate::faults::{FaultSwitch, Faults};
use crate::metrics::{self, Metrics};
use crate::pool::Pool;
use crate::retrieve::{self, StoredBlob};
use crate::serve;
use crate::state::{Claims, NodeStatus, State};
use crate::store::{BlobRecord, BlobState, Store, StoredBlock};
use crate::{Error, NodeConfig, Result, custody, grpc, tend};
use chain::{ChainParams, Custody, ValidatorSet};
use commitments::Setup;
use libp2p::multiaddr::Protocol;
use net::{Binding, Event, Multiaddr, NetConfig, NetLimits, Network, PeerInfo, Role};
use std::net::{IpAddr, SocketAddr, UdpSocket};
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::{Semaphore, broadcast, mpsc, watch};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use types::{BlobId, ChainId, Coordinates, Epoch, Height, Round, UnverifiedCell};

/// The epoch whose assignment holds: custody does not rotate while the set does not change.
const EPOCH: Epoch = Epoch::new(0);
/// Answers that make parity cells, at a time.
pub(crate) const PARITY_ANSWERS: usize = 4;

/// A running node. It stops when [`Node::stop`] is called.
pub struct Node {
    state: Arc<State>,
    consensus: ConsensusHandle,
    grpc: SocketAddr,
    secured: bool,
    metrics: Option<SocketAddr>,
}

impl Node {
    /// Starts every part of a node. It goes on where it was stopped.
    ///
    /// # Errors
    /// A folder or port that cannot be used, a key that is not a validator's, or damage.
    pub async fn start(config: NodeConfig) -> Result<Self> {
        let validators = config.genesis.validators().clone();
        let chain_id = config.genesis.chain_id();
        let key = config.validator_key.public_key();
        let (index, _) = validators
            .find_key(&key)
            .ok_or_else(|| Error::NotAValidator {
                key: key.to_string(),
                validators: validators.len(),
            })?;
        // The folder before the ports: a second process on it hears that, and not that the
        // first has its ports.
        let store = Store::open(&config.data_dir.join("store"), &chain_id)?;
        store.put_set(&validators)?;
        let tip = store.tip()?;
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
        check_free(&config.consensus_listen).await?;
        // Seconds of work when it is the first of its process.
        let threads = Arc::clone(&config.threads);
        let setup = tokio::task::spawn_blocking(move || {
            let setup = Setup::ceremony()?;
            setup.make_tables(&threads)?;
            Ok::<_, Error>(setup)
        })
        .await
        .map_err(|_| Error::Stopping)??;

        let binding = Binding::sign(&config.validator_key, &chain_id, &config.identity.peer_id());
        let (network, events) = Network::start(
            config.identity,
            NetConfig {
                chain_id,
                listen: config.p2p_listen,
                bootstrap: config.p2p_bootstrap,
                role: Role::Full,
                limits: NetLimits::default(),
            },
            Some(binding),
        )
        .await?;
        network.set_tip(tip);
        network.set_validators(validators.iter().map(|(_, member)| member.address()));

        let state = Arc::new(State {
            custody: Custody::assign(&validators, &chain_id, EPOCH)?,
            key: Arc::clone(&config.validator_key),
            index,
            board: Board::new(store.clone(), Arc::clone(&config.clock)),
            store,
            pool: Pool::default(),
            setup,
            threads: config.threads,
            clock: config.clock,
            network,
            limits: config.limits,
            faults: FaultSwitch::new(config.faults),
            submissions: Arc::new(Semaphore::new(config.limits.submissions)),
            heavy: Arc::new(Semaphore::new(config.limits.peer_requests)),
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

        let consensus = ConsensusConfig {
            listen: config.consensus_listen,
            peers: config.consensus_peers,
            data_dir: config.data_dir.join("consensus"),
            key: config.validator_key,
            p2p_key: config.consensus_seed,
            chain_id,
            params: *state.params(),
            moniker: config.moniker,
            faults: state.faults.clone(),
        };
        let consensus = match begin(&state, events, consensus).await {
            Ok(consensus) => consensus,
            Err(error) => {
                // Whatever has begun lets the folder and the ports go.
                wind_down(&state).await;
                return Err(error);
            }
        };
        let node = Self {
            state,
            consensus,
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
        self.consensus.stop().await;
        wind_down(&self.state).await;
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

    /// The validators of every height.
    #[must_use]
    pub fn validators(&self) -> &ValidatorSet {
        self.state.validators()
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
        self.consensus.status()
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

async fn begin(
    state: &Arc<State>,
    events: mpsc::Receiver<Event>,
    config: ConsensusConfig,
) -> Result<ConsensusHandle> {
    restore_pool(state)?;
    state.tasks.spawn(serve::serve(Arc::clone(state), events));
    state.tasks.spawn(tend::tend(Arc::clone(state)));
    state.tasks.spawn(custody::repair(Arc::clone(state)));
    accept::resume(state)?;
    look_around(state).await;
    let consensus = consensus::start(config, Arc::new(App(Arc::clone(state)))).await?;
    state
        .tasks
        .spawn(tend::watch_consensus(Arc::clone(state), consensus.status()));
    Ok(consensus)
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

async fn wind_down(state: &State) {
    state.stop.cancel();
    state.network.shutdown().await;
    state.tasks.close();
    state.tasks.wait().await;
}

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
        let verified = certificate
            .clone()
            .verify(&state.chain_id(), state.validators())?;
        state.pool.insert(verified, meta);
    }
    state.expire_certified()
}
