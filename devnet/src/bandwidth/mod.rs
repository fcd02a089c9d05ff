//! Custody by subset, measured: how many bytes a validator receives per byte of a blob's rows in
//! real networks of different sizes, whether each keeps its columns and no others, and whether
//! the poorest third of the weight brings a blob back when all others have stopped.

use crate::simulate::poorest_third;
use crate::{Devnet, DevnetConfig, Error, Result};
use chain::{ChainParams, ColumnSet};
use da_node::{Limits, Node};
use net::Traffic;
use proto::Submission;
use proto::client::Client;
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use serde::Serialize;
use std::time::Duration;
use tokio::time::{Instant, sleep};
use types::limits::{CELL_BYTES, DATA_COLUMNS, POINT_BYTES, ROW_BYTES, ROW_ELEMENTS};
use types::{BlobId, BlobMode, PayloadLength};

/// Whose blobs they are.
const NAMESPACE: &str = "bandwidth";
/// How long a network may take over one of its blobs: all its validators verify every cell on
/// this machine's cores.
const PATIENCE: Duration = Duration::from_secs(600);
const TICK: Duration = Duration::from_millis(100);
/// How far above what its columns weigh a validator may receive: descriptions, certificates,
/// headers, and columns that were sent twice.
const OVERHEAD: f64 = 1.5;

/// What is measured.
#[derive(Debug, Clone)]
pub struct BandwidthConfig {
    /// Validators of each network: 2 to 32.
    pub validators: Vec<usize>,
    /// Blobs posted to each, one after the other.
    pub blobs: u16,
    /// Rows of each blob: 1 to 128.
    pub rows: u16,
    /// Decides the bytes.
    pub seed: u64,
    /// The chain's parameters.
    pub params: ChainParams,
}

/// What came out.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct BandwidthReport {
    /// Blobs posted to each network.
    pub blobs: u16,
    /// Rows of each.
    pub rows: u16,
    /// What decided the bytes.
    pub seed: u64,
    /// One after the other.
    pub networks: Vec<NetworkReport>,
}

/// One network.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct NetworkReport {
    /// Its validators.
    pub validators: usize,
    /// Columns of the validator that keeps fewest.
    pub least_columns: usize,
    /// Columns per validator, on average.
    pub mean_columns: f64,
    /// Columns of the validator that keeps most.
    pub most_columns: usize,
    /// Cells and proofs of a validator's columns, per byte of rows, on average: what it has to
    /// receive.
    pub designed: f64,
    /// What validators received per byte of rows, on average, the one left out that took the
    /// blobs in. Application bytes, those of consensus left out.
    pub received: f64,
    /// What the one received that received most.
    pub received_most: f64,
    /// What validators sent per byte of rows, on average, the same one left out.
    pub sent: f64,
    /// What the one sent that took the blobs in.
    pub sent_by_acceptor: f64,
    /// Validators that keep other columns than their own of some row.
    pub strays: usize,
    /// Members of the poorest third of the weight.
    pub third: usize,
    /// Distinct columns that they hold.
    pub third_columns: usize,
    /// Whether they gave every blob back, byte for byte, when all others had stopped.
    pub rebuilt: bool,
    /// Milliseconds that this took.
    pub rebuilt_ms: u64,
}

impl BandwidthReport {
    /// What is not as it has to be, in words; nothing when all is.
    #[must_use]
    pub fn faults(&self) -> Vec<String> {
        let mut faults = Vec::new();
        for network in &self.networks {
            let n = network.validators;
            if network.strays > 0 {
                let got = network.strays;
                faults.push(format!(
                    "{n} validators: {got} keep other columns than theirs"
                ));
            }
            if !network.rebuilt {
                let (third, columns) = (network.third, network.third_columns);
                faults.push(format!(
                    "{n} validators: {third} of them with {columns} columns did not give the \
                     blobs back"
                ));
            }
            let (got, most) = (network.received, network.designed * OVERHEAD);
            if got > most {
                faults.push(format!(
                    "{n} validators: got {got:.3} bytes received per byte, expected at most \
                     {most:.3}"
                ));
            }
        }
        for pair in self.networks.windows(2) {
            let [few, many] = pair else { continue };
            if many.designed < few.designed && many.received >= few.received {
                faults.push(format!(
                    "got {:.3} bytes per byte at {} validators, expected less than the {:.3} at {}",
                    many.received, many.validators, few.received, few.validators
                ));
            }
        }
        faults
    }
}

