//! Loads a network with blobs, and measures what becomes of them.
//!
//! The generator is open: a blob is posted when its time has come, however late the answers to
//! those before it are, and its latency counts from that time. With no rate given it posts as fast
//! as the network takes blobs instead. What happens before the warm-up is over counts for nothing.
//!
//! The figures of processor time are the nodes' own, thread by thread, so that another program on
//! the machine does not change them much; the figures of wall time are as good as the machine is
//! idle.

mod blobs;
mod posts;
mod reader;
mod report;

pub use blobs::Mode;
pub use report::{CpuReport, Flow, Latency, LoadGoal, LoadReport, MachineReport};

use crate::proc::Proc;
use crate::scrape::Scrape;
use crate::{Devnet, DevnetConfig, Error, Network, Processes, Programs, Result};
use blobs::Blobs;
use chain::ChainParams;
use posts::{Posts, Schedule};
use proto::client::{Client, Retries};
use std::sync::Arc;
use std::time::Duration;
use tokio::time::{Instant, sleep_until};

/// Most seconds of a measurement.
pub const MAX_SECONDS: u32 = 3_600;
/// Most blobs a second.
pub const MAX_RATE: f64 = 1_000.0;
/// How long the last blobs may take to be final once nothing more is posted.
const DRAIN: Duration = Duration::from_secs(120);
/// Connections by which the blobs of one node are watched: 64 calls on each, 512 blobs at a time.
const WATCHERS: usize = 8;

/// How fast blobs are posted.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Pace {
    /// So many a second, whatever becomes of them.
    Rate(f64),
    /// As fast as they are taken, by so many posters, each of which waits for its certificate.
    Max {
        /// Posters.
        posters: usize,
    },
}

/// What is to be measured.
#[derive(Debug, Clone)]
pub struct LoadConfig {
    /// Validators of equal stake.
    pub validators: usize,
    /// How long, after the warm-up.
    pub seconds: u32,
    /// The warm-up.
    pub warm_up: u32,
    /// Bytes of each blob's payload.
    pub blob_bytes: usize,
    /// How fast they are posted.
    pub pace: Pace,
    /// Who does what for them.
    pub mode: Mode,
    /// What their bytes are drawn from.
    pub seed: u64,
    /// The programs, to run every node as a process of its own.
    pub programs: Option<Programs>,
    /// The chain's parameters.
    pub params: ChainParams,
}

impl LoadConfig {
    fn check(&self) -> Result<()> {
        Error::check_count("seconds", self.seconds, MAX_SECONDS)?;
        match self.pace {
            Pace::Rate(rate) if !(rate > 0.0 && rate <= MAX_RATE) => Err(Error::OutOfRange {
                what: "blobs a second",
                got: rate,
                min: 0.0,
                max: MAX_RATE,
            }),
            Pace::Max { posters } => {
                let posters = u32::try_from(posters).unwrap_or(u32::MAX);
                Error::check_count("posters", posters, 256)
            }
            Pace::Rate(_) => Ok(()),
        }
    }
}

/// Starts a network, loads it and stops it.
///
/// # Errors
/// What cannot be measured, a network that does not start, or one that does not answer.
pub async fn load(config: &LoadConfig, tell: impl Fn(String)) -> Result<LoadReport> {
    config.check()?;
    let network = DevnetConfig {
        validators: config.validators,
        light: 0,
        params: config.params,
        ..DevnetConfig::default()
    };
    network.check()?;
    tell("blobs are prepared".to_owned());
    let (mode, bytes, seed) = (config.mode, config.blob_bytes, config.seed);
    let blobs = tokio::task::spawn_blocking(move || Blobs::prepare(mode, bytes, seed))
        .await
        .map_err(|error| Error::system("a thread", error))??;
    tell(format!("{} full nodes start", config.validators));
    match &config.programs {
        Some(programs) => {
            let network = Box::pin(Processes::start(network, programs)).await?;
            let pids = network.pids();
            Box::pin(run(config, network, pids, blobs, &tell)).await
        }
        None => {
            let network = Box::pin(Devnet::start(network)).await?;
            let pids = vec![std::process::id()];
            Box::pin(run(config, network, pids, blobs, &tell)).await
        }
    }
}

async fn run(
    config: &LoadConfig,
    network: impl Network,
    pids: Vec<u32>,
    blobs: Blobs,
    tell: &impl Fn(String),
) -> Result<LoadReport> {
    let measured = measure(config, &network, &pids, blobs, tell).await;
    network.stop().await;
    measured
}

async fn measure(
    config: &LoadConfig,
    network: &impl Network,
    pids: &[u32],
    blobs: Blobs,
    tell: &impl Fn(String),
) -> Result<LoadReport> {
    let connect = || {
        (0..)
            .zip(&network.endpoints().nodes)
            .map(|(node, at)| {
                let client = Client::connect_lazy(&at.grpc).map_err(Error::client(node))?;
                Ok(client.with_retries(Retries::none()))
            })
            .collect::<Result<Vec<_>>>()
    };
    let clients = connect()?;
    let mut watchers = vec![Vec::new(); clients.len()];
    for _ in 0..WATCHERS {
        for (node, client) in connect()?.into_iter().enumerate() {
            watchers[node].push(client);
        }
    }
    let begin = Instant::now();
    let schedule = Schedule {
        begin,
        window: begin + Duration::from_secs(config.warm_up.into()),
        end: begin + Duration::from_secs((config.warm_up + config.seconds).into()),
    };
    let reader = clients
        .first()
        .map(|client| reader::start(client, config.seed, schedule));
    let posting = Posts::start(clients, watchers, Arc::new(blobs), config.pace, schedule);

    tell(format!("{} s of warm-up", config.warm_up));
    sleep_until(schedule.window).await;
    let before = Sample::take(network, pids).await?;
    tell(format!("{} s of measuring", config.seconds));
    sleep_until(schedule.end).await;
    let after = Sample::take(network, pids).await?;
    tell("the last blobs become final".to_owned());
    let posts = posting.finish(DRAIN).await;
    let served = match reader {
        Some(reader) => reader.stop().await,
        None => reader::Served::default(),
    };
    Ok(report::conclude(
        config, schedule, &posts, &served, &before, &after,
    ))
}

/// What the nodes and the system have counted by a moment.
pub(crate) struct Sample {
    /// Of all nodes together.
    pub(crate) counted: Scrape,
    /// Processor time of all their processes; of this one, generator included, when they have none.
    pub(crate) cpu: Duration,
}

impl Sample {
    async fn take(network: &impl Network, pids: &[u32]) -> Result<Self> {
        let mut counted = Scrape::default();
        for node in &network.endpoints().nodes {
            if let Some(url) = &node.metrics {
                counted.add(&Scrape::of(url).await?);
            }
        }
        let mut cpu = Duration::ZERO;
        for pid in pids {
            cpu += Proc::of(*pid).cpu_ever()?;
        }
        Ok(Self { counted, cpu })
    }
}

#[cfg(test)]
mod tests;
