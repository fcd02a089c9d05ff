//! Transactions that outlive a kill and are never paid twice.
//!
//! A payment has a name, and is written to a journal with its nonce and its signed bytes before
//! it is sent. From then on these bytes, or others with the same nonce, are all that is ever sent
//! for it: of one nonce, L1 takes one transaction. A process that starts again sends what its
//! journal says, and so does one whose L1 was reorganised: whatever L1 does not have is sent as
//! it was. A payment's name is done once its transaction is under as many blocks as the owner
//! wants; no other payment has that name.
//!
//! An account belongs to one outbox. If something else uses it, payments whose nonces were taken
//! are given up: one of value is not made again, since a node that has lost a receipt looks the
//! same.

mod ledger;

pub use ledger::{Attempt, Ledger, Outcome, PaymentName, Pending, Record};

use crate::client::{Head, L1Client, Mined};
use crate::crash_point::{Step, reach};
use crate::journal::Journal;
use crate::transaction::{self, Call, Fees, RawTransaction};
use crate::{Error, Gas, Result, Wei};
use alloy::eips::BlockId;
use alloy::primitives::Address;
use alloy::signers::local::PrivateKeySigner;
use std::path::Path;

/// How a payment is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Policy {
    /// Most per gas, tip included.
    pub max_gas_price: Wei,
    /// Most per blob gas.
    pub max_blob_gas_price: Wei,
    /// Blocks without success after which it is replaced by a dearer one.
    pub patience: u64,
    /// Blocks on top of a transaction's after which it is taken for settled.
    pub confirmations: u64,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            max_gas_price: Wei::gwei(200),
            max_blob_gas_price: Wei::gwei(200),
            patience: 3,
            confirmations: 12,
        }
    }
}

/// What came of asking for a payment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Started {
    /// It is on its way.
    Sent,
    /// One of this name was sent before.
    Already,
    /// L1 is dearer than its owner pays; nothing was written or sent.
    TooDear {
        /// What it would take, per gas.
        needed: Wei,
    },
}

/// What became of payments that were decided.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Sending {
    /// What was sent now.
    pub sent: Vec<PaymentName>,
    /// What was wanted and did not go: somebody was faster, or L1 is too dear.
    pub held_up: Vec<(PaymentName, String)>,
}

/// An account's outbox.
#[derive(Debug)]
pub struct Outbox {
    client: L1Client,
    signer: PrivateKeySigner,
    policy: Policy,
    journal: Journal<Record>,
    ledger: Ledger,
}

impl Outbox {
    /// Opens the journal, or begins one. Sends nothing yet.
    ///
    /// # Errors
    /// [`Error::File`] for a journal that cannot be used or is damaged.
    pub fn open(
        file: &Path,
        client: L1Client,
        signer: PrivateKeySigner,
        policy: Policy,
    ) -> Result<Self> {
        let mut ledger = Ledger::default();
        let journal = Journal::open_with(file, |record| ledger.apply(record))?;
        Ok(Self {
            client,
            signer,
            policy,
            journal,
            ledger,
        })
    }

    /// Whose it is.
    #[must_use]
    pub const fn address(&self) -> Address {
        self.signer.address()
    }

    /// How payments are sent from now on.
    pub const fn set_policy(&mut self, policy: Policy) {
        self.policy = policy;
    }

    /// What was sent so far.
    #[must_use]
    pub const fn ledger(&self) -> &Ledger {
        &self.ledger
    }

    /// Makes a payment that was decided, once; what keeps it from going is noted, and no error.
    ///
    /// # Errors
    /// As [`Self::pay`], but for a call that cannot be made or would fail: somebody was faster, or
    /// the store lacks what it takes.
    pub(crate) async fn send(
        &mut self,
        name: PaymentName,
        call: Result<Call>,
        head: &Head,
        sending: &mut Sending,
    ) -> Result<()> {
        let paid = match call {
            Ok(call) => self.pay(name.clone(), &call, head).await,
            Err(error) => {
                sending.held_up.push((name, error.to_string()));
                return Ok(());
            }
        };
        match paid {
            Ok(Started::Sent) => {
                tracing::info!(%name, "sent");
                sending.sent.push(name);
            }
            Ok(Started::Already) => {}
            Ok(Started::TooDear { needed }) => {
                let reason = format!("L1 takes {needed} per gas");
                sending.held_up.push((name, reason));
            }
            Err(error @ Error::Reverted { .. }) => {
                sending.held_up.push((name, error.to_string()));
            }
            Err(error) => return Err(error),
        }
        Ok(())
    }

