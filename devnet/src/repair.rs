//! A block that outlives its full nodes: light nodes sample it, every full node stops, and a
//! light node that has nothing gets the blob back from the others.

use crate::config::{LIGHT_DEADLINE, LIGHT_REQUEST_TIMEOUT};
use crate::{Devnet, DevnetConfig, Error, Post, Result, Step, round};
use chain::{ChainParams, Checkpoint};
use futures::future::{join_all, try_join_all};
use light_node::core::repair::{HeldLimits, Lines};
use light_node::core::{Goal, SampleCount, Verdict};
use light_node::{LightNode, RepairFigures};
use net::Multiaddr;
use serde::Serialize;
use std::time::Duration;
use tokio::time::{Instant, sleep};
use types::limits::ROW_BYTES;
use types::{BlobMeta, BlobMode, GridDimensions, Height, PayloadLength};

/// Whose blob it is.
const NAMESPACE: &str = "repair";
/// How long light nodes may take to meet full nodes, and each other.
const MEETING: Duration = Duration::from_secs(60);
/// How long the block may take to come back.
const REBUILDING: Duration = Duration::from_secs(120);
const TICK: Duration = Duration::from_millis(50);
/// What one light node of the devnet may keep: there are many on one machine.
const HELD_BYTES: usize = 32 << 20;

/// The part of the cells that must be there so that a block nearly always comes back: see
/// `light_node::core::repair`. Simulated for 64 rows and more; small blocks need less.
const NEEDED_BOTH: f64 = 0.43;
const NEEDED_COLUMNS: f64 = 0.5;

/// What is to be rebuilt, by how many.
#[derive(Debug, Clone)]
pub struct RepairConfig {
    /// Validators that certify and order the blob, and stop.
    pub validators: usize,
    /// Rows of the blob.
    pub rows: u16,
    /// Light nodes that sample its block: 1 to 64.
    pub light: usize,
    /// Cells that each of them samples.
    pub samples: u32,
    /// Which lines are rebuilt.
    pub lines: Lines,
    /// The chain's parameters.
    pub params: ChainParams,
}

impl Default for RepairConfig {
    /// Four validators, four rows, twelve light nodes of 96 samples, rows and columns.
    fn default() -> Self {
        Self {
            validators: 4,
            rows: 4,
            light: 12,
            samples: 96,
            lines: Lines::Both,
            params: ChainParams::devnet(),
        }
    }
}

impl RepairConfig {
    /// The part of the grid's cells that the light nodes are expected to hold together:
    /// 1 − (1 − s/M)^K.
    #[must_use]
    pub fn expected_part(&self) -> f64 {
        let cells = 256.0 * f64::from(self.rows);
        let missed = 1.0 - (f64::from(self.samples) / cells).min(1.0);
        1.0 - missed.powf(self.light as f64)
    }

    /// The part that is needed.
    #[must_use]
    pub const fn needed_part(&self) -> f64 {
        match self.lines {
            Lines::Both => NEEDED_BOTH,
            Lines::Columns => NEEDED_COLUMNS,
        }
    }
}

/// What came of it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct RepairReport {
    /// Full nodes that were there while the block was rebuilt: none.
    pub full_nodes: usize,
    /// Light nodes that had sampled it.
    pub light_nodes: usize,
    /// Whether the blob came back byte for byte.
    pub identical: bool,
    /// Milliseconds from the end of the last full node to the blob.
    pub ms: u64,
    /// Rows of the block.
    pub rows: u16,
    /// Cells that each light node sampled.
    pub samples: u32,
    /// The part of the cells that light nodes were expected to hold together.
    pub expected_part: f64,
    /// The part that is needed.
    pub needed_part: f64,
    /// Peers that said what they hold.
    pub peers: usize,
    /// Cells that came from them and were verified.
    pub cells_exchanged: usize,
    /// Columns rebuilt with their proofs.
    pub columns_rebuilt: usize,
    /// Rows rebuilt with their proofs.
    pub rows_rebuilt: usize,
    /// Cells that the light node that rebuilt it serves now.
    pub cells_served: usize,
}

