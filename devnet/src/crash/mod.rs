//! Kills a network while it is being posted to, and counts what was lost.
//!
//! The oracle lives here, in the parent: it keeps the bytes of every blob that a node
//! acknowledged and every final header that it saw. The network lives in a child process, all
//! its validators at once, which dies by SIGKILL, at every step of its work in turn and at
//! random moments, and is started again on the same folder. After each death no validator may
//! have signed two things at one place, nor a receipt for what is not on its disk. In the end
//! every acknowledged blob must read back byte for byte from the node that acknowledged it,
//! every certified one from every node, and no two nodes may differ on any header, nor from
//! what was seen before a kill.

pub(crate) mod audit;
mod journal;
pub(crate) mod ledger;
mod network;
mod plan;
pub(crate) mod posting;

use crate::{Error, Result};
use chain::ChainParams;
use journal::Journal;
use ledger::Ledger;
use network::{BLOCK_MS, Died, EMPTY_MS, Network, Started};
use plan::Death;
use rand::SeedableRng;
use rand::rngs::StdRng;
use serde::Serialize;
use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;

/// How long a life may take to come to the step at which it is to end; then it is killed from
/// outside.
const TO_ITS_STEP: Duration = Duration::from_secs(20);

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
        /// At which step, or `random`.
        step: &'static str,
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
                step,
                kills,
                acknowledged,
                r#final,
            } => write!(
                f,
                "kill {kills:<4}  {step:<6}  {acknowledged:>4} blobs acknowledged, {final:>4} seen \
                 final"
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
    /// How often at which step of a node's work, and how often at a random moment.
    pub kills_by_step: BTreeMap<&'static str, u32>,
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
    /// Votes and proposals signed.
    pub signed: usize,
    /// Places in the chain at which one validator signed more than one thing.
    pub double_signs: usize,
    /// Receipts signed.
    pub receipts: usize,
    /// Those whose columns were not on the signer's disk.
    pub unbacked_receipts: usize,
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
            && self.signed > 0
            && self.double_signs == 0
            && self.receipts > 0
            && self.unbacked_receipts == 0
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

    let (mut journal, mut kills_by_step) = (Journal::default(), plan::no_deaths());
    for kill in 1..=config.kills {
        let death = Death::draw(kill, &mut rng);
        let step = live(
            &config.program,
            scratch.path(),
            death,
            &ledger,
            &mut rng,
            &mut tell,
        );
        let step = step.await?;
        *kills_by_step.entry(step).or_insert(0) += 1;
        journal.after_death(scratch.path(), params(), &mut |fault| {
            tell(Event::Fault(fault))
        })?;
        let (acknowledged, r#final) = ledger.counts();
        tell(Event::Killed {
            step,
            kills: kill,
            acknowledged,
            r#final,
        });
    }

    let (acknowledged_before_kill, _) = ledger.counts();
    let last = start(&config.program, scratch.path(), Death::None, &mut tell).await?;
    let Started::Serving(network) = last else {
        return Err(Error::system("the last start", "it died, and was not to"));
    };
    tell(Event::Waiting(
        "the chain goes on, and every blob comes to its end",
    ));
    let clients = network.patient()?;
    posting::post_one(&clients, &ledger, &mut rng).await?;
    let fault = &mut |fault| tell(Event::Fault(fault));
    let audit = audit::audit(&clients, network.validators(), &ledger, fault).await?;
    drop(clients);
    network.kill().await?;
    journal.after_death(scratch.path(), params(), &mut |fault| {
        tell(Event::Fault(fault))
    })?;
    let report = CrashReport {
        kills: config.kills,
        kills_by_step,
        posted: ledger.posted(),
        acknowledged: ledger.counts().0,
        acknowledged_before_kill,
        certified: audit.certified,
        r#final: audit.r#final,
        lost: audit.lost,
        ordered_twice: audit.ordered_twice,
        forks: audit.forks,
        signed: journal.signed(),
        double_signs: journal.double_signs(),
        receipts: journal.receipts(),
        unbacked_receipts: journal.unbacked(),
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

/// One life of the network, to its end. Says how it ended.
async fn live(
    program: &Path,
    scratch: &Path,
    death: Death,
    ledger: &Arc<Ledger>,
    rng: &mut StdRng,
    tell: &mut impl FnMut(Event),
) -> Result<&'static str> {
    let Started::Serving(mut network) = start(program, scratch, death, tell).await? else {
        return Ok(death.name());
    };
    let posting = posting::start(network.clients()?, ledger, rng, Duration::ZERO);
    tell(Event::Waiting("posting"));
    let ended = match death {
        Death::AtStep { .. } => network.dies_within(TO_ITS_STEP).await?,
        Death::Random { after } => {
            // What was never acknowledged cannot be lost.
            first_acknowledgement(ledger).await?;
            tokio::time::sleep(after).await;
            Died::NotYet
        }
        Death::None => Died::NotYet,
    };
    let step = match ended {
        Died::Killed => death.name(),
        Died::NotYet => {
            network.kill().await?;
            Death::None.name()
        }
    };
    posting.stop().await;
    Ok(step)
}

const fn params() -> ChainParams {
    ChainParams {
        block_interval_ms: BLOCK_MS,
        empty_block_interval_ms: EMPTY_MS,
        ..ChainParams::devnet()
    }
}

async fn start(
    program: &Path,
    scratch: &Path,
    death: Death,
    tell: &mut impl FnMut(Event),
) -> Result<Started> {
    tell(Event::Waiting("the network starts"));
    let begun = Instant::now();
    let started = Network::start(program, scratch, death).await?;
    if matches!(started, Started::Serving(_)) {
        tell(Event::Started {
            after: begun.elapsed(),
        });
    }
    Ok(started)
}
