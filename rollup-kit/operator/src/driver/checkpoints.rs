//! Checkpoints: made beside, submitted between batches.
//!
//! A checkpoint takes the next number and is of the state before it, so batches stand back while
//! one is made and sent, but never for long: what cannot be had now is tried again after a pause
//! that grows, and batches go on meanwhile.

mod pace;

use super::Operator;
use super::tasks::{self, Finished, Job};
use crate::carriage::Network;
use crate::checkpoint::{StateBlob, is_due, is_too_old};
use crate::core::Task;
use crate::network::DataNetwork;
use crate::plan::{Carriage, OffRow, OnRow};
use crate::prover::{Prover, Vouching};
use crate::settled::{Derived, Settled};
use crate::{Error, Result};
use pace::{LONGEST_HOLD, Pace};
use settlement::client::Head;
use settlement::outbox::{Outcome, PaymentName, Started};
use settlement::transaction::Call;
use settlement::{BatchNumber, L1Time};
use std::sync::Arc;

/// What payments of checkpoints begin with.
const PAYMENT: &str = "checkpoint";

/// The checkpoint that is due.
#[derive(Debug, Default)]
pub(super) struct Checkpoints {
    /// What came of making it, with its number: what settles it, or why there is none.
    made: Option<(BatchNumber, Result<Box<Call>, String>)>,
    /// The payment that settles it, once it was handed over.
    sent: Option<PaymentName>,
    pace: Pace,
    /// Why there is none yet.
    reason: Option<String>,
    /// Whether L1 takes rows off L1 no more, for want of a young one.
    is_too_old: bool,
}

impl Checkpoints {
    /// One is made, or is not.
    pub(super) fn made(&mut self, number: BatchNumber, result: Result<Finished>) {
        self.made = match result {
            Ok(Finished::Checkpoint(call)) => Some((number, Ok(call))),
            Ok(_) => None,
            Err(error) => Some((number, Err(error.to_string()))),
        };
    }

    /// Whether L1 takes rows off L1 no more, for want of a young one.
    pub(super) const fn is_too_old(&self) -> bool {
        self.is_too_old
    }

    /// What is to be known of it, if anything is.
    pub(super) fn trouble(&self) -> Option<String> {
        let too_old = "the last checkpoint is too old: L1 takes no row off L1, and all go to its \
                       blobs or wait";
        match (&self.reason, self.is_too_old) {
            (None, false) => None,
            (None, true) => Some(too_old.to_owned()),
            (Some(reason), false) => Some(reason.clone()),
            (Some(reason), true) => Some(format!("{too_old}; {reason}")),
        }
    }

    /// Lets batches go on for a while.
    fn failed(&mut self, number: BatchNumber, reason: String, now: L1Time) {
        tracing::warn!(%number, reason, "a checkpoint was not made");
        self.reason = Some(format!("no checkpoint {number}: {reason}"));
        self.sent = None;
        self.pace.failed(now);
    }
}

impl<D: Derived, N: DataNetwork, P: Prover> Operator<D, N, P> {
    /// Makes and submits a checkpoint when one is due. Says whether batches have to stand back for
    /// it.
    pub(super) async fn checkpoint(
        &mut self,
        settled: &Arc<Settled>,
        now: L1Time,
        head: &Head,
    ) -> Result<bool> {
        self.checkpoints.is_too_old = is_too_old(settled.last_checkpoint_at, now);
        let vouching = self.parts.checkpoints.clone();
        let is_due = is_due(settled.last_checkpoint_at, now) && !settled.is_frozen;
        let (true, Some(vouching)) = (is_due, vouching) else {
            self.checkpoints = Checkpoints {
                is_too_old: self.checkpoints.is_too_old,
                ..Checkpoints::default()
            };
            return Ok(false);
        };
        let number = settled.newest.next();
        let made = self.checkpoints.made.take_if(|(_, made)| made.is_err());
        if let Some((of, Err(reason))) = made {
            self.checkpoints.failed(of, reason, now);
        }
        let on_its_way = self.checkpoint_on_its_way();
        if !self.checkpoints.pace.may_try(now) {
            // What L1 did not take in time would take a batch's place.
            if let Some(name) = on_its_way {
                self.parts.outbox.abandon(&name, head).await?;
            }
            return Ok(false);
        }
        if on_its_way.is_none() && self.carrier.network() != Network::Works {
            self.checkpoints.pace.let_go();
            self.checkpoints.reason = Some("no checkpoint: the DA network fails".to_owned());
            return Ok(false);
        }
        if !self.checkpoints.pace.hold(now) {
            let reason = format!("it took longer than {LONGEST_HOLD} s");
            self.checkpoints.failed(number, reason, now);
            return Ok(false);
        }
        if on_its_way.is_some() {
            self.checkpoints.sent = on_its_way;
            return Ok(true);
        }
        if let Some(name) = &self.checkpoints.sent {
            // What L1 did is seen in its logs soon, and no checkpoint is due then.
            let did_not = match self.parts.outbox.ledger().outcome(name) {
                Some(Outcome::Did { .. }) | None => false,
                Some(_) => true,
            };
            if did_not {
                let reason = "L1 refused its transaction".to_owned();
                self.checkpoints.failed(number, reason, now);
            }
            return Ok(!did_not);
        }
        let is_idle = {
            let desk = self.shared.desk();
            let mut in_flight = desk.core().flight().values();
            in_flight.all(|batch| batch.has_landed())
        };
        if !is_idle {
            // What is under way comes first; nothing new is begun.
            return Ok(true);
        }
        match self.checkpoints.made.take() {
            Some((of, Ok(call))) if of == number => self.send(number, call, now, head).await,
            _ => {
                self.make(settled, vouching);
                Ok(true)
            }
        }
    }

