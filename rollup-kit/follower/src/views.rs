//! What is told of a rollup.
//!
//! Amounts and nonces are decimal text; scalars are 64 hexadecimal digits; addresses and hashes of
//! L1 begin with 0x; times are Unix seconds.

mod accounts;
mod batches;

use crate::{Error, Result, limits};
pub use accounts::{AccountView, AsOf, LeafView, ProofView, account, find, proof};
pub use batches::{BatchView, ChallengeView, ClaimView, PathView, batch, batches, claim};
use derivation::Derivation;
use derivation::convert::word;
use ledger::{AccountKey, Address, Fr, Tree, scalar_bytes};
use serde::Serialize;
use settlement::BatchNumber;

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
    /// How many accounts were derived; none in light mode.
    pub accounts: Option<u64>,
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
            // The sentinel is nobody's.
            accounts: is_derived.then(|| derivation.state().tree(tree).count() - 1),
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
