//! The watcher: samples its rollup's rows on the DA network, and challenges on L1 what cannot be
//! had, within its owner's limits.
//!
//! What to do is decided by [`core`], from L1 as deep as the owner wants. What is sent goes
//! through an [`Outbox`], so that a watcher that is killed at any step, or
//! whose L1 is reorganised, goes on where it was and pays nothing twice.

mod config;
pub mod core;

pub use config::{Limits, SamplingConfig, WatcherConfig};

use self::core::{Action, CellView, Decision, Findings, Known, LeftOut, Place, SignerView};
use crate::challenged_cells::ChallengedCells;
use crate::client::Head;
use crate::contracts::abi;
use crate::outbox::{Outbox, Outcome, PaymentName, Sending};
use crate::state::{BatchView, Reader, RollupView, RowState};
use crate::submissions::Submissions;
use crate::transaction::Call;
use crate::{BatchNumber, BlobRow, Error, Result};
use chain::{ValidatorIndex, ValidatorSet};
use light_node::LightNode;
use light_node::core::{SampleCount, Verdict};
use proto::client::Client;
use std::collections::BTreeMap;
use std::time::Duration;
use types::{BlobId, BlobMeta, RowIndex};

/// Who samples rows.
pub trait Samples: Send + Sync {
    /// Samples rows of a blob. `meta` is what L1 says of it, if it says so.
    fn sample(
        &self,
        blob: BlobId,
        meta: Option<BlobMeta>,
        rows: &[BlobRow],
        config: &SamplingConfig,
    ) -> impl Future<Output = Result<Vec<(BlobRow, Verdict)>>> + Send;
}

impl Samples for LightNode {
    async fn sample(
        &self,
        blob: BlobId,
        meta: Option<BlobMeta>,
        rows: &[BlobRow],
        config: &SamplingConfig,
    ) -> Result<Vec<(BlobRow, Verdict)>> {
        let rows = rows
            .iter()
            .map(|row| RowIndex::new(u64::from(row.get())))
            .collect::<Result<Vec<_>, _>>()?;
        let cells = SampleCount::new(u32::from(config.cells_per_row))?;
        let within = Duration::from_millis(config.deadline_ms);
        let found = self.sample_rows(blob, meta, &rows, cells, within).await?;
        Ok(found
            .into_iter()
            .map(|found| (BlobRow::new(found.row.get()), found.verdict))
            .collect())
    }
}

/// What a step came to.
#[derive(Debug, Clone, Default)]
pub struct Report {
    /// The newest batch.
    pub newest: BatchNumber,
    /// Rows that were sampled now, with the verdicts.
    pub sampled: Vec<(Place, Verdict)>,
    /// What was sent now.
    pub sent: Vec<PaymentName>,
    /// What was settled now.
    pub settled: Vec<(PaymentName, Outcome)>,
    /// Rows that cannot be had and are not challenged, and why.
    pub left_out: Vec<(Place, LeftOut)>,
    /// What was wanted and did not go: somebody was faster, or L1 is too dear.
    pub held_up: Vec<(PaymentName, String)>,
}

/// A watcher.
#[derive(Debug)]
pub struct Watcher<S> {
    reader: Reader,
    outbox: Outbox,
    sampler: S,
    config: WatcherConfig,
    findings: Findings,
    submissions: Submissions,
    cells: ChallengedCells,
    first: BatchNumber,
}

impl<S: Samples> Watcher<S> {
    /// A watcher that pays out of an outbox. `node` is any node of the DA chain that tells
    /// validator sets; without one nobody is slashed for what it signed.
    ///
    /// # Errors
    /// [`Error::Config`].
    pub fn new(
        reader: Reader,
        outbox: Outbox,
        sampler: S,
        node: Option<Client>,
        config: WatcherConfig,
    ) -> Result<Self> {
        config.check()?;
        let cells = ChallengedCells::new(reader.deployment().first_block);
        Ok(Self {
            reader,
            outbox,
            sampler,
            submissions: Submissions::new(node),
            config,
            findings: Findings::default(),
            cells,
            first: BatchNumber::default(),
        })
    }

    /// The same, knowing a validator set beforehand: the genesis', say.
    #[must_use]
    pub fn knowing(mut self, set: ValidatorSet) -> Self {
        self.submissions.learn(set);
        self
    }

    /// Ends it, and gives its sampler back.
    #[must_use]
    pub fn into_sampler(self) -> S {
        self.sampler
    }

    /// Looks once, and does what is to be done.
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
        let depth = self.config.policy.confirmations;
        let view = self.reader.rollup(self.first, depth).await?;
        report.newest = view.newest;
        self.forget(&view, &newest);
        let own = self.outbox.address();
        self.cells
            .follow(&self.reader, &newest, depth, |event| {
                event.challenge.challenger == own
            })
            .await?;
        let cells = self.cells.running();
        self.sample(&view, &newest, &mut report).await?;
        let signers = self.signers(&view, &newest).await?;
        let known = self.known(&view, &newest, &signers, &cells);
        let decision = core::decide(&known, &self.config.limits);
        self.act(decision, &newest, &mut report).await?;
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

