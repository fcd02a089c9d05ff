//! The light node's process, and what the system says of it.

use crate::processes::Child;
use crate::{Endpoints, Error, Result};
use light_node::BlockVerdict;
use std::path::{Path, PathBuf};
use std::time::Duration;
use tokio::process::Command;
use tokio::sync::mpsc;
use tokio::time::timeout;
use types::Height;

/// Bytes of memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Memory {
    /// Resident now.
    pub(super) resident: u64,
    /// Resident at the most.
    pub(super) peak: u64,
}

/// A running light node.
pub(super) struct LightProcess {
    child: Child,
    lines: mpsc::Receiver<String>,
    proc: PathBuf,
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
            proc: PathBuf::from(format!("/proc/{pid}")),
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

    /// Processor time of all its threads that live. Those of its pools live for ten seconds after
    /// their last work.
    pub(super) fn cpu(&self) -> Result<Duration> {
        let tasks = self.proc.join("task");
        let entries = std::fs::read_dir(&tasks).map_err(|error| Error::file(&tasks, error))?;
        let nanoseconds = entries
            .flatten()
            // One that ends meanwhile is not there any more.
            .filter_map(|task| std::fs::read_to_string(task.path().join("schedstat")).ok())
            .filter_map(|stat| run_time(&stat))
            .sum();
        Ok(Duration::from_nanos(nanoseconds))
    }

    pub(super) fn memory(&self) -> Result<Memory> {
        let file = self.proc.join("status");
        let status = std::fs::read_to_string(&file).map_err(|error| Error::file(&file, error))?;
        let read = |what| kibibytes(&status, what).ok_or_else(|| Error::file(&file, what));
        Ok(Memory {
            resident: read("VmRSS:")?,
            peak: read("VmHWM:")?,
        })
    }

    pub(super) async fn stop(self) {
        self.child.stop().await;
    }
}

/// The nanoseconds that a thread has run: the first of the three numbers of `schedstat`.
fn run_time(schedstat: &str) -> Option<u64> {
    schedstat.split_ascii_whitespace().next()?.parse().ok()
}

/// A line of `status` such as `VmHWM:     1234 kB`, in bytes.
fn kibibytes(status: &str, what: &str) -> Option<u64> {
    let line = status.lines().find_map(|line| line.strip_prefix(what))?;
    let number: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    number.checked_mul(1024)
}

#[cfg(test)]
mod tests;
