//! What a journal says, record by record. Pure.

use crate::transaction::{Fees, RawTransaction};
use crate::{L1Time, Wei};
use alloy::primitives::{B256, Bytes};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, VecDeque};
use std::fmt;

/// Settled transactions that are remembered, should L1 be reorganised below them.
const REMEMBERED: usize = 64;
const DAY: u64 = 24 * 60 * 60;
/// For how long it is remembered what was spent: longer than anybody asks for.
const SPENDING: u64 = 2 * DAY;

/// Names a payment, for ever: what it is for, and after what.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PaymentName(String);

impl PaymentName {
    /// Takes a name.
    #[must_use]
    pub fn new(name: impl Into<String>) -> Self {
        Self(name.into())
    }
}

impl fmt::Display for PaymentName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A line of a journal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase", deny_unknown_fields)]
pub enum Record {
    /// These bytes will be sent, or others of the same nonce.
    Intent {
        /// What for.
        name: PaymentName,
        /// The nonce.
        nonce: u64,
        /// What it pays.
        value: Wei,
        /// What it offers.
        fees: Fees,
        /// Whether it carries blobs.
        has_blobs: bool,
        /// Whether it takes the place of a payment that is not wanted any more.
        is_nothing: bool,
        /// L1's newest block.
        block: u64,
        /// Its time.
        at: L1Time,
        /// The transaction's hash.
        hash: B256,
        /// The transaction.
        raw: Bytes,
    },
    /// One of them is in a block for good.
    Settled {
        /// The nonce.
        nonce: u64,
        /// Which one.
        hash: B256,
        /// Whether it did what it was to do.
        did: bool,
        /// What it cost, value included.
        spent: Wei,
        /// L1's time.
        at: L1Time,
    },
    /// Another transaction has the nonce.
    Lost {
        /// The nonce.
        nonce: u64,
    },
    /// A payment that has ended: what is left of it when a journal is written anew.
    Ended {
        /// What it was for.
        name: PaymentName,
        /// What it was to pay.
        value: Wei,
        /// How it ended.
        outcome: Outcome,
    },
    /// What was spent, of a journal that is written anew.
    Spent {
        /// L1's time.
        at: L1Time,
        /// How much.
        spent: Wei,
    },
    /// One of the last transactions in a block for good, of a journal that is written anew.
    Kept {
        /// The nonce.
        nonce: u64,
        /// The transaction's hash.
        hash: B256,
        /// The transaction.
        raw: Bytes,
    },
    /// The nonce after all that were used, of a journal that is written anew.
    Next {
        /// The nonce.
        nonce: u64,
    },
}

/// One of the transactions of a payment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attempt {
    /// Its hash.
    pub hash: B256,
    /// Its bytes.
    pub raw: Bytes,
    /// What it offers.
    pub fees: Fees,
    /// Whether it takes the payment's place.
    pub is_nothing: bool,
}

impl Attempt {
    /// What to send.
    #[must_use]
    pub fn raw(&self) -> RawTransaction {
        RawTransaction {
            hash: self.hash,
            bytes: self.raw.clone(),
        }
    }
}

/// A payment on its way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pending {
    /// Its name.
    pub name: PaymentName,
    /// What it pays.
    pub value: Wei,
    /// Whether it carries blobs.
    pub has_blobs: bool,
    /// Whether it was given up.
    pub is_abandoned: bool,
    /// L1's newest block at the last attempt.
    pub since_block: u64,
    /// L1's time at the first.
    pub since: L1Time,
    /// Its transactions, all of one nonce, the last one the dearest.
    pub attempts: Vec<Attempt>,
}

/// How a payment ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase", deny_unknown_fields)]
pub enum Outcome {
    /// It did what it was to do.
    Did {
        /// What it cost, value included.
        spent: Wei,
    },
    /// It reverted or was given up.
    DidNot {
        /// What it cost.
        spent: Wei,
    },
    /// Its nonce was used by something else.
    Lost,
}

/// What was paid, and what is on its way.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Ledger {
    next_nonce: Option<u64>,
    open: BTreeMap<u64, Pending>,
    /// How payments ended, and what they were to pay.
    done: BTreeMap<PaymentName, (Outcome, Wei)>,
    /// When and how much, of two days.
    spent: Vec<(L1Time, Wei)>,
    settled: VecDeque<(u64, RawTransaction)>,
}

impl Ledger {
    /// Takes a record in.
    pub fn apply(&mut self, record: Record) {
        match record {
            Record::Intent {
                name,
                nonce,
                value,
                fees,
                has_blobs,
                is_nothing,
                block,
                at,
                hash,
                raw,
            } => {
                self.used_before(nonce + 1);
                let pending = self.open.entry(nonce).or_insert_with(|| Pending {
                    name,
                    value,
                    has_blobs,
                    is_abandoned: false,
                    since_block: block,
                    since: at,
                    attempts: Vec::new(),
                });
                pending.is_abandoned |= is_nothing;
                pending.since_block = block;
                pending.attempts.push(Attempt {
                    hash,
                    raw,
                    fees,
                    is_nothing,
                });
            }
            Record::Settled {
                nonce,
                hash,
                did,
                spent,
                at,
            } => {
                let Some(pending) = self.open.remove(&nonce) else {
                    return;
                };
                let outcome = if did {
                    Outcome::Did { spent }
                } else {
                    Outcome::DidNot { spent }
                };
                self.done.insert(pending.name, (outcome, pending.value));
                self.spend(at, spent);
                let raw = pending.attempts.iter().find(|attempt| attempt.hash == hash);
                if let Some(raw) = raw {
                    self.keep(nonce, raw.raw());
                }
            }
            Record::Lost { nonce } => {
                if let Some(pending) = self.open.remove(&nonce) {
                    self.done
                        .insert(pending.name, (Outcome::Lost, pending.value));
                }
            }
            Record::Ended {
                name,
                value,
                outcome,
            } => {
                self.done.insert(name, (outcome, value));
            }
            Record::Spent { at, spent } => self.spend(at, spent),
            Record::Kept { nonce, hash, raw } => {
                self.keep(nonce, RawTransaction { hash, bytes: raw });
            }
            Record::Next { nonce } => self.used_before(nonce),
        }
    }

