//! Breaks the network between four validators, and has some of them lie, while being posted to.
//!
//! Each validator is a process in a network namespace of its own. Everything that one sends to
//! another passes through a relay of ours, which delays, loses, throttles or cuts it. A scenario
//! is one fault: before it, blocks come; while it lasts, they go on or stall, as its number of
//! faulty validators demands; after it, they come again. No two validators may ever have
//! different headers at one height, and no acknowledged blob may be lost.

mod fleet;
mod namespace;
mod oracle;
mod play;
mod posting;
mod relay;
mod scenario;
mod switch;

pub use play::{HeightsSeen, ScenarioReport};
pub use posting::Blobs;
pub use scenario::{Expected, Scenario};

use crate::{Error, Programs, Result};
use fleet::Fleet;
use play::Stage;
use scenario::VALIDATORS;
use serde::Serialize;
use std::ffi::OsStr;
use std::fmt;
use std::time::Duration;
use tokio::time::Instant;

/// What is to go wrong.
#[derive(Debug, Clone)]
pub struct FaultsConfig {
    /// The scenarios, in this order.
    pub scenarios: Vec<Scenario>,
    /// How long each fault lasts at least.
    pub lasts: Duration,
    /// What chance takes, and what is posted.
    pub seed: u64,
    /// The programs.
    pub programs: Programs,
}

/// What happened, as it happens.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum Event {
    /// Something takes a while.
    Waiting(String),
    /// A network runs.
    Started {
        /// How long it took.
        after: Duration,
    },
    /// A scenario is over.
    Played(Box<ScenarioReport>),
    /// Databases and logs of a network that did not do what was expected.
    Kept(String),
}

impl fmt::Display for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Waiting(what) => f.write_str(what),
            Self::Started { after } => {
                let seconds = after.as_secs_f64();
                write!(
                    f,
                    "{VALIDATORS} validators in {VALIDATORS} namespaces, in {seconds:.1} s"
                )
            }
            Self::Played(report) => {
                let HeightsSeen {
                    before,
                    during,
                    after,
                } = report.heights;
                let word = match (report.held, report.expected) {
                    (false, _) => "FAILED",
                    (true, Expected::GoesOn) => "goes on",
                    (true, Expected::Stalls) => "stalls",
                    (true, Expected::Either) => "safe",
                };
                write!(
                    f,
                    "{:<20} {word:<8} {before:?} {during:?} {after:?}",
                    report.name
                )?;
                if let Some(ms) = report.recovered_ms {
                    #[expect(clippy::cast_precision_loss, reason = "shown only")]
                    let seconds = ms as f64 / 1000.0;
                    write!(f, ", back after {seconds:.1} s")?;
                }
                if report.evidence > 0 {
                    write!(f, ", {} pieces of evidence", report.evidence)?;
                }
                match &report.why {
                    Some(why) => write!(f, ": {why}"),
                    None => Ok(()),
                }
            }
            Self::Kept(folder) => write!(f, "databases and logs are kept in {folder}"),
        }
    }
}

/// What came of all of it.
#[derive(Debug, Clone, Serialize)]
pub struct FaultsReport {
    /// What carried the packets: `namespaces`.
    pub network: &'static str,
    /// How many validators each scenario had.
    pub validators: usize,
    /// What came of each scenario.
    pub scenarios: Vec<ScenarioReport>,
    /// Heights with more than one header.
    pub forks: usize,
    /// Blobs lost.
    pub lost: usize,
    /// What chance was drawn from.
    pub seed: u64,
    /// Milliseconds in all.
    pub ms: u64,
}

impl FaultsReport {
    /// Whether every scenario went as expected.
    #[must_use]
    pub fn held(&self) -> bool {
        !self.scenarios.is_empty() && self.scenarios.iter().all(|scenario| scenario.held)
    }
}

/// Replaces this process by the same program, with these arguments, in a network namespace of
/// its own: [`run`] wants one. It ends with the process, and so does all that is made in it.
/// Returns only when there is none to be had, and says why.
pub fn enter_namespace<S: AsRef<OsStr>>(arguments: impl IntoIterator<Item = S>) -> Error {
    namespace::enter(arguments)
}

/// Plays the scenarios. The process must be in a network namespace of its own, with nothing in
/// it.
///
/// # Errors
/// [`Error::Namespaces`], or validators that do not start.
pub async fn run(
    config: FaultsConfig,
    mut tell: impl FnMut(Duration, Event),
) -> Result<FaultsReport> {
    let started = Instant::now();
    let mut tell = |event| tell(started.elapsed(), event);
    let mut scratch = tempfile::Builder::new()
        .prefix("assay-faults-")
        .tempdir()
        .map_err(|error| Error::system("a temporary folder", error))?;
    let mut stage: Option<Stage> = None;
    let mut scenarios = Vec::with_capacity(config.scenarios.len());
    for (place, scenario) in (0..).zip(&config.scenarios) {
        let seed = config.seed.wrapping_add(place);
        let mut playing = match stage.take() {
            Some(stage) => stage,
            None => {
                tell(Event::Waiting("validators and namespaces are made".into()));
                let begun = Instant::now();
                let folder = scratch.path().join(format!("net-{place}"));
                let fleet = Fleet::start(config.programs.clone(), &folder, seed).await?;
                let after = begun.elapsed();
                tell(Event::Started { after });
                Stage::new(fleet)
            }
        };
        tell(Event::Waiting(scenario.name().into()));
        let report = Box::pin(playing.play(*scenario, config.lasts, seed)).await;
        let usable = report.held && !scenario.script().spoils;
        if !report.held {
            // Whoever looks for the reason needs it.
            scratch.disable_cleanup(true);
        }
        tell(Event::Played(Box::new(report.clone())));
        scenarios.push(report);
        if usable {
            stage = Some(playing);
        } else {
            playing.fleet.stop().await;
        }
    }
    if let Some(stage) = stage {
        tell(Event::Waiting("stopping".into()));
        stage.fleet.stop().await;
    }
    let report = FaultsReport {
        network: "namespaces",
        validators: VALIDATORS,
        forks: scenarios.iter().map(|scenario| scenario.forks).sum(),
        lost: scenarios.iter().map(|scenario| scenario.blobs.lost).sum(),
        scenarios,
        seed: config.seed,
        ms: u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX),
    };
    if !report.held() {
        tell(Event::Kept(scratch.path().display().to_string()));
    }
    Ok(report)
}
