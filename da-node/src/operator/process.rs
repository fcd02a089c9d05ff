//! A validator as a process: started, watched, and ended for a reason that its exit code tells.

use super::{Error, Result};
use crate::consensus::{Phase, Status};
use crate::{Node, NodeConfig};
use futures::FutureExt;
use std::io::{ErrorKind, Read, Write};
use std::process::ExitCode;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::{oneshot, watch};

/// How a process ends. `deploy/assay-node.service` names these numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// It was asked to stop, and all of it has stopped in order.
    Stopped,
    /// Something failed that may be better next time.
    Failure,
    /// It was told what cannot be; starting it again changes nothing.
    Configuration,
    /// Consensus halted for safety: nobody may start it again before an operator has looked.
    Halted,
    /// The store cannot be written or read: the disk is full or failing, or what is on it is
    /// damaged. What was acknowledged is there; it goes on once the disk does.
    Storage,
}

impl Exit {
    /// The exit code.
    #[must_use]
    pub const fn code(self) -> u8 {
        match self {
            Self::Stopped => 0,
            Self::Failure => 1,
            Self::Configuration => 2,
            Self::Halted => 3,
            Self::Storage => 4,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.code())
    }
}

/// Why a process that had started ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ended {
    /// By SIGTERM, by SIGINT, or by the end of its standard input where that counts.
    Asked,
    /// Consensus halted for safety, for this reason.
    Halted(String),
    /// Consensus gave up, for this reason.
    GaveUp(String),
    /// A write to the store failed, for this reason.
    StoreFailed(String),
}

impl Ended {
    /// How the process ends.
    #[must_use]
    pub const fn exit(&self) -> Exit {
        match self {
            Self::Asked => Exit::Stopped,
            Self::Halted(_) => Exit::Halted,
            Self::GaveUp(_) => Exit::Failure,
            Self::StoreFailed(_) => Exit::Storage,
        }
    }
}

/// How a process is to run.
#[derive(Debug, Clone, Copy, Default)]
pub struct Run {
    /// Prints one JSON object on stdout once the node runs: `chain_id`, `grpc`, `p2p`, and
    /// `metrics` where they are served.
    pub announce: bool,
    /// Stops when standard input ends: with whoever started it, however that one ends.
    pub until_stdin_ends: bool,
}

/// Starts a node and runs it until it is asked to stop or cannot go on; then stops it in order.
/// A second signal ends the process at once.
///
/// # Errors
/// A node that does not start.
pub async fn run(config: NodeConfig, how: Run) -> Result<Ended> {
    let mut asked = Asked::listen(how.until_stdin_ends)?;
    let (moniker, validators) = (config.moniker.clone(), config.genesis.validators().len());
    let votes = config.validator_key.is_some();
    let known = config.consensus_peers.len() + 1;
    if config.door.is_exposed(config.grpc_listen) {
        tracing::error!(
            listen = %config.grpc_listen,
            "INSECURE: gRPC is served to other machines in the clear, tokens included"
        );
    }
    let node = tokio::select! {
        started = Box::pin(Node::start(config)) => started?,
        () = asked.heard() => return Ok(Ended::Asked),
    };
    tracing::info!(
        %moniker,
        chain = %node.chain_id(),
        height = %*node.tip().borrow(),
        part = %*node.part().borrow(),
        grpc = %node.grpc_addr(),
        metrics = node.metrics_addr().map(tracing::field::display),
        "started"
    );
    for address in node.p2p_addrs() {
        tracing::info!(%address, "peers and light nodes reach this node here");
    }
    if votes && known < validators {
        tracing::warn!(
            known,
            validators,
            "not every validator's consensus address is known"
        );
    }
    if how.announce
        && let Err(error) = announce(&node)
    {
        node.stop().await;
        return Err(error);
    }
    let mut consensus = node.consensus();
    let ended = tokio::select! {
        () = asked.heard() => Ended::Asked,
        // A store that failed takes consensus with it, whatever that then says.
        ended = broken(node.store_failure()) => ended,
        ended = fallen(&mut consensus) => broken(node.store_failure()).now_or_never().unwrap_or(ended),
    };
    tracing::info!(?ended, "stopping");
    tokio::select! {
        () = node.stop() => {}
        () = asked.insisted() => tracing::warn!("not all of it has stopped in order"),
    }
    Ok(ended)
}

