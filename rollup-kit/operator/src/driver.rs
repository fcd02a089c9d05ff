//! The operator at work: what the core decides becomes calls to L1, the DA network and the prover,
//! and what comes of them becomes records.
//!
//! [`Operator::step`] looks once at everything and returns; proofs and certificates go on beside.

mod checkpoints;
mod roster;
mod tasks;
mod tokens;

use crate::carriage::{Carrier, Network, Patience, on_row};
use crate::core::{NotSealed, Sealing, Stage, Task};
use crate::crash_point::{Step, reach};
use crate::desk::{Event, Shared};
use crate::fees::{self, Prices, Schedule};
use crate::network::DataNetwork;
use crate::plan::{Carriage, OffRow, SealedBatch};
use crate::prover::{Attested, Prover};
use crate::records::Record;
use crate::rotation::{Margins, Turn};
use crate::settled::Derived;
use crate::submission::{self, OffBlob, PAYMENT, Rows, Site, abi_blob};
use crate::{Error, Result};
use checkpoints::Checkpoints;
use commitments::Setup;
use ledger::Tree;
use settlement::client::{Head, L1Client};
use settlement::contracts::abi;
use settlement::deploy::Deployment;
use settlement::outbox::{Outbox, Outcome, PaymentName, Started};
use settlement::{BatchNumber, L1Time, Wei};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use tasks::{Finished, Running};
pub use tokens::read as read_tokens;

/// How the driver goes about it.
#[derive(Debug, Clone, Copy, Default)]
pub struct Options {
    /// How close to its bounds a turn is used.
    pub margins: Margins,
    /// How long the DA network is waited for.
    pub patience: Patience,
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
    /// Who attests checkpoints; without, none are made.
    pub checkpoints: Option<Attested>,
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

/// After so many refusals of a submission by L1, at a block each, the batch is given up.
const MOST_REFUSALS: u32 = 8;
/// Batches whose stage is watched.
const RECENT: usize = 64;
/// Rows that differ in nothing but salt are tried so often.
const MOST_SALTS: u16 = 256;

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
    /// Refusals of the first batch by L1: at which block the last, and how many.
    refusals: Option<(PaymentName, u64, u32)>,
}

impl<D: Derived, N: DataNetwork, P: Prover> Operator<D, N, P> {
    /// An operator with this desk.
    #[must_use]
    pub fn new(shared: Arc<Shared>, parts: Parts<D, N, P>, options: Options) -> Self {
        Self {
            shared,
            parts,
            options,
            carrier: Carrier::new(options.patience),
            running: Running::default(),
            stages: BTreeMap::new(),
            checkpoints: Checkpoints::default(),
            refusals: None,
        }
    }

    /// What its server needs.
    #[must_use]
    pub const fn shared(&self) -> &Arc<Shared> {
        &self.shared
    }

    /// Works until told to stop, looking every so often. What went wrong is logged, and tried
    /// again.
    pub async fn run(
        &mut self,
        pause: Duration,
        mut stop: tokio::sync::watch::Receiver<bool>,
        mut told: impl FnMut(&Report),
    ) {
        while !*stop.borrow() {
            match self.step(clock()).await {
                Ok(report) => {
                    self.shared.set_health(|health| health.last_error = None);
                    told(&report);
                }
                Err(error) => {
                    tracing::warn!(%error, "an operator's step");
                    let text = error.to_string();
                    self.shared
                        .set_health(|health| health.last_error = Some(text));
                }
            }
            tokio::select! {
                () = tokio::time::sleep(pause) => {}
                _ = stop.changed() => {}
            }
        }
    }

