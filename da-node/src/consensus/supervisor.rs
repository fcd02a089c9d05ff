//! The life of the engine: started in the role that its past allows, started again after a
//! failure that is safe, halted for good after one that is not.

use super::app::{self, RunEnd};
use super::engine::{End, Engine};
use super::recovery::{self, Role};
use super::signing::address_of;
use super::vote_guard::{GuardOwner, VoteGuard};
use super::{Application, ConsensusConfig, ConsensusError, Result, halt};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use types::{Height, Round};

/// Restarts without a decision in between, after which the node gives up.
const MAX_FAILURES: u32 = 5;
const RESTART_PAUSE: Duration = Duration::from_secs(1);

/// Why the engine stays alive without going on.
const SAFETY_FAILURE: &str = "the engine reported a safety failure; its log may have lost votes";

/// What consensus is doing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Phase {
    /// It runs in this role.
    Running(Role),
    /// It halted for safety, durably: an operator must look.
    Halted(String),
    /// It gave up after failing again and again.
    Failed(String),
    /// It does not run: this node's key is not in the set.
    Idle,
    /// It was stopped.
    Stopped,
}

/// Where consensus stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Status {
    /// The height being decided.
    pub height: Height,
    /// Its round.
    pub round: Round,
    /// Whether it runs, and how.
    pub phase: Phase,
}

/// A running consensus. Dropping it stops it, without waiting.
#[derive(Debug)]
pub struct ConsensusHandle {
    stop: CancellationToken,
    task: Option<JoinHandle<()>>,
    status: watch::Receiver<Status>,
}

impl ConsensusHandle {
    /// Stops, and returns when all is stopped.
    pub async fn stop(mut self) {
        self.stop.cancel();
        if let Some(task) = self.task.take()
            && let Err(error) = task.await
        {
            tracing::error!(%error, "consensus did not stop in order");
        }
    }

    /// Whether consensus halted for safety.
    #[must_use]
    pub fn is_halted(&self) -> bool {
        matches!(self.status.borrow().phase, Phase::Halted(_))
    }

    /// Where consensus stands, now and from now on.
    #[must_use]
    pub fn status(&self) -> watch::Receiver<Status> {
        self.status.clone()
    }
}

impl Drop for ConsensusHandle {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

struct Supervisor {
    config: ConsensusConfig,
    app: Arc<dyn Application>,
    guard: Arc<Mutex<VoteGuard>>,
    status: watch::Sender<Status>,
    stop: CancellationToken,
}

/// Starts consensus.
///
/// # Errors
/// [`ConsensusError::Halted`] while the halt marker is there or when the log is damaged; the
/// errors of the record of signed steps; an unusable address; an engine that does not start.
pub async fn start(config: ConsensusConfig, app: Arc<dyn Application>) -> Result<ConsensusHandle> {
    std::fs::create_dir_all(&config.data_dir)
        .map_err(|e| ConsensusError::file("consensus folder", &config.data_dir, e))?;
    halt::refuse_if_halted(&config.data_dir)?;
    let owner = GuardOwner {
        chain_id: config.chain_id,
        address: address_of(&config.key).0,
    };
    let guard = VoteGuard::open(&guard_path(&config), owner)?;
    let next = app.tip().next().unwrap_or(Height::FIRST);
    let (status, receiver) = watch::channel(Status {
        height: next,
        round: Round::default(),
        phase: Phase::Running(Role::Validating),
    });
    let stop = CancellationToken::new();
    let supervisor = Supervisor {
        config,
        app,
        guard: Arc::new(Mutex::new(guard)),
        status,
        stop: stop.clone(),
    };
    // The first start reports its errors to the caller.
    let first = supervisor.start_engine().await?;
    let task = tokio::spawn(async move { supervisor.supervise(first).await });
    Ok(ConsensusHandle {
        stop,
        task: Some(task),
        status: receiver,
    })
}

/// Where a consensus folder keeps the record of signed steps.
fn guard_path(config: &ConsensusConfig) -> PathBuf {
    config.data_dir.join("signed")
}

type Started = (
    Engine,
    tokio::sync::mpsc::Receiver<malachite::AppMsg<super::context::AssayContext>>,
    Role,
);

impl Supervisor {
    fn role(&self) -> Result<Role> {
        let start = self.app.tip().next().unwrap_or(Height::FIRST);
        let mut guard = self.guard.lock().unwrap_or_else(PoisonError::into_inner);
        recovery::role(
            &self.config.data_dir,
            &mut guard,
            address_of(&self.config.key),
            start,
            self.app.certified(),
            self.app.joins_at(start),
        )
    }

