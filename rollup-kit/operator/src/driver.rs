//! The operator at work: what the core decides becomes calls to L1, the DA network and the prover,
//! and what comes of them becomes records.
//!
//! [`Operator::step`] looks once at everything and returns; proofs and certificates go on beside.

mod checkpoints;
mod paying;
mod roster;
mod sealing;
mod tasks;
mod tokens;
mod working;

use crate::carriage::{Carrier, Network, Patience};
use crate::core::{NotSealed, Stage, Task};
use crate::desk::{Event, Shared};
use crate::fees::{self, Prices, Schedule};
use crate::network::DataNetwork;
use crate::prover::{Prover, Vouching};
use crate::rotation::{Margins, Turn};
use crate::settled::Derived;
use crate::submission::Site;
use crate::{Error, Result};
use checkpoints::Checkpoints;
use commitments::Setup;
use ledger::Tree;
use settlement::client::{Head, L1Client};
use settlement::deploy::Deployment;
use settlement::outbox::{Outbox, Outcome, PaymentName};
use settlement::{BatchNumber, L1Time, Wei};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use tasks::Running;
pub use tokens::read as read_tokens;

/// How the driver goes about it.
#[derive(Debug, Clone, Copy, Default)]
pub struct Options {
    /// How close to its bounds a turn is used.
    pub margins: Margins,
    /// How long the DA network is waited for.
    pub patience: Patience,
    /// Whether nobody could read L1's blobs again, so that no row goes into one.
    pub without_blobs: bool,
    /// What operations pay.
    pub fees: fees::Policy,
}

/// What the operator works with.
#[derive(Debug)]
pub struct Parts<D, N, P> {
    /// L1.
    pub client: L1Client,
    /// What stands where.
    pub deployment: Arc<Deployment>,
    /// The state.
    pub derived: D,
    /// The DA network.
    pub network: Arc<N>,
    /// Whoever proves.
    pub prover: Arc<P>,
    /// The account that submits.
    pub outbox: Outbox,
    /// Who vouches for checkpoints; without, none are made.
    pub checkpoints: Option<Vouching>,
    /// For commitments.
    pub setup: &'static Setup,
}

/// What a step came to.
#[derive(Debug, Clone, Default)]
pub struct Report {
    /// Whether there is a state to build on; else data is missing.
    pub has_state: bool,
    /// Whose turn it is.
    pub turn: Option<Turn>,
    /// The batch that was sealed.
    pub sealed: Option<BatchNumber>,
    /// Why none was.
    pub not_sealed: Option<NotSealed>,
    /// Payments that were sent.
    pub sent: Vec<PaymentName>,
    /// What did not go, and why.
    pub held_up: Vec<String>,
    /// Batches that are at another stage than before.
    pub moved: Vec<Moved>,
}

/// A batch that is at another stage than before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Moved {
    /// Which one.
    pub number: BatchNumber,
    /// Where it is now.
    pub stage: Stage,
    /// Operations that accounts signed.
    pub signed: usize,
    /// Operations of L1's queues.
    pub from_l1: usize,
    /// Seconds since it was sealed.
    pub age: u64,
    /// What its transaction cost, once that is known.
    pub spent: Option<Wei>,
}

/// Batches whose stage is watched.
const RECENT: usize = 64;

/// An operator.
#[derive(Debug)]
pub struct Operator<D, N, P> {
    shared: Arc<Shared>,
    parts: Parts<D, N, P>,
    options: Options,
    carrier: Carrier,
    running: Running,
    stages: BTreeMap<BatchNumber, Stage>,
    checkpoints: Checkpoints,
    /// The submission that L1 refuses, and since when.
    refusals: Option<(PaymentName, L1Time)>,
    /// Until when nothing is proved, and how long that is.
    despair: Option<(L1Time, u64)>,
}

impl<D: Derived, N: DataNetwork, P: Prover> Operator<D, N, P> {
    /// An operator with this desk.
    #[must_use]
    pub fn new(shared: Arc<Shared>, parts: Parts<D, N, P>, options: Options) -> Self {
        Self {
            shared,
            parts,
            options,
            carrier: Carrier::new(options.patience).with_blobs(!options.without_blobs),
            running: Running::default(),
            stages: BTreeMap::new(),
            checkpoints: Checkpoints::default(),
            refusals: None,
            despair: None,
        }
    }

    /// What its server needs.
    #[must_use]
    pub const fn shared(&self) -> &Arc<Shared> {
        &self.shared
    }

    /// Works until told to stop, looking every so often. What went wrong is logged, and tried
    /// again.
    ///
    /// # Errors
    /// When a journal takes nothing any more: see [`Error::is_fatal`].
    pub async fn run(
        &mut self,
        pause: Duration,
        mut stop: tokio::sync::watch::Receiver<bool>,
        mut told: impl FnMut(&Report),
    ) -> Result<()> {
        while !*stop.borrow() {
            let stepped = self.step(clock()).await;
            let tidied = self.shared.desk().tidy();
            match tidied.and(stepped) {
                Ok(report) => {
                    self.shared.set_health(|health| health.last_error = None);
                    told(&report);
                }
                Err(error) => {
                    tracing::warn!(%error, "an operator's step");
                    let text = error.to_string();
                    self.shared
                        .set_health(|health| health.last_error = Some(text));
                    if error.is_fatal() {
                        return Err(error);
                    }
                }
            }
            tokio::select! {
                () = tokio::time::sleep(pause) => {}
                _ = stop.changed() => {}
            }
        }
        Ok(())
    }

