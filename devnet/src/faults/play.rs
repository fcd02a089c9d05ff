//! One scenario: the network as it was, the fault, and the network afterwards.

use super::fleet::Fleet;
use super::oracle::{Heights, Oracle};
use super::posting::{Blobs, Posts};
use super::scenario::{Deed, Expected, LIAR, Role, Scenario, Script, VALIDATORS};
use crate::{Error, Result};
use serde::Serialize;
use std::time::Duration;
use tokio::time::{Instant, sleep};

/// How long anything may take that is to happen.
const PATIENCE: Duration = Duration::from_secs(240);
/// How long a block that is nearly decided may take to be, once nothing more should.
const IN_FLIGHT: Duration = Duration::from_secs(3);
/// Blocks that must come while one thing is wrong: each validator has its turn.
const BLOCKS: u64 = 5;

/// How high the validators' chains were.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct HeightsSeen {
    /// When the fault began.
    pub before: Heights,
    /// When it ended.
    pub during: Heights,
    /// When all had gone on.
    pub after: Heights,
}

/// What came of a scenario.
#[derive(Debug, Clone, Serialize)]
pub struct ScenarioReport {
    /// Which.
    pub name: Scenario,
    /// What was expected while the fault lasted.
    pub expected: Expected,
    /// Whether it was so, nothing forked, nothing was lost, and all went on afterwards.
    pub held: bool,
    /// Why not.
    pub why: Option<String>,
    /// How high the chains were, validator by validator.
    pub heights: HeightsSeen,
    /// Milliseconds from the fault's end until every validator had a new block.
    pub recovered_ms: Option<u64>,
    /// Heights with more than one header, on any two validators.
    pub forks: usize,
    /// What became of the blobs.
    pub blobs: Blobs,
    /// Verified evidence against the liar that the honest validator has that has fewest.
    pub evidence: usize,
    /// Milliseconds in all.
    pub ms: u64,
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

fn highest(heights: &Heights) -> u64 {
    heights.iter().copied().max().unwrap_or_default()
}

const EVERYBODY: [usize; VALIDATORS] = [0, 1, 2, 3];

/// A network and what was seen of it.
pub(super) struct Stage {
    pub(super) fleet: Fleet,
    oracle: Oracle,
}

impl Stage {
    pub(super) fn new(fleet: Fleet) -> Self {
        Self {
            oracle: Oracle::new(&fleet),
            fleet,
        }
    }

    /// Plays a scenario for at least so long.
    pub(super) async fn play(
        &mut self,
        scenario: Scenario,
        lasts: Duration,
        seed: u64,
    ) -> ScenarioReport {
        let script = scenario.script();
        let started = Instant::now();
        let mut report = ScenarioReport {
            name: scenario,
            expected: script.expected,
            held: false,
            why: None,
            heights: HeightsSeen::default(),
            recovered_ms: None,
            forks: 0,
            blobs: Blobs::default(),
            evidence: 0,
            ms: 0,
        };
        let mut posts = Posts::new(seed);
        let played = self.acts(&script, lasts, &mut posts, &mut report).await;
        if let Err(error) = played {
            report.why = Some(error.to_string());
            // Whatever went wrong: what there is must be one chain.
            self.oracle.look(&self.fleet).await;
            match self.oracle.compare(&self.fleet).await {
                Ok(forks) => report.forks = forks,
                Err(error) => tracing::warn!(%error, "chains not compared"),
            }
        }
        let Blobs {
            lost,
            certified_by_liar,
            ..
        } = report.blobs;
        let wrong = [
            (report.forks, "heights with two headers"),
            (lost, "blobs lost"),
            (certified_by_liar, "blobs certified that fit no commitment"),
        ];
        for (count, what) in wrong {
            if count > 0 && report.why.is_none() {
                report.why = Some(format!("{count} {what}"));
            }
        }
        report.held = report.why.is_none();
        report.ms = millis(started.elapsed());
        report
    }

    async fn acts(
        &mut self,
        script: &Script,
        lasts: Duration,
        posts: &mut Posts,
        report: &mut ScenarioReport,
    ) -> Result<()> {
        let fleet = &mut self.fleet;
        let heights = self.oracle.look(fleet).await;
        let two_more = highest(&heights) + 2;
        self.oracle
            .reach(fleet, &EVERYBODY, two_more, PATIENCE)
            .await?;
        posts.post_final(fleet, 0).await?;
        report.heights.before = self.oracle.look(fleet).await;

        fleet.act(&script.inject).await?;
        match script.expected {
            Expected::GoesOn => self.goes_on(script, lasts, posts).await?,
            Expected::Stalls => self.stalls(lasts, posts).await?,
            Expected::Either => {
                posts.post(&self.fleet, 0).await?;
                sleep(lasts).await;
            }
        }
        report.heights.during = self.oracle.look(&self.fleet).await;
        let certified_by_liar = posts.certified_of(&self.fleet, LIAR).await?;

        self.fleet.act(&script.heal).await?;
        let healed = Instant::now();
        let next = highest(&report.heights.during) + 1;
        self.oracle
            .reach(&self.fleet, &EVERYBODY, next, PATIENCE)
            .await?;
        report.recovered_ms = (!script.heal.is_empty()).then(|| millis(healed.elapsed()));
        posts.post_final(&self.fleet, 0).await?;

        let liar = liar(script);
        let honest: Vec<_> = (0..VALIDATORS).filter(|n| Some(*n) != liar).collect();
        if script
            .inject
            .contains(&Deed::Start(LIAR, Role::Equivocates))
        {
            report.evidence = self
                .oracle
                .convicted(&self.fleet, &honest, LIAR, PATIENCE)
                .await?;
        }
        report.blobs = Blobs {
            certified_by_liar,
            ..posts.audit(&self.fleet, liar, PATIENCE).await?
        };
        report.heights.after = self.oracle.look(&self.fleet).await;
        report.forks = self.oracle.compare(&self.fleet).await?;
        Ok(())
    }

    /// Blocks come, and a blob gets into one.
    async fn goes_on(&mut self, script: &Script, lasts: Duration, posts: &mut Posts) -> Result<()> {
        let until = Instant::now() + lasts;
        let from = self.oracle.look(&self.fleet).await;
        if script
            .inject
            .contains(&Deed::Start(LIAR, Role::EncodesWrongly))
        {
            posts.post(&self.fleet, LIAR).await?;
        }
        posts.post_final(&self.fleet, script.going[0]).await?;
        let target = highest(&from) + BLOCKS;
        self.oracle
            .reach(&self.fleet, &script.going, target, PATIENCE)
            .await?;
        tokio::time::sleep_until(until).await;
        Ok(())
    }

    /// No block comes, though there is something to order.
    async fn stalls(&mut self, lasts: Duration, posts: &mut Posts) -> Result<()> {
        sleep(IN_FLIGHT).await;
        let from = self.oracle.look(&self.fleet).await;
        posts.post(&self.fleet, 0).await?;
        sleep(lasts).await;
        let to = self.oracle.look(&self.fleet).await;
        if highest(&to) > highest(&from) {
            return Err(Error::NotStalled {
                from: highest(&from),
                to: highest(&to),
            });
        }
        Ok(())
    }
}

/// Who lies about what it posts or signs.
fn liar(script: &Script) -> Option<usize> {
    let lies = [Role::Equivocates, Role::EncodesWrongly, Role::Withholds];
    let starts = |role| script.inject.contains(&Deed::Start(LIAR, role));
    lies.into_iter().any(starts).then_some(LIAR)
}
