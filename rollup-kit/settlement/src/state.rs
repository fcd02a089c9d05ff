//! What L1 says of a rollup, read as of one block, so that it does not contradict itself.

use crate::client::{Head, L1Client};
use crate::contracts::abi;
use crate::deploy::Deployment;
use crate::settings::RollupSettings;
use crate::{BatchNumber, BlobRow, Error, L1Time, Result, Wei};
use alloy::eips::BlockId;
use alloy::primitives::{Address, B256};
use alloy::sol_types::SolCall;
use std::collections::BTreeMap;
use std::sync::Arc;
use types::{BlobId, BlobMeta};

/// Where a row's challenge stands: `interfaces/IChallenges.sol`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RowState {
    /// Nobody has challenged it.
    Quiet,
    /// Contributions are being collected.
    Pooling,
    /// The answer is due.
    Open,
    /// The row stood on L1.
    Answered,
    /// Nobody answered.
    Expired,
}

impl RowState {
    fn from_code(code: u8) -> Result<Self> {
        match code {
            0 => Ok(Self::Quiet),
            1 => Ok(Self::Pooling),
            2 => Ok(Self::Open),
            3 => Ok(Self::Answered),
            4 => Ok(Self::Expired),
            _ => Err(Error::View {
                what: "state of a challenge",
                reason: format!("{code}, expected 0 to 4"),
            }),
        }
    }

    /// Whether nothing changes it any more.
    #[must_use]
    pub const fn has_ended(self) -> bool {
        matches!(self, Self::Answered | Self::Expired)
    }
}

/// A row's challenge, and what an account has in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RowView {
    /// Where it stands.
    pub state: RowState,
    /// When it opened.
    pub opened_at: L1Time,
    /// The last second in which an answer counts.
    pub deadline: L1Time,
    /// Contributed by everybody.
    pub pooled: Wei,
    /// What the account contributed.
    pub own: Wei,
    /// What the account has fetched.
    pub fetched: Wei,
    /// What the account may fetch now.
    pub due: Wei,
    /// Whether the row has stood on L1.
    pub is_public: bool,
}

/// A batch with rows on the DA network, as L1 has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BatchView {
    /// Its number.
    pub number: BatchNumber,
    /// Its blob.
    pub blob: BlobId,
    /// Who submitted it.
    pub operator: Address,
    /// When.
    pub submitted_at: L1Time,
    /// Until when its rows may be challenged.
    pub challenge_until: L1Time,
    /// Whether a fallback has reverted it.
    pub is_void: bool,
    /// Whether it is final.
    pub is_final: bool,
    /// The settings that hold for it.
    pub settings: RollupSettings,
    /// keccak256 of what its certificate says.
    pub certificate: B256,
    /// Its rows.
    pub rows: Vec<RowView>,
}

impl BatchView {
    /// A row by its place.
    #[must_use]
    pub fn row(&self, row: BlobRow) -> Option<&RowView> {
        self.rows.get(usize::from(row.get()))
    }

    /// The rows with their places.
    pub fn places(&self) -> impl Iterator<Item = (BlobRow, &RowView)> {
        (0..=u16::MAX).map(BlobRow::new).zip(&self.rows)
    }
}

/// A rollup as of one block.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RollupView {
    /// The block.
    pub head: Head,
    /// The newest batch.
    pub newest: BatchNumber,
    /// The last final one.
    pub last_final: BatchNumber,
    /// Whether nothing goes in any more.
    pub is_frozen: bool,
    /// Batches with rows on the DA network, ascending; those asked for.
    pub batches: Vec<BatchView>,
    /// What the account has earned by answering rows.
    pub answer_earnings: Wei,
    /// What the account is owed by challenges of cells.
    pub cell_earnings: Wei,
    /// What the account owns.
    pub balance: Wei,
}

impl RollupView {
    /// Nothing has happened yet.
    const fn before(head: Head, balance: Wei) -> Self {
        Self {
            head,
            newest: BatchNumber::new(0),
            last_final: BatchNumber::new(0),
            is_frozen: false,
            batches: Vec::new(),
            answer_earnings: Wei::ZERO,
            cell_earnings: Wei::ZERO,
            balance,
        }
    }

