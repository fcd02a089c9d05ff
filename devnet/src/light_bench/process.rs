//! The light node's process, and what the system says of it.

use crate::proc::Proc;
use crate::processes::Child;
use crate::{Endpoints, Error, Result};
use light_node::BlockVerdict;
use std::path::Path;
use std::time::Duration;
use tokio::process::Command;
use tokio::sync::mpsc;
use tokio::time::timeout;
use types::Height;

/// A running light node.
pub(super) struct LightProcess {
    child: Child,
    lines: mpsc::Receiver<String>,
    proc: Proc,
}

impl LightProcess {
    /// Starts the program, which is told addresses and the genesis, and nothing else.
    pub(super) fn start(
        name: &str,
        program: &Path,
        samples: u32,
        endpoints: &Endpoints,
        log: &Path,
    ) -> Result<Self> {
        let mut command = Command::new(program);
        command
            .args(["start", "--json", "--until-stdin-ends"])
            .args(["--checkpoint", &endpoints.checkpoint])
            .args(["--samples", &samples.to_string()])
            // Undecided is no verdict: full nodes need a moment after finality.
            .args(["--attempts", "10"])
            .arg("--bootstrap")
            .args(endpoints.nodes.iter().flat_map(|node| &node.p2p));
        let (child, lines) = Child::start(name.to_owned(), command, log)?;
        let pid = child
            .pid()
            .ok_or_else(|| child.failure("ended".to_owned()))?;
        Ok(Self {
            child,
            lines,
            proc: Proc::of(pid),
        })
    }

    /// Its verdict on the block of this height.
    pub(super) async fn verdict(
        &mut self,
        height: Height,
        patience: Duration,
    ) -> Result<BlockVerdict> {
        let (child, lines) = (&self.child, &mut self.lines);
        let said = async {
            while let Some(line) = lines.recv().await {
                match serde_json::from_str::<BlockVerdict>(&line) {
                    Ok(verdict) if verdict.height == height => return Ok(verdict),
                    Ok(_) => {}
                    Err(error) => return Err(child.failure(format!("said {line:?}: {error}"))),
                }
            }
            Err(child.ended().await)
        };
        timeout(patience, said).await.map_err(|_| Error::Late {
            missing: format!("no verdict on block {height}"),
            after: patience,
        })?
    }

    /// What the system says of it.
    pub(super) const fn proc(&self) -> &Proc {
        &self.proc
    }

    pub(super) async fn stop(self) {
        self.child.stop().await;
    }
}
