//! What a light node costs: the real program, as a process of its own, on a network of eight
//! full nodes and a block of as many rows as are asked for.
//!
//! The program is started twice. The first runs before the block is there: what it receives and
//! computes for the block is the difference between finality and verdict, with all eight peers
//! connected. The second is started afterwards, from the genesis: how long it takes from the
//! start of the process to the verdict on that block.

mod process;

use crate::config::MEETING;
use crate::{Devnet, DevnetConfig, Error, Result};
use chain::ChainParams;
use da_node::{Limits, Node};
use light_node::core::{SampleCount, Verdict};
use net::Role;
use process::LightProcess;
use proto::client::Client;
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use serde::Serialize;
use std::path::PathBuf;
use std::time::Duration;
use tokio::time::{Instant, sleep, timeout};
use types::limits::{ELEMENT_BYTES, ROW_BYTES};
use types::{BlobMode, Coordinates, GridDimensions, Header, Height, PayloadLength};

/// Full nodes, hence peers of the light node.
pub const PEERS: usize = 8;
/// Most rows of a block.
pub const MAX_ROWS: u32 = 256;
/// Most rows of whole elements in one blob.
const BLOB_ROWS: u32 = 128;
/// How long a block of this size may take to be there, and its verdict.
const PATIENCE: Duration = Duration::from_secs(600);
/// How long a blob may take to be certified, in milliseconds.
const DISPERSAL: u64 = 600_000;
/// How often the blobs are posted until one block has them all.
const ATTEMPTS: u64 = 3;
const TICK: Duration = Duration::from_millis(5);
const KIB: u64 = 1 << 10;
const MIB: u64 = 1 << 20;

/// What is to be measured.
#[derive(Debug, Clone)]
pub struct LightBenchConfig {
    /// Rows of the block: 1 to [`MAX_ROWS`].
    pub rows: u32,
    /// Samples that the light node takes.
    pub samples: u32,
    /// The light node's program.
    pub program: PathBuf,
}

/// What was measured.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct LightBenchReport {
    /// What it said of the block.
    pub verdict: Verdict,
    /// Rows of the block.
    pub rows: u32,
    /// Distinct cells sampled.
    pub samples: usize,
    /// Full nodes that were asked.
    pub peers: usize,
    /// The chance to be fooled.
    pub miss_probability: f64,
    /// Application bytes received for the block, counted at the transport.
    pub bytes_received: u64,
    /// Resident bytes after the verdict.
    pub rss: u64,
    /// Most resident bytes of either process (`VmHWM`).
    pub peak_rss: u64,
    /// Milliseconds of processor time from finality to verdict, all threads.
    pub cpu_ms: f64,
    /// Milliseconds from the start of a process to its verdict on the block.
    pub first_verdict_ms: u64,
}

/// A goal, and what became of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Goal {
    /// In words.
    pub what: String,
    /// Whether it was met.
    pub met: bool,
    /// Whether it depends on how busy the machine is.
    pub timed: bool,
}

impl LightBenchReport {
    /// The goals that apply at this size.
    #[must_use]
    pub fn goals(&self) -> Vec<Goal> {
        let goal = |what: &str, met, timed| Goal {
            what: what.to_owned(),
            met,
            timed,
        };
        let available = self.verdict == Verdict::Available;
        let mut goals = vec![
            goal("the block is found available", available, false),
            goal("all 8 full nodes are asked", self.peers == PEERS, false),
            goal("at most 40 MiB resident", self.rss <= 40 * MIB, false),
            goal(
                "at most 64 MiB at the peak",
                self.peak_rss <= 64 * MIB,
                false,
            ),
        ];
        if self.samples <= 24 {
            let met = self.bytes_received <= 64 * KIB;
            goals.push(goal("at most 64 KiB received", met, false));
        }
        if self.samples <= 48 {
            let (what, most) = if self.rows <= 64 {
                ("at most 15 ms of CPU", 15.0)
            } else {
                ("at most 30 ms of CPU", 30.0)
            };
            goals.push(goal(what, self.cpu_ms <= most, true));
        }
        let met = self.first_verdict_ms <= 2_000;
        goals.push(goal("a first verdict within 2 s", met, true));
        goals
    }

    /// Whether all goals are met that do not depend on how busy the machine is.
    #[must_use]
    pub fn held(&self) -> bool {
        self.goals().iter().all(|goal| goal.met || goal.timed)
    }
}

