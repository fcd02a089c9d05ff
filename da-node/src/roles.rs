//! One process, two parts: a validator while the set says so, a follower otherwise.

use crate::app::App;
use crate::consensus::{self, ConsensusConfig, ConsensusError, ConsensusHandle, Phase, Status};
use crate::state::State;
use crate::{contacts, follow, tend};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;

/// Attempts to start consensus in a process that runs: the port of its former life takes a
/// moment to close.
const ATTEMPTS: u32 = 20;
const PAUSE: Duration = Duration::from_millis(500);

/// What a node does at present.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Part {
    /// It takes part in consensus.
    Validator,
    /// It follows the chain and keeps its data.
    Follower,
}

impl std::fmt::Display for Part {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Validator => "validator",
            Self::Follower => "follower",
        })
    }
}

/// Whether consensus is this node's business: its key is in the set of the next height, or it
/// was in that of the last one and nobody is known to have gone on. Until then its last votes
/// may be wanted by others.
pub(crate) fn is_due(state: &State) -> bool {
    if state.is_member() {
        return true;
    }
    let tip = *state.tip.borrow();
    // What peers claim is enough to let go: nobody is left waiting for more than one height.
    let is_passed = *state.seen.borrow() > tip || tip.next() < Some(*state.horizon.borrow());
    if is_passed || tip == types::Height::GENESIS {
        return false;
    }
    let last = state.sets.at(tip);
    last.is_ok_and(|last| state.index_in(&last.current).is_some())
}

/// Starts consensus.
pub(crate) async fn start(
    state: &Arc<State>,
    config: &ConsensusConfig,
) -> Result<ConsensusHandle, ConsensusError> {
    let handle = consensus::start(config.clone(), Arc::new(App(Arc::clone(state)))).await?;
    state.part.send_replace(Part::Validator);
    Ok(handle)
}

/// Plays the part that the set gives this node, until the node stops or consensus has halted.
/// Without a configuration of consensus it only ever follows.
pub(crate) async fn run(
    state: Arc<State>,
    config: Option<ConsensusConfig>,
    first: Option<ConsensusHandle>,
    status: watch::Sender<Status>,
) {
    let mut running = first;
    loop {
        if let Some(handle) = running.take() {
            validate(&state, handle, &status).await;
            if matches!(status.borrow().phase, Phase::Halted(_) | Phase::Failed(_)) {
                return;
            }
        }
        if state.stop.is_cancelled() {
            status.send_modify(|status| status.phase = Phase::Stopped);
            return;
        }
        status.send_modify(|status| status.phase = Phase::Idle);
        state.part.send_replace(Part::Follower);
        tracing::info!(height = %*state.tip.borrow(), "following the chain");
        follow::follow(&state).await;
        if let Some(config) = config.as_ref().filter(|_| !state.stop.is_cancelled()) {
            tracing::info!(height = %*state.tip.borrow(), "joining the validators");
            match start_again(&state, config).await {
                Ok(handle) => running = handle,
                Err(error) => {
                    let reason = format!("consensus does not start: {error}");
                    tracing::error!(reason, "this node promises nothing any more");
                    state.unfit.send_replace(Some(reason.clone()));
                    status.send_modify(|status| status.phase = failed(&error, reason));
                    return;
                }
            }
        }
    }
}

fn failed(error: &ConsensusError, reason: String) -> Phase {
    match error {
        ConsensusError::Halted { .. } => Phase::Halted(reason),
        _ => Phase::Failed(reason),
    }
}

/// None when the node stops meanwhile.
async fn start_again(
    state: &Arc<State>,
    config: &ConsensusConfig,
) -> Result<Option<ConsensusHandle>, ConsensusError> {
    let mut attempt = 1;
    loop {
        let error = match start(state, config).await {
            Ok(handle) => return Ok(Some(handle)),
            Err(error) => error,
        };
        if matches!(error, ConsensusError::Halted { .. }) || attempt == ATTEMPTS {
            return Err(error);
        }
        tracing::warn!(%error, attempt, "consensus does not start yet");
        attempt += 1;
        tokio::select! {
            () = state.stop.cancelled() => return Ok(None),
            () = tokio::time::sleep(PAUSE) => {}
        }
    }
}

/// One life of consensus: until the node stops, it is no longer this node's business, or it has
/// halted.
async fn validate(state: &Arc<State>, handle: ConsensusHandle, status: &watch::Sender<Status>) {
    let mut inner = handle.status();
    let watching = tend::watch_consensus(Arc::clone(state), handle.status());
    let passing_on = async {
        loop {
            status.send_replace(inner.borrow_and_update().clone());
            let ended = matches!(status.borrow().phase, Phase::Halted(_) | Phase::Failed(_));
            if ended || inner.changed().await.is_err() {
                return;
            }
        }
    };
    let (mut tip, mut seen) = (state.tip.subscribe(), state.seen.subscribe());
    let mut horizon = state.horizon.subscribe();
    let released = async {
        while is_due(state) {
            tokio::select! {
                _ = tip.changed() => {}
                _ = seen.changed() => {}
                _ = horizon.changed() => {}
            }
        }
    };
    let beside = async { tokio::join!(watching, contacts::keep(state)) };
    tokio::select! {
        () = state.stop.cancelled() => {}
        () = passing_on => {}
        () = released => tracing::info!("no longer in the set"),
        _ = beside => {}
    }
    handle.stop().await;
}
