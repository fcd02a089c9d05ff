//! Challenges of single cells.
//!
//! While a row can be challenged that is the better question: its answer puts the whole row on L1
//! for a quarter of what an answer of one cell costs. Once its time is over, cells are all that is
//! left to ask for. They bring no row back, but a validator that signed for one and has lost it, or
//! sells its silence, loses its stake.

use super::purse::Purse;
use super::{Action, Decision, Known, LeftOut, MARGIN, Place, SignerView};
use crate::Wei;
use crate::client::Head;
use crate::outbox::PaymentName;
use crate::state::{BatchView, RowState, RowView};
use crate::watcher::Limits;
use types::ColumnIndex;

/// Seconds for which validators keep a batch's blob after its submission, at least:
/// `rollup/Batches.sol`, `LEAST_RETENTION`.
const KEPT_FOR: u64 = 13 * 24 * 60 * 60;

/// Whether an answer of a cell would be due while its validator still has to keep it.
pub(super) fn are_kept(batch: &BatchView, newest: &Head) -> bool {
    let answered = newest.time.plus(u64::from(batch.settings.answer_window));
    answered <= batch.submitted_at.plus(KEPT_FOR)
}

/// Whether the row's cells can be asked for, and the row itself no more.
pub(super) fn are_all_that_is_left(known: &Known<'_>, batch: &BatchView, row: &RowView) -> bool {
    matches!(row.state, RowState::Quiet | RowState::Pooling)
        && !batch.is_void
        && !row.is_public
        && known.newest.time > batch.challenge_until
        && are_kept(batch, known.newest)
}

/// Rows that cannot be had and of which only cells can be asked for: their signers matter.
#[must_use]
pub fn rows_to_ask(known: &Known<'_>, limits: &Limits) -> Vec<Place> {
    if limits.max_cells == 0 {
        return Vec::new();
    }
    known
        .rows()
        .filter(|(place, batch, row)| {
            let finding = known.findings.of(batch.blob, place.row);
            finding.in_vain >= limits.rounds_in_vain && are_all_that_is_left(known, batch, row)
        })
        .map(|(place, ..)| place)
        .collect()
}

/// Challenges a cell of some of a row's signers, as many as the owner allows, whichever they are:
/// who could know beforehand would keep those cells and no others.
pub(super) fn challenge(
    known: &Known<'_>,
    limits: &Limits,
    purse: &mut Purse,
    wanted: &mut Vec<(PaymentName, Action)>,
    decision: &mut Decision,
) {
    for place in rows_to_ask(known, limits) {
        let Some(batch) = known.view.batch(place.batch) else {
            continue;
        };
        let signers = known.signers.get(&place).into_iter().flatten();
        let mut signers: Vec<&SignerView> = signers
            .filter(|signer| signer.slashable > Wei::ZERO && !signer.owed.is_empty())
            .collect();
        // Those that were asked already come first, and count.
        signers.sort_by_key(|signer| {
            let is_new = !known.ledger.has(&name(place, signer));
            (is_new, draw(known.random, place, signer, 0), signer.index)
        });
        if signers.is_empty() {
            decision.left_out.push((place, LeftOut::TooLate));
        }
        let bond = batch.settings.cell_bond(known.newest.base_fee);
        let amount = bond.percent(MARGIN);
        for signer in signers.into_iter().take(limits.max_cells as usize) {
            let name = name(place, signer);
            if !known.ledger.has(&name)
                && let Err(reason) = purse.take(amount, true)
            {
                decision.left_out.push((place, reason));
                break;
            }
            let Some(column) = column(known.random, place, signer) else {
                continue;
            };
            let action = Action::ChallengeCell {
                at: place,
                signer: signer.index,
                column,
                amount,
            };
            wanted.push((name, action));
        }
    }
}

/// Ends the account's own challenges that nobody answered, and fetches what they came to.
pub(super) fn end(known: &Known<'_>, wanted: &mut Vec<(PaymentName, Action)>) {
    for cell in known.cells {
        if known.newest.time > cell.deadline {
            let name = PaymentName::new(format!("expire cell {}", cell.id));
            wanted.push((name, Action::ExpireCell { id: cell.id }));
        }
    }
    // What is earned anew is fetched anew, once what is on its way has arrived.
    let is_fetch = |name: &PaymentName| name.to_string().starts_with(FETCH);
    let mut pending = known.ledger.all_pending().map(|pending| &pending.name);
    let name = match pending.find(|name| is_fetch(name)) {
        Some(name) => name.clone(),
        None if crate::challenged_cells::is_worth_fetching(
            known.view.cell_earnings,
            known.newest.base_fee,
        ) =>
        {
            PaymentName::new(format!("{FETCH} at {}", known.newest.number))
        }
        None => return,
    };
    wanted.push((name, Action::FetchCells));
}

const FETCH: &str = "fetch earnings of cells";

/// A signer is asked for one cell of a row, once.
fn name(place: Place, signer: &SignerView) -> PaymentName {
    PaymentName::new(format!("ask signer {} for a cell of {place}", signer.index))
}

/// One of the columns that a signer keeps, each as likely.
fn column(random: u64, place: Place, signer: &SignerView) -> Option<ColumnIndex> {
    let count = u64::try_from(signer.owed.len()).ok()?;
    let nth = draw(random, place, signer, 1).checked_rem(count)?;
    signer.owed.iter().nth(usize::try_from(nth).ok()?)
}

/// A number that nobody foresees who does not know `random`: SplitMix64 over what it is for.
fn draw(random: u64, place: Place, signer: &SignerView, purpose: u64) -> u64 {
    let parts = [
        place.batch.get(),
        u64::from(place.row.get()),
        u64::from(signer.index.get()),
        purpose,
    ];
    parts.into_iter().fold(random, |state, part| {
        let mut z = (state ^ part).wrapping_add(0x9e37_79b9_7f4a_7c15);
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    })
}