/// Runs the measurement.
///
/// # Errors
/// [`Error::OutOfRange`] for what cannot be measured, [`Error::File`] without the program; a
/// network or a process that does not do its part in time.
pub async fn light_bench(
    config: &LightBenchConfig,
    tell: impl Fn(String),
) -> Result<LightBenchReport> {
    let dimensions = check(config)?;
    tell(format!("{PEERS} full nodes start"));
    let network = DevnetConfig {
        validators: PEERS,
        full: 0,
        light: 0,
        params: params(config.rows),
        ..DevnetConfig::default()
    };
    // All full nodes verify every cell on this machine's cores.
    let limits = Limits {
        dispersal_deadline_ms: DISPERSAL,
        ..Limits::default()
    };
    let devnet = Box::pin(Devnet::start_with(network, limits)).await?;
    let measured = Box::pin(measure(config, dimensions, &devnet, &tell)).await;
    devnet.stop().await;
    measured
}

fn check(config: &LightBenchConfig) -> Result<GridDimensions> {
    Error::check_count("rows", config.rows, MAX_ROWS)?;
    SampleCount::new(config.samples).map_err(Error::light(0))?;
    if !config.program.is_file() {
        return Err(Error::file(&config.program, "no such program"));
    }
    Ok(GridDimensions::new(config.rows.into())?)
}

/// A block waits until all of its rows are certified, and no other comes after it.
fn params(rows: u32) -> ChainParams {
    let block_interval_ms = match rows {
        // One blob: there is nothing to wait for.
        0..=BLOB_ROWS => 500,
        // A full block closes by itself.
        MAX_ROWS.. => 600_000,
        _ => 60_000,
    };
    ChainParams {
        block_interval_ms,
        empty_block_interval_ms: 3_600_000,
        ordering_window_ms: 900_000,
        ..ChainParams::devnet()
    }
}

async fn measure(
    config: &LightBenchConfig,
    dimensions: GridDimensions,
    devnet: &Devnet,
    tell: &impl Fn(String),
) -> Result<LightBenchReport> {
    let folder = devnet.folder();
    let start = |name: &str| {
        let log = folder.join(format!("{name}.log"));
        LightProcess::start(
            name,
            &config.program,
            config.samples,
            devnet.endpoints(),
            &log,
        )
    };
    tell("the light node meets the full nodes".to_owned());
    let mut before = start("light-before")?;
    meet(devnet.nodes()).await?;

    tell(format!("a block of {} rows is posted", config.rows));
    let (header, cpu_at_finality) = post_until_whole(config, dimensions, devnet, &before).await?;
    let verdict = before.verdict(header.height, PATIENCE).await?;
    let cpu = before.proc().cpu()?.saturating_sub(cpu_at_finality);
    let memory = before.proc().memory()?;
    before.stop().await;

    tell("another light node starts".to_owned());
    await_custody(devnet.nodes(), &header).await?;
    let started = Instant::now();
    let mut after = start("light-after")?;
    after.verdict(header.height, PATIENCE).await?;
    let first_verdict = started.elapsed();
    let memory_after = after.proc().memory()?;
    after.stop().await;

    Ok(LightBenchReport {
        verdict: verdict.verdict,
        rows: config.rows,
        samples: verdict.figures.samples,
        peers: verdict.figures.peers,
        miss_probability: verdict.miss_probability,
        bytes_received: verdict.bytes_received,
        rss: memory.resident,
        peak_rss: memory.peak.max(memory_after.peak),
        cpu_ms: (cpu.as_secs_f64() * 10_000.0).round() / 10.0,
        first_verdict_ms: u64::try_from(first_verdict.as_millis()).unwrap_or(u64::MAX),
    })
}

/// Waits until every full node has met the light node.
async fn meet(nodes: &[Node]) -> Result<()> {
    let has_met = |node: &Node| node.peers().iter().any(|peer| peer.role == Role::Light);
    let started = Instant::now();
    loop {
        let met = nodes.iter().filter(|node| has_met(node)).count();
        if met == nodes.len() {
            return Ok(());
        }
        if started.elapsed() > MEETING {
            return Err(Error::Late {
                missing: format!(
                    "{met} of {} full nodes have met the light node",
                    nodes.len()
                ),
                after: MEETING,
            });
        }
        sleep(TICK).await;
    }
}

