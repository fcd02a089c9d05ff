//! The responder: sees what is challenged of an operator's rows or a validator's cells, and
//! answers from the local store, the cheapest way first, before the deadline.
//!
//! Like the watcher it is a pure [`core`] and a driver whose transactions go through an
//! [`Outbox`]: it answers nothing twice, and goes on after a kill or a
//! reorganisation of L1. As a deadline nears it pays more; what is not settled then is an alarm.

mod calls;
mod config;
pub mod core;
mod holdings;
mod store;
pub mod ways;

pub use config::{Identity, ResponderConfig};
pub use store::{NodeStore, Rows};

use self::core::{Alarm, CellView, Decision, DutyView, Known, Urgency};
use self::holdings::Holdings;
use crate::challenged_cells::ChallengedCells;
use crate::client::Head;
use crate::contracts::abi;
use crate::outbox::{Outbox, Outcome, PaymentName, Sending};
use crate::state::{Reader, RollupView, RowState};
use crate::submissions::Submissions;
use crate::watcher::core::Place;
use crate::{BatchNumber, BlobRow, L1Time, Result};
use alloy::primitives::B256;
use chain::{ColumnSet, ValidatorSet};
use commitments::Setup;
use proto::client::Client;
use std::collections::BTreeMap;
use std::time::Duration;

/// What a step came to.
#[derive(Debug, Clone, Default)]
pub struct Report {
    /// Rows whose answer is due.
    pub due: Vec<Place>,
    /// What was sent now.
    pub sent: Vec<PaymentName>,
    /// What was settled now.
    pub settled: Vec<(PaymentName, Outcome)>,
    /// What was wanted and did not go.
    pub held_up: Vec<(PaymentName, String)>,
    /// What a person should know at once.
    pub alarms: Vec<Alarm>,
}

/// A responder.
#[derive(Debug)]
pub struct Responder<R> {
    reader: Reader,
    outbox: Outbox,
    store: R,
    setup: &'static Setup,
    identity: Identity,
    config: ResponderConfig,
    submissions: Submissions,
    first: BatchNumber,
    cells: ChallengedCells,
}

impl<R: Rows> Responder<R> {
    /// A responder that pays out of an outbox and answers out of a store. `node` tells validator
    /// sets; a validator needs one.
    #[must_use]
    pub fn new(
        reader: Reader,
        outbox: Outbox,
        store: R,
        node: Option<Client>,
        setup: &'static Setup,
        identity: Identity,
        config: ResponderConfig,
    ) -> Self {
        let cells = ChallengedCells::new(reader.deployment().first_block);
        Self {
            reader,
            outbox,
            store,
            submissions: Submissions::new(node),
            setup,
            identity,
            config,
            first: BatchNumber::default(),
            cells,
        }
    }

    /// The same, knowing a validator set beforehand: the genesis', say.
    #[must_use]
    pub fn knowing(mut self, set: ValidatorSet) -> Self {
        self.submissions.learn(set);
        self
    }

    /// Looks once, and answers what is due.
    ///
    /// # Errors
    /// [`Error::Transport`](crate::Error::Transport) and the like, after which the next step goes
    /// on; [`Error::File`](crate::Error::File),
    /// after which nothing more is sent.
    pub async fn step(&mut self) -> Result<Report> {
        let newest = self.reader.client().head().await?;
        let mut report = Report {
            settled: self.outbox.tend(&newest).await?,
            ..Report::default()
        };
        // An answer must not wait until a challenge is deep: one to a challenge that is reorganised
        // away costs its gas.
        let cells = self.follow_cells(&newest).await?;
        let asked = cells.iter().map(|cell| cell.at.batch).min();
        let from = asked.map_or(self.first, |asked| asked.min(self.first));
        let view = self.reader.rollup(from, 0).await?;
        self.forget(&view, from, &newest);
        let duties = self.duties(&view).await?;
        let role = self.identity.role();
        let none = BTreeMap::new();
        report.due = core::asked_for(&Known {
            view: &view,
            cells: &cells,
            duties: &duties,
            newest: &newest,
            holdings: &none,
            ledger: self.outbox.ledger(),
            role,
        });
        let mut rows = Holdings::default();
        for place in &report.due {
            if let Some(batch) = view.batch(place.batch) {
                rows.find(self, *place, batch).await?;
            }
        }
        let known = Known {
            view: &view,
            cells: &cells,
            duties: &duties,
            newest: &newest,
            holdings: &rows.held,
            ledger: self.outbox.ledger(),
            role,
        };
        let decision = core::decide(&known);
        self.act(decision, &rows, &newest, &mut report).await?;
        for alarm in &report.alarms {
            let left = alarm.deadline.since(newest.time);
            tracing::error!(what = alarm.what, left, reason = alarm.reason, "ALARM");
        }
        Ok(report)
    }