/// What happens, as it happens.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum RepairStep {
    /// A step of the blob's way into a block.
    Way(Box<Step>),
    /// Every light node has sampled the block.
    Sampled {
        /// Cells that they keep, one by one counted.
        cells: usize,
        /// The block's cells.
        of: u64,
    },
    /// Every full node has stopped.
    Alone,
    /// The block came back.
    Rebuilt {
        /// What that took.
        figures: RepairFigures,
    },
}

/// Runs it.
///
/// # Errors
/// A network that does not start, a blob that is not ordered, light nodes that find too little;
/// a blob that came back otherwise is no error but [`RepairReport::identical`].
pub async fn repair(
    config: RepairConfig,
    mut tell: impl FnMut(Duration, RepairStep),
) -> Result<RepairReport> {
    let started = Instant::now();
    let mut tell = |step| tell(started.elapsed(), step);
    let dimensions = GridDimensions::new(config.rows.into())?;
    let goal = Goal::Samples(SampleCount::new(config.samples).map_err(Error::light(0))?);
    let devnet = Box::pin(Devnet::start(DevnetConfig {
        validators: config.validators,
        full: 0,
        light: 0,
        params: config.params,
        ..DevnetConfig::default()
    }))
    .await?;
    let bootstrap: Vec<Multiaddr> = devnet.nodes().iter().flat_map(|n| n.p2p_addrs()).collect();
    let template = LightTemplate {
        checkpoint: Checkpoint::genesis(&devnet.genesis().chain_id()),
        goal,
        lines: config.lines,
    };
    let light = template.start_all(config.light, &bootstrap).await?;
    let done = async {
        meet(&light, devnet.nodes().len()).await?;
        let post = payload(dimensions)?;
        let report = round(&devnet, &post, |_, step| {
            tell(RepairStep::Way(Box::new(step)));
        })
        .await?;
        let cells = usize::try_from(dimensions.cells()).unwrap_or(usize::MAX);
        let samples = usize::try_from(config.samples).unwrap_or(usize::MAX);
        sample_all(&light, report.height, samples.min(cells)).await?;
        get_acquainted(&light).await?;
        Ok::<_, Error>((post, report))
    }
    .await;
    // Whatever happened: the full nodes stop.
    devnet.stop().await;
    let outcome = match done {
        Ok((post, report)) => {
            let cells = light.iter().map(|node| node.held().0).sum();
            let of = dimensions.cells();
            tell(RepairStep::Sampled { cells, of });
            tell(RepairStep::Alone);
            bring_back(&config, &template, &light, &post, &report, &mut tell).await
        }
        Err(error) => Err(error),
    };
    join_all(light.iter().map(LightNode::shutdown)).await;
    outcome
}

/// A new light node, that knows the address of one other, gets the block back.
async fn bring_back(
    config: &RepairConfig,
    template: &LightTemplate,
    light: &[LightNode],
    post: &Post,
    report: &crate::Report,
    tell: &mut impl FnMut(RepairStep),
) -> Result<RepairReport> {
    let alone = Instant::now();
    let known: Vec<Multiaddr> = light
        .first()
        .map(LightNode::listen_addrs)
        .unwrap_or_default();
    let newcomer = template.start(config.light, known).await?;
    let rebuilt = newcomer.rebuild(report.height, REBUILDING).await;
    let took = alone.elapsed();
    let (cells_served, _) = newcomer.held();
    let full_nodes = newcomer.status().peers;
    newcomer.shutdown().await;
    let rebuilt = rebuilt.map_err(Error::light(config.light))?;
    let figures = rebuilt.figures();
    tell(RepairStep::Rebuilt { figures });
    // The block has no other blob, so its commitments are the blob's; the id binds them.
    let length = PayloadLength::new(post.mode, post.payload.len() as u64)?;
    let meta = BlobMeta::new(post.namespace, length, rebuilt.commitments().to_vec())?;
    let same_id = meta.id() == report.blob_id;
    let payload = rebuilt.payload(&meta).map_err(Error::light(config.light))?;
    Ok(RepairReport {
        full_nodes,
        light_nodes: light.len(),
        identical: same_id && payload == post.payload,
        ms: u64::try_from(took.as_millis()).unwrap_or(u64::MAX),
        rows: config.rows,
        samples: config.samples,
        expected_part: config.expected_part(),
        needed_part: config.needed_part(),
        peers: figures.peers,
        cells_exchanged: figures.cells_exchanged,
        columns_rebuilt: figures.columns_rebuilt,
        rows_rebuilt: figures.rows_rebuilt,
        cells_served,
    })
}

