//! Those who use a network besides its posters, and those who misuse it.

use crate::crash::ledger::{Ledger, Stage};
use crate::{Network, Processes};
use light_node::BlockVerdict;
use proto::client::Client;
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio::sync::broadcast;
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

/// The pause of a reader between two reads.
const READ_PAUSE: Duration = Duration::from_millis(300);
/// How long one read may take.
const READ: Duration = Duration::from_secs(30);
/// Connections that a stranger opens at a time, and how long it holds them.
const CONNECTIONS: usize = 48;
const HOLD: Duration = Duration::from_secs(2);
/// The client's part of an HTTP/2 preface, cut off in the middle of its settings (RFC 9113,
/// section 3.4).
const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\x00\x00";

/// What the crowd saw.
#[derive(Debug, Default)]
pub(super) struct Seen {
    pub(super) reads: u64,
    pub(super) reads_failed: u64,
    /// In words, each blob that was read back as other bytes.
    pub(super) mismatched: Vec<String>,
    pub(super) connections: u64,
    pub(super) verdicts: BTreeMap<String, u64>,
}

/// A crowd at work.
pub(super) struct Crowd {
    tasks: JoinSet<()>,
    seen: Arc<Mutex<Seen>>,
}

fn lock(seen: &Mutex<Seen>) -> MutexGuard<'_, Seen> {
    // Every change is a single one.
    seen.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Crowd {
    pub(super) fn start(
        network: &Processes,
        clients: Vec<Client>,
        ledger: &Arc<Ledger>,
        rng: &mut StdRng,
    ) -> Self {
        let seen = Arc::<Mutex<Seen>>::default();
        let mut tasks = JoinSet::new();
        let (reader, noted) = (StdRng::from_rng(rng), Arc::clone(&seen));
        let ledger = Arc::clone(ledger);
        tasks.spawn(async move { read(&clients, &ledger, reader, &noted).await });
        let addresses = network.endpoints().nodes.iter();
        let addresses: Vec<String> = addresses
            .filter_map(|node| Some(node.grpc.strip_prefix("http://")?.to_owned()))
            .collect();
        let (stranger, noted) = (StdRng::from_rng(rng), Arc::clone(&seen));
        tasks.spawn(async move { flood(&addresses, stranger, &noted).await });
        for verdicts in network.verdicts() {
            let noted = Arc::clone(&seen);
            tasks.spawn(async move { listen(verdicts, &noted).await });
        }
        Self { tasks, seen }
    }

    pub(super) async fn stop(mut self) -> Seen {
        self.tasks.shutdown().await;
        std::mem::take(&mut *lock(&self.seen))
    }
}

/// Reads acknowledged blobs back: from any node once they are final, before from those who
/// acknowledged them.
async fn read(clients: &[Client], ledger: &Ledger, mut rng: StdRng, seen: &Mutex<Seen>) {
    loop {
        sleep(READ_PAUSE).await;
        let Some((id, entry)) = ledger.any(rng.random_range(0..100_000)) else {
            continue;
        };
        let nodes: Vec<usize> = match entry.stage {
            Stage::Final(..) => (0..clients.len()).collect(),
            _ => entry.nodes.iter().copied().collect(),
        };
        if nodes.is_empty() {
            continue;
        }
        let node = nodes[rng.random_range(0..nodes.len())];
        let Some(client) = clients.get(node) else {
            continue;
        };
        match timeout(READ, client.fetch(id)).await {
            Ok(Ok(fetched)) => {
                let same = fetched.payload == entry.payload.bytes();
                let mut seen = lock(seen);
                seen.reads += 1;
                if !same {
                    seen.mismatched
                        .push(format!("node {node} returns other bytes for blob {id}"));
                }
            }
            Ok(Err(error)) => {
                tracing::debug!(%error, node, "not read");
                lock(seen).reads_failed += 1;
            }
            Err(_) => lock(seen).reads_failed += 1,
        }
    }
}

/// Opens connections, says half of what one has to say, and leaves.
async fn flood(addresses: &[String], mut rng: StdRng, seen: &Mutex<Seen>) {
    if addresses.is_empty() {
        return;
    }
    loop {
        let address = &addresses[rng.random_range(0..addresses.len())];
        let mut open = Vec::with_capacity(CONNECTIONS);
        for _ in 0..CONNECTIONS {
            // Who is away takes none.
            if let Ok(Ok(mut stream)) = timeout(HOLD, TcpStream::connect(address)).await {
                let said = rng.random_range(0..=PREFACE.len());
                let _ = stream.write_all(&PREFACE[..said]).await;
                open.push(stream);
            }
        }
        lock(seen).connections += open.len() as u64;
        sleep(HOLD).await;
    }
}

async fn listen(mut verdicts: broadcast::Receiver<BlockVerdict>, seen: &Mutex<Seen>) {
    loop {
        match verdicts.recv().await {
            Ok(verdict) => {
                let name = verdict.verdict.to_string();
                *lock(seen).verdicts.entry(name).or_default() += 1;
            }
            Err(broadcast::error::RecvError::Lagged(_)) => {}
            Err(broadcast::error::RecvError::Closed) => return,
        }
    }
}