/// What happens, as it happens.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum BandwidthStep {
    /// A network starts.
    Starting {
        /// Its validators.
        validators: usize,
    },
    /// A blob is posted.
    Posting {
        /// Which one.
        blob: u16,
    },
    /// All but the poorest third stop.
    Stopping {
        /// Members of that third.
        third: usize,
    },
    /// A network is done.
    Measured(NetworkReport),
}

/// Measures one network after the other.
///
/// # Errors
/// [`Error::OutOfRange`], a network that does not start, a blob that is not ordered or does not
/// reach its custodians in time.
pub async fn bandwidth(
    config: &BandwidthConfig,
    mut tell: impl FnMut(BandwidthStep) + Send,
) -> Result<BandwidthReport> {
    Error::check_count("blobs", config.blobs.into(), 64)?;
    Error::check_count("rows of a blob", config.rows.into(), 128)?;
    let mut networks = Vec::with_capacity(config.validators.len());
    for &validators in &config.validators {
        tell(BandwidthStep::Starting { validators });
        let network = DevnetConfig {
            validators,
            light: 0,
            params: config.params,
            ..DevnetConfig::default()
        };
        let limits = Limits {
            dispersal_deadline_ms: 600_000,
            ..Limits::default()
        };
        let mut devnet = Box::pin(Devnet::start_with(network, limits)).await?;
        let measured = Box::pin(measure(config, &mut devnet, &mut tell)).await;
        devnet.stop().await;
        let measured = measured?;
        tell(BandwidthStep::Measured(measured.clone()));
        networks.push(measured);
    }
    Ok(BandwidthReport {
        blobs: config.blobs,
        rows: config.rows,
        seed: config.seed,
        networks,
    })
}

async fn measure(
    config: &BandwidthConfig,
    devnet: &mut Devnet,
    tell: &mut (impl FnMut(BandwidthStep) + Send),
) -> Result<NetworkReport> {
    let columns: Vec<ColumnSet> = devnet.nodes().iter().map(Node::columns).collect();
    let (third, held) = poorest_third(&columns, &vec![1; columns.len()]);
    // Whoever takes a blob in has all of its cells.
    let acceptor = (0..columns.len()).find(|node| !third.contains(node));
    let acceptor = acceptor.unwrap_or_default();

    let before: Vec<Traffic> = devnet.nodes().iter().map(Node::traffic).collect();
    let endpoint = devnet.grpc(acceptor).unwrap_or_default();
    let client = Client::connect(endpoint)
        .await
        .map_err(Error::client(acceptor))?;
    let mut rng = StdRng::seed_from_u64(config.seed);
    let mut blobs = Vec::new();
    for blob in 0..config.blobs {
        tell(BandwidthStep::Posting { blob });
        let payload = payload(config.rows, &mut rng);
        let id = post(&client, acceptor, &payload).await?;
        settle(devnet.nodes(), &id).await?;
        blobs.push((id, payload));
    }

    let rows = u64::from(config.blobs) * u64::from(config.rows);
    let mut traffic = Figures::default();
    for (node, (running, before)) in devnet.nodes().iter().zip(&before).enumerate() {
        let now = running.traffic();
        let received = per_byte(now.received - before.received, rows);
        let sent = per_byte(now.sent - before.sent, rows);
        if node == acceptor {
            traffic.sent_by_acceptor = sent;
        } else {
            traffic.received.push(received);
            traffic.sent.push(sent);
        }
    }
    let mut strays = 0;
    for (node, running) in devnet.nodes().iter().enumerate() {
        if node != acceptor && strays_of(running, &blobs).map_err(Error::node(node))? {
            strays += 1;
        }
    }

    tell(BandwidthStep::Stopping { third: third.len() });
    devnet.keep_only(&third).await;
    let started = Instant::now();
    let rebuilt = give_back(devnet.nodes(), &blobs).await;
    let mean_columns = mean(&columns.iter().map(|c| c.len() as f64).collect::<Vec<_>>());
    Ok(NetworkReport {
        validators: columns.len(),
        least_columns: columns.iter().map(|c| c.len()).min().unwrap_or_default(),
        mean_columns,
        most_columns: columns.iter().map(|c| c.len()).max().unwrap_or_default(),
        designed: mean_columns * (CELL_BYTES + POINT_BYTES) as f64
            / (DATA_COLUMNS * CELL_BYTES) as f64,
        received: mean(&traffic.received),
        received_most: traffic.received.iter().copied().fold(0.0, f64::max),
        sent: mean(&traffic.sent),
        sent_by_acceptor: traffic.sent_by_acceptor,
        strays,
        third: third.len(),
        third_columns: held.len(),
        rebuilt,
        rebuilt_ms: u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX),
    })
}