/// What every light node is told.
struct LightTemplate {
    checkpoint: Checkpoint,
    goal: Goal,
    lines: Lines,
}

impl LightTemplate {
    async fn start(&self, number: usize, bootstrap: Vec<Multiaddr>) -> Result<LightNode> {
        let mut config = light_node::Config::new(self.checkpoint, bootstrap);
        config.goal = self.goal;
        config.deadline = LIGHT_DEADLINE;
        config.request_timeout = LIGHT_REQUEST_TIMEOUT;
        config.repair = self.lines;
        config.held = HeldLimits {
            bytes: HELD_BYTES,
            ..HeldLimits::PHONE
        };
        let listen = "/ip4/127.0.0.1/tcp/0".parse();
        config.listen = vec![listen.map_err(|e| Error::system("a multiaddr", e))?];
        LightNode::start(config).await.map_err(Error::light(number))
    }

    async fn start_all(&self, count: usize, bootstrap: &[Multiaddr]) -> Result<Vec<LightNode>> {
        try_join_all((0..count).map(|number| self.start(number, bootstrap.to_vec()))).await
    }
}

/// Waits until every light node knows every full node.
async fn meet(light: &[LightNode], full: usize) -> Result<()> {
    let started = Instant::now();
    while light.iter().any(|node| node.status().peers < full) {
        if started.elapsed() > MEETING {
            return Err(Error::Late {
                missing: "light nodes have not met all full nodes".to_owned(),
                after: MEETING,
            });
        }
        sleep(TICK).await;
    }
    Ok(())
}

/// Waits until every light node has heard of a few others, or of all there are.
async fn get_acquainted(light: &[LightNode]) -> Result<()> {
    let (started, enough) = (Instant::now(), light.len().saturating_sub(1).min(3));
    while light.iter().any(|node| node.acquaintances() < enough) {
        if started.elapsed() > MEETING {
            return Err(Error::Late {
                missing: "light nodes have not heard of each other".to_owned(),
                after: MEETING,
            });
        }
        sleep(TICK).await;
    }
    Ok(())
}

/// Waits until every light node has sampled the block as it followed the chain; who did not find
/// it available then does so now. No other block has cells.
async fn sample_all(light: &[LightNode], height: Height, samples: usize) -> Result<()> {
    let started = Instant::now();
    while light.iter().any(|node| node.held().0 < samples) && started.elapsed() < LIGHT_DEADLINE {
        sleep(TICK).await;
    }
    let started = Instant::now();
    try_join_all(light.iter().enumerate().map(async |(number, node)| {
        while node.held().0 < samples {
            let sampled = node.sample(height).await.map_err(Error::light(number))?;
            if sampled.verdict == Verdict::Available {
                break;
            }
            if started.elapsed() > MEETING {
                return Err(Error::Late {
                    missing: format!("light node {number} has not sampled block {height}"),
                    after: MEETING,
                });
            }
        }
        Ok(())
    }))
    .await
    .map(|_| ())
}

/// Canonical elements that fill so many rows, none like the one before it.
fn payload(dimensions: GridDimensions) -> Result<Post> {
    let bytes = usize::from(dimensions.rows()) * ROW_BYTES;
    let payload = (0..bytes)
        .map(|i| {
            // The top byte of an element of a raw row stays below the modulus' 0x73.
            let mixed = (i as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 57;
            u8::try_from(mixed & 0x3f).unwrap_or(0)
        })
        .collect();
    Ok(Post {
        name: format!("{} rows", dimensions.rows()),
        namespace: NAMESPACE.parse()?,
        mode: BlobMode::Raw,
        payload,
    })
}