    fn known<'a>(
        &'a self,
        view: &'a RollupView,
        newest: &'a Head,
        signers: &'a BTreeMap<Place, Vec<SignerView>>,
        cells: &'a [CellView],
    ) -> Known<'a> {
        Known {
            view,
            newest,
            ledger: self.outbox.ledger(),
            findings: &self.findings,
            signers,
            cells,
            random: rand::random(),
        }
    }

    async fn sample(
        &mut self,
        view: &RollupView,
        newest: &Head,
        report: &mut Report,
    ) -> Result<()> {
        let none = BTreeMap::new();
        let known = self.known(view, newest, &none, &[]);
        let due = core::to_sample(&known, &self.config.sampling, &self.config.limits);
        for (number, rows) in due {
            let Some(batch) = view.batch(number) else {
                continue;
            };
            let meta = self
                .submissions
                .of(&self.reader, batch)
                .await?
                .map(|submitted| submitted.meta);
            let sampling = &self.config.sampling;
            let found = self
                .sampler
                .sample(batch.blob, meta, &rows, sampling)
                .await?;
            for (row, verdict) in found {
                self.findings.note(batch.blob, row, verdict, newest.time);
                let place = Place { batch: number, row };
                report.sampled.push((place, verdict));
                if verdict != Verdict::Available {
                    tracing::warn!(%place, %verdict, "sampled");
                }
            }
        }
        Ok(())
    }

    /// Signers of rows whose challenge has expired, or whose cells are asked for.
    async fn signers(
        &mut self,
        view: &RollupView,
        newest: &Head,
    ) -> Result<BTreeMap<Place, Vec<SignerView>>> {
        let none = BTreeMap::new();
        let known = self.known(view, newest, &none, &[]);
        let mut places = core::rows_to_ask(&known, &self.config.limits);
        for batch in &view.batches {
            let expired = batch
                .places()
                .filter(|(_, row)| row.state == RowState::Expired);
            places.extend(expired.map(|(row, _)| Place {
                batch: batch.number,
                row,
            }));
        }
        let mut found = BTreeMap::new();
        for place in places {
            let Some(batch) = view.batch(place.batch) else {
                continue;
            };
            if let Some(signers) = self.submissions.signers(&self.reader, batch).await? {
                found.insert(place, signers.read(&self.reader, place).await?);
            }
        }
        Ok(found)
    }

    async fn act(&mut self, decision: Decision, newest: &Head, report: &mut Report) -> Result<()> {
        for name in &decision.obsolete {
            self.outbox.abandon(name, newest).await?;
        }
        for (place, reason) in &decision.left_out {
            tracing::error!(%place, ?reason, "cannot be had, and is not challenged");
        }
        report.left_out = decision.left_out;
        let mut sending = Sending::default();
        for (name, action) in decision.actions {
            let call = self.call(&action).await;
            self.outbox.send(name, call, newest, &mut sending).await?;
        }
        (report.sent, report.held_up) = (sending.sent, sending.held_up);
        Ok(())
    }

    async fn call(&mut self, action: &Action) -> Result<Call> {
        let rows = self.reader.deployment().row_challenges;
        let signers = self.reader.deployment().signers;
        let cells = self.reader.deployment().cell_challenges;
        let place = |at: &Place| (at.batch.get(), at.row.get());
        Ok(match action {
            Action::Challenge { at, amount } => {
                let (number, row) = place(at);
                Call::of(rows, &abi::RowChallenges::challengeCall { number, row }).paying(*amount)
            }
            Action::LeavePool { at } => {
                let (number, row) = place(at);
                Call::of(rows, &abi::RowChallenges::leavePoolCall { number, row })
            }
            Action::Expire { at } => {
                let (number, row) = place(at);
                Call::of(rows, &abi::RowChallenges::expireCall { number, row })
            }
            Action::Fetch { at } => {
                let (number, row) = place(at);
                Call::of(rows, &abi::RowChallenges::fetchCall { number, row })
            }
            Action::Slash { at, signer } => {
                let (number, row) = place(at);
                let signer = self.signer(*at, *signer).await?;
                let call = abi::Signers::slashCall {
                    number,
                    row,
                    signer,
                };
                Call::of(signers, &call)
            }
            Action::ChallengeCell {
                at,
                signer,
                column,
                amount,
            } => {
                let (number, row) = place(at);
                let call = abi::CellChallenges::challengeCall {
                    number,
                    row,
                    column: column.get(),
                    signer: self.signer(*at, *signer).await?,
                };
                Call::of(cells, &call).paying(*amount)
            }
            Action::ExpireCell { id } => {
                Call::of(cells, &abi::CellChallenges::expireCall { id: *id })
            }
            Action::FetchCells => {
                let to = self.outbox.address();
                Call::of(cells, &abi::CellChallenges::fetchCall { to })
            }
        })
    }

    /// A signer of a batch's certificate, as the contracts ask for it.
    async fn signer(&mut self, at: Place, index: ValidatorIndex) -> Result<abi::Signer> {
        let view = self.reader.rollup(at.batch, 0).await?;
        let missing = || Error::View {
            what: "batch of a signer",
            reason: at.to_string(),
        };
        let batch = view.batch(at.batch).ok_or_else(missing)?;
        let found = self.submissions.signers(&self.reader, batch).await?;
        found
            .and_then(|found| found.signer(index))
            .ok_or_else(missing)
    }

    /// Batches whose every row is at its end, for good, are read no more.
    fn forget(&mut self, view: &RollupView, newest: &Head) {
        let limits = &self.config.limits;
        let is_over = |batch: &BatchView| core::is_over(batch, newest, limits, EXPIRED_FOR);
        let over = view
            .batches
            .iter()
            .take_while(|batch| is_over(batch))
            .last();
        if let Some(batch) = over {
            self.first = batch.number.next();
        }
        self.findings
            .keep(|blob| view.batches.iter().any(|batch| batch.blob == *blob));
        let first = self.first;
        self.submissions.forget_before(first);
    }
}

/// Seconds for which an expired challenge is looked after: as long as stake stays slashable.
const EXPIRED_FOR: u64 = 28 * 24 * 60 * 60;