    /// Makes a payment, once.
    ///
    /// # Errors
    /// [`Error::Reverted`] when it would fail: nothing is sent then. [`Error::File`] when the
    /// journal does not take it: nothing is sent either. [`Error::Transport`], after which it may
    /// have been sent; [`Self::tend`] sends it again.
    pub async fn pay(&mut self, name: PaymentName, call: &Call, head: &Head) -> Result<Started> {
        if self.ledger.has(&name) {
            return Ok(Started::Already);
        }
        let fees = Fees::for_prices(head.base_fee, head.blob_base_fee);
        if !self.affords(fees, call.blobs.is_some()) {
            return Ok(Started::TooDear { needed: fees.most });
        }
        let gas = self.client.estimate(self.address(), call, fees).await?;
        reach(Step::Decide);
        let nonce = match self.ledger.next_nonce() {
            Some(nonce) => nonce,
            None => self.client.nonce(self.address(), BlockId::latest()).await?,
        };
        self.attempt(name, nonce, call, gas, fees, head).await?;
        Ok(Started::Sent)
    }

    /// Gives a payment up: a transfer of nothing takes its place, unless it was faster.
    ///
    /// # Errors
    /// As [`Self::pay`].
    pub async fn abandon(&mut self, name: &PaymentName, head: &Head) -> Result<()> {
        let Some((nonce, pending)) = self.ledger.pending(name) else {
            return Ok(());
        };
        if pending.is_abandoned {
            return Ok(());
        }
        let fees = self.dearer(pending, head);
        let call = Call::nothing(self.address());
        // A blob transaction is replaced by none but a blob transaction: it is left to time.
        if pending.has_blobs || !self.affords(fees, false) {
            return Ok(());
        }
        let name = name.clone();
        self.attempt(name, nonce, &call, Gas::new(21_000), fees, head)
            .await
    }

    /// Looks after what is on its way: settles what L1 has for good, sends again what it does not
    /// have, and replaces what waits for long. Says what was settled. A journal that has grown is
    /// written anew.
    ///
    /// # Errors
    /// [`Error::Transport`], [`Error::File`].
    pub async fn tend(&mut self, head: &Head) -> Result<Vec<(PaymentName, Outcome)>> {
        let deep = head.number.saturating_sub(self.policy.confirmations);
        let account = self.address();
        let settled = self.client.nonce(account, BlockId::number(deep)).await?;
        let used = self.client.nonce(account, BlockId::latest()).await?;
        let mut outcomes = Vec::new();
        for nonce in self.ledger.open_nonces() {
            if nonce < settled {
                outcomes.extend(self.settle(nonce, head).await?);
            } else if nonce >= used {
                self.resend(nonce, head).await?;
            }
        }
        // A reorganisation deeper than anybody waits for.
        for raw in self.ledger.settled_from(used) {
            self.offer("a settled payment", &raw).await?;
        }
        let ledger = &self.ledger;
        self.journal.compact(|| ledger.image())?;
        Ok(outcomes)
    }