/// Posts until one block has exactly the rows asked for. Also says how much processor time the
/// light node had used when the first full node knew the block to be final.
async fn post_until_whole(
    config: &LightBenchConfig,
    dimensions: GridDimensions,
    devnet: &Devnet,
    light: &LightProcess,
) -> Result<(Header, Duration)> {
    let mut last = None;
    for attempt in 0..ATTEMPTS {
        let tip = *devnet.nodes()[0].tip().borrow();
        let (posted, (header, cpu)) = tokio::try_join!(
            post(devnet, config.rows, attempt),
            next_block(devnet.nodes(), tip, light)
        )?;
        if header.dimensions == dimensions {
            return Ok((header, cpu));
        }
        // Some of the blobs were certified too late: they are in another block.
        last = Some((posted, header.dimensions));
    }
    Err(Error::system(
        "the block",
        format!("{last:?} in place of {dimensions}"),
    ))
}

/// The block after this height, from the first full node that has it.
async fn next_block(
    nodes: &[Node],
    tip: Height,
    light: &LightProcess,
) -> Result<(Header, Duration)> {
    let first = async {
        loop {
            if let Some((index, node)) =
                (nodes.iter().enumerate()).find(|(_, node)| *node.tip().borrow() > tip)
            {
                let cpu = light.proc().cpu()?;
                let height = tip.next().unwrap_or(tip);
                let block = node.block(height).map_err(Error::node(index))?;
                if let Some(stored) = block {
                    return Ok((stored.block.header, cpu));
                }
            }
            sleep(TICK).await;
        }
    };
    timeout(PATIENCE, first).await.map_err(|_| Error::Late {
        missing: "no block".to_owned(),
        after: PATIENCE,
    })?
}

/// Posts as few blobs as have so many rows, each to a node of its own, and each once the one
/// before it is certified; all are final in the end.
async fn post(devnet: &Devnet, rows: u32, attempt: u64) -> Result<Height> {
    let blobs = rows.div_ceil(BLOB_ROWS);
    let mut posted = Vec::new();
    for blob in 0..blobs {
        let node = blob as usize;
        let failed = Error::client(node);
        let rows = rows / blobs + u32::from(blob < rows % blobs);
        let payload = payload(rows, attempt << 8 | u64::from(blob));
        let submission = proto::Submission {
            namespace: "light-bench".parse()?,
            length: PayloadLength::new(BlobMode::Raw, payload.len() as u64)?,
            expected: None,
        };
        let endpoint = devnet.grpc(node).unwrap_or_default();
        let client = Client::connect(endpoint).await.map_err(&failed)?;
        let submitted = client.submit(&submission, payload.into()).await;
        let id = submitted.map_err(&failed)?.id;
        if blob + 1 < blobs {
            client.await_certified(id).await.map_err(&failed)?;
        }
        posted.push((client, id, node));
    }
    let mut last = Height::GENESIS;
    for (client, id, node) in posted {
        let (height, _) = client.await_final(id).await.map_err(Error::client(node))?;
        last = last.max(height);
    }
    Ok(last)
}

/// Rows of random elements: the first byte of each is zero, so that it is canonical.
fn payload(rows: u32, seed: u64) -> Vec<u8> {
    let mut rng = StdRng::seed_from_u64(seed);
    let mut bytes = vec![0; rows as usize * ROW_BYTES];
    for element in bytes.chunks_mut(ELEMENT_BYTES) {
        rng.fill(&mut element[1..]);
    }
    bytes
}

/// Waits until every full node has the block and all of its data.
async fn await_custody(nodes: &[Node], header: &Header) -> Result<()> {
    let dimensions = header.dimensions;
    let first_column: Vec<Coordinates> = (0..u64::from(dimensions.rows()))
        .map(|row| dimensions.cell(row * types::limits::COLUMNS as u64))
        .collect::<types::Result<_>>()?;
    let started = Instant::now();
    for (index, node) in nodes.iter().enumerate() {
        loop {
            let served = node.samples(header.height, first_column.clone()).await;
            let served = served.map_err(Error::node(index))?.unwrap_or_default();
            if served.len() == first_column.len() {
                break;
            }
            if started.elapsed() > PATIENCE {
                return Err(Error::Late {
                    missing: format!("node {index} has {} rows", served.len()),
                    after: PATIENCE,
                });
            }
            sleep(TICK).await;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;
