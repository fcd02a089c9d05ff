//! What is told of a rollup.
//!
//! Amounts and nonces are decimal text; scalars are 64 hexadecimal digits; addresses and hashes of
//! L1 begin with 0x; times are Unix seconds.

use crate::{Error, Result, limits};
use derivation::convert::{l1_address, word};
use derivation::{BatchEntry, BatchKind, BatchStatus, ChallengeState, Derivation, RowPlace};
use ledger::{AccountIndex, AccountKey, Address, Fr, Tree, scalar_bytes};
use serde::Serialize;
use settlement::BatchNumber;
use std::collections::BTreeMap;

/// A tree's name.
#[must_use]
pub const fn name(tree: Tree) -> &'static str {
    match tree {
        Tree::OnL1 => "on_l1",
        Tree::OffL1 => "off_l1",
    }
}

/// A tree by its name.
///
/// # Errors
/// [`Error::Parameter`].
pub fn tree(text: &str) -> Result<Tree> {
    let found = Tree::BOTH.into_iter().find(|tree| name(*tree) == text);
    found.ok_or_else(|| parameter("tree", text, "\"on_l1\" or \"off_l1\""))
}

/// A scalar's 64 digits.
#[must_use]
pub fn digits(scalar: impl Into<Fr>) -> String {
    hex::encode(scalar_bytes(scalar.into()))
}

/// An account's key by its digits.
///
/// # Errors
/// [`Error::Parameter`].
pub fn account_key(text: &str) -> Result<AccountKey> {
    let wrong = || parameter("key", text, "64 hexadecimal digits of a canonical scalar");
    let mut bytes = [0; 32];
    hex::decode_to_slice(text.trim_start_matches("0x"), &mut bytes).map_err(|_| wrong())?;
    let scalar = ledger::scalar_from_bytes(&bytes).map_err(|_| wrong())?;
    Ok(AccountKey::new(scalar))
}

/// An address of L1.
///
/// # Errors
/// [`Error::Parameter`].
pub fn owner(text: &str) -> Result<Address> {
    let parsed: settlement::Address = text
        .parse()
        .map_err(|_| parameter("owner", text, "0x and 40 hexadecimal digits"))?;
    Ok(derivation::convert::address(parsed))
}

pub(crate) fn parameter(what: &'static str, got: &str, expected: &'static str) -> Error {
    // What somebody sent is repeated in part only.
    let got = got.chars().take(80).collect();
    Error::Parameter {
        what,
        got,
        expected,
    }
}

/// As of when something holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct AsOf {
    /// The batch after which the tree is derived.
    pub batch: BatchNumber,
    /// Whether that is what L1 says now.
    pub current: bool,
    /// Whether the data is final.
    pub is_final: bool,
}

/// An account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AccountView {
    /// Its tree.
    pub tree: &'static str,
    /// Its place.
    pub index: u32,
    /// What its public key hashes to.
    pub key: String,
    /// Whom its exits pay.
    pub owner: settlement::Address,
    /// Of its next operation.
    pub nonce: String,
    /// By token.
    pub balances: BTreeMap<u16, String>,
    /// As of when.
    pub as_of: AsOf,
}

/// What is hashed of an account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LeafView {
    identity: String,
    next: String,
    key: String,
    meta: String,
    balances: String,
}

/// That an account is in its tree.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ProofView {
    /// The tree.
    pub tree: &'static str,
    /// The account's place.
    pub index: u32,
    /// What is hashed of it.
    pub leaf: LeafView,
    /// Per level from the leaves up, a node's four children, one of which the way goes through.
    pub path: Vec<[String; 4]>,
    /// The root over the accounts.
    pub accounts_root: String,
    /// The tree's root, as L1 has it.
    pub root: String,
    /// As of when.
    pub as_of: AsOf,
}

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

/// An operation that waits.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct WaitingView {
    /// Its place.
    pub place: u64,
    /// `deposit`, `forced` or `cancelled`.
    pub kind: &'static str,
    /// Which token.
    pub token: u16,
    /// How much.
    pub amount: String,
    /// Whom it pays, or whose account it opens.
    pub owner: settlement::Address,
    /// The account.
    pub account: String,
    /// When it came.
    pub enqueued_at: u64,
    /// Until when it must be consumed, what fallbacks gave anew included.
    pub deadline: u64,
}

/// A queue.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct QueueView {
    /// The tree.
    pub tree: &'static str,
    /// The first place that is not consumed.
    pub head: u64,
    /// The next place.
    pub tail: u64,
    /// When the rollup can be frozen if nobody consumes any of it.
    pub oldest_deadline: Option<u64>,
    /// What waits, from the head on, at most 100.
    pub waiting: Vec<WaitingView>,
}

/// How far a tree is derived.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TreeView {
    /// L1's root.
    pub on_l1: Option<String>,
    /// The root that was derived; none in light mode.
    pub derived: Option<String>,
    /// After which batch.
    pub after: BatchNumber,
    /// Whether both are the same.
    pub is_current: bool,
    /// The batch whose row is missing, if one is.
    pub waits_for: Option<BatchNumber>,
}

