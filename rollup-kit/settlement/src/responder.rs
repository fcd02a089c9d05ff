//! The responder: sees what is challenged of an operator's rows or a validator's cells, and
//! answers from the local store, the cheapest way first, before the deadline.
//!
//! Like the watcher it is a pure [`core`] and a driver whose transactions go through an
//! [`Outbox`]: it answers nothing twice, and goes on after a kill or a
//! reorganisation of L1. As a deadline nears it pays more; what is not settled then is an alarm.

mod config;
pub mod core;
mod holdings;
mod store;
pub mod ways;

pub use config::{Identity, ResponderConfig};
pub use store::{NodeStore, Rows};

use self::core::{Action, Alarm, CellView, Decision, DutyView, Known, Urgency};
use self::holdings::{Holdings, missing};
use self::store::off_thread;
use self::ways::Way;
use crate::blobs::CarriedRows;
use crate::cells::{OpenedCell, ProvenCell};
use crate::client::Head;
use crate::contracts::abi;
use crate::outbox::{Outbox, Outcome, PaymentName, Sending};
use crate::state::{Reader, RollupView, RowState};
use crate::submissions::Submissions;
use crate::transaction::Call;
use crate::watcher::core::Place;
use crate::{BatchNumber, BlobRow, L1Time, Result};
use alloy::primitives::{B256, U256};
use chain::{ColumnSet, ValidatorSet};
use commitments::Setup;
use proto::client::Client;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use types::{ColumnIndex, RowIndex};

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
    cells_from: u64,
    cells: BTreeMap<B256, CellView>,
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
        let cells_from = reader.deployment().first_block;
        Self {
            reader,
            outbox,
            store,
            submissions: Submissions::new(node),
            setup,
            identity,
            config,
            first: BatchNumber::default(),
            cells_from,
            cells: BTreeMap::new(),
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
    /// [`Error::Transport`] and the like, after which the next step goes on; [`Error::File`],
    /// after which nothing more is sent.
    pub async fn step(&mut self) -> Result<Report> {
        let newest = self.reader.client().head().await?;
        let mut report = Report {
            settled: self.outbox.tend(&newest).await?,
            ..Report::default()
        };
        // An answer must not wait until a challenge is deep: one to a challenge that is reorganised
        // away costs its gas.
        let view = self.reader.rollup(self.first, 0).await?;
        self.follow_cells(&view, &newest).await?;
        let duties = self.duties(&view).await?;
        let cells: Vec<CellView> = self.cells.values().copied().collect();
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

    async fn call(&self, action: &Action, rows: &Holdings) -> Result<Call> {
        let d = self.reader.deployment();
        let blob = U256::ZERO;
        match action {
            Action::PublishRow { at } => {
                let (number, row) = (at.batch.get(), at.row.get());
                let meta = rows.meta(*at)?.encode().into();
                let call = abi::RowChallenges::publishCall {
                    number,
                    meta,
                    row,
                    blob,
                };
                let carried = self.carried(rows, *at).await?;
                Ok(Call::of(d.row_challenges, &call).carrying(carried))
            }
            Action::PublishOwn { at } => {
                let call = abi::Signers::publishBlobCall {
                    number: at.batch.get(),
                    meta: rows.meta(*at)?.encode().into(),
                    row: at.row.get(),
                    blob,
                    validator: self.identity.validator_or_none(),
                };
                let carried = self.carried(rows, *at).await?;
                Ok(Call::of(d.signers, &call).carrying(carried))
            }
            Action::PublishCell {
                at,
                column,
                way,
                is_own,
            } => self.publish_cell(rows, *at, *column, *way, *is_own).await,
            Action::AnswerCell { cell, way } => self.answer_cell(rows, cell, *way).await,
            Action::Extend { at } => {
                let (number, row) = (at.batch.get(), at.row.get());
                Ok(Call::of(
                    d.row_challenges,
                    &abi::RowChallenges::extendCall { number, row },
                ))
            }
            Action::FetchEarnings => {
                let call = abi::RowChallenges::fetchEarningsCall {
                    to: self.outbox.address(),
                };
                Ok(Call::of(d.row_challenges, &call))
            }
            Action::FetchCellEarnings => {
                let call = abi::CellChallenges::fetchCall {
                    to: self.outbox.address(),
                };
                Ok(Call::of(d.cell_challenges, &call))
            }
        }
    }

    async fn publish_cell(
        &self,
        rows: &Holdings,
        at: Place,
        column: ColumnIndex,
        way: Way,
        is_own: bool,
    ) -> Result<Call> {
        let to = self.reader.deployment().signers;
        let (number, row) = (at.batch.get(), at.row.get());
        let meta = rows.meta(at)?.encode().into();
        let own = self.identity.validator_or_none();
        let validator = if is_own { own } else { B256::ZERO };
        if way == Way::Openings {
            let OpenedCell { cell, openings } = self.opened(rows, at, column).await?;
            let call = abi::Signers::publishCellCall {
                number,
                meta,
                row,
                cell,
                openings,
                validator,
            };
            return Ok(Call::of(to, &call));
        }
        let proven = self.proven(rows, at, column).await?;
        let call = abi::Signers::publishCellByMultiproofCall {
            number,
            meta,
            row,
            cell: proven.cell,
            commitment: proven.commitment,
            proof: proven.proof,
            validator,
        };
        Ok(Call::of(to, &call))
    }

    async fn answer_cell(&self, rows: &Holdings, cell: &CellView, way: Way) -> Result<Call> {
        let to = self.reader.deployment().cell_challenges;
        let id = cell.id;
        match way {
            Way::PublicRow | Way::Blob => {
                Ok(Call::of(to, &abi::CellChallenges::answerByRowCall { id }))
            }
            Way::Openings => {
                let meta = rows.meta(cell.at)?.encode().into();
                let opened = self.opened(rows, cell.at, cell.column).await?;
                let call = abi::CellChallenges::answerCall {
                    id,
                    meta,
                    cell: opened.cell,
                    openings: opened.openings,
                };
                Ok(Call::of(to, &call))
            }
            Way::Multiproof => {
                let meta = rows.meta(cell.at)?.encode().into();
                let proven = self.proven(rows, cell.at, cell.column).await?;
                let call = abi::CellChallenges::answerByMultiproofCall {
                    id,
                    meta,
                    cell: proven.cell,
                    commitment: proven.commitment,
                    proof: proven.proof,
                };
                Ok(Call::of(to, &call))
            }
        }
    }

    async fn carried(&self, rows: &Holdings, at: Place) -> Result<Arc<CarriedRows>> {
        let (setup, row) = (self.setup, rows.row(at)?);
        off_thread(move || CarriedRows::prove(setup, &[row]))
            .await
            .map(Arc::new)
    }

    async fn opened(&self, rows: &Holdings, at: Place, column: ColumnIndex) -> Result<OpenedCell> {
        let (setup, row, commitment) = (self.setup, rows.row(at)?, rows.commitment(at)?);
        off_thread(move || OpenedCell::open(setup, &row, &commitment, column)).await
    }

    async fn proven(&self, rows: &Holdings, at: Place, column: ColumnIndex) -> Result<ProvenCell> {
        let (setup, commitment) = (self.setup, rows.commitment(at)?);
        let row = RowIndex::new(u64::from(at.row.get()))?;
        let held = self.store.cell(rows.meta(at)?, row, column).await?;
        let (cell, proof) = held.ok_or_else(|| missing(at, "the store lacks the cell"))?;
        off_thread(move || ProvenCell::new(setup, column, &cell, &proof, &commitment)).await
    }

    /// Challenges of the validator's cells: new ones by their events, then each until it ends.
    async fn follow_cells(&mut self, view: &RollupView, newest: &Head) -> Result<()> {
        let Some(validator) = self.identity.validator else {
            return Ok(());
        };
        let d = self.reader.deployment();
        let client = self.reader.client();
        let at = d.cell_challenges;
        let found = client
            .events::<abi::CellChallenges::CellChallenged>(at, self.cells_from, newest.number)
            .await?;
        for (event, _) in found
            .into_iter()
            .filter(|(event, _)| event.validator == validator)
        {
            let challenge = event.challenge;
            let cell = CellView {
                id: event.id,
                at: Place {
                    batch: BatchNumber::new(challenge.batch),
                    row: BlobRow::new(challenge.row),
                },
                column: ColumnIndex::new(u64::from(challenge.column))?,
                deadline: L1Time::new(challenge.deadline),
            };
            self.first = self.first.min(cell.at.batch);
            self.cells.insert(cell.id, cell);
        }
        // The last blocks are read again: they may have been reorganised.
        self.cells_from = newest
            .number
            .saturating_sub(self.config.policy.confirmations.max(1));
        let ids: Vec<B256> = self.cells.keys().copied().collect();
        for id in ids {
            let call = abi::CellChallenges::challengesCall { id };
            let challenge = client.view(at, &call).await?;
            let is_gone = challenge.challenger.is_zero();
            if challenge.ended || is_gone || challenge.batch > view.newest.get() {
                self.cells.remove(&id);
            }
        }
        Ok(())
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