    async fn settle(&mut self, nonce: u64, head: &Head) -> Result<Option<(PaymentName, Outcome)>> {
        let Some(pending) = self.ledger.open(nonce) else {
            return Ok(None);
        };
        let (name, value) = (pending.name.clone(), pending.value);
        let mut found: Option<(Mined, bool)> = None;
        for attempt in pending.attempts.iter().rev() {
            if let Some(mined) = self.client.mined(attempt.hash).await? {
                found = Some((mined, attempt.is_nothing));
                break;
            }
        }
        reach(Step::Settle);
        let record = match found {
            Some((mined, is_nothing)) => {
                let did = mined.succeeded && !is_nothing;
                Record::Settled {
                    nonce,
                    hash: mined.hash,
                    did,
                    spent: mined.cost + if did { value } else { Wei::ZERO },
                    at: head.time,
                }
            }
            None => {
                tracing::error!(%name, nonce, "another transaction has this payment's nonce");
                Record::Lost { nonce }
            }
        };
        self.journal.append(&record, || reach(Step::Write))?;
        self.ledger.apply(record);
        Ok(self.ledger.outcome(&name).map(|outcome| (name, outcome)))
    }

    async fn resend(&mut self, nonce: u64, head: &Head) -> Result<()> {
        let Some(pending) = self.ledger.open(nonce) else {
            return Ok(());
        };
        let waited = head.number.saturating_sub(pending.since_block);
        let fees = self.dearer(pending, head);
        if waited >= self.policy.patience && self.affords(fees, pending.has_blobs) {
            let last = pending.attempts.last();
            if let Some(replaced) = last
                .map(|last| self.replace(nonce, last, fees))
                .transpose()?
            {
                let record = Record::Intent {
                    name: pending.name.clone(),
                    nonce,
                    value: pending.value,
                    fees,
                    has_blobs: pending.has_blobs,
                    is_nothing: last.is_some_and(|last| last.is_nothing),
                    block: head.number,
                    at: head.time,
                    hash: replaced.hash,
                    raw: replaced.bytes.clone(),
                };
                self.journal.append(&record, || reach(Step::Write))?;
                self.ledger.apply(record);
            }
        }
        let last = self
            .ledger
            .open(nonce)
            .and_then(|pending| pending.attempts.last());
        if let Some(raw) = last.map(Attempt::raw) {
            self.offer("a payment", &raw).await?;
        }
        Ok(())
    }

    /// The same transaction with other fees.
    fn replace(&self, nonce: u64, last: &Attempt, fees: Fees) -> Result<RawTransaction> {
        transaction::with_fees(&last.raw, nonce, fees, &self.signer)
    }

    /// What replaces the last attempt, and gets into the next blocks.
    fn dearer(&self, pending: &Pending, head: &Head) -> Fees {
        let now = Fees::for_prices(head.base_fee, head.blob_base_fee);
        match pending.attempts.last() {
            Some(last) => now.max(last.fees.bumped(pending.has_blobs)),
            None => now,
        }
    }

    fn affords(&self, fees: Fees, has_blobs: bool) -> bool {
        fees.within(self.policy.max_gas_price)
            && (!has_blobs || fees.blob <= self.policy.max_blob_gas_price)
    }

    async fn attempt(
        &mut self,
        name: PaymentName,
        nonce: u64,
        call: &Call,
        gas: Gas,
        fees: Fees,
        head: &Head,
    ) -> Result<()> {
        let chain = self.client.chain_id();
        let raw = transaction::sign(call, chain, nonce, gas, fees, &self.signer)?;
        let record = Record::Intent {
            name,
            nonce,
            value: call.value,
            fees,
            has_blobs: call.blobs.is_some(),
            is_nothing: call.to == Some(self.address()),
            block: head.number,
            at: head.time,
            hash: raw.hash,
            raw: raw.bytes.clone(),
        };
        self.journal.append(&record, || reach(Step::Write))?;
        self.ledger.apply(record);
        reach(Step::Sync);
        self.offer(call.what, &raw).await?;
        reach(Step::Send);
        Ok(())
    }

    /// Sends. What a node refuses stays open: it is sent again, dearer, or found settled.
    async fn offer(&self, what: &'static str, raw: &RawTransaction) -> Result<()> {
        match self.client.send(what, raw).await {
            Err(Error::Refused { reason, .. }) => {
                tracing::warn!(what, hash = %raw.hash, %reason, "L1 refuses a transaction for now");
                Ok(())
            }
            result => result,
        }
    }
}