/// The rollup's roots.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RootsView {
    /// L1's newest batch.
    pub newest: BatchNumber,
    /// L1's last final one.
    pub last_final: BatchNumber,
    /// Fallbacks so far.
    pub fallbacks: u32,
    /// Whether nothing goes in any more.
    pub frozen: bool,
    /// The tree on L1.
    pub on_l1: TreeView,
    /// The other tree.
    pub off_l1: TreeView,
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

fn as_of(derivation: &Derivation, tree: Tree) -> AsOf {
    let standing = derivation.standing(tree);
    AsOf {
        batch: standing.after,
        current: standing.is_current,
        is_final: tree == Tree::OnL1 || standing.after <= derivation.history().last_final(),
    }
}

/// The place of the account opened with a key for an owner.
///
/// # Errors
/// [`Error::NotFound`].
pub fn find(
    derivation: &Derivation,
    tree: Tree,
    key: AccountKey,
    owner: Address,
) -> Result<AccountIndex> {
    let found = derivation.state().tree(tree).find(key, owner);
    found.ok_or_else(|| Error::NotFound {
        what: format!("account {key} of {owner} {tree}"),
    })
}

fn no_account(tree: Tree, index: AccountIndex) -> Error {
    Error::NotFound {
        what: format!("account {index} {tree}"),
    }
}

/// An account by its place.
///
/// # Errors
/// [`Error::NotFound`].
pub fn account(derivation: &Derivation, tree: Tree, index: AccountIndex) -> Result<AccountView> {
    let account = derivation.state().tree(tree).account(index);
    let account = account.ok_or_else(|| no_account(tree, index))?;
    Ok(AccountView {
        tree: name(tree),
        index: index.get(),
        key: digits(account.key()),
        owner: l1_address(account.owner()),
        nonce: account.nonce().to_string(),
        balances: account
            .balances()
            .map(|(token, amount)| (token.get(), amount.to_string()))
            .collect(),
        as_of: as_of(derivation, tree),
    })
}

/// That an account is in its tree.
///
/// # Errors
/// [`Error::NotFound`].
pub fn proof(derivation: &Derivation, tree: Tree, index: AccountIndex) -> Result<ProofView> {
    let state = derivation.state();
    let accounts = state.tree(tree);
    let account = accounts.account(index);
    let leaf = account.ok_or_else(|| no_account(tree, index))?.leaf();
    let path = accounts.path(index);
    Ok(ProofView {
        tree: name(tree),
        index: index.get(),
        leaf: LeafView {
            identity: digits(leaf.identity),
            next: digits(leaf.next),
            key: digits(leaf.key),
            meta: digits(leaf.meta),
            balances: digits(leaf.balances),
        },
        path: path.iter().map(|step| step.map(digits)).collect(),
        accounts_root: digits(accounts.accounts_root()),
        root: digits(state.roots().of(tree)),
        as_of: as_of(derivation, tree),
    })
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

/// A queue.
///
/// # Errors
/// [`Error::Derivation`] for what the contracts do not queue.
pub fn queue(derivation: &Derivation, tree: Tree) -> Result<QueueView> {
    let history = derivation.history();
    let waiting = history.next(tree, limits::WAITING)?.into_iter();
    Ok(QueueView {
        tree: name(tree),
        head: history.head(tree),
        tail: history.queue(tree).tail(),
        oldest_deadline: history.oldest_deadline(tree),
        waiting: waiting
            .map(|queued| WaitingView {
                place: queued.place,
                kind: match queued.on_l1.kind {
                    0 => "cancelled",
                    1 => "deposit",
                    _ => "forced",
                },
                token: queued.on_l1.token,
                amount: queued.on_l1.amount.to_string(),
                owner: queued.on_l1.owner,
                account: hex::encode(queued.on_l1.account.to_be_bytes::<32>()),
                enqueued_at: queued.on_l1.enqueuedAt,
                deadline: queued.deadline,
            })
            .collect(),
    })
}

/// L1's roots, and those that were derived.
#[must_use]
pub fn roots(derivation: &Derivation) -> RootsView {
    let history = derivation.history();
    let on_l1 = history.roots();
    let own = derivation.state().roots();
    let tree = |tree: Tree| {
        let standing = derivation.standing(tree);
        let is_derived = !derivation.limits().roots_only;
        TreeView {
            on_l1: on_l1.map(|roots| digits(roots.of(tree))),
            derived: is_derived.then(|| digits(own.of(tree))),
            after: standing.after,
            is_current: standing.is_current,
            waits_for: standing.waits_for,
        }
    };
    RootsView {
        newest: history.newest(),
        last_final: history.last_final(),
        fallbacks: history.era(),
        frozen: history.frozen().is_some(),
        on_l1: tree(Tree::OnL1),
        off_l1: tree(Tree::OffL1),
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

/// A tree's derived root, if it is what L1 has now.
///
/// # Errors
/// [`Error::Behind`].
pub fn current_root(derivation: &Derivation, tree: Tree) -> Result<settlement::U256> {
    let standing = derivation.standing(tree);
    if !standing.is_current {
        return Err(Error::Behind {
            tree,
            after: standing.after.get(),
            newest: derivation.history().newest().get(),
        });
    }
    Ok(word(derivation.state().roots().of(tree)))
}