/// Resolves when consensus cannot go on.
async fn fallen(status: &mut watch::Receiver<Status>) -> Ended {
    loop {
        match &status.borrow_and_update().phase {
            Phase::Halted(reason) => return Ended::Halted(reason.clone()),
            Phase::Failed(reason) => return Ended::GaveUp(reason.clone()),
            Phase::Running(_) | Phase::Idle | Phase::Stopped => {}
        }
        if status.changed().await.is_err() {
            return Ended::GaveUp("consensus ended without a reason".into());
        }
    }
}

/// Resolves when the store takes no more writes.
async fn broken(mut failure: watch::Receiver<Option<String>>) -> Ended {
    let reason = failure.wait_for(Option::is_some).await;
    match reason.ok().and_then(|reason| reason.clone()) {
        Some(reason) => Ended::StoreFailed(reason),
        None => std::future::pending().await,
    }
}

fn announce(node: &Node) -> Result<()> {
    let mut p2p: Vec<String> = node.p2p_addrs().iter().map(ToString::to_string).collect();
    // Always in the same order, TCP first.
    p2p.sort_unstable();
    let scheme = if node.is_secured() { "https" } else { "http" };
    let mut object = serde_json::json!({
        "chain_id": node.chain_id(),
        "grpc": format!("{scheme}://{}", node.grpc_addr()),
        "p2p": p2p,
    });
    if let Some(metrics) = node.metrics_addr() {
        object["metrics"] = serde_json::json!(format!("http://{metrics}/metrics"));
    }
    let mut out = std::io::stdout().lock();
    writeln!(out, "{object}")
        .and_then(|()| out.flush())
        .map_err(|error| Error::System {
            what: "stdout",
            reason: error.to_string(),
        })
}

/// Whatever asks a process to stop.
struct Asked {
    terminate: Signal,
    interrupt: Signal,
    stdin: Option<oneshot::Receiver<()>>,
}

impl Asked {
    fn listen(until_stdin_ends: bool) -> Result<Self> {
        let listen = |kind| {
            signal(kind).map_err(|error| Error::System {
                what: "a signal handler",
                reason: error.to_string(),
            })
        };
        Ok(Self {
            terminate: listen(SignalKind::terminate())?,
            interrupt: listen(SignalKind::interrupt())?,
            stdin: until_stdin_ends.then(stdin_ended),
        })
    }

    /// Resolves when the process is asked to stop.
    async fn heard(&mut self) {
        let stdin = async {
            match &mut self.stdin {
                Some(ended) => drop(ended.await),
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
            () = stdin => {}
        }
    }

    /// Resolves at one more signal.
    async fn insisted(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }
}

/// Resolves when whoever holds the other end of this process's standard input is gone. To be
/// called once; what is read is thrown away.
#[must_use]
pub fn stdin_ended() -> oneshot::Receiver<()> {
    let (ended, heard) = oneshot::channel();
    // A thread of its own: it blocks until the very end, and nobody waits for it.
    std::thread::spawn(move || {
        let mut discarded = [0; 1024];
        let mut stdin = std::io::stdin().lock();
        loop {
            match stdin.read(&mut discarded) {
                Ok(0) => break,
                Err(error) if error.kind() != ErrorKind::Interrupted => break,
                Ok(_) | Err(_) => {}
            }
        }
        let _ = ended.send(());
    });
    heard
}

#[cfg(test)]
mod tests;
