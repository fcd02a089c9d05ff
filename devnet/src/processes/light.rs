//! A light node as a process: its verdicts, line by line.

use super::{Child, Programs};
use crate::config::{LIGHT_DEADLINE, LIGHT_REQUEST_TIMEOUT};
use crate::network::Listening;
use crate::{Endpoints, Result};
use futures::FutureExt;
use light_node::BlockVerdict;
use light_node::core::Verdict;
use std::path::Path;
use tokio::process::Command;
use tokio::sync::broadcast;

/// How often a block is sampled while the verdict is undecided.
const ATTEMPTS: u32 = 10;
/// Verdicts that a slow listener may lag behind.
const BACKLOG: usize = 256;

/// A running light node.
pub(super) struct Light {
    child: Child,
    verdicts: broadcast::Sender<BlockVerdict>,
}

impl Light {
    /// Starts one that knows the full nodes' addresses and the genesis, and nothing else.
    pub(super) fn start(
        index: usize,
        endpoints: &Endpoints,
        programs: &Programs,
        log: &Path,
    ) -> Result<Self> {
        let mut command = Command::new(&programs.light_node);
        command
            .args(["start", "--json", "--until-stdin-ends"])
            .args(["--checkpoint", &endpoints.checkpoint])
            .args(["--attempts", &ATTEMPTS.to_string()])
            .args(["--deadline-ms", &LIGHT_DEADLINE.as_millis().to_string()])
            .arg("--request-timeout-ms")
            .arg(LIGHT_REQUEST_TIMEOUT.as_millis().to_string())
            .arg("--bootstrap")
            .args(endpoints.nodes.iter().flat_map(|node| &node.p2p));
        let (child, mut lines) = Child::start(format!("light node {index}"), command, log)?;
        let verdicts = broadcast::channel(BACKLOG).0;
        let heard = verdicts.clone();
        tokio::spawn(async move {
            while let Some(line) = lines.recv().await {
                match serde_json::from_str(&line) {
                    // Nobody may be listening.
                    Ok(verdict) => drop(heard.send(verdict)),
                    Err(error) => tracing::warn!(%error, line, "light node {index} says"),
                }
            }
        });
        Ok(Self { child, verdicts })
    }

    pub(super) const fn child(&self) -> &Child {
        &self.child
    }

    /// Its verdicts from now on.
    pub(super) fn verdicts(&self) -> broadcast::Receiver<BlockVerdict> {
        self.verdicts.subscribe()
    }

    pub(super) fn listen(&self) -> Listening<'_> {
        let mut verdicts = self.verdicts.subscribe();
        Box::new(move |height| {
            async move {
                let mut attempts = 0;
                loop {
                    match verdicts.recv().await {
                        Ok(verdict) if verdict.height == height => {
                            attempts += 1;
                            let decided = verdict.verdict != Verdict::Undecided;
                            if decided || attempts == ATTEMPTS {
                                return Ok((verdict, attempts));
                            }
                        }
                        Ok(_) | Err(broadcast::error::RecvError::Lagged(_)) => {}
                        // It has ended, which the network tells.
                        Err(broadcast::error::RecvError::Closed) => std::future::pending().await,
                    }
                }
            }
            .boxed()
        })
    }

    pub(super) async fn stop(self) {
        self.child.stop().await;
    }
}
