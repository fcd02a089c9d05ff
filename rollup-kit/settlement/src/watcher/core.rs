//! What a watcher does, decided from what L1 says, what sampling found, and what was paid. Pure.

mod cells;
mod findings;
mod purse;

pub use self::cells::rows_to_ask;
pub use self::findings::{Finding, Findings};
pub use crate::challenged_cells::CellView;

use self::purse::Purse;
use crate::client::Head;
use crate::outbox::{Ledger, PaymentName};
use crate::state::{BatchView, RollupView, RowState, RowView};
use crate::watcher::{Limits, SamplingConfig};
use crate::{BatchNumber, BlobRow, L1Time, Wei};
use alloy::primitives::B256;
use chain::{ColumnSet, ValidatorIndex};
use std::collections::BTreeMap;
use types::ColumnIndex;

/// Least contribution to a challenge: `RowChallenges.LEAST_CONTRIBUTION`.
pub const LEAST_CONTRIBUTION: Wei = Wei::milliether(1);
/// What a bond is paid with on top, in percent: prices rise until it is in a block, and what is
/// too much comes back.
const MARGIN: u128 = 125;

/// A row of a batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Place {
    /// The batch.
    pub batch: BatchNumber,
    /// The row.
    pub row: BlobRow,
}

impl std::fmt::Display for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "row {} of batch {}", self.row, self.batch)
    }
}

/// Something to send.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Action {
    /// Pay into a row's challenge.
    Challenge {
        /// The row.
        at: Place,
        /// How much.
        amount: Wei,
    },
    /// Take a contribution back that opened nothing.
    LeavePool {
        /// The row.
        at: Place,
    },
    /// End a challenge that nobody answered.
    Expire {
        /// The row.
        at: Place,
    },
    /// Slash a signer that kept silent.
    Slash {
        /// The row.
        at: Place,
        /// The signer.
        signer: ValidatorIndex,
    },
    /// Fetch what a challenge left and earned.
    Fetch {
        /// The row.
        at: Place,
    },
    /// Ask a signer for one of its cells.
    ChallengeCell {
        /// The row.
        at: Place,
        /// The signer.
        signer: ValidatorIndex,
        /// The column.
        column: ColumnIndex,
        /// The bond.
        amount: Wei,
    },
    /// End a challenge of a cell that nobody answered.
    ExpireCell {
        /// The challenge.
        id: B256,
    },
    /// Fetch what challenges of cells left and earned.
    FetchCells,
}

/// Why a row that cannot be had is not challenged by this watcher.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LeftOut {
    /// More would be at stake than the owner wants.
    AtStake {
        /// With this one.
        needed: Wei,
    },
    /// As many challenges are open as the owner wants.
    Open,
    /// The day's budget is spent.
    Budget {
        /// With this one.
        needed: Wei,
    },
    /// The account does not have it.
    Balance {
        /// What it has.
        got: Wei,
    },
    /// The time to challenge is over, and no cell is asked for.
    TooLate,
}

/// What was decided.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Decision {
    /// What to send, the most urgent first.
    pub actions: Vec<(PaymentName, Action)>,
    /// What on the way is not wanted any more.
    pub obsolete: Vec<PaymentName>,
    /// Rows that cannot be had and are not challenged.
    pub left_out: Vec<(Place, LeftOut)>,
}

/// A signer of a batch's certificate, for a row whose challenge has expired, or that can only be
/// asked for cell by cell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SignerView {
    /// Its place in the set.
    pub index: ValidatorIndex,
    /// Whether it was slashed for the row.
    pub is_slashed: bool,
    /// Whether it has published the cells that it owes.
    pub is_spared: bool,
    /// What a slash would take.
    pub slashable: Wei,
    /// The columns that it owes when a row is withheld. It keeps them whatever the size of the set.
    pub owed: ColumnSet,
}

/// What a watcher knows.
#[derive(Debug, Clone, Copy)]
pub struct Known<'a> {
    /// L1, as deep as the owner wants.
    pub view: &'a RollupView,
    /// The newest block: its time, its prices.
    pub newest: &'a Head,
    /// What was paid and is on its way.
    pub ledger: &'a Ledger,
    /// What sampling found.
    pub findings: &'a Findings,
    /// Signers of rows with expired challenges, and of those that [`rows_to_ask`] names.
    pub signers: &'a BTreeMap<Place, Vec<SignerView>>,
    /// The account's own challenges of cells that run.
    pub cells: &'a [CellView],
    /// Drawn anew for every decision.
    pub random: u64,
}

impl Known<'_> {
    fn rows(&self) -> impl Iterator<Item = (Place, &BatchView, &RowView)> {
        self.view.batches.iter().flat_map(|batch| {
            batch.places().map(move |(row, view)| {
                let place = Place {
                    batch: batch.number,
                    row,
                };
                (place, batch, view)
            })
        })
    }
}

/// Rows to sample now: those of batches that may still be challenged, one after a pause again. What
/// was had may be withheld an hour later. If the owner wants cells to be asked for, rows whose time
/// is over as well, after longer pauses.
#[must_use]
pub fn to_sample(
    known: &Known<'_>,
    sampling: &SamplingConfig,
    limits: &Limits,
) -> Vec<(BatchNumber, Vec<BlobRow>)> {
    let mut due: BTreeMap<BatchNumber, Vec<BlobRow>> = BTreeMap::new();
    for (place, batch, row) in known.rows() {
        let pause = if may_be_challenged(known, batch, row) {
            sampling.pause
        } else if limits.max_cells > 0 && cells::are_all_that_is_left(known, batch, row) {
            sampling.pause_afterwards
        } else {
            continue;
        };
        let last = known.findings.of(batch.blob, place.row).last;
        if last == L1Time::default() || known.newest.time.since(last) >= pause {
            due.entry(place.batch).or_default().push(place.row);
        }
    }
    due.into_iter().collect()
}

