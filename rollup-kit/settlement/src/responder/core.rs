//! What a responder does, decided from what L1 says, what its store has, and what was sent. Pure.

mod urgency;

pub use self::urgency::{Alarm, Urgency, urgency};
pub use crate::challenged_cells::CellView;

use self::urgency::LAST_HOUR;
use crate::L1Time;
use crate::challenged_cells::is_worth_fetching;
use crate::client::Head;
use crate::outbox::{Ledger, PaymentName};
use crate::responder::ways::{Holding, Need, Prices, Way, cheapest};
use crate::state::{BatchView, RollupView, RowState};
use crate::watcher::core::Place;
use alloy::primitives::Address;
use chain::ColumnSet;
use std::collections::BTreeMap;
use types::ColumnIndex;

/// What the validator owes for a row whose challenge has expired.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DutyView {
    /// The row.
    pub at: Place,
    /// What it owes.
    pub owed: ColumnSet,
    /// What of it it has published.
    pub published: ColumnSet,
    /// The last second in which that spares it.
    pub until: L1Time,
}

/// In whose name it answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Role {
    /// The operator whose batches' rows it answers for; none: only for a validator.
    pub operator: Option<Address>,
    /// Answers for rows of every operator's batches: a validator that wants no fallback.
    pub any_row: bool,
}

/// What a responder knows.
#[derive(Debug, Clone, Copy)]
pub struct Known<'a> {
    /// L1.
    pub view: &'a RollupView,
    /// Challenges of the validator's cells that run.
    pub cells: &'a [CellView],
    /// What the validator owes.
    pub duties: &'a [DutyView],
    /// The newest block.
    pub newest: &'a Head,
    /// What the store has of the rows asked for.
    pub holdings: &'a BTreeMap<Place, Holding>,
    /// What was sent.
    pub ledger: &'a Ledger,
    /// In whose name.
    pub role: Role,
}

/// Something to send.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Action {
    /// Put a row on L1 as a blob.
    PublishRow {
        /// The row.
        at: Place,
    },
    /// Put a row on L1 as cells, of which this is one.
    PublishCell {
        /// The row.
        at: Place,
        /// The column.
        column: ColumnIndex,
        /// By openings or by multiproof.
        way: Way,
        /// Whether the validator's duty asks for it.
        is_own: bool,
    },
    /// Answer a cell's challenge.
    AnswerCell {
        /// The challenge.
        cell: CellView,
        /// How.
        way: Way,
    },
    /// Publish all of the validator's cells of a row at once.
    PublishOwn {
        /// The row.
        at: Place,
    },
    /// Give a row's challenge more time while blob space is dear.
    Extend {
        /// The row.
        at: Place,
    },
    /// Fetch what answers have earned.
    FetchEarnings,
    /// Fetch what cells have earned.
    FetchCellEarnings,
}

/// What was decided.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Decision {
    /// What to send, the earliest deadline first.
    pub actions: Vec<(PaymentName, Action)>,
    /// What on the way is not wanted any more.
    pub obsolete: Vec<PaymentName>,
    /// How close the closest deadline is.
    pub urgency: Urgency,
    /// What a person should know.
    pub alarms: Vec<Alarm>,
}

/// Rows of which it matters what the store has.
#[must_use]
pub fn asked_for(known: &Known<'_>) -> Vec<Place> {
    let rows = open_rows(known).map(|(place, ..)| place);
    let cells = known.cells.iter().map(|cell| cell.at);
    let duties = known.duties.iter().map(|duty| duty.at);
    let mut places: Vec<Place> = rows.chain(cells).chain(duties).collect();
    places.sort_unstable();
    places.dedup();
    places
}

/// Whether nothing of a batch's rows can be asked for any more, but for single cells.
#[must_use]
pub fn is_over(batch: &BatchView, now: L1Time) -> bool {
    let window = u64::from(batch.settings.exculpation_window);
    batch.rows.iter().all(|row| match row.state {
        RowState::Quiet | RowState::Pooling => now > batch.challenge_until,
        RowState::Open => false,
        RowState::Answered => true,
        // A second more: what was not published in time is told once.
        RowState::Expired => now > row.deadline.plus(window).plus(1),
    })
}

/// Decides.
#[must_use]
pub fn decide(known: &Known<'_>) -> Decision {
    let mut due = Due {
        known,
        prices: Prices::from(known.newest),
        wanted: Vec::new(),
        decision: Decision::default(),
    };
    due.rows();
    due.cells();
    due.duties();
    due.earnings();
    due.decide()
}

