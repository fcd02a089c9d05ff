//! What the owner's limits leave.

use super::{Known, LeftOut};
use crate::Wei;
use crate::state::{RowState, RowView};
use crate::watcher::Limits;

/// What the owner's limits leave.
pub(super) struct Purse {
    at_stake: Wei,
    open: u32,
    of_day: Wei,
    balance: Wei,
    limits: Limits,
}

impl Purse {
    pub(super) fn of(known: &Known<'_>, limits: &Limits) -> Self {
        let running = |row: &RowView| {
            row.own > Wei::ZERO && matches!(row.state, RowState::Pooling | RowState::Open)
        };
        let rows = known.rows().filter(|(_, _, row)| running(row));
        let own: Vec<Wei> = rows.map(|(_, _, row)| row.own).collect();
        let cells = known.cells.iter().map(|cell| cell.bond);
        let own: Vec<Wei> = own.into_iter().chain(cells).collect();
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

    /// Takes an amount out, for a challenge that is new or one that is in already.
    pub(super) fn take(&mut self, amount: Wei, is_new: bool) -> Result<(), LeftOut> {
        let at_stake = self.at_stake + amount;
        if at_stake > self.limits.max_at_stake {
            return Err(LeftOut::AtStake { needed: at_stake });
        }
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