/// Whether nothing is left to be done about a batch. `expired_for` is for how long an expired
/// challenge is looked after, in seconds.
#[must_use]
pub fn is_over(batch: &BatchView, newest: &Head, limits: &Limits, expired_for: u64) -> bool {
    let is_asked_for = limits.max_cells > 0 && cells::are_kept(batch, newest);
    batch.rows.iter().all(|row| match row.state {
        RowState::Quiet | RowState::Pooling => {
            newest.time > batch.challenge_until && row.own == Wei::ZERO && !is_asked_for
        }
        RowState::Open => false,
        RowState::Answered => row.due == Wei::ZERO,
        // Signers may be slashed for a day and more, and each slash earns.
        RowState::Expired => newest.time.since(row.deadline) > expired_for,
    })
}

/// Decides.
#[must_use]
pub fn decide(known: &Known<'_>, limits: &Limits) -> Decision {
    let mut decision = Decision::default();
    let mut wanted = Vec::new();
    let mut purse = Purse::of(known, limits);
    challenges(known, limits, &mut purse, &mut wanted, &mut decision);
    cells::challenge(known, limits, &mut purse, &mut wanted, &mut decision);
    cells::end(known, &mut wanted);
    for (place, batch, row) in known.rows() {
        let useless = row.state == RowState::Pooling
            && (!may_be_challenged(known, batch, row)
                || known.findings.of(batch.blob, place.row).in_vain == 0);
        if useless && row.own > Wei::ZERO {
            wanted.push((
                name("leave", place, row.own),
                Action::LeavePool { at: place },
            ));
        }
        if row.state == RowState::Open && known.newest.time > row.deadline {
            wanted.push((
                name("expire", place, Wei::ZERO),
                Action::Expire { at: place },
            ));
        }
        if row.state == RowState::Expired {
            slashes(known, place, batch, row, &mut wanted);
        }
        if row.due > Wei::ZERO {
            wanted.push((
                name("fetch", place, row.fetched),
                Action::Fetch { at: place },
            ));
        }
    }
    for pending in known.ledger.all_pending() {
        if !wanted.iter().any(|(name, _)| *name == pending.name) {
            decision.obsolete.push(pending.name.clone());
        }
    }
    wanted.retain(|(name, _)| !known.ledger.has(name));
    decision.actions = wanted;
    decision
}

/// Whether a challenge of the row can be opened.
fn may_be_challenged(known: &Known<'_>, batch: &BatchView, row: &RowView) -> bool {
    matches!(row.state, RowState::Quiet | RowState::Pooling)
        && !batch.is_void
        && !row.is_public
        && known.newest.time <= batch.challenge_until
}

/// Challenges rows that cannot be had, as far as the owner's limits go: those whose time is over
/// first go first.
fn challenges(
    known: &Known<'_>,
    limits: &Limits,
    purse: &mut Purse,
    wanted: &mut Vec<(PaymentName, Action)>,
    decision: &mut Decision,
) {
    let is_asked_for = |batch: &BatchView, row: &RowView| {
        limits.max_cells > 0 && cells::are_all_that_is_left(known, batch, row)
    };
    let mut missing: Vec<_> = known
        .rows()
        .filter(|(place, batch, row)| {
            matches!(row.state, RowState::Quiet | RowState::Pooling)
                && !batch.is_void
                && !row.is_public
                && known.findings.of(batch.blob, place.row).in_vain >= limits.rounds_in_vain
        })
        .collect();
    missing.sort_by_key(|(place, batch, _)| (batch.challenge_until, *place));
    for (place, batch, row) in missing {
        if is_asked_for(batch, row) {
            continue;
        }
        if known.newest.time > batch.challenge_until {
            decision.left_out.push((place, LeftOut::TooLate));
            continue;
        }
        let name = name("challenge", place, row.own);
        let prices = (known.newest.base_fee, known.newest.blob_base_fee);
        let bond = batch.settings.row_bond(prices.0, prices.1);
        // What others have put in stays: the remainder is enough.
        let amount = bond.percent(MARGIN).saturating_sub(row.pooled);
        let amount = amount.max(LEAST_CONTRIBUTION);
        if !known.ledger.has(&name) {
            match purse.take(amount, row.own == Wei::ZERO) {
                Ok(()) => {}
                Err(reason) => {
                    decision.left_out.push((place, reason));
                    continue;
                }
            }
        }
        wanted.push((name, Action::Challenge { at: place, amount }));
    }
}

fn slashes(
    known: &Known<'_>,
    place: Place,
    batch: &BatchView,
    row: &RowView,
    wanted: &mut Vec<(PaymentName, Action)>,
) {
    let window = u64::from(batch.settings.exculpation_window);
    if known.newest.time <= row.deadline.plus(window) {
        return;
    }
    let silent = known.signers.get(&place).into_iter().flatten();
    for signer in silent.filter(|s| !s.is_slashed && !s.is_spared && s.slashable > Wei::ZERO) {
        let name = PaymentName::new(format!("slash signer {} over {place}", signer.index));
        let action = Action::Slash {
            at: place,
            signer: signer.index,
        };
        wanted.push((name, action));
    }
}

/// Names a payment by what it is for and what came before it: a contribution after another one is
/// another payment.
fn name(what: &str, place: Place, after: Wei) -> PaymentName {
    PaymentName::new(format!("{what} {place} after {after}"))
}

#[cfg(test)]
mod tests;
