//! Withholding, measured: responders refuse exactly the cells of a shape, and light nodes raise
//! the alarm as often as the odds say.
//!
//! A network of full nodes orders a block, then each of them is switched to refuse the same
//! cells, to light nodes and to peers alike. Each light node draws its own plan, asks for every
//! cell of it over libp2p, verifies what comes in a batch of its own, and judges; a cell that one
//! responder refuses is asked for at a second. For W of M cells withheld, a node that samples s
//! raises the alarm with probability 1 − C(M − W, s) / C(M, s); the nodes are independent, so
//! that the number of alarms is binomial.
//!
//! Whether what is left recovers the block is found twice: by peeling, and by decoding the cells
//! that were served, which has to end in the bytes posted.

mod binomial;
mod clients;
mod recovery;
mod report;
mod shape;

pub use binomial::acceptance;
pub use report::{Alarms, ExperimentReport};
pub use shape::Shape;

use crate::{Devnet, DevnetConfig, Error, Result};
use chain::ChainParams;
use clients::{Clients, Draw};
use commitments::{CommitmentGrid, Verifier};
use da_node::{Faults, Withholding};
use light_node::core::repair::{CellSet, is_recoverable};
use light_node::core::{Goal, SampleCount};
use net::Multiaddr;
use proto::client::Client;
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use std::time::Duration;
use tokio::time::{Instant, sleep};
use types::limits::{ELEMENT_BYTES, ROW_BYTES};
use types::{BlobMode, Coordinates, GridDimensions, GridRow, Header, PayloadLength};

/// Full nodes: as many as it takes that none sees more than a quarter of a node's samples.
const RESPONDERS: usize = 4;
/// Most rows: those of one blob of whole rows.
pub const MAX_ROWS: u32 = 128;
/// Most light nodes.
pub const MAX_LIGHT: u32 = 100_000;
/// How long responders may take to have the whole block.
const COMPLETION: Duration = Duration::from_secs(120);
const TICK: Duration = Duration::from_millis(50);

/// What is to be measured.
#[derive(Debug, Clone)]
pub struct ExperimentConfig {
    /// What is withheld.
    pub shape: Shape,
    /// Samples of each light node; measured one after another.
    pub samples: Vec<u32>,
    /// Light nodes, for each number of samples: 1 to [`MAX_LIGHT`].
    pub light: u32,
    /// Rows of the block: 1 to [`MAX_ROWS`].
    pub rows: u32,
    /// Decides the cells withheld and every plan.
    pub seed: u64,
}

/// What happens, as it happens.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub enum Progress {
    /// The network starts.
    Starting,
    /// The block is being posted.
    Posting,
    /// Responders refuse so many of so many cells from now on.
    Switched {
        /// Cells refused.
        withheld: u32,
        /// Cells of the grid.
        cells: u32,
    },
    /// Light nodes that have judged.
    Judged {
        /// Samples of each.
        samples: u32,
        /// How many have.
        done: usize,
    },
    /// All light nodes with so many samples have judged.
    Measured(Alarms),
    /// All cells are asked for, to recover the block.
    Recovering,
}

impl ExperimentConfig {
    fn check(&self) -> Result<(GridDimensions, Vec<Goal>)> {
        Error::check_count("light nodes", self.light, MAX_LIGHT)?;
        Error::check_count("rows", self.rows, MAX_ROWS)?;
        let goal = |samples: &u32| {
            Error::check_count("samples", *samples, light_node::core::MAX_SAMPLES)?;
            let count = SampleCount::new(*samples).map_err(Error::light(0))?;
            Ok(Goal::Samples(count))
        };
        let goals = self.samples.iter().map(goal).collect::<Result<_>>()?;
        Ok((GridDimensions::new(self.rows.into())?, goals))
    }