    /// Looks once. `clock` is the machine's; L1's time counts where it is ahead.
    ///
    /// # Errors
    /// When L1 does not answer or the journal does not take a record. Nothing is half done.
    pub async fn step(&mut self, clock: L1Time) -> Result<Report> {
        let mut report = Report::default();
        let head = self.parts.client.head().await?;
        let now = head.time.max(clock);
        self.parts.outbox.tend(&head).await?;
        self.take_results()?;
        let Some(settled) = self.parts.derived.refresh().await? else {
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
        let stale = self.abandon_stale(&head).await?;

        self.give_up_waiting(now).await?;
        self.probe(now).await?;
        let checkpointing = turn.may_submit() && self.checkpoint(&settled, now, &head).await?;
        if turn.may_submit() && !stale && !checkpointing {
            match self.seal(&head, now).await? {
                Ok(number) => report.sealed = Some(number),
                Err(why) => report.not_sealed = Some(why),
            }
        }
        self.work(&head, turn.may_submit() && !stale, &mut report)
            .await?;
        self.tell_stages(now, &mut report);
        self.shared.set_health(|health| {
            health.l1_block = head.number;
            health.now = now;
            health.turn = Some(turn);
            health.network_works = self.carrier.network() == Network::Works;
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

    /// Gives up payments of batches that are given up. Says whether one is still on its way, which
    /// could yet settle a batch of ours that we no longer know of.
    async fn abandon_stale(&mut self, head: &Head) -> Result<bool> {
        let current: Vec<String> = {
            let desk = self.shared.desk();
            let flight = desk.core().flight().values();
            flight
                .filter_map(|batch| batch.payment().map(str::to_owned))
                .collect()
        };
        let pending = self.parts.outbox.ledger().all_pending();
        let stale: Vec<(PaymentName, bool)> = pending
            .filter(|pending| {
                let name = pending.name.to_string();
                name.starts_with(PAYMENT) && !current.contains(&name)
            })
            // What carries blobs is replaced by nothing: it is left to time.
            .map(|pending| (pending.name.clone(), pending.has_blobs))
            .collect();
        for (name, _) in &stale {
            self.parts.outbox.abandon(name, head).await?;
        }
        Ok(stale.iter().any(|(_, has_blobs)| !has_blobs))
    }

    /// Batches whose certificate does not come go by L1.
    async fn give_up_waiting(&mut self, now: L1Time) -> Result<()> {
        let late: Vec<(BatchNumber, Arc<SealedBatch>, Carriage)> = {
            let desk = self.shared.desk();
            let waiting = desk.core().flight().values();
            waiting
                .filter(|batch| batch.awaits_network())
                .filter(|batch| {
                    self.carrier.network() != Network::Works
                        || self.carrier.is_late(batch.sealed_at(), now)
                })
                .filter_map(|batch| {
                    let sealed = batch.batch()?.clone();
                    Some((batch.plan().number, sealed, batch.carriage()))
                })
                .collect()
        };
        for (number, batch, carriage) in late {
            if let Some(blob) = self.off_blob(&batch, carriage).await? {
                self.carrier.failed(number, blob.id(), now);
                self.running.keep(blob);
            }
            self.shared.desk().put(Record::Carried {
                number,
                carriage: Carriage::BLOBS,
            })?;
        }
        Ok(())
    }

    /// Asks the network anew for what it did not certify.
    async fn probe(&mut self, now: L1Time) -> Result<()> {
        if let Some(id) = self.carrier.probe(now)
            && let Some(blob) = self.running.kept(id)
        {
            self.running.probe(Arc::clone(&self.parts.network), blob);
        }
        Ok(())
    }

    async fn off_blob(
        &self,
        batch: &Arc<SealedBatch>,
        carriage: Carriage,
    ) -> Result<Option<OffBlob>> {
        let (setup, batch) = (self.parts.setup, Arc::clone(batch));
        let namespace = self.site().namespace;
        tasks::off_thread(move || Rows::commit(setup, &batch, carriage)?.off_blob(namespace)).await
    }

    /// Makes the next batch, its row off L1 unlike all that L1 has.
    async fn seal(&self, head: &Head, now: L1Time) -> Result<Result<BatchNumber, NotSealed>> {
        let size = self.shared.desk().core().config().size;
        let on = on_row(head.base_fee, head.blob_base_fee, size.operations());
        for salt in 0..MOST_SALTS {
            let sealing = Sealing {
                carriage: self.carrier.carriage(on),
                salt,
                at_once: false,
                now,
            };
            let drafted = match self.shared.desk().core().draft(&sealing)? {
                Ok(drafted) => drafted,
                Err(why) => return Ok(Err(why)),
            };
            let (batch, carriage) = (Arc::new(drafted.batch().clone()), drafted.carriage());
            if let Some(blob) = self.off_blob(&batch, carriage).await?
                && self.is_taken(&blob).await?
            {
                continue;
            }
            let mut desk = self.shared.desk();
            let (core, write) = desk.parts();
            return core.seal(drafted, write).map(Ok);
        }
        Ok(Err(NotSealed::Nothing))
    }

    /// Whether a batch has this blob: L1 takes none twice, but for void batches.
    async fn is_taken(&self, blob: &OffBlob) -> Result<bool> {
        let rollup = self.parts.deployment.rollup;
        let own: Vec<(Arc<SealedBatch>, Carriage)> = {
            let desk = self.shared.desk();
            let flight = desk.core().flight().values();
            let waiting = flight.filter(|b| !b.has_landed() && b.carriage().off == OffRow::Network);
            waiting
                .filter_map(|b| Some((b.batch()?.clone(), b.carriage())))
                .collect()
        };
        for (batch, carriage) in own {
            let other = self.off_blob(&batch, carriage).await?;
            if other.is_some_and(|other| other.id() == blob.id()) {
                return Ok(true);
            }
        }
        let client = &self.parts.client;
        let call = abi::Rollup::batchOfCall {
            blob: abi_blob(blob.id()),
        };
        let number = client.view(rollup, &call).await?;
        if number == 0 {
            return Ok(false);
        }
        let is_void = client
            .view(rollup, &abi::Rollup::isVoidCall { number })
            .await?;
        Ok(!is_void)
    }

    /// Does what can be done for batches in flight.
    async fn work(&mut self, head: &Head, may_submit: bool, report: &mut Report) -> Result<()> {
        let tasks = self.shared.desk().core().tasks();
        for (number, task) in tasks {
            match task {
                Task::Submit if may_submit => self.submit(number, head, report).await?,
                Task::Submit => {}
                Task::Post | Task::Certify | Task::Prove => self.start(number, task),
                Task::Checkpoint => {}
            }
        }
        Ok(())
    }

    fn start(&mut self, number: BatchNumber, task: Task) {
        let found = {
            let desk = self.shared.desk();
            let found = desk.core().flight().get(&number);
            found.and_then(|b| Some((b.batch()?.clone(), b.carriage())))
        };
        let Some((batch, carriage)) = found else {
            return;
        };
        let job = tasks::Job {
            number,
            next: batch.finished().next,
            carriage,
            task,
        };
        let site = self.site();
        let setup = self.parts.setup;
        let network = Arc::clone(&self.parts.network);
        let prover = Arc::clone(&self.parts.prover);
        let check = (self.parts.client.clone(), self.parts.deployment.registry);
        self.running.start(job, || async move {
            let rows = {
                let batch = Arc::clone(&batch);
                tasks::off_thread(move || Rows::commit(setup, &batch, carriage)).await?
            };
            let blob = rows.off_blob(site.namespace)?;
            match (task, blob) {
                (Task::Post, Some(blob)) => {
                    network.post(&blob.meta, blob.payload()).await?;
                    Ok(Finished::Posted)
                }
                (Task::Certify, Some(blob)) => {
                    let certificate = network.certificate(blob.id()).await?;
                    tasks::check(&check.0, check.1, &certificate).await?;
                    Ok(Finished::Certified(Box::new(certificate)))
                }
                _ => {
                    let statement = rows.statement(&site, &batch)?;
                    let proof = prover.prove(batch, statement).await?;
                    Ok(Finished::Proved(proof))
                }
            }
        });
    }

    /// Takes in what has come of what was begun.
    fn take_results(&mut self) -> Result<()> {
        for (job, result) in self.running.finished() {
            let Some(job) = job else {
                if result.is_ok() {
                    self.carrier.certified();
                }
                continue;
            };
            let number = job.number;
            if job.task == Task::Checkpoint {
                self.checkpoints.made(number, result);
                continue;
            }
            let is_current = {
                let desk = self.shared.desk();
                let batch = desk.core().flight().get(&number);
                batch.is_some_and(|b| b.next() == job.next && b.carriage() == job.carriage)
            };
            match result {
                Err(error) => {
                    tracing::warn!(%number, task = ?job.task, %error, "a batch's task");
                    let text = format!("batch {number}, {:?}: {error}", job.task);
                    self.shared
                        .set_health(|health| health.last_error = Some(text));
                }
                Ok(Finished::Checkpoint(_)) => {}
                Ok(_) if !is_current => {}
                Ok(Finished::Posted) => {
                    reach(Step::Post);
                    self.shared.desk().put(Record::Posted { number })?;
                }
                Ok(Finished::Certified(certificate)) => {
                    self.carrier.certified();
                    let certificate = hex::encode(certificate.encode());
                    self.shared.desk().put(Record::Certified {
                        number,
                        certificate,
                    })?;
                }
                Ok(Finished::Proved(proof)) => {
                    let proof = hex::encode(proof);
                    self.shared.desk().put(Record::Proved { number, proof })?;
                }
            }
        }
        Ok(())
    }

    async fn submit(
        &mut self,
        number: BatchNumber,
        head: &Head,
        report: &mut Report,
    ) -> Result<()> {
        let found = {
            let desk = self.shared.desk();
            let batch = desk.core().flight().get(&number);
            batch.and_then(|b| {
                let proof = b.proof()?.to_vec();
                let certificate = b.certificate().cloned();
                let payment = b.payment().map(str::to_owned);
                Some((
                    b.batch()?.clone(),
                    b.carriage(),
                    certificate,
                    proof,
                    payment,
                ))
            })
        };
        let Some((batch, carriage, certificate, proof, payment)) = found else {
            return Ok(());
        };
        let name = submission::payment_name(&batch, carriage, &proof);
        let payment_name = PaymentName::new(name.clone());
        // What is on its way is the outbox's to look after.
        if payment.as_ref() == Some(&name) && self.parts.outbox.ledger().has(&payment_name) {
            return Ok(());
        }
        let (setup, site) = (self.parts.setup, self.site());
        let call = tasks::off_thread(move || {
            let rows = Rows::commit(setup, &batch, carriage)?;
            rows.call(setup, &site, &batch, certificate.as_ref(), &proof)
        })
        .await?;
        match self
            .parts
            .outbox
            .pay(payment_name.clone(), &call, head)
            .await
        {
            Ok(started) => {
                reach(Step::Submit);
                match started {
                    Started::Sent => report.sent.push(payment_name),
                    Started::Already => {}
                    Started::TooDear { needed } => {
                        report
                            .held_up
                            .push(format!("{name}: L1 takes {needed} per gas"));
                        return Ok(());
                    }
                }
                self.refusals = None;
                self.shared.desk().put(Record::Submitted {
                    number,
                    payment: name,
                })
            }
            Err(error @ settlement::Error::Reverted { .. }) => {
                report.held_up.push(format!("{name}: {error}"));
                self.refused(number, payment_name, head, &error)
            }
            Err(error) => Err(error.into()),
        }
    }

    /// A batch that L1 keeps refusing (its certificate is too old, its blob is taken) is given up.
    fn refused(
        &mut self,
        number: BatchNumber,
        name: PaymentName,
        head: &Head,
        error: &settlement::Error,
    ) -> Result<()> {
        let count = match &self.refusals {
            Some((of, block, count)) if *of == name && *block == head.number => *count,
            Some((of, _, count)) if *of == name => count + 1,
            _ => 1,
        };
        self.refusals = Some((name, head.number, count));
        if count < MOST_REFUSALS {
            return Ok(());
        }
        self.refusals = None;
        self.shared.desk().put(Record::Withdrawn {
            from: number,
            reason: error.to_string(),
        })
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
