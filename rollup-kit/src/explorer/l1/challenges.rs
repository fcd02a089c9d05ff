//! Challenges of rows and of single cells, out of what the contracts said.

use super::events::{Events, Said};
use crate::explorer::units::Amount;
use serde::Serialize;
use settlement::{Address, B256};
use std::collections::BTreeMap;

/// Most challenges of a kind that are shown: the newest.
const SHOWN: usize = 100;

/// Where a challenge stands: `interfaces/IChallenges.sol`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(in crate::explorer) enum State {
    /// Contributions are being collected.
    Pooling,
    /// The answer is due.
    Open,
    /// The data stood on L1.
    Answered,
    /// Nobody answered.
    Expired,
}

/// A row's challenge.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(in crate::explorer) struct RowChallenge {
    pub(in crate::explorer) batch: u64,
    pub(in crate::explorer) row: u16,
    pub(in crate::explorer) state: State,
    /// The last second in which an answer counts; none while contributions are collected.
    pub(in crate::explorer) deadline: Option<u64>,
    /// Wei that was contributed.
    pub(in crate::explorer) pooled: Amount,
    /// Who answered.
    pub(in crate::explorer) answered_by: Option<Address>,
    /// Wei that the answer was paid.
    pub(in crate::explorer) paid: Amount,
    /// Wei that the operator lost.
    pub(in crate::explorer) operator_lost: Amount,
    /// Signers that were slashed.
    pub(in crate::explorer) signers_slashed: u64,
    /// Wei that they lost.
    pub(in crate::explorer) signers_lost: Amount,
}

/// A challenge of one validator's cell.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(in crate::explorer) struct CellChallenge {
    pub(in crate::explorer) id: B256,
    pub(in crate::explorer) batch: u64,
    pub(in crate::explorer) row: u16,
    pub(in crate::explorer) column: u8,
    pub(in crate::explorer) validator: B256,
    pub(in crate::explorer) challenger: Address,
    pub(in crate::explorer) state: State,
    pub(in crate::explorer) deadline: u64,
    /// Wei that the challenger put up.
    pub(in crate::explorer) bond: Amount,
    /// Wei that the validator lost.
    pub(in crate::explorer) lost: Amount,
}

/// All challenges, the newest batches first.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub(in crate::explorer) struct Challenges {
    pub(in crate::explorer) rows: Vec<RowChallenge>,
    pub(in crate::explorer) cells: Vec<CellChallenge>,
    /// Of both kinds, those that wait for an answer.
    pub(in crate::explorer) open: usize,
}

/// Rows by batch and place.
#[derive(Default)]
struct Rows(BTreeMap<(u64, u16), RowChallenge>);

impl Rows {
    fn at(&mut self, batch: u64, row: u16) -> &mut RowChallenge {
        self.0.entry((batch, row)).or_insert(RowChallenge {
            batch,
            row,
            state: State::Pooling,
            deadline: None,
            pooled: Amount::default(),
            answered_by: None,
            paid: Amount::default(),
            operator_lost: Amount::default(),
            signers_slashed: 0,
            signers_lost: Amount::default(),
        })
    }
}

/// What became of all challenges.
pub(super) fn of(events: &Events) -> Challenges {
    let mut rows = Rows::default();
    let mut cells: BTreeMap<B256, CellChallenge> = BTreeMap::new();
    for said in events.iter() {
        match said {
            Said::Contributed(event) => {
                let row = rows.at(event.batch, event.row);
                row.pooled = row.pooled.plus(event.amount.into());
            }
            Said::Challenged(event) => {
                let row = rows.at(event.batch, event.row);
                row.state = State::Open;
                row.deadline = Some(event.deadline);
            }
            Said::Extended(event) => {
                rows.at(event.batch, event.row).deadline = Some(event.deadline);
            }
            Said::Published(event) => {
                let row = rows.at(event.batch, event.row);
                // A row may stand on L1 though its challenge has expired.
                if row.state != State::Expired {
                    row.state = State::Answered;
                }
                row.answered_by = Some(event.by);
                row.paid = row.paid.plus(event.paid.into());
            }
            Said::Expired(event) => {
                let row = rows.at(event.batch, event.row);
                row.state = State::Expired;
                row.operator_lost = row.operator_lost.plus(event.slashed.into());
            }
            Said::SignerSlashed(event) => {
                let row = rows.at(event.batch, event.row);
                row.signers_slashed += 1;
                row.signers_lost = row.signers_lost.plus(event.amount.into());
            }
            Said::CellChallenged(event) => {
                let challenge = &event.challenge;
                cells.insert(
                    event.id,
                    CellChallenge {
                        id: event.id,
                        batch: challenge.batch,
                        row: challenge.row,
                        column: challenge.column,
                        validator: event.validator,
                        challenger: challenge.challenger,
                        state: State::Open,
                        deadline: challenge.deadline,
                        bond: challenge.bond.into(),
                        lost: Amount::default(),
                    },
                );
            }
            Said::CellAnswered(event) => {
                if let Some(cell) = cells.get_mut(&event.id) {
                    cell.state = State::Answered;
                }
            }
            Said::CellExpired(event) => {
                if let Some(cell) = cells.get_mut(&event.id) {
                    cell.state = State::Expired;
                    cell.lost = event.slashed.into();
                }
            }
            Said::Bonded(_) | Said::OperatorSlashed(..) | Said::ValidatorSlashed(..) => {}
        }
    }
    let open = rows
        .0
        .values()
        .filter(|row| row.state == State::Open)
        .count()
        + cells
            .values()
            .filter(|cell| cell.state == State::Open)
            .count();
    let mut cells: Vec<CellChallenge> = cells.into_values().collect();
    cells.sort_unstable_by_key(|cell| std::cmp::Reverse((cell.batch, cell.row, cell.column)));
    cells.truncate(SHOWN);
    Challenges {
        rows: rows.0.into_values().rev().take(SHOWN).collect(),
        cells,
        open,
    }
}
