//! What a watcher does, decided from what L1 says, what sampling found, and what was paid. Pure.

use crate::client::Head;
use crate::outbox::{Ledger, PaymentName};
use crate::state::{BatchView, RollupView, RowState, RowView};
use crate::watcher::Limits;
use crate::{BatchNumber, BlobRow, L1Time, Wei};
use chain::ValidatorIndex;
use light_node::core::Verdict;
use std::collections::BTreeMap;
use types::BlobId;

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
    /// The time to challenge is over.
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

/// What sampling found of rows, over several rounds.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Findings(BTreeMap<(BlobId, BlobRow), Finding>);

/// What sampling found of one row.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Finding {
    /// Rounds in vain since it was had last.
    pub in_vain: u32,
    /// When it was sampled last.
    pub last: L1Time,
    /// Whether it was ever had.
    pub was_had: bool,
}

impl Findings {
    /// Takes a round's verdict in. One that is undecided says nothing of the row.
    pub fn note(&mut self, blob: BlobId, row: BlobRow, verdict: Verdict, now: L1Time) {
        let finding = self.0.entry((blob, row)).or_default();
        finding.last = now;
        match verdict {
            Verdict::Available => {
                finding.in_vain = 0;
                finding.was_had = true;
            }
            Verdict::Unavailable => finding.in_vain += 1,
            Verdict::Undecided => {}
        }
    }

    /// What was found of a row.
    #[must_use]
    pub fn of(&self, blob: BlobId, row: BlobRow) -> Finding {
        self.0.get(&(blob, row)).copied().unwrap_or_default()
    }

    /// Forgets rows of other blobs.
    pub fn keep(&mut self, blobs: impl Fn(&BlobId) -> bool) {
        self.0.retain(|(blob, _), _| blobs(blob));
    }
}

/// A signer of a batch's certificate, for a row whose challenge has expired.
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
    /// Signers of batches with expired challenges.
    pub signers: &'a BTreeMap<Place, Vec<SignerView>>,
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

/// Rows to sample now: those of batches that may still be challenged, one after `pause` seconds
/// again. What was had may be withheld an hour later.
#[must_use]
pub fn to_sample(known: &Known<'_>, pause: u64) -> Vec<(BatchNumber, Vec<BlobRow>)> {
    let mut due: BTreeMap<BatchNumber, Vec<BlobRow>> = BTreeMap::new();
    for (place, batch, row) in known.rows() {
        let finding = known.findings.of(batch.blob, place.row);
        let is_due =
            finding.last == L1Time::default() || known.newest.time.since(finding.last) >= pause;
        if is_due && may_be_challenged(known, batch, row) {
            due.entry(place.batch).or_default().push(place.row);
        }
    }
    due.into_iter().collect()
}

/// Decides.
#[must_use]
pub fn decide(known: &Known<'_>, limits: &Limits) -> Decision {
    let mut decision = Decision::default();
    let mut wanted = Vec::new();
    challenges(known, limits, &mut wanted, &mut decision);
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
    wanted: &mut Vec<(PaymentName, Action)>,
    decision: &mut Decision,
) {
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
    let mut purse = Purse::of(known, limits);
    for (place, batch, row) in missing {
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
            match purse.take(row, amount) {
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

/// What the owner's limits leave.
struct Purse {
    at_stake: Wei,
    open: u32,
    of_day: Wei,
    balance: Wei,
    limits: Limits,
}

impl Purse {
    fn of(known: &Known<'_>, limits: &Limits) -> Self {
        let running = |row: &RowView| {
            row.own > Wei::ZERO && matches!(row.state, RowState::Pooling | RowState::Open)
        };
        let rows = known.rows().filter(|(_, _, row)| running(row));
        let own: Vec<Wei> = rows.map(|(_, _, row)| row.own).collect();
        let on_way = known.ledger.all_pending().map(|pending| pending.value);
        let on_way: Vec<Wei> = on_way.filter(|value| *value > Wei::ZERO).collect();
        let pending: Wei = on_way.iter().copied().sum();
        Self {
            at_stake: own.iter().copied().sum::<Wei>() + pending,
            open: u32::try_from(own.len() + on_way.len()).unwrap_or(u32::MAX),
            of_day: known.ledger.spent_in_day(known.newest.time),
            balance: known.view.balance.saturating_sub(pending),
            limits: *limits,
        }
    }

    fn take(&mut self, row: &RowView, amount: Wei) -> Result<(), LeftOut> {
        let at_stake = self.at_stake + amount;
        if at_stake > self.limits.max_at_stake {
            return Err(LeftOut::AtStake { needed: at_stake });
        }
        let is_new = row.own == Wei::ZERO;
        if is_new && self.open >= self.limits.max_open {
            return Err(LeftOut::Open);
        }
        let of_day = self.of_day + amount;
        if of_day > self.limits.max_per_day {
            return Err(LeftOut::Budget { needed: of_day });
        }
        if amount > self.balance {
            return Err(LeftOut::Balance { got: self.balance });
        }
        self.at_stake = at_stake;
        self.of_day = of_day;
        self.balance = self.balance.saturating_sub(amount);
        self.open += u32::from(is_new);
        Ok(())
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