#[derive(Default)]
struct Figures {
    received: Vec<f64>,
    sent: Vec<f64>,
    sent_by_acceptor: f64,
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / (values.len().max(1) as f64)
}

fn per_byte(bytes: u64, rows: u64) -> f64 {
    bytes as f64 / (rows * ROW_BYTES as u64) as f64
}

/// Bytes that fill so many rows, and are not all the same.
fn payload(rows: u16, rng: &mut StdRng) -> Vec<u8> {
    let bytes = usize::from(rows) * ROW_ELEMENTS * types::limits::PACKED_ELEMENT_BYTES
        - types::limits::PACKED_HEADER_BYTES;
    let mut payload = vec![0; bytes];
    rng.fill(&mut payload[..]);
    payload
}

async fn post(client: &Client, node: usize, payload: &[u8]) -> Result<BlobId> {
    let submission = Submission {
        namespace: NAMESPACE.parse()?,
        length: PayloadLength::new(BlobMode::Packed, payload.len() as u64)?,
        expected: None,
    };
    let way = async {
        let posted = client.submit(&submission, payload.to_vec().into()).await?;
        client.await_final(posted.id).await?;
        Ok(posted.id)
    };
    match tokio::time::timeout(PATIENCE, way).await {
        Ok(done) => done.map_err(Error::client(node)),
        Err(_) => Err(Error::Late {
            missing: "a blob is not final".into(),
            after: PATIENCE,
        }),
    }
}

/// Waits until every validator holds its columns.
async fn settle(nodes: &[Node], blob: &BlobId) -> Result<()> {
    let started = Instant::now();
    loop {
        let mut lacking = None;
        for (node, running) in nodes.iter().enumerate() {
            let held = running.held(blob).map_err(Error::node(node))?;
            if !held.is_some_and(|held| held.covers(running.columns())) {
                lacking = Some(node);
            }
        }
        let Some(node) = lacking else {
            return Ok(());
        };
        if started.elapsed() > PATIENCE {
            return Err(Error::Late {
                missing: format!("node {node} does not hold its columns"),
                after: PATIENCE,
            });
        }
        sleep(TICK).await;
    }
}

/// Whether the node keeps other columns than its own of some row.
fn strays_of(node: &Node, blobs: &[(BlobId, Vec<u8>)]) -> da_node::Result<bool> {
    for (blob, _) in blobs {
        let held = node.held(blob)?;
        if !held.is_some_and(|held| held.rows().all(|row| row == node.columns())) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Whether the first of these nodes gives every blob back, from nobody but these.
async fn give_back(nodes: &[Node], blobs: &[(BlobId, Vec<u8>)]) -> bool {
    let Some(node) = nodes.first() else {
        return false;
    };
    for (blob, payload) in blobs {
        match tokio::time::timeout(PATIENCE, node.blob(*blob)).await {
            Ok(Ok(found)) if found.payload == *payload => {}
            Ok(Ok(_)) | Err(_) => return false,
            Ok(Err(error)) => {
                tracing::error!(%blob, %error, "a blob did not come back");
                return false;
            }
        }
    }
    true
}