    /// The records that say all of this: what a journal is written anew with. Of payments that
    /// have ended it has the names for ever, and the last transactions alone.
    #[must_use]
    pub fn image(&self) -> Vec<Record> {
        let mut records = Vec::new();
        records.extend(self.next_nonce.map(|nonce| Record::Next { nonce }));
        let done = self.done.iter();
        records.extend(done.map(|(name, (outcome, value))| Record::Ended {
            name: name.clone(),
            value: *value,
            outcome: *outcome,
        }));
        let spent = self.spent.iter();
        records.extend(spent.map(|&(at, spent)| Record::Spent { at, spent }));
        let settled = self.settled.iter();
        records.extend(settled.map(|(nonce, raw)| Record::Kept {
            nonce: *nonce,
            hash: raw.hash,
            raw: raw.bytes.clone(),
        }));
        for (nonce, pending) in &self.open {
            let attempts = pending.attempts.iter();
            records.extend(attempts.map(|attempt| Record::Intent {
                name: pending.name.clone(),
                nonce: *nonce,
                value: pending.value,
                fees: attempt.fees,
                has_blobs: pending.has_blobs,
                is_nothing: attempt.is_nothing,
                block: pending.since_block,
                at: pending.since,
                hash: attempt.hash,
                raw: attempt.raw.clone(),
            }));
        }
        records
    }

    fn used_before(&mut self, nonce: u64) {
        self.next_nonce = Some(self.next_nonce.unwrap_or(0).max(nonce));
    }

    fn spend(&mut self, at: L1Time, spent: Wei) {
        self.spent.push((at, spent));
        let newest = self.spent.iter().map(|(at, _)| *at).max();
        let newest = newest.unwrap_or(at);
        self.spent.retain(|(at, _)| newest.since(*at) < SPENDING);
    }

    fn keep(&mut self, nonce: u64, raw: RawTransaction) {
        self.settled.push_back((nonce, raw));
        if self.settled.len() > REMEMBERED {
            self.settled.pop_front();
        }
    }

    /// Whether a payment of this name must not be made: it is on its way, or it was made. One
    /// that did not do what it was to do may be made again. One whose nonce was taken may be if
    /// it pays nothing: a node that has lost a receipt says the same.
    #[must_use]
    pub fn has(&self, name: &PaymentName) -> bool {
        let is_over = match self.done.get(name) {
            Some((Outcome::Did { .. }, _)) => true,
            Some((Outcome::Lost, value)) => *value > Wei::ZERO,
            Some((Outcome::DidNot { .. }, _)) | None => false,
        };
        is_over || self.pending(name).is_some()
    }

    /// A payment on its way, with its nonce.
    #[must_use]
    pub fn pending(&self, name: &PaymentName) -> Option<(u64, &Pending)> {
        let mut open = self.open.iter();
        open.find(|(_, pending)| pending.name == *name)
            .map(|(nonce, pending)| (*nonce, pending))
    }

    /// Everything on its way.
    pub fn all_pending(&self) -> impl Iterator<Item = &Pending> {
        self.open.values()
    }

    /// How a payment ended; none while it has not.
    #[must_use]
    pub fn outcome(&self, name: &PaymentName) -> Option<Outcome> {
        self.done.get(name).map(|(outcome, _)| *outcome)
    }

    /// What was spent in the day before `now`, and what may be spent by what is on its way.
    #[must_use]
    pub fn spent_in_day(&self, now: L1Time) -> Wei {
        let of_day = self.spent.iter().filter(|(at, _)| now.since(*at) < DAY);
        let spent: Wei = of_day.map(|(_, spent)| *spent).sum();
        let reserved: Wei = self.open.values().map(|pending| pending.value).sum();
        spent + reserved
    }

    pub(super) fn next_nonce(&self) -> Option<u64> {
        self.next_nonce
    }

    pub(super) fn open_nonces(&self) -> Vec<u64> {
        self.open.keys().copied().collect()
    }

    pub(super) fn open(&self, nonce: u64) -> Option<&Pending> {
        self.open.get(&nonce)
    }

    /// Settled transactions with this nonce or a later one.
    pub(super) fn settled_from(&self, nonce: u64) -> Vec<RawTransaction> {
        let gone = self.settled.iter().filter(|(settled, _)| *settled >= nonce);
        gone.map(|(_, raw)| raw.clone()).collect()
    }
}

#[cfg(test)]
mod tests;