    /// The randomness for one purpose: the seed, two numbers that tell the purpose.
    fn randomness(&self, purpose: u32, number: u32) -> [u8; 32] {
        let mut seed = [0; 32];
        seed[..8].copy_from_slice(&self.seed.to_be_bytes());
        seed[8..12].copy_from_slice(&purpose.to_be_bytes());
        seed[12..16].copy_from_slice(&number.to_be_bytes());
        seed
    }
}

/// Runs the experiment on a network of its own.
///
/// # Errors
/// [`Error::OutOfRange`] for what cannot be measured; a network that does not start or answer;
/// responders that serve other cells than all but those withheld, or false ones.
pub async fn experiment(
    config: &ExperimentConfig,
    tell: impl Fn(Progress),
) -> Result<ExperimentReport> {
    let (dimensions, goals) = config.check()?;
    tell(Progress::Starting);
    let network = DevnetConfig {
        validators: RESPONDERS,
        full: 0,
        light: 0,
        params: ChainParams {
            block_interval_ms: 300,
            // The block stays among the newest while it is sampled.
            empty_block_interval_ms: 600_000,
            ..ChainParams::devnet()
        },
        ..DevnetConfig::default()
    };
    let devnet = Box::pin(Devnet::start(network)).await?;
    let measured = Box::pin(measure(config, dimensions, &goals, &devnet, &tell)).await;
    devnet.stop().await;
    measured
}

async fn measure(
    config: &ExperimentConfig,
    dimensions: GridDimensions,
    goals: &[Goal],
    devnet: &Devnet,
    tell: &impl Fn(Progress),
) -> Result<ExperimentReport> {
    tell(Progress::Posting);
    let payload = payload(config);
    let header = post(devnet, &payload, dimensions).await?;
    await_custody(devnet, &header).await?;

    let mut rng = StdRng::from_seed(config.randomness(0, 0));
    let withheld = config.shape.draw(dimensions, &mut rng)?;
    let bootstrap: Vec<Multiaddr> = devnet.nodes().iter().flat_map(|n| n.p2p_addrs()).collect();
    let chain = devnet.genesis().chain_id();
    let clients = Clients::join(chain, &bootstrap, devnet.nodes().len(), header).await?;
    let withholding = withholding(clients.grid(), &withheld)?;
    for node in devnet.nodes() {
        node.set_faults(Faults {
            withholding: Some(withholding.clone()),
            ..Faults::default()
        });
    }
    let cells = narrow(dimensions.cells());
    let refused = narrow(withheld.len() as u64);
    tell(Progress::Switched {
        withheld: refused,
        cells,
    });

    let mut results = Vec::with_capacity(goals.len());
    for (goal, samples) in goals.iter().zip(&config.samples) {
        let draws = (1..=config.light).map(|light| Draw {
            seed: config.randomness(*samples, light),
            goal: *goal,
        });
        let judged = |done| {
            let samples = *samples;
            tell(Progress::Judged { samples, done });
        };
        let alarms = clients.alarms(draws.collect(), judged).await?;
        let alarms = Alarms::new(cells, refused, *samples, config.light, alarms);
        tell(Progress::Measured(alarms));
        results.push(alarms);
    }
    tracing::debug!(traffic = ?clients.traffic(), "all light nodes together");

    tell(Progress::Recovering);
    let recoverable = recover(&clients, &withheld, &payload).await?;
    clients.leave().await;
    Ok(ExperimentReport {
        shape: config.shape,
        rows: config.rows,
        withheld: refused,
        recoverable,
        light: config.light,
        seed: config.seed,
        results,
    })
}

/// Rows of random elements: the first byte of each is zero, so that it is canonical.
fn payload(config: &ExperimentConfig) -> Vec<u8> {
    let mut rng = StdRng::from_seed(config.randomness(0, 1));
    let mut bytes = vec![0; config.rows as usize * ROW_BYTES];
    for (place, byte) in bytes.iter_mut().enumerate() {
        if !place.is_multiple_of(ELEMENT_BYTES) {
            *byte = rng.random();
        }
    }
    bytes
}