    /// The payment of a checkpoint that L1 has not decided on; also one from before a restart.
    fn checkpoint_on_its_way(&self) -> Option<PaymentName> {
        let mut pending = self.parts.outbox.ledger().all_pending();
        let own = pending.find(|pending| pending.name.to_string().starts_with(PAYMENT))?;
        Some(own.name.clone())
    }

    /// Hands over what settles a checkpoint. Says whether batches still stand back.
    async fn send(
        &mut self,
        number: BatchNumber,
        call: Box<Call>,
        now: L1Time,
        head: &Head,
    ) -> Result<bool> {
        // A name that was given up is not taken again.
        let name = |again: u32| PaymentName::new(format!("{PAYMENT} {number} {again}"));
        let ledger = self.parts.outbox.ledger();
        let name = (0..).map(name).find(|name| !ledger.has(name));
        let Some(name) = name else {
            return Ok(false);
        };
        match self.parts.outbox.pay(name.clone(), &call, head).await {
            Ok(Started::Sent | Started::Already) => {
                tracing::info!(%number, "a checkpoint is on its way");
                self.checkpoints.sent = Some(name);
                self.checkpoints.reason = None;
                Ok(true)
            }
            Ok(Started::TooDear { needed }) => {
                let reason = format!("no checkpoint {number}: L1 takes {needed} per gas");
                self.checkpoints.reason = Some(reason);
                self.checkpoints.made = Some((number, Ok(call)));
                Ok(true)
            }
            Err(error @ settlement::Error::File { .. }) => Err(error.into()),
            Err(error) => {
                self.checkpoints.failed(number, error.to_string(), now);
                Ok(false)
            }
        }
    }

    /// Begins to make a checkpoint, unless one is being made.
    fn make(&mut self, settled: &Settled, vouching: Vouching) {
        if self.running.is_at(Task::Checkpoint) {
            return;
        }
        let number = settled.newest.next();
        let job = Job {
            number,
            next: settled.state.roots(),
            carriage: Carriage {
                on: OnRow::Calldata,
                off: OffRow::Network,
            },
            task: Task::Checkpoint,
        };
        let (setup, site) = (self.parts.setup, self.site());
        let network = Arc::clone(&self.parts.network);
        let state = settled.state.clone();
        let check = (self.parts.client.clone(), self.parts.deployment.registry);
        self.running.start(job, || async move {
            let size = match &vouching {
                Vouching::Attested(_) => None,
                Vouching::Proved(prover) => Some(prover.size()),
            };
            let blob = tasks::off_thread(move || match size {
                None => StateBlob::new(setup, &site, number, state),
                Some(size) => StateBlob::proved(setup, &site, number, state, size),
            });
            let blob = Arc::new(blob.await?);
            let certificate = tasks::bounded(async {
                network.post(blob.meta(), blob.payload().to_vec()).await?;
                let certificate = network.certificate(blob.id()).await?;
                tasks::check(&check.0, check.1, &certificate).await?;
                Ok(certificate)
            });
            let call = blob
                .clone()
                .call(setup, site, certificate.await?, &vouching)
                .await?;
            Ok::<_, Error>(Finished::Checkpoint(Box::new(call)))
        });
    }
}
