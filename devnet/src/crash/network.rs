//! The network in a child process.

use super::plan::Death;
use crate::processes::tail;
use crate::{Endpoints, Error, Result};
use proto::client::{Client, Retries};
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::time::Duration;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, ChildStdin, Command};
use tokio::time::timeout;

/// How long the child may take to start.
const START: Duration = Duration::from_secs(180);
/// What it is called when it fails.
const NAME: &str = "the network's process";
/// Blocks come quickly, so that a kill falls on every part of a block's way.
pub(super) const BLOCK_MS: u64 = 400;
pub(super) const EMPTY_MS: u64 = 1_500;
/// As many as a fault needs: one of them may be away.
pub(super) const VALIDATORS: usize = 4;
const SIGKILL: i32 = 9;

/// A running child. It dies with us.
pub(super) struct Network {
    child: Child,
    /// The child ends when this is closed.
    _stdin: Option<ChildStdin>,
    endpoints: Endpoints,
    log: PathBuf,
}

/// What came of a start.
pub(super) enum Started {
    /// It serves.
    Serving(Box<Network>),
    /// It came to the step at which it was to die before it served.
    Died,
}

impl Network {
    /// Starts a child on the folder, or starts it again, and waits until it serves.
    pub(super) async fn start(program: &Path, scratch: &Path, death: Death) -> Result<Started> {
        let failed = |error| Error::system("a child process", error);
        let log = scratch.join("child.log");
        let file = std::fs::OpenOptions::new()
            .create(true)
            .append(true)
            .open(&log)
            .map_err(|error| Error::file(&log, error))?;
        let mut command = Command::new(program);
        command
            .args(["serve", "--validators", &VALIDATORS.to_string()])
            .args(["--block-ms", &BLOCK_MS.to_string()])
            .args(["--empty-ms", &EMPTY_MS.to_string()])
            .arg("--data-dir")
            .arg(folder(scratch))
            .arg("--journal")
            .arg(journal(scratch));
        if let Death::AtStep { step, passes } = death {
            command.args(["--die-at", &format!("{step}:{passes}")]);
        }
        let mut child = command
            .env(
                "RUST_LOG",
                std::env::var("RUST_LOG").unwrap_or_else(|_| "warn".to_owned()),
            )
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(file)
            .kill_on_drop(true)
            .spawn()
            .map_err(failed)?;
        let stdin = child.stdin.take();
        let mut line = String::new();
        if let Some(stdout) = child.stdout.take() {
            let mut stdout = BufReader::new(stdout);
            // An end of the stream leaves the line empty, which does not parse below.
            match timeout(START, stdout.read_line(&mut line)).await {
                Ok(read) => drop(read.map_err(failed)?),
                Err(_) => line.clear(),
            }
        }
        if let Ok(endpoints) = serde_json::from_str(&line) {
            return Ok(Started::Serving(Box::new(Self {
                child,
                _stdin: stdin,
                endpoints,
                log,
            })));
        }
        // Its stdout is closed: it is gone, or about to be.
        let status = timeout(Duration::from_secs(1), child.wait()).await;
        match status {
            Ok(Ok(status)) if is_killed(status) && matches!(death, Death::AtStep { .. }) => {
                Ok(Started::Died)
            }
            status => Err(Error::Child {
                name: NAME.to_owned(),
                reason: format!("no endpoints within {} s ({status:?})", START.as_secs()),
                log: tail(&log),
            }),
        }
    }

    /// Waits until it has killed itself; false when it has not by then.
    ///
    /// # Errors
    /// A child that ended in any other way.
    pub(super) async fn dies_within(&mut self, limit: Duration) -> Result<Died> {
        match timeout(limit, self.child.wait()).await {
            Err(_) => Ok(Died::NotYet),
            Ok(Ok(status)) if is_killed(status) => Ok(Died::Killed),
            Ok(status) => Err(self.ended(&format!("{status:?}"))),
        }
    }

    /// SIGKILL, and nothing before it.
    pub(super) async fn kill(mut self) -> Result<()> {
        if let Ok(Some(status)) = self.child.try_wait() {
            return Err(self.ended(&status.to_string()));
        }
        self.child
            .kill()
            .await
            .map_err(|error| Error::system("SIGKILL", error))
    }

    fn ended(&self, status: &str) -> Error {
        Error::Child {
            name: NAME.to_owned(),
            reason: format!("it ended by itself, {status}"),
            log: tail(&self.log),
        }
    }

    /// A client of each node that does not hide failures by trying again.
    pub(super) fn clients(&self) -> Result<Vec<Client>> {
        let patient = self.patient()?.into_iter();
        Ok(patient
            .map(|client| client.with_retries(Retries::none()))
            .collect())
    }

    /// A client of each node that tries again.
    pub(super) fn patient(&self) -> Result<Vec<Client>> {
        (0..)
            .zip(&self.endpoints.nodes)
            .map(|(node, at)| Client::connect_lazy(&at.grpc).map_err(Error::client(node)))
            .collect()
    }

    /// The file with the chain id and its validators.
    pub(super) fn validators(&self) -> &Path {
        &self.endpoints.validators
    }
}

/// Whether a child that was to die at a step did.
pub(super) enum Died {
    Killed,
    NotYet,
}

fn is_killed(status: ExitStatus) -> bool {
    status.signal() == Some(SIGKILL)
}

/// Where the network's data lies.
pub(super) fn folder(scratch: &Path) -> PathBuf {
    scratch.join("net")
}

/// Where every signature is noted.
pub(super) fn journal(scratch: &Path) -> PathBuf {
    scratch.join("signatures")
}
