//! One fault after the other, of one validator at a time.

use super::watch::Watch;
use crate::{Processes, Programs, Result};
use rand::RngExt;
use rand::rngs::StdRng;
use rustix::process::Signal;
use serde::Serialize;
use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;
use tokio::time::{Instant, sleep};

/// Validators that may have a fault. The first never has one, so that its memory shows.
const VICTIMS: std::ops::Range<usize> = 1..super::VALIDATORS;
/// What one that withholds refuses.
const WITHHELD: f64 = 0.5;
/// How long the network must be left in peace before the end.
const PEACE: Duration = Duration::from_secs(15);

/// What a validator suffers, or does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Fault {
    /// It is killed by SIGKILL and started again.
    Killed,
    /// It stands still (SIGSTOP) and goes on.
    Stopped,
    /// It refuses half of the cells, for some time.
    Withholds,
}

impl Fault {
    /// All of them, in the order in which they come.
    pub const ALL: [Self; 3] = [Self::Killed, Self::Stopped, Self::Withholds];

    /// Its name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Killed => "killed",
            Self::Stopped => "stopped",
            Self::Withholds => "withholds",
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// The next fault.
#[derive(Debug, Clone, Copy)]
pub(super) struct Plan {
    /// The peace before it.
    pub(super) rest: Duration,
    pub(super) fault: Fault,
    pub(super) node: usize,
    /// How long it lasts.
    pub(super) lasts: Duration,
}

/// What comes, and what has been.
pub(super) struct Torment {
    programs: Programs,
    rng: StdRng,
    counts: BTreeMap<&'static str, u32>,
}

impl Torment {
    pub(super) fn new(programs: &Programs, rng: StdRng) -> Self {
        Self {
            programs: programs.clone(),
            rng,
            counts: Fault::ALL.map(|fault| (fault.name(), 0)).into(),
        }
    }

    /// The next fault; none when there is no time for another.
    pub(super) fn next(&mut self, end: Instant) -> Option<Plan> {
        let seconds = |rng: &mut StdRng, range: std::ops::Range<f64>| {
            Duration::from_secs_f64(rng.random_range(range))
        };
        let turn = usize::try_from(self.counts.values().sum::<u32>()).unwrap_or_default();
        let plan = Plan {
            rest: seconds(&mut self.rng, 3.0..8.0),
            fault: Fault::ALL[turn % Fault::ALL.len()],
            node: self.rng.random_range(VICTIMS),
            lasts: seconds(&mut self.rng, 2.0..8.0),
        };
        (Instant::now() + plan.rest + plan.lasts + PEACE < end).then_some(plan)
    }

    /// From its beginning to its end.
    pub(super) async fn inflict(
        &mut self,
        network: &mut Processes,
        plan: &Plan,
        watch: &Watch,
    ) -> Result<()> {
        match plan.fault {
            Fault::Stopped => {
                network.signal(plan.node, Signal::STOP)?;
                sleep(plan.lasts).await;
                network.signal(plan.node, Signal::CONT)?;
            }
            Fault::Killed => {
                network.kill(plan.node).await;
                sleep(plan.lasts).await;
                self.revive(network, plan.node, None, watch).await?;
            }
            Fault::Withholds => {
                network.kill(plan.node).await;
                self.revive(network, plan.node, Some(WITHHELD), watch)
                    .await?;
                sleep(plan.lasts).await;
                network.kill(plan.node).await;
                self.revive(network, plan.node, None, watch).await?;
            }
        }
        *self.counts.entry(plan.fault.name()).or_default() += 1;
        Ok(())
    }

    async fn revive(
        &self,
        network: &mut Processes,
        node: usize,
        withhold: Option<f64>,
        watch: &Watch,
    ) -> Result<()> {
        network.revive(node, withhold, &self.programs).await?;
        let pid = network.pids_of_all().get(node).copied().flatten();
        watch.replaced(node, pid);
        Ok(())
    }

    /// How often there was which fault.
    pub(super) fn counts(&self) -> BTreeMap<&'static str, u32> {
        self.counts.clone()
    }
}