/// Posts a blob of whole rows; the header of the block that orders it, and nothing else.
async fn post(devnet: &Devnet, payload: &[u8], dimensions: GridDimensions) -> Result<Header> {
    let client = Client::connect(devnet.grpc(0).unwrap_or_default())
        .await
        .map_err(Error::client(0))?;
    let submission = proto::Submission {
        namespace: "experiment".parse()?,
        length: PayloadLength::new(BlobMode::Raw, payload.len() as u64)?,
        expected: None,
    };
    let submitted = client.submit(&submission, payload.to_vec().into()).await;
    let id = submitted.map_err(Error::client(0))?.id;
    let (height, _) = client.await_final(id).await.map_err(Error::client(0))?;
    let stored = devnet.nodes()[0].block(height).map_err(Error::node(0))?;
    match stored.map(|stored| stored.block.header) {
        Some(header) if header.dimensions == dimensions => Ok(header),
        other => Err(Error::system(
            "the block",
            format!("{other:?} in place of one of {dimensions}"),
        )),
    }
}

/// Waits until every responder serves every cell of the data, hence of the parity.
async fn await_custody(devnet: &Devnet, header: &Header) -> Result<()> {
    let data: Vec<Coordinates> = (0..header.dimensions.cells() / 2)
        .map(|number| header.dimensions.cell(number))
        .collect::<types::Result<_>>()?;
    let started = Instant::now();
    for (index, node) in devnet.nodes().iter().enumerate() {
        loop {
            let served = node.samples(header.height, data.clone()).await;
            let served = served.map_err(Error::node(index))?.unwrap_or_default();
            if served.len() == data.len() {
                break;
            }
            if started.elapsed() > COMPLETION {
                return Err(Error::Late {
                    missing: format!("node {index} has {} of {}", served.len(), data.len()),
                    after: COMPLETION,
                });
            }
            sleep(TICK).await;
        }
    }
    Ok(())
}

fn withholding(grid: &CommitmentGrid, withheld: &CellSet) -> Result<Withholding> {
    if withheld
        .iter()
        .any(|at| matches!(at.row, GridRow::Parity(_)))
    {
        grid.parity_commitments()?;
    }
    let cells = withheld
        .iter()
        .map(|at| Ok((grid.commitment(at.row)?, at.column)));
    Ok(Withholding::cells(cells.collect::<Result<Vec<_>>>()?))
}

/// Whether the cells that are served recover the block. Peeling and decoding have to agree, and
/// what is decoded has to be what was posted.
async fn recover(clients: &Clients, withheld: &CellSet, payload: &[u8]) -> Result<bool> {
    let expected = shape::without(withheld)?;
    let served = clients.fetch_all().await?;
    let mut came = CellSet::none(withheld.dimensions());
    for cell in &served {
        came.insert(cell.at)?;
    }
    if came != expected {
        let reason = format!(
            "{} cells were served, not exactly the {} that are not withheld",
            came.len(),
            expected.len()
        );
        return Err(Error::system("the responders", reason));
    }
    let dimensions = withheld.dimensions();
    let decode = move || recovery::recover(dimensions, served, Verifier::ceremony()?);
    let decoded = tokio::task::spawn_blocking(decode)
        .await
        .map_err(|error| Error::system("a thread", error))??;
    let recoverable = is_recoverable(&came);
    let decodes = match decoded {
        Some(bytes) if bytes == payload => true,
        Some(_) => return Err(Error::system("what was decoded", "not what was posted")),
        None => false,
    };
    if decodes != recoverable {
        let reason = format!("{recoverable}, but decoding says {decodes}");
        return Err(Error::system("recoverable by peeling", reason));
    }
    Ok(recoverable)
}

/// A grid has at most 65,536 cells.
fn narrow(count: u64) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests;
