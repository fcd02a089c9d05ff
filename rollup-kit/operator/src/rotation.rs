//! Whose turn it is: `contracts/src/rollup/Operators.sol`. Pure.
//!
//! Time is divided into slots of an hour that go round the bonded operators. When no batch came
//! for two hours, anybody may submit; so that not all do at once, each waits a little longer the
//! later its own slot comes.

use settlement::{Address, L1Time};

/// Seconds of a turn.
pub const SLOT: u64 = 60 * 60;
/// Seconds without a batch after which any operator may submit.
pub const IDLE: u64 = 2 * 60 * 60;

/// The bonded operators, as L1 has them.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Roster {
    /// In the order of their slots.
    pub operators: Vec<Address>,
}

/// How close to its bounds a turn is used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Margins {
    /// Seconds before a slot's end in which nothing is begun: the block that takes a submission
    /// comes later than the look at the clock.
    pub end: u64,
    /// Seconds that an idle rollup is left to each operator whose slot comes earlier.
    pub stagger: u64,
}

impl Default for Margins {
    fn default() -> Self {
        Self {
            end: 60,
            stagger: 60,
        }
    }
}

/// Whose turn it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Turn {
    /// Ours.
    Ours {
        /// Until when we begin something.
        until: L1Time,
    },
    /// Nobody has submitted for long: ours as much as anybody's.
    Idle,
    /// Another's.
    Theirs {
        /// Whose.
        operator: Address,
        /// When ours begins, or the rollup counts as idle, whatever is first.
        ours_at: L1Time,
    },
    /// We are not among the operators.
    NotBonded,
}

impl Turn {
    /// Whether we may submit.
    #[must_use]
    pub const fn may_submit(self) -> bool {
        matches!(self, Self::Ours { .. } | Self::Idle)
    }
}

impl Roster {
    /// Whose slot a time is in; nobody's without operators.
    #[must_use]
    pub fn in_slot(&self, at: L1Time) -> Option<Address> {
        let count = self.operators.len() as u64;
        let place = (at.get() / SLOT).checked_rem(count)?;
        self.operators.get(usize::try_from(place).ok()?).copied()
    }

    /// Slots from this one to the next of an operator; 0 in its own.
    fn slots_to(&self, operator: Address, at: L1Time) -> Option<u64> {
        let count = self.operators.len() as u64;
        let place = self.operators.iter().position(|o| *o == operator)? as u64;
        let current = (at.get() / SLOT).checked_rem(count)?;
        Some((place + count - current) % count)
    }

    /// Whose turn it is, for one of them.
    #[must_use]
    pub fn turn(&self, own: Address, last_batch: L1Time, now: L1Time, margins: &Margins) -> Turn {
        let (Some(slots), Some(operator)) = (self.slots_to(own, now), self.in_slot(now)) else {
            return Turn::NotBonded;
        };
        let slot_end = (now.get() / SLOT + 1) * SLOT;
        // The contract's bound is exclusive.
        let idle_at = last_batch.plus(IDLE + 1).plus(slots * margins.stagger);
        if now >= idle_at {
            return Turn::Idle;
        }
        let alone = self.operators.len() == 1;
        let until = L1Time::new(slot_end.saturating_sub(margins.end));
        if slots == 0 && (alone || now < until) {
            return Turn::Ours { until };
        }
        let slots = if slots == 0 {
            self.operators.len() as u64
        } else {
            slots
        };
        let slot_at = L1Time::new(slot_end.saturating_add((slots - 1) * SLOT));
        Turn::Theirs {
            operator,
            ours_at: slot_at.min(idle_at),
        }
    }
}

#[cfg(test)]
mod tests;
