//! The DA network: the devnet's own program, told on its stdin who withholds.

use crate::{Error, Result};
use chain::{Checkpoint, Genesis, PublicKeyBytes, Signature};
use proto::client::Client;
use serde::Deserialize;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader, Lines};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};

/// How many validators.
pub(crate) const VALIDATORS: usize = 4;
/// How long the network may take to stand, or to obey.
const PATIENCE: Duration = Duration::from_secs(180);

/// What the devnet says of itself.
#[derive(Debug, Deserialize)]
pub(crate) struct Endpoints {
    checkpoint: String,
    nodes: Vec<NodeEndpoints>,
    genesis: PathBuf,
}

#[derive(Debug, Deserialize)]
struct NodeEndpoints {
    grpc: String,
    p2p: Vec<String>,
}

/// What `da-node registration` prints.
#[derive(Debug, Deserialize)]
pub(crate) struct SignedRegistration {
    pub(crate) key: PublicKeyBytes,
    pub(crate) signature: Signature,
}

/// A running network.
pub(crate) struct DaNetwork {
    child: Child,
    orders: Option<ChildStdin>,
    answers: Lines<BufReader<ChildStdout>>,
    endpoints: Endpoints,
    programs: PathBuf,
}

impl DaNetwork {
    /// Starts `devnet serve` with its data in a folder, kept for so many days.
    pub(crate) async fn start(programs: &Path, folder: &Path, days: u64) -> Result<Self> {
        let program = programs.join("devnet");
        let failed = |reason: String| Error::Process {
            program: program.clone(),
            reason,
        };
        let mut child = Command::new(&program)
            .args(["serve", "--led", "--validators"])
            .arg(VALIDATORS.to_string())
            .args(["--retention-days", &days.to_string()])
            .arg("--data-dir")
            .arg(folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .map_err(|error| failed(error.to_string()))?;
        let (Some(orders), Some(stdout)) = (child.stdin.take(), child.stdout.take()) else {
            return Err(failed("it has no stdin or stdout".to_owned()));
        };
        let mut answers = BufReader::new(stdout).lines();
        let line = answer(&mut answers).await.map_err(failed)?;
        let endpoints = serde_json::from_str(&line).map_err(|error| failed(error.to_string()))?;
        Ok(Self {
            child,
            orders: Some(orders),
            answers,
            endpoints,
            programs: programs.to_owned(),
        })
    }

    /// Has these nodes refuse this fraction of their cells to everybody, from now on.
    pub(crate) async fn withhold(&mut self, fraction: f64, nodes: &[usize]) -> Result<()> {
        let failed = |reason: String| Error::Process {
            program: "devnet".into(),
            reason,
        };
        let order = serde_json::json!({ "withhold": fraction, "nodes": nodes });
        if let Some(orders) = &mut self.orders {
            let line = format!("{order}\n");
            let sent = async {
                orders.write_all(line.as_bytes()).await?;
                orders.flush().await
            };
            sent.await.map_err(|error| failed(error.to_string()))?;
        }
        answer(&mut self.answers).await.map(drop).map_err(failed)
    }

    /// A node's endpoint.
    pub(crate) fn endpoint(&self, node: usize) -> Result<&str> {
        let found = self.endpoints.nodes.get(node);
        found.map(|node| node.grpc.as_str()).ok_or(Error::Process {
            program: "devnet".into(),
            reason: format!("it has no node {node}"),
        })
    }

    /// A client of a node.
    pub(crate) async fn client(&self, node: usize) -> Result<Client> {
        Ok(Client::connect(self.endpoint(node)?).await?)
    }

    /// Every multiaddr.
    pub(crate) fn multiaddrs(&self) -> impl Iterator<Item = &str> {
        let nodes = self.endpoints.nodes.iter();
        nodes.flat_map(|node| node.p2p.iter().map(String::as_str))
    }

    /// The genesis as a checkpoint.
    pub(crate) fn checkpoint(&self) -> Result<Checkpoint> {
        Ok(self.endpoints.checkpoint.parse()?)
    }

    /// The genesis.
    pub(crate) fn genesis(&self) -> Result<Genesis> {
        let path = &self.endpoints.genesis;
        let failed = |reason: String| Error::File {
            path: path.clone(),
            reason,
        };
        let bytes = std::fs::read(path).map_err(|error| failed(error.to_string()))?;
        serde_json::from_slice(&bytes).map_err(|error| failed(error.to_string()))
    }

    /// Has a validator sign that an account owns its stake, by its own program and key.
    pub(crate) async fn registration(
        &self,
        node: usize,
        l1_chain: u64,
        registry: &str,
        owner: &str,
    ) -> Result<SignedRegistration> {
        let program = self.programs.join("da-node");
        let failed = |reason: String| Error::Process {
            program: program.clone(),
            reason,
        };
        let folder = self.endpoints.genesis.parent().unwrap_or(Path::new("."));
        let done = Command::new(&program)
            .args(["--json", "registration", "--key"])
            .arg(folder.join(format!("node-{node}")).join("validator.key"))
            .arg("--genesis")
            .arg(&self.endpoints.genesis)
            .args(["--l1-chain", &l1_chain.to_string()])
            .args(["--registry", registry, "--owner", owner])
            .stdin(Stdio::null())
            .output()
            .await
            .map_err(|error| failed(error.to_string()))?;
        if !done.status.success() {
            return Err(failed(String::from_utf8_lossy(&done.stderr).into_owned()));
        }
        serde_json::from_slice(&done.stdout).map_err(|error| failed(error.to_string()))
    }

    /// Ends the network and waits for it.
    pub(crate) async fn stop(mut self) {
        drop(self.orders.take());
        // One that does not end by itself is killed when it is dropped.
        let _ = tokio::time::timeout(PATIENCE, self.child.wait()).await;
    }
}

async fn answer(lines: &mut Lines<BufReader<ChildStdout>>) -> Result<String, String> {
    match tokio::time::timeout(PATIENCE, lines.next_line()).await {
        Ok(Ok(Some(line))) => Ok(line),
        Ok(Ok(None)) => Err("it ended".to_owned()),
        Ok(Err(error)) => Err(error.to_string()),
        Err(_) => Err(format!("no answer after {} s", PATIENCE.as_secs())),
    }
}