/// Rows whose answer is due, that the role answers for: with deadline, window and rows of the
/// blob.
fn open_rows<'a>(known: &Known<'a>) -> impl Iterator<Item = (Place, L1Time, &'a BatchView)> {
    let (role, view) = (known.role, known.view);
    view.batches
        .iter()
        .filter(move |batch| role.any_row || role.operator == Some(batch.operator))
        .flat_map(|batch| {
            let open = batch
                .places()
                .filter(|(_, row)| row.state == RowState::Open);
            open.map(move |(row, view)| {
                let place = Place {
                    batch: batch.number,
                    row,
                };
                (place, view.deadline, batch)
            })
        })
}

struct Due<'a> {
    known: &'a Known<'a>,
    prices: Prices,
    wanted: Vec<(L1Time, PaymentName, Action)>,
    decision: Decision,
}

impl Due<'_> {
    fn rows(&mut self) {
        for (at, deadline, batch) in open_rows(self.known) {
            let now = self.known.newest.time;
            if now > deadline {
                self.alarm(format!("{at}"), deadline, "nobody answered in time");
                continue;
            }
            let window = u64::from(batch.settings.answer_window);
            self.hurry(urgency(now, deadline, window));
            let rows = u16::try_from(batch.rows.len()).unwrap_or(u16::MAX);
            let way = cheapest(Need::Row, self.holding(at), rows, self.prices);
            match way.map(|(way, _)| way) {
                Some(Way::Blob) => {
                    let name = PaymentName::new(format!("publish {at}"));
                    self.want(deadline, name, Action::PublishRow { at });
                }
                Some(way) => self.row_by_cells(at, deadline, way),
                None => self.alarm(format!("{at}"), deadline, "the row is not in the store"),
            }
            self.late(at, deadline, window);
            let is_dear = self.known.newest.blob_base_fee > batch.settings.dear_blob_base_fee;
            if is_dear && deadline.since(now) < LAST_HOUR {
                let name = PaymentName::new(format!("extend {at} beyond {deadline}"));
                self.want(deadline, name, Action::Extend { at });
            }
        }
    }

    /// The cells that recover the row: the data columns, in one order for everybody, so that
    /// several who answer pay for a cell once.
    fn row_by_cells(&mut self, at: Place, deadline: L1Time, way: Way) {
        for column in ColumnIndex::all().take(types::limits::DATA_COLUMNS) {
            let name = PaymentName::new(format!("publish column {} of {at}", column.get()));
            let action = Action::PublishCell {
                at,
                column,
                way,
                is_own: false,
            };
            self.want(deadline, name, action);
        }
    }

    fn cells(&mut self) {
        let mut by_row: BTreeMap<Place, Vec<CellView>> = BTreeMap::new();
        for cell in self.known.cells {
            by_row.entry(cell.at).or_default().push(*cell);
        }
        for (at, cells) in by_row {
            let Some(batch) = self.known.view.batch(at.batch) else {
                continue;
            };
            let is_public = batch.row(at.row).is_some_and(|row| row.is_public);
            let rows = u16::try_from(batch.rows.len()).unwrap_or(u16::MAX);
            let count = u16::try_from(cells.len()).unwrap_or(u16::MAX);
            let need = Need::Cells { count, is_public };
            let way = cheapest(need, self.holding(at), rows, self.prices).map(|(way, _)| way);
            let window = u64::from(batch.settings.answer_window);
            for cell in cells {
                let what = format!("column {} of {at}", cell.column.get());
                if self.known.newest.time > cell.deadline {
                    self.alarm(what, cell.deadline, "nobody answered in time");
                    continue;
                }
                self.hurry(urgency(self.known.newest.time, cell.deadline, window));
                match way {
                    Some(Way::Blob) => {
                        let name = PaymentName::new(format!("publish {at}"));
                        self.want(cell.deadline, name, Action::PublishRow { at });
                    }
                    Some(way) => {
                        let name = PaymentName::new(format!("answer cell {}", cell.id));
                        self.want(cell.deadline, name, Action::AnswerCell { cell, way });
                    }
                    None => self.alarm(what, cell.deadline, "the cell is not in the store"),
                }
            }
            self.late(at, by_deadline(self.known.cells, at), window);
        }
    }

    fn duties(&mut self) {
        for duty in self.known.duties {
            let missing = duty.owed.difference(duty.published);
            if missing.is_empty() {
                continue;
            }
            let (at, until) = (duty.at, duty.until);
            if self.known.newest.time > until {
                self.alarm(format!("own cells of {at}"), until, "not published in time");
                continue;
            }
            let batch = self.known.view.batch(at.batch);
            let rows = batch.map_or(1, |batch| batch.rows.len());
            let rows = u16::try_from(rows).unwrap_or(u16::MAX);
            let window = batch.map_or(0, |batch| u64::from(batch.settings.exculpation_window));
            self.hurry(urgency(self.known.newest.time, until, window));
            let count = u16::try_from(missing.len()).unwrap_or(u16::MAX);
            let need = Need::Duty { count };
            match cheapest(need, self.holding(at), rows, self.prices).map(|(way, _)| way) {
                Some(Way::Blob) => {
                    let name = PaymentName::new(format!("publish own cells of {at}"));
                    self.want(until, name, Action::PublishOwn { at });
                }
                Some(way) => {
                    for column in missing.iter() {
                        let column_name = column.get();
                        let name =
                            PaymentName::new(format!("publish own column {column_name} of {at}"));
                        let action = Action::PublishCell {
                            at,
                            column,
                            way,
                            is_own: true,
                        };
                        self.want(until, name, action);
                    }
                }
                None => self.alarm(
                    format!("own cells of {at}"),
                    until,
                    "the cells are not in the store",
                ),
            }
            self.late(at, until, window);
        }
    }

    /// Fetches earnings that are worth a transaction.
    fn earnings(&mut self) {
        let height = self.known.newest.number;
        let view = self.known.view;
        for (what, earned, action) in [
            ("rows", view.answer_earnings, Action::FetchEarnings),
            ("cells", view.cell_earnings, Action::FetchCellEarnings),
        ] {
            // Earned anew is fetched anew: one that was fetched leaves nothing for another.
            let is_on_way = self.known.ledger.all_pending().any(|pending| {
                pending
                    .name
                    .to_string()
                    .starts_with(&format!("fetch earnings of {what}"))
            });
            if is_worth_fetching(earned, self.prices.base) && !is_on_way {
                let name = PaymentName::new(format!("fetch earnings of {what} at {height}"));
                self.want(L1Time::new(u64::MAX), name, action);
            }
        }
    }

    fn holding(&self, at: Place) -> Holding {
        let held = self.known.holdings.get(&at).copied();
        held.unwrap_or(Holding::Nothing)
    }

    fn hurry(&mut self, urgency: Urgency) {
        self.decision.urgency = self.decision.urgency.max(urgency);
    }

    fn want(&mut self, deadline: L1Time, name: PaymentName, action: Action) {
        if !self.wanted.iter().any(|(_, known, _)| *known == name) {
            self.wanted.push((deadline, name, action));
        }
    }

    /// An answer that is not settled while its deadline is near.
    fn late(&mut self, at: Place, deadline: L1Time, window: u64) {
        if urgency(self.known.newest.time, deadline, window) == Urgency::Now {
            self.alarm(
                format!("{at}"),
                deadline,
                "the answer is not settled, and it is late",
            );
        }
    }

    fn alarm(&mut self, what: String, deadline: L1Time, reason: &'static str) {
        self.decision.alarms.push(Alarm {
            what,
            deadline,
            reason,
        });
    }

    fn decide(mut self) -> Decision {
        let ledger = self.known.ledger;
        for pending in ledger.all_pending() {
            let is_wanted = self.wanted.iter().any(|(_, name, _)| *name == pending.name);
            let is_fetch = pending.name.to_string().starts_with("fetch earnings");
            if !is_wanted && !is_fetch {
                self.decision.obsolete.push(pending.name.clone());
            }
        }
        self.wanted.sort_by_key(|(deadline, ..)| *deadline);
        self.wanted.retain(|(_, name, _)| !ledger.has(name));
        let wanted = std::mem::take(&mut self.wanted);
        self.decision.actions = wanted
            .into_iter()
            .map(|(_, name, action)| (name, action))
            .collect();
        self.decision
    }
}

fn by_deadline(cells: &[CellView], at: Place) -> L1Time {
    let of_row = cells.iter().filter(|cell| cell.at == at);
    of_row.map(|cell| cell.deadline).min().unwrap_or_default()
}

#[cfg(test)]
mod tests;
