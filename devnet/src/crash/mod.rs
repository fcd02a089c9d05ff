//! Kills a network while it is being posted to, and counts what was lost.
//!
//! The oracle lives here, in the parent: it keeps the bytes of every blob that a node
//! acknowledged and every final header that it saw. The network lives in a child process, all
//! its validators at once, which is killed with SIGKILL at random moments and started again on
//! the same folder. In the end every acknowledged blob must read back byte for byte from the
//! node that acknowledged it, every certified one from every node, and no two nodes may differ
//! on any header, nor from what was seen before a kill.

mod audit;
mod ledger;
mod network;
mod posting;

use crate::{Error, Result};
use ledger::Ledger;
use network::Network;
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use serde::Serialize;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;

/// The moments of a run's life at which it is killed.
const KILL_AFTER_MS: std::ops::Range<u64> = 200..6_000;

/// How long the first blob may take to be acknowledged.
const FIRST_ACKNOWLEDGEMENT: Duration = Duration::from_secs(120);

/// How a network is to be tormented.
#[derive(Debug, Clone)]
pub struct CrashConfig {
    /// How often it is killed.
    pub kills: u32,
    /// What sizes, nodes and moments are drawn from.
    pub seed: u64,
    /// The program `devnet`.
    pub program: PathBuf,
}

/// What happened, as it happens.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum Event {
    /// Something takes a while.
    Waiting(&'static str),
    /// The network runs, again.
    Started {
        /// How long it took.
        after: Duration,
    },
    /// It was killed.
    Killed {
        /// How often it has been.
        kills: u32,
        /// Blobs acknowledged so far.
        acknowledged: usize,
        /// How many of them were seen final.
        r#final: usize,
    },
    /// Something that must not be.
    Fault(String),
}

impl fmt::Display for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Waiting(what) => f.write_str(what),
            Self::Started { after } => write!(f, "started    in {:.1} s", after.as_secs_f64()),
            Self::Killed {
                kills,
                acknowledged,
                r#final,
            } => write!(
                f,
                "kill {kills:<4}  {acknowledged:>4} blobs acknowledged, {final:>4} seen final"
            ),
            Self::Fault(what) => write!(f, "FAULT      {what}"),
        }
    }
}

/// What was counted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CrashReport {
    /// Times that the network was killed.
    pub kills: u32,
    /// Submissions begun.
    pub posted: u64,
    /// Blobs that at least one node acknowledged.
    pub acknowledged: usize,
    /// Those of them that were acknowledged before the last kill: what was put to the test.
    pub acknowledged_before_kill: usize,
    /// Those that have a certificate in the end.
    pub certified: usize,
    /// Those that are in a final block in the end.
    pub r#final: usize,
    /// Those that are not what was acknowledged.
    pub lost: usize,
    /// Blobs that more than one place in the chain orders.
    pub ordered_twice: usize,
    /// Heights with more than one header.
    pub forks: usize,
    /// The chain's last height.
    pub heights: u64,
    /// What the run was drawn from.
    pub seed: u64,
    /// Milliseconds in all.
    pub ms: u64,
}

impl CrashReport {
    /// Whether something was put to the test, everything acknowledged survived and the chain is
    /// one.
    #[must_use]
    pub const fn held(&self) -> bool {
        (self.kills == 0 || self.acknowledged_before_kill > 0)
            && self.lost == 0
            && self.forks == 0
            && self.ordered_twice == 0
    }
}

/// Torments a network and judges what is left of it.
///
/// # Errors
/// A child that does not start again, or a network that does not recover in time.
pub async fn run(
    config: CrashConfig,
    mut tell: impl FnMut(Duration, Event),
) -> Result<CrashReport> {
    let started = Instant::now();
    let mut tell = |event| tell(started.elapsed(), event);
    let scratch = tempfile::Builder::new()
        .prefix("assay-crash-")
        .tempdir()
        .map_err(|error| Error::system("a temporary folder", error))?;
    let mut rng = StdRng::seed_from_u64(config.seed);
    let ledger = Arc::new(Ledger::default());

    for kill in 1..=config.kills {
        let network = start(&config.program, scratch.path(), &mut tell).await?;
        let posting = posting::start(&network, &ledger, &mut rng);
        let life = Duration::from_millis(rng.random_range(KILL_AFTER_MS));
        tell(Event::Waiting("posting"));
        if kill == 1 {
            first_acknowledgement(&ledger).await?;
        }
        tokio::time::sleep(life).await;
        network.kill().await?;
        posting.stop().await;
        let (acknowledged, r#final) = ledger.counts();
        tell(Event::Killed {
            kills: kill,
            acknowledged,
            r#final,
        });
    }

    let (acknowledged_before_kill, _) = ledger.counts();
    let network = start(&config.program, scratch.path(), &mut tell).await?;
    tell(Event::Waiting(
        "the chain goes on, and every blob comes to its end",
    ));
    posting::post_one(&network, &ledger, &mut rng).await?;
    let audit = audit::audit(&network, &ledger, &mut |fault| tell(Event::Fault(fault))).await?;
    network.kill().await?;
    let report = CrashReport {
        kills: config.kills,
        posted: ledger.posted(),
        acknowledged: ledger.counts().0,
        acknowledged_before_kill,
        certified: audit.certified,
        r#final: audit.r#final,
        lost: audit.lost,
        ordered_twice: audit.ordered_twice,
        forks: audit.forks,
        heights: audit.heights,
        seed: config.seed,
        ms: u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX),
    };
    if !report.held() {
        // Whoever looks for the reason needs the databases and the log.
        let kept = scratch.keep();
        tell(Event::Fault(format!(
            "all of it is kept in {}",
            kept.display()
        )));
    }
    Ok(report)
}

/// The first life lasts until there is something to lose.
async fn first_acknowledgement(ledger: &Ledger) -> Result<()> {
    let started = Instant::now();
    while ledger.counts().0 == 0 {
        if started.elapsed() > FIRST_ACKNOWLEDGEMENT {
            return Err(Error::Late {
                missing: "no node acknowledged a blob".into(),
                after: FIRST_ACKNOWLEDGEMENT,
            });
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    Ok(())
}

async fn start(program: &Path, scratch: &Path, tell: &mut impl FnMut(Event)) -> Result<Network> {
    tell(Event::Waiting("the network starts"));
    let started = Instant::now();
    let network = Network::start(program, scratch).await?;
    tell(Event::Started {
        after: started.elapsed(),
    });
    Ok(network)
}