    /// Steps, and steps again after every pause, until something fails that waiting does not
    /// mend.
    ///
    /// # Errors
    /// As [`Self::step`].
    pub async fn run(&mut self, pause: Duration, told: impl FnMut(&Report)) -> Result<()> {
        crate::steps::repeat(pause, async || self.step().await, told).await
    }

    async fn act(
        &mut self,
        decision: Decision,
        rows: &Holdings,
        newest: &Head,
        report: &mut Report,
    ) -> Result<()> {
        // Close to a deadline an answer is worth any fee that the owner named.
        self.outbox
            .set_policy(self.config.policy_for(decision.urgency));
        report.alarms = decision.alarms;
        for name in &decision.obsolete {
            self.outbox.abandon(name, newest).await?;
        }
        let mut sending = Sending::default();
        for (name, action) in decision.actions {
            let call = self.call(&action, rows).await;
            self.outbox.send(name, call, newest, &mut sending).await?;
        }
        (report.sent, report.held_up) = (sending.sent, sending.held_up);
        Ok(())
    }

    /// Batches whose rows nobody can ask for any more are read no more; those of a challenged cell
    /// are while the challenge runs.
    fn forget(&mut self, view: &RollupView, from: BatchNumber, newest: &Head) {
        let batches = view.batches.iter();
        let over = batches.take_while(|batch| core::is_over(batch, newest.time));
        if let Some(batch) = over.last() {
            self.first = self.first.max(batch.number.next());
        }
        self.submissions.forget_before(from.min(self.first));
    }

    /// Challenges of the validator's cells.
    async fn follow_cells(&mut self, newest: &Head) -> Result<Vec<CellView>> {
        let Some(validator) = self.identity.validator else {
            return Ok(Vec::new());
        };
        let depth = self.config.policy.confirmations;
        self.cells
            .follow(&self.reader, newest, depth, |event| {
                event.validator == validator
            })
            .await?;
        Ok(self.cells.running())
    }

    /// What the validator owes for rows whose challenge has expired.
    async fn duties(&mut self, view: &RollupView) -> Result<Vec<DutyView>> {
        let Some(validator) = self.identity.validator else {
            return Ok(Vec::new());
        };
        let mut duties = Vec::new();
        for batch in &view.batches {
            let window = u64::from(batch.settings.exculpation_window);
            let open = batch.places().filter(|(_, row)| {
                let until = row.deadline.plus(window);
                row.state == RowState::Expired && view.head.time <= until.plus(1)
            });
            let expired: Vec<(BlobRow, L1Time)> = open
                .map(|(row, view)| (row, view.deadline.plus(window)))
                .collect();
            if expired.is_empty() {
                continue;
            }
            let Some(signers) = self.submissions.signers(&self.reader, batch).await? else {
                continue;
            };
            let found = signers
                .find(validator)
                .and_then(|index| signers.signer(index));
            let Some(signer) = found else {
                continue;
            };
            for (row, until) in expired {
                let place = Place {
                    batch: batch.number,
                    row,
                };
                duties.push(self.duty(place, until, signer.clone(), validator).await?);
            }
        }
        Ok(duties)
    }

    async fn duty(
        &self,
        at: Place,
        until: L1Time,
        signer: abi::Signer,
        validator: B256,
    ) -> Result<DutyView> {
        let (client, signers) = (self.reader.client(), self.reader.deployment().signers);
        let number = at.batch.get();
        let owed = abi::Signers::dutyOfCall { number, signer };
        let own = abi::Signers::columnsOfCall {
            _0: number,
            _1: at.row.get(),
            _2: validator,
        };
        Ok(DutyView {
            at,
            owed: ColumnSet::from_bits(client.view(signers, &owed).await?),
            published: ColumnSet::from_bits(client.view(signers, &own).await?),
            until,
        })
    }
}

/// What [`Urgency`] makes of a policy.
impl ResponderConfig {
    fn policy_for(&self, urgency: Urgency) -> crate::outbox::Policy {
        let mut policy = self.policy;
        match urgency {
            Urgency::Calm => {}
            Urgency::Soon => policy.patience = policy.patience.min(2),
            Urgency::Now => {
                policy.patience = 1;
                policy.max_gas_price = policy.max_gas_price.max(self.urgent_gas_price);
                policy.max_blob_gas_price = policy.max_blob_gas_price.max(self.urgent_gas_price);
            }
        }
        policy
    }
}