    /// A batch by its number.
    #[must_use]
    pub fn batch(&self, number: BatchNumber) -> Option<&BatchView> {
        let found = self
            .batches
            .binary_search_by_key(&number, |batch| batch.number);
        found.ok().map(|place| &self.batches[place])
    }
}

/// How a batch came to L1: what its transaction said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Submitted {
    /// The transaction.
    pub transaction: B256,
    /// The blob's description, held against its id.
    pub meta: BlobMeta,
    /// The certificate, as it was submitted and verified.
    pub certificate: abi::Certificate,
}

/// Reads a rollup in an account's interest.
#[derive(Debug, Clone)]
pub struct Reader {
    client: L1Client,
    deployment: Arc<Deployment>,
    account: Address,
}

impl Reader {
    /// Reads from a node.
    ///
    /// # Errors
    /// [`Error::WrongL1`] for a node of another chain.
    pub fn new(client: L1Client, deployment: Arc<Deployment>, account: Address) -> Result<Self> {
        client.require_chain(deployment.l1_chain)?;
        Ok(Self {
            client,
            deployment,
            account,
        })
    }

    /// The node.
    #[must_use]
    pub const fn client(&self) -> &L1Client {
        &self.client
    }

    /// Where the rollup stands.
    #[must_use]
    pub fn deployment(&self) -> &Deployment {
        &self.deployment
    }

    /// The rollup so many blocks behind the newest, batches from `first` on.
    ///
    /// # Errors
    /// [`Error::Transport`], [`Error::View`]. A node that reorganises meanwhile may refuse the
    /// block: read again.
    pub async fn rollup(&self, first: BatchNumber, confirmations: u64) -> Result<RollupView> {
        let newest = self.client.head().await?;
        let depth = newest.number.saturating_sub(confirmations);
        let head = match self.client.block(depth).await? {
            Some(head) => head,
            None => newest,
        };
        self.rollup_at(first, head).await
    }

    async fn rollup_at(&self, first: BatchNumber, head: Head) -> Result<RollupView> {
        let at = View { reader: self, head };
        let d = &self.deployment;
        let balance = self.client.balance_at(self.account, at.id()).await?;
        // The contracts may stand for fewer blocks than there are confirmations.
        let stands = self.client.had_code(d.cell_challenges, at.id()).await?;
        if !stands && self.client.has_code(d.cell_challenges).await? {
            return Ok(RollupView::before(head, balance));
        }
        let newest = at.ask(d.rollup, abi::Rollup::newestBatchCall {}).await?;
        let last_final = at.ask(d.rollup, abi::Rollup::finalBatchCall {}).await?;
        let is_frozen = at.ask(d.rollup, abi::Rollup::frozenCall {}).await?;
        let mut settings = BTreeMap::new();
        let mut batches = Vec::new();
        for number in first.get().max(1)..=newest {
            let batch = at
                .ask(d.rollup, abi::Rollup::batchAtCall { number })
                .await?;
            if batch.rows == 0 {
                continue;
            }
            let version = batch.settings;
            if let std::collections::btree_map::Entry::Vacant(entry) = settings.entry(version) {
                let call = abi::SettingsLog::getCall { version };
                entry.insert(RollupSettings::from(&at.ask(d.settings, call).await?));
            }
            let view = at
                .batch(number, &batch, settings[&version], last_final)
                .await?;
            batches.push(view);
        }
        let account = self.account;
        let answerer = abi::RowChallenges::earningsCall { answerer: account };
        let owner = abi::CellChallenges::earningsCall { owner: account };
        Ok(RollupView {
            head,
            newest: BatchNumber::new(newest),
            last_final: BatchNumber::new(last_final),
            is_frozen,
            batches,
            answer_earnings: at.ask(d.row_challenges, answerer).await?.into(),
            cell_earnings: at.ask(d.cell_challenges, owner).await?.into(),
            balance,
        })
    }

