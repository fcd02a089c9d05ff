//! Deriving in the background, answering in front.

use crate::server;
use crate::{Error, Judge, Result, limits};
use derivation::{Deriver, Rows};
use jsonrpsee::server::{BatchRequestConfig, Server, ServerConfig, ServerHandle};
use serde::Serialize;
use settlement::watcher::Samples;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};
use tokio::sync::{RwLock, watch};
use tokio::task::JoinHandle;

/// Where it answers, and how often it looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Options {
    /// The address; port 0 takes a free one.
    pub address: SocketAddr,
    /// The pause between two looks at L1, once there is nothing more.
    pub pause: Duration,
}

impl Default for Options {
    /// A free port on loopback, and a look per slot of Ethereum.
    fn default() -> Self {
        Self {
            address: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            pause: Duration::from_secs(12),
        }
    }
}

/// A row with its verdict, as it is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub(crate) struct VerdictView {
    pub(crate) batch: settlement::BatchNumber,
    pub(crate) row: settlement::BlobRow,
    pub(crate) verdict: light_node::core::Verdict,
    pub(crate) at: u64,
}

/// How it goes.
#[derive(Debug, Clone, Default)]
pub(crate) struct Condition {
    pub(crate) at_head: bool,
    /// Rows that nobody gave when they were last asked for.
    pub(crate) missing: usize,
    pub(crate) last_error: Option<String>,
    pub(crate) verdicts: Vec<VerdictView>,
}

/// What the methods share.
pub(crate) struct Shared<R> {
    pub(crate) deriver: RwLock<Deriver<R>>,
    pub(crate) is_light: bool,
    pub(crate) condition: Mutex<Condition>,
    pub(crate) prepared: Mutex<server::PreparedTrees>,
}

impl<R> Shared<R> {
    pub(crate) fn condition(&self) -> Condition {
        let condition = self.condition.lock();
        condition.unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn tell(&self, change: impl FnOnce(&mut Condition)) {
        let condition = self.condition.lock();
        change(&mut condition.unwrap_or_else(PoisonError::into_inner));
    }
}

/// A follower that derives and answers. Dropping it stops it where it is, which a restart survives;
/// [`Self::stop`] saves first.
#[derive(Debug)]
pub struct Follower {
    address: SocketAddr,
    server: ServerHandle,
    stop: watch::Sender<bool>,
    task: Option<JoinHandle<Result<()>>>,
}

impl Follower {
    /// Starts. With a judge this is the light mode: the deriver knows roots only, and no balance is
    /// told.
    ///
    /// # Errors
    /// [`Error::Listen`].
    pub async fn start<R, S>(
        deriver: Deriver<R>,
        judge: Option<Judge<S>>,
        options: Options,
    ) -> Result<Self>
    where
        R: Rows + 'static,
        S: Samples + 'static,
    {
        let listen = |error: &dyn std::fmt::Display| Error::Listen {
            address: options.address,
            reason: error.to_string(),
        };
        let config = ServerConfig::builder()
            .max_request_body_size(limits::REQUEST_BYTES)
            .max_response_body_size(limits::RESPONSE_BYTES)
            .max_connections(limits::CONNECTIONS)
            .max_subscriptions_per_connection(0)
            .set_batch_request_config(BatchRequestConfig::Limit(limits::BATCH))
            .build();
        let server = Server::builder()
            .set_config(config)
            .build(options.address)
            .await
            .map_err(|error| listen(&error))?;
        let address = server.local_addr().map_err(|error| listen(&error))?;
        let is_light = deriver.derivation().limits().roots_only;
        let shared = Arc::new(Shared {
            deriver: RwLock::new(deriver),
            is_light,
            condition: Mutex::default(),
            prepared: Mutex::default(),
        });
        let module =
            server::methods(shared.clone()).map_err(|error| Error::Internal(error.to_string()))?;
        let server = server.start(module);
        let (stop, stopped) = watch::channel(false);
        let task = tokio::spawn(follow(shared, judge, options.pause, stopped));
        Ok(Self {
            address,
            server,
            stop,
            task: Some(task),
        })
    }

    /// Where it answers.
    #[must_use]
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Its URL.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Stops, and saves what is derived.
    ///
    /// # Errors
    /// [`Error::Derivation`] when it cannot be saved.
    pub async fn stop(mut self) -> Result<()> {
        // Stopped already is stopped.
        let _ = self.server.stop();
        let _ = self.stop.send(true);
        match self.task.take() {
            Some(task) => task
                .await
                .map_err(|error| Error::Internal(error.to_string()))?,
            None => Ok(()),
        }
    }
}

impl Drop for Follower {
    fn drop(&mut self) {
        let _ = self.server.stop();
        if let Some(task) = &self.task {
            task.abort();
        }
    }
}

async fn follow<R: Rows, S: Samples>(
    shared: Arc<Shared<R>>,
    mut judge: Option<Judge<S>>,
    pause: Duration,
    mut stopped: watch::Receiver<bool>,
) -> Result<()> {
    while !*stopped.borrow() {
        let step = tokio::select! {
            step = step(&shared, judge.as_mut()) => step,
            _ = stopped.changed() => break,
        };
        let go_on = step.as_ref().is_ok_and(|busy| *busy);
        shared.tell(|condition| condition.last_error = step.err().map(|e| e.to_string()));
        if go_on {
            continue;
        }
        tokio::select! {
            () = tokio::time::sleep(pause) => {}
            _ = stopped.changed() => {}
        }
    }
    shared.deriver.write().await.save()?;
    Ok(())
}

/// One look; whether there is more to do at once. Whoever asks meanwhile waits for no network.
async fn step<R: Rows, S: Samples>(
    shared: &Shared<R>,
    judge: Option<&mut Judge<S>>,
) -> Result<bool> {
    let seen = shared.deriver.read().await.look().await?;
    let taken = shared.deriver.write().await.take(seen)?;
    let gathered = shared.deriver.read().await.gather().await?;
    let progress = shared.deriver.write().await.give(taken, gathered)?;
    shared.tell(|condition| {
        condition.at_head = progress.at_head;
        condition.missing = progress.missing.len();
    });
    if let Some(judge) = judge {
        let history = shared.deriver.read().await.derivation().history().clone();
        judge.look(&history, now()).await;
        let verdicts = judge
            .judged()
            .iter()
            .map(|((batch, row), judged)| VerdictView {
                batch: *batch,
                row: *row,
                verdict: judged.verdict,
                at: judged.at,
            });
        let verdicts = verdicts.collect();
        shared.tell(|condition| condition.verdicts = verdicts);
    }
    Ok(!progress.at_head || !progress.applied.is_empty())
}

fn now() -> u64 {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    since.unwrap_or_default().as_secs()
}
