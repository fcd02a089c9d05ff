//! The chain behind JSON-RPC: HTTP and WebSocket on one port.

mod blobs;
mod dev;
mod eth;
mod filters;
mod params;
mod subscribe;

use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use jsonrpsee::RpcModule;
use jsonrpsee::server::{BatchRequestConfig, Server, ServerConfig, ServerHandle};
use tokio::sync::{broadcast, watch};
use tokio::task::JoinHandle;

use crate::block::Block;
use crate::chain::Chain;
use crate::error::{Error, Result};
use crate::limits;
use crate::logs::Filters;
use crate::transaction::UnverifiedTransaction;

/// When blocks are made.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Mining {
    /// As soon as a transaction can be in one.
    #[default]
    Automine,
    /// By a clock, empty ones too.
    Every(Duration),
    /// When a client says so: `evm_mine`.
    Manual,
}

/// Where and how to serve.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Options {
    /// The address; port 0 takes a free one.
    pub address: SocketAddr,
    /// When blocks are made, until a client changes it.
    pub mining: Mining,
}

impl Default for Options {
    /// A free port on loopback, and a block for each transaction.
    fn default() -> Self {
        Self {
            address: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            mining: Mining::default(),
        }
    }
}

/// What happened to the chain.
#[derive(Clone, Debug)]
enum Event {
    Undone(Arc<Block>),
    Mined(Arc<Block>),
}

/// What the methods share.
struct Shared {
    chain: Mutex<Chain>,
    filters: Mutex<Filters>,
    events: broadcast::Sender<Event>,
    mining: watch::Sender<Mining>,
}

/// Events that a slow subscriber may lag behind before it misses some.
const EVENTS: usize = 1024;

impl Shared {
    fn chain(&self) -> MutexGuard<'_, Chain> {
        self.chain.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn filters(&self) -> MutexGuard<'_, Filters> {
        self.filters.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Tells filters and subscribers; the chain is still locked, so that they hear it in order.
    fn tell(&self, undone: Vec<Arc<Block>>, mined: Vec<Arc<Block>>) {
        let mut filters = self.filters();
        for block in undone.into_iter().rev() {
            filters.tell(&block, true);
            // No subscriber is no fault.
            let _ = self.events.send(Event::Undone(block));
        }
        for block in mined {
            filters.tell(&block, false);
            let _ = self.events.send(Event::Mined(block));
        }
    }

    fn mine(&self, chain: &mut Chain) -> Arc<Block> {
        let block = chain.mine(now());
        tracing::debug!(
            number = block.number(),
            transactions = block.transactions().len(),
            "mined"
        );
        self.tell(Vec::new(), vec![block.clone()]);
        block
    }

    /// With [`Mining::Automine`], mines until nothing is ready.
    fn mine_ready(&self, chain: &mut Chain) {
        if *self.mining.borrow() == Mining::Automine {
            while chain.has_ready() {
                self.mine(chain);
            }
        }
    }

    /// Verifies a transaction without holding the chain, and submits it.
    fn submit(&self, bytes: &[u8]) -> Result<alloy::primitives::B256> {
        let chain_id = self.chain().chain_id();
        let transaction = UnverifiedTransaction::decode(bytes)?.verify(chain_id)?;
        let mut chain = self.chain();
        let hash = chain.submit(transaction, now())?;
        self.mine_ready(&mut chain);
        Ok(hash)
    }
}

/// The clock, in seconds since 1970.
#[must_use]
pub fn now() -> u64 {
    SystemTime::now()
        .duration_since(SystemTime::UNIX_EPOCH)
        .unwrap_or_default()
        .as_secs()
}

/// A chain that is being served. Dropping it stops it.
pub struct L1 {
    shared: Arc<Shared>,
    address: SocketAddr,
    server: ServerHandle,
    miner: JoinHandle<()>,
}

impl L1 {
    /// Serves a chain.
    ///
    /// # Errors
    /// [`Error::Listen`].
    pub async fn serve(chain: Chain, options: Options) -> Result<Self> {
        let listen = |error: &dyn std::fmt::Display| Error::Listen {
            address: options.address.to_string(),
            reason: error.to_string(),
        };
        let config = ServerConfig::builder()
            .max_request_body_size(limits::REQUEST_BYTES)
            .max_response_body_size(limits::RESPONSE_BYTES)
            .max_connections(limits::CONNECTIONS)
            .max_subscriptions_per_connection(limits::SUBSCRIPTIONS)
            .set_batch_request_config(BatchRequestConfig::Limit(limits::BATCH))
            .build();
        let server = Server::builder()
            .set_config(config)
            .build(options.address)
            .await
            .map_err(|error| listen(&error))?;
        let address = server.local_addr().map_err(|error| listen(&error))?;
        let shared = Arc::new(Shared {
            chain: Mutex::new(chain),
            filters: Mutex::default(),
            events: broadcast::Sender::new(EVENTS),
            mining: watch::Sender::new(options.mining),
        });
        let module = methods(shared.clone()).map_err(|error| Error::Internal(error.to_string()))?;
        let server = server.start(module);
        let miner = tokio::spawn(mine_by_clock(shared.clone(), shared.mining.subscribe()));
        Ok(Self {
            shared,
            address,
            server,
            miner,
        })
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The URL for HTTP.
    #[must_use]
    pub fn http_url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The URL for WebSocket.
    #[must_use]
    pub fn ws_url(&self) -> String {
        format!("ws://{}", self.address)
    }

    /// The number of the newest block.
    #[must_use]
    pub fn head(&self) -> u64 {
        self.shared.chain().head().number()
    }

    /// Writes the chain to a file, which [`Chain::load`] reads.
    ///
    /// # Errors
    /// [`Error::File`].
    pub fn save(&self, file: &Path) -> Result<()> {
        // Off a copy, so that clients do not wait for the disk.
        let chain = self.shared.chain().clone();
        chain.save(file)
    }

    /// Stops serving, and waits until it has.
    pub async fn stop(self) {
        // Stopped already is stopped.
        let _ = self.server.stop();
        self.miner.abort();
        self.server.clone().stopped().await;
    }
}

impl Drop for L1 {
    fn drop(&mut self) {
        let _ = self.server.stop();
        self.miner.abort();
    }
}

fn methods(
    shared: Arc<Shared>,
) -> std::result::Result<RpcModule<Shared>, jsonrpsee::core::RegisterMethodError> {
    let mut module = RpcModule::from_arc(shared);
    eth::register(&mut module)?;
    blobs::register(&mut module)?;
    filters::register(&mut module)?;
    dev::register(&mut module)?;
    subscribe::register(&mut module)?;
    Ok(module)
}

/// Mines while [`Mining::Every`] holds.
async fn mine_by_clock(shared: Arc<Shared>, mut mining: watch::Receiver<Mining>) {
    loop {
        let mode = *mining.borrow_and_update();
        let changed = match mode {
            Mining::Every(period) => tokio::time::timeout(period, mining.changed()).await.ok(),
            Mining::Automine | Mining::Manual => Some(mining.changed().await),
        };
        match changed {
            Some(Ok(())) => {}
            Some(Err(_)) => return,
            None => {
                let shared = shared.clone();
                let mined = tokio::task::spawn_blocking(move || {
                    let mut chain = shared.chain();
                    shared.mine(&mut chain);
                });
                if let Err(error) = mined.await {
                    tracing::error!(%error, "mining stopped");
                    return;
                }
            }
        }
    }
}