    /// What a batch's transaction said. None when it was sent through another contract, so that
    /// its calldata does not say; the network may know the description then.
    ///
    /// # Errors
    /// [`Error::Transport`].
    pub async fn submitted(&self, batch: &BatchView) -> Result<Option<Submitted>> {
        let rollup = self.deployment.rollup;
        let found = self
            .client
            .indexed_event::<abi::Rollup::BatchSubmitted>(
                rollup,
                self.deployment.first_block,
                B256::left_padding_from(&batch.number.get().to_be_bytes()),
            )
            .await?;
        let Some(transaction) = found.and_then(|log| log.transaction_hash) else {
            return Ok(None);
        };
        let Some(input) = self.client.calldata(transaction).await? else {
            return Ok(None);
        };
        let (meta, certificate) = match abi::Rollup::submitBatchCall::abi_decode(&input) {
            Ok(call) => (call.submission.meta, call.submission.certificate),
            Err(_) => match abi::Rollup::submitCheckpointCall::abi_decode(&input) {
                Ok(call) => (call.checkpoint.meta, call.checkpoint.certificate),
                Err(_) => return Ok(None),
            },
        };
        let meta = BlobMeta::decode(&meta)?;
        Ok((meta.id() == batch.blob).then_some(Submitted {
            transaction,
            meta,
            certificate,
        }))
    }
}

/// A block to read from.
struct View<'a> {
    reader: &'a Reader,
    head: Head,
}

impl View<'_> {
    fn id(&self) -> BlockId {
        // By number: not every node answers by hash, and a reorganised one answers the next read.
        BlockId::number(self.head.number)
    }

    async fn ask<C: SolCall>(&self, of: Address, call: C) -> Result<C::Return> {
        self.reader.client.view_at(of, &call, self.id()).await
    }

    async fn batch(
        &self,
        number: u64,
        batch: &abi::Batch,
        settings: RollupSettings,
        last_final: u64,
    ) -> Result<BatchView> {
        let d = &self.reader.deployment;
        let is_void = self
            .ask(d.rollup, abi::Rollup::isVoidCall { number })
            .await?;
        let mut rows = Vec::with_capacity(usize::from(batch.rows));
        for row in 0..batch.rows {
            rows.push(self.row(number, row, batch).await?);
        }
        Ok(BatchView {
            number: BatchNumber::new(number),
            blob: BlobId::new(batch.blob.0),
            operator: batch.operator,
            submitted_at: L1Time::new(batch.submittedAt),
            challenge_until: L1Time::new(batch.challengeUntil),
            is_void,
            is_final: number <= last_final,
            settings,
            certificate: batch.certificate,
            rows,
        })
    }

    async fn row(&self, number: u64, row: u16, batch: &abi::Batch) -> Result<RowView> {
        use abi::RowChallenges::{challengeOfCall, contributionOfCall, fetchedByCall};
        let at = self.reader.deployment.row_challenges;
        let contributor = self.reader.account;
        let challenge = self.ask(at, challengeOfCall { number, row }).await?;
        let state = RowState::from_code(challenge.state)?;
        let (mut own, mut fetched, mut due) = (Wei::ZERO, Wei::ZERO, Wei::ZERO);
        if state != RowState::Quiet {
            let call = contributionOfCall {
                _0: number,
                _1: row,
                contributor,
            };
            own = self.ask(at, call).await?.into();
        }
        if state.has_ended() && own > Wei::ZERO {
            let call = fetchedByCall {
                _0: number,
                _1: row,
                contributor,
            };
            fetched = self.ask(at, call).await?.into();
            due = share(&challenge, own) - fetched;
        }
        Ok(RowView {
            state,
            opened_at: L1Time::new(challenge.openedAt),
            deadline: L1Time::new(challenge.deadline),
            pooled: Wei::new(challenge.pooled),
            own,
            fetched,
            due,
            is_public: batch.publicRows.bit(usize::from(row)),
        })
    }
}

/// A contributor's part of what a challenge left and earned: `RowChallenges.fetch`.
fn share(challenge: &abi::RowChallenge, own: Wei) -> Wei {
    use alloy::primitives::U256;
    if challenge.pooled == 0 {
        return Wei::ZERO;
    }
    let total = U256::from(challenge.payable_) + U256::from(challenge.earned);
    Wei::from(total * U256::from(own.get()) / U256::from(challenge.pooled))
}
