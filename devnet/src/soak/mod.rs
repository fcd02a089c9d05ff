//! A long run under load and faults, of real processes, and whether it stays in shape.
//!
//! Posters, readers and light nodes use the network, strangers open connections and say nothing
//! of use, and one validator after the other is killed, stopped or withholds cells. Meanwhile
//! acknowledged blobs are read back; in the end all of them are, from every node. The memory of
//! every process is looked at once a second: see [`Shape`] for what counts as flat.

mod crowd;
mod report;
mod shape;
mod torment;
mod watch;

pub use report::SoakReport;
pub use shape::{ProcessReport, Shape};
pub use torment::Fault;

use crate::crash::ledger::Ledger;
use crate::crash::{audit, posting};
use crate::{DevnetConfig, Error, Network, Processes, Programs, Result};
use chain::ChainParams;
use crowd::Crowd;
use proto::client::{Client, Retries};
use rand::SeedableRng;
use rand::rngs::StdRng;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;
use torment::Torment;
use watch::Watch;

/// As many as a fault needs: one of them may be away.
const VALIDATORS: usize = 4;
const LIGHT: usize = 2;
/// The rest of a poster between two posts: enough for the disk to last.
const REST: Duration = Duration::from_millis(250);
/// Most minutes.
pub const MAX_MINUTES: u32 = 7 * 24 * 60;

/// What is to be endured.
#[derive(Debug, Clone)]
pub struct SoakConfig {
    /// How long.
    pub duration: Duration,
    /// What sizes, nodes, faults and moments are drawn from.
    pub seed: u64,
    /// The programs.
    pub programs: Programs,
    /// The chain's parameters.
    pub params: ChainParams,
}

/// What happens, as it happens.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum SoakEvent {
    /// Something takes a while.
    Waiting(String),
    /// A validator has a fault from now on.
    Begun {
        /// Which.
        fault: Fault,
        /// Whose.
        node: usize,
    },
    /// It has none any more.
    Over {
        /// Whose it was.
        node: usize,
        /// Blobs acknowledged so far.
        acknowledged: usize,
    },
    /// Something that must not be.
    Broken(String),
}

/// Runs a network for so long, and judges it.
///
/// # Errors
/// A network that does not start, or that does not come to rest in the end.
pub async fn soak(
    config: SoakConfig,
    mut tell: impl FnMut(Duration, SoakEvent),
) -> Result<SoakReport> {
    let started = Instant::now();
    let mut tell = |event| tell(started.elapsed(), event);
    tell(SoakEvent::Waiting("the network starts".to_owned()));
    let network = DevnetConfig {
        validators: VALIDATORS,
        light: LIGHT,
        params: config.params,
        ..DevnetConfig::default()
    };
    let mut network = Box::pin(Processes::start(network, &config.programs)).await?;
    let endured = Box::pin(endure(&config, &mut network, &mut tell)).await;
    Network::stop(network).await;
    let mut report = endured?;
    report.ms = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
    Ok(report)
}

async fn endure(
    config: &SoakConfig,
    network: &mut Processes,
    tell: &mut impl FnMut(SoakEvent),
) -> Result<SoakReport> {
    let mut rng = StdRng::seed_from_u64(config.seed);
    let ledger = Arc::new(Ledger::default());
    let patient = clients(network)?;
    let hasty: Vec<Client> = patient
        .iter()
        .map(|client| client.clone().with_retries(Retries::none()))
        .collect();

    let watch = Watch::start(network);
    let posting = posting::start(hasty.clone(), &ledger, &mut rng, REST);
    let crowd = Crowd::start(network, hasty, &ledger, &mut rng);
    let end = Instant::now() + config.duration;
    let mut torment = Torment::new(&config.programs, StdRng::from_rng(&mut rng));
    while let Some(plan) = torment.next(end) {
        tell(SoakEvent::Waiting("posting, reading, sampling".to_owned()));
        tokio::time::sleep(plan.rest).await;
        tell(SoakEvent::Begun {
            fault: plan.fault,
            node: plan.node,
        });
        torment.inflict(network, &plan, &watch).await?;
        tell(SoakEvent::Over {
            node: plan.node,
            acknowledged: ledger.counts().0,
        });
    }
    tokio::time::sleep_until(end).await;
    posting.stop().await;
    let crowd = crowd.stop().await;
    let processes = watch.stop().await;

    tell(SoakEvent::Waiting(
        "every blob comes to its end, and is read back from every node".to_owned(),
    ));
    posting::post_one(&patient, &ledger, &mut rng).await?;
    let fault = &mut |fault| tell(SoakEvent::Broken(fault));
    let validators = network.endpoints().validators.clone();
    let audit = audit::audit(&patient, &validators, &ledger, fault).await?;
    let broken = crowd.mismatched.len();
    for mismatch in crowd.mismatched {
        tell(SoakEvent::Broken(mismatch));
    }
    let by_fault: BTreeMap<&'static str, u32> = torment.counts();
    Ok(SoakReport {
        seconds: config.duration.as_secs(),
        seed: config.seed,
        posted: ledger.posted(),
        acknowledged: ledger.counts().0,
        certified: audit.certified,
        r#final: audit.r#final,
        lost: audit.lost,
        ordered_twice: audit.ordered_twice,
        forks: audit.forks,
        heights: audit.heights,
        reads: crowd.reads,
        reads_failed: crowd.reads_failed,
        reads_mismatched: broken,
        connections: crowd.connections,
        faults: by_fault,
        verdicts: crowd.verdicts,
        flat: processes.iter().all(ProcessReport::is_flat),
        processes,
        ms: 0,
    })
}

/// A client of each validator that tries again.
fn clients(network: &Processes) -> Result<Vec<Client>> {
    (0..)
        .zip(&network.endpoints().nodes)
        .map(|(node, at)| Client::connect_lazy(&at.grpc).map_err(Error::client(node)))
        .collect()
}

#[cfg(test)]
mod tests;