    /// Looks once. `clock` is the machine's; L1's time counts where it is ahead.
    ///
    /// # Errors
    /// When L1 does not answer or the journal does not take a record. Nothing is half done.
    pub async fn step(&mut self, clock: L1Time) -> Result<Report> {
        let mut report = Report::default();
        let head = self.parts.client.head().await?;
        let now = head.time.max(clock);
        self.take_results(now)?;
        let Some(settled) = self.parts.derived.refresh().await? else {
            self.parts.outbox.tend(&head).await?;
            return Ok(report);
        };
        report.has_state = true;
        {
            let mut desk = self.shared.desk();
            let (core, write) = desk.parts();
            core.follow(&settled, now, write)?;
        }
        self.follow_prices(&head, now);
        let roster = self.roster().await?;
        let own = self.parts.outbox.address();
        let turn = roster.turn(own, settled.last_batch_at(), now, &self.options.margins);
        report.turn = Some(turn);
        // Before anything is sent again: it may have become of no use.
        let stale = self.abandon_stale(&head).await?;
        self.parts.outbox.tend(&head).await?;

        self.give_up_waiting(now).await?;
        self.probe(now).await?;
        let checkpointing = turn.may_submit() && self.checkpoint(&settled, now, &head).await?;
        if turn.may_submit() && !stale && !checkpointing {
            match self.seal(&head, now).await? {
                Ok(number) => report.sealed = Some(number),
                Err(why) => report.not_sealed = Some(why),
            }
        }
        self.work(&head, now, turn.may_submit() && !stale, &mut report)
            .await?;
        self.tell_stages(now, &mut report);
        self.shared.set_health(|health| {
            health.l1_block = head.number;
            health.now = now;
            health.turn = Some(turn);
            health.network_works = self.carrier.network() == Network::Works;
            health.checkpoint = self.checkpoints.trouble();
        });
        Ok(report)
    }

    fn site(&self) -> Site {
        *self.shared.site()
    }

    fn follow_prices(&self, head: &Head, now: L1Time) {
        let policy = &self.options.fees;
        let prices = Prices {
            base_fee: head.base_fee,
            blob_base_fee: head.blob_base_fee,
            da_per_byte: policy.da_per_byte,
        };
        let mut desk = self.shared.desk();
        let (core, _) = desk.parts();
        let size = core.config().size;
        let next: Schedule = core.fees().follow(policy, prices, size, now);
        core.set_fees(next);
    }

    /// Does what can be done for batches in flight.
    async fn work(
        &mut self,
        head: &Head,
        now: L1Time,
        may_submit: bool,
        report: &mut Report,
    ) -> Result<()> {
        let tasks = self.shared.desk().core().tasks();
        for (number, task) in tasks {
            match task {
                Task::Submit if may_submit => self.submit(number, head, now, report).await?,
                Task::Submit => {}
                Task::Prove if !self.may_prove(now) => {}
                Task::Post | Task::Certify | Task::Prove => self.start(number, task),
                Task::Checkpoint => {}
            }
        }
        Ok(())
    }

    /// Tells subscribers which batches have moved on.
    fn tell_stages(&mut self, now: L1Time, report: &mut Report) {
        let desk = self.shared.desk();
        let core = desk.core();
        let recent: Vec<BatchNumber> = core.numbers(None).take(RECENT).collect();
        let stages: BTreeMap<BatchNumber, Stage> =
            recent.into_iter().map(|n| (n, core.stage_of(n))).collect();
        for (number, stage) in &stages {
            if self.stages.get(number) == Some(stage) {
                continue;
            }
            let Some(plan) = core.plan_of(*number) else {
                continue;
            };
            let payment = core.flight().get(number).and_then(|batch| batch.payment());
            let ledger = self.parts.outbox.ledger();
            let outcome = payment.and_then(|name| ledger.outcome(&PaymentName::new(name)));
            let queued = Tree::BOTH.map(|tree| plan.consumed(tree).count());
            report.moved.push(Moved {
                number: *number,
                stage: *stage,
                signed: plan.signed().count(),
                from_l1: queued.iter().sum(),
                age: now.since(plan.at),
                spent: match outcome {
                    Some(Outcome::Did { spent } | Outcome::DidNot { spent }) => Some(spent),
                    _ => None,
                },
            });
        }
        drop(desk);
        self.stages = stages;
        for moved in &report.moved {
            self.shared.tell(Event::Batch(moved.number, moved.stage));
        }
    }

    async fn roster(&self) -> Result<crate::rotation::Roster> {
        roster::read(&self.parts.client, self.parts.deployment.operators).await
    }

    /// Whoever derives the state: for what is to be saved at the end.
    pub const fn derived(&mut self) -> &mut D {
        &mut self.parts.derived
    }

    /// Whether something goes on beside.
    #[must_use]
    pub fn is_busy(&self) -> bool {
        self.running.is_busy()
    }
}

/// The machine's clock, in seconds since 1970.
#[must_use]
pub fn clock() -> L1Time {
    let since = std::time::SystemTime::now().duration_since(std::time::SystemTime::UNIX_EPOCH);
    L1Time::new(since.unwrap_or_default().as_secs())
}

impl From<tokio::task::JoinError> for Error {
    fn from(error: tokio::task::JoinError) -> Self {
        Self::Cancelled(error.to_string())
    }
}
