//! Batches, and what leaves by them.

use super::name;
use crate::{Error, Result, limits};
use derivation::{BatchEntry, BatchKind, BatchStatus, ChallengeState, Derivation, RowPlace};
use ledger::Tree;
use serde::Serialize;
use settlement::BatchNumber;

/// A row's challenge.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ChallengeView {
    /// The row.
    pub row: u16,
    /// `open`, `answered` or `expired`.
    pub state: &'static str,
    /// Until when it is to be answered.
    pub deadline: u64,
}

/// A batch, checkpoint or fallback.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct BatchView {
    /// Its number.
    pub number: BatchNumber,
    /// `genesis`, `batch`, `checkpoint` or `fallback`.
    pub kind: &'static str,
    /// To which batch a fallback went.
    pub fell_back_to: Option<BatchNumber>,
    /// `submitted`, `final` or `void`.
    pub status: &'static str,
    /// The root after it of the tree on L1.
    pub on_l1: String,
    /// The root after it of the other tree.
    pub off_l1: String,
    /// Its blob on the DA network.
    pub blob: Option<String>,
    /// Rows of that.
    pub rows: u16,
    /// What L1 remembers of the certificate.
    pub certificate: Option<String>,
    /// Where the row of the tree on L1 is: `calldata`, `blob`, `network`, `absent`, `unreadable`;
    /// none once it is of no account any more.
    pub on_l1_row: Option<&'static str>,
    /// Where the other tree's row is.
    pub off_l1_row: Option<&'static str>,
    /// Who submitted it.
    pub operator: settlement::Address,
    /// When.
    pub submitted_at: u64,
    /// Until when its rows may be challenged.
    pub challenge_until: u64,
    /// The block of L1.
    pub block: u64,
    /// The transaction.
    pub transaction: settlement::B256,
    /// How many withdrawals it has.
    pub withdrawals: usize,
    /// How many of them were claimed.
    pub claimed: usize,
    /// Its rows that were challenged or published.
    pub challenges: Vec<ChallengeView>,
}

/// What a claim of a withdrawal takes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ClaimView {
    /// The batch.
    pub batch: BatchNumber,
    /// Out of which tree.
    pub tree: &'static str,
    /// Which token.
    pub token: u16,
    /// How much.
    pub amount: String,
    /// Who is paid.
    pub recipient: settlement::Address,
    /// Not zeros: an account of the other tree gets it instead.
    pub account: String,
    /// The path, as the contract takes it.
    pub path: PathView,
    /// Whether L1 takes the claim now.
    pub claimable: bool,
    /// Whether it was claimed.
    pub claimed: bool,
}

/// A path in a tree of withdrawals or holdings.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PathView {
    /// The leaf's place.
    pub index: u64,
    /// How many leaves there are.
    pub leaves: u64,
    /// The hashes beside the way, lowest first.
    pub siblings: Vec<settlement::B256>,
}

impl From<settlement::contracts::abi::Path> for PathView {
    fn from(path: settlement::contracts::abi::Path) -> Self {
        Self {
            index: path.index,
            leaves: path.leaves,
            siblings: path.siblings,
        }
    }
}

/// A batch.
///
/// # Errors
/// [`Error::NotFound`].
pub fn batch(derivation: &Derivation, number: BatchNumber) -> Result<BatchView> {
    let entry = derivation.history().batch(number);
    let entry = entry.ok_or_else(|| no_batch(number))?;
    Ok(of_entry(derivation, entry))
}

fn no_batch(number: BatchNumber) -> Error {
    Error::NotFound {
        what: format!("batch {number}"),
    }
}

/// The batches from a number on, or the newest ones, ascending, at most so many and 100.
#[must_use]
pub fn batches(derivation: &Derivation, from: Option<BatchNumber>, most: usize) -> Vec<BatchView> {
    let most = most.min(limits::BATCHES);
    let history = derivation.history();
    let first = from.unwrap_or_else(|| {
        let before = history.newest().get().saturating_add(1);
        BatchNumber::new(before.saturating_sub(most as u64))
    });
    let entries = history.batches(first).take(most);
    entries.map(|entry| of_entry(derivation, entry)).collect()
}

fn of_entry(derivation: &Derivation, entry: &BatchEntry) -> BatchView {
    let (kind, fell_back_to) = match entry.kind {
        BatchKind::Genesis => ("genesis", None),
        BatchKind::Batch => ("batch", None),
        BatchKind::Checkpoint => ("checkpoint", None),
        BatchKind::Fallback { to } => ("fallback", Some(to)),
    };
    let status = match derivation.history().status(entry.number) {
        Some(BatchStatus::Void) => "void",
        Some(BatchStatus::Final) => "final",
        Some(BatchStatus::Submitted) | None => "submitted",
    };
    let on_l1 = &entry.on_l1;
    let hexed = |word: settlement::U256| hex::encode(word.to_be_bytes::<32>());
    BatchView {
        number: entry.number,
        kind,
        fell_back_to,
        status,
        on_l1: hexed(on_l1.roots.onL1),
        off_l1: hexed(on_l1.roots.offL1),
        blob: entry.blob().map(|blob| blob.to_string()),
        rows: on_l1.rows,
        certificate: entry.blob().map(|_| on_l1.certificate.to_string()),
        on_l1_row: entry.row(Tree::OnL1).map(place),
        off_l1_row: entry.row(Tree::OffL1).map(place),
        operator: on_l1.operator,
        submitted_at: on_l1.submittedAt,
        challenge_until: on_l1.challengeUntil,
        block: entry.block.number,
        transaction: entry.transaction,
        withdrawals: entry.withdrawals.len(),
        claimed: entry.claimed.len(),
        challenges: entry
            .challenges
            .iter()
            .map(|(row, challenge)| ChallengeView {
                row: *row,
                state: match challenge.state {
                    ChallengeState::Open => "open",
                    ChallengeState::Answered => "answered",
                    ChallengeState::Expired => "expired",
                },
                deadline: challenge.deadline,
            })
            .collect(),
    }
}

const fn place(row: &RowPlace) -> &'static str {
    match row {
        RowPlace::Absent => "absent",
        RowPlace::Unreadable => "unreadable",
        RowPlace::Calldata(_) => "calldata",
        RowPlace::L1Blob(_) => "blob",
        RowPlace::Network { .. } => "network",
    }
}

/// What a claim of a batch's withdrawal takes.
///
/// # Errors
/// [`Error::NotFound`].
pub fn claim(derivation: &Derivation, number: BatchNumber, index: u64) -> Result<ClaimView> {
    let history = derivation.history();
    let entry = history.batch(number).ok_or_else(|| no_batch(number))?;
    let found = entry.claim(index);
    let (withdrawal, path) = found.ok_or_else(|| Error::NotFound {
        what: format!("withdrawal {index} of batch {number}"),
    })?;
    let from = derivation::convert::tree(withdrawal.tree)?;
    let claimed = entry.claimed.contains(&index);
    let firm = from == Tree::OnL1 || history.status(number) == Some(BatchStatus::Final);
    Ok(ClaimView {
        batch: number,
        tree: name(from),
        token: withdrawal.token,
        amount: withdrawal.amount.to_string(),
        recipient: withdrawal.recipient,
        account: hex::encode(withdrawal.account.to_be_bytes::<32>()),
        path: path.into(),
        claimable: firm && !claimed,
        claimed,
    })
}