    async fn start_engine(&self) -> Result<Started> {
        let role = self.role()?;
        if let Role::ObservingUntil(height) = role {
            tracing::warn!(%height, "votes may be lost: observing until this height is decided");
        }
        let (engine, messages) = Engine::start(&self.config, &self.app, &self.guard, role).await?;
        self.set_phase(Phase::Running(role));
        Ok((engine, messages, role))
    }

    fn set_phase(&self, phase: Phase) {
        self.status.send_modify(|status| status.phase = phase);
    }

    async fn supervise(self, first: Started) {
        let mut started = Ok(first);
        let mut failures = 0;
        loop {
            let tip = self.app.tip();
            let error = match started {
                Ok(running) => match Box::pin(self.run(running)).await {
                    Ok(()) if self.stop.is_cancelled() => return self.set_phase(Phase::Stopped),
                    Ok(()) => None,
                    Err(error) => Some(error),
                },
                Err(error) => Some(error),
            };
            failures = if self.app.tip() > tip { 0 } else { failures };
            if let Some(error) = error {
                if let ConsensusError::Halted { reason, .. } = error {
                    tracing::error!(reason, "consensus halted for safety");
                    return self.set_phase(Phase::Halted(reason));
                }
                failures += 1;
                if failures > MAX_FAILURES {
                    tracing::error!(%error, "consensus gives up");
                    return self.set_phase(Phase::Failed(error.to_string()));
                }
                tracing::warn!(%error, failures, "consensus starts again");
                tokio::select! {
                    () = self.stop.cancelled() => return self.set_phase(Phase::Stopped),
                    () = tokio::time::sleep(RESTART_PAUSE) => {}
                }
            }
            started = self.start_engine().await;
        }
    }

    /// Runs one engine to its end. `Ok` when it was to end: asked to stop, or observed enough.
    async fn run(&self, (mut engine, messages, role): Started) -> Result<()> {
        let end = app::run(
            &self.config,
            Arc::clone(&self.app),
            role,
            engine.links(),
            messages,
            self.status.clone(),
            &self.stop,
        )
        .await;
        let result = match end {
            RunEnd::StopAsked | RunEnd::Passed => Ok(()),
            RunEnd::Failed(error) => Err(error),
            RunEnd::EngineGone => match engine.end().await {
                End::Stopped => Err(self.why_stopped()),
                End::Halted => Err(self.halt(SAFETY_FAILURE)),
            },
        };
        engine.stop().await;
        result
    }

    /// Why the engine stopped by itself: a refused step, if there was one. The log and the
    /// record then disagree, and nothing more is signed at that height.
    fn why_stopped(&self) -> ConsensusError {
        let mut guard = self.guard.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(foreign) = guard.foreign() {
            let got = foreign.to_string();
            return self.halt(&ConsensusError::SignedElsewhere { got }.to_string());
        }
        let Some((refused, last)) = guard.take_refusal().zip(guard.last()) else {
            return ConsensusError::Engine("stopped by itself".into());
        };
        if let Err(error) = guard.forbid_through(refused.height.max(last.height)) {
            return error;
        }
        ConsensusError::Conflict {
            got: refused.to_string(),
            expected: last.to_string(),
        }
    }

    fn halt(&self, reason: &str) -> ConsensusError {
        let folder = &self.config.data_dir;
        if let Err(error) = halt::write(folder, reason) {
            tracing::error!(%error, "the halt marker could not be written");
        }
        ConsensusError::Halted {
            marker: halt::marker(folder),
            reason: reason.to_owned(),
        }
    }
}
