//! The network in a child process.

use crate::processes::tail;
use crate::{Endpoints, Error, Result};
use proto::client::{Client, Retries};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, ChildStdin, Command};
use tokio::time::timeout;

/// How long the child may take to start.
const START: Duration = Duration::from_secs(180);
/// What it is called when it fails.
const NAME: &str = "the network's process";
/// Blocks come quickly, so that a kill falls on every part of a block's way.
const BLOCK_MS: &str = "400";
const EMPTY_MS: &str = "1500";
/// As many as a fault needs: one of them may be away.
const VALIDATORS: &str = "4";

/// A running child. It dies with us.
pub(super) struct Network {
    child: Child,
    /// The child ends when this is closed.
    _stdin: Option<ChildStdin>,
    endpoints: Endpoints,
    log: PathBuf,
}

impl Network {
    /// Starts a child on the folder, or starts it again, and waits until it serves.
    pub(super) async fn start(program: &Path, scratch: &Path) -> Result<Self> {
        let failed = |error| Error::system("a child process", error);
        let log = scratch.join("child.log");
        let file = std::fs::OpenOptions::new()
            .create(true)
            .append(true)
            .open(&log)
            .map_err(|error| Error::file(&log, error))?;
        let mut child = Command::new(program)
            .args(["serve", "--validators", VALIDATORS])
            .args(["--block-ms", BLOCK_MS, "--empty-ms", EMPTY_MS])
            .arg("--data-dir")
            .arg(scratch.join("net"))
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
        let endpoints = serde_json::from_str(&line).map_err(|_| Error::Child {
            name: NAME.to_owned(),
            reason: format!(
                "no endpoints within {} s ({:?})",
                START.as_secs(),
                child.try_wait().ok().flatten()
            ),
            log: tail(&log),
        })?;
        Ok(Self {
            child,
            _stdin: stdin,
            endpoints,
            log,
        })
    }

    /// SIGKILL, and nothing before it.
    pub(super) async fn kill(mut self) -> Result<()> {
        if let Ok(Some(status)) = self.child.try_wait() {
            let reason = format!("it ended by itself, {status}");
            return Err(Error::Child {
                name: NAME.to_owned(),
                reason,
                log: tail(&self.log),
            });
        }
        self.child
            .kill()
            .await
            .map_err(|error| Error::system("SIGKILL", error))
    }

    /// How many nodes there are.
    pub(super) fn len(&self) -> usize {
        self.endpoints.nodes.len()
    }

    /// A client of one node that does not hide failures by trying again.
    pub(super) fn client(&self, node: usize) -> Result<Client> {
        self.patient(node)
            .map(|client| client.with_retries(Retries::none()))
    }

    /// A client of one node that tries again.
    pub(super) fn patient(&self, node: usize) -> Result<Client> {
        let endpoint = self
            .endpoints
            .nodes
            .get(node)
            .map_or("", |node| node.grpc.as_str());
        Client::connect_lazy(endpoint).map_err(Error::client(node))
    }

    /// The file with the chain id and its validators.
    pub(super) fn validators(&self) -> &Path {
        &self.endpoints.validators
    }
}
