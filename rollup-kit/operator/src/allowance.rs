//! How many calls an account has. They are free, and each could have a batch made for it.

use crate::mempool::{Holder, Refusal};
use serde::{Deserialize, Serialize};
use settlement::L1Time;
use std::collections::{HashMap, VecDeque};

/// What calls cost their operator at most.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Policy {
    /// Calls of an account in an hour.
    pub per_hour: usize,
    /// Seconds that a call waits for a batch that is full, or that somebody pays for.
    pub patience: u64,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            per_hour: 60,
            patience: 600,
        }
    }
}

/// Seconds for which a call counts.
const HOUR: u64 = 3600;

/// The calls of the last hour.
#[derive(Debug, Default)]
pub(crate) struct Allowance {
    taken: HashMap<Holder, VecDeque<L1Time>>,
}

impl Allowance {
    /// Whether an account may call now.
    ///
    /// # Errors
    /// [`Refusal::TooManyCalls`].
    pub(crate) fn check(&self, policy: &Policy, who: Holder, now: L1Time) -> Result<(), Refusal> {
        let taken = self.taken.get(&who).into_iter().flatten();
        let recent = || taken.clone().filter(|at| now.since(**at) < HOUR);
        let excess = (recent().count() + 1).saturating_sub(policy.per_hour);
        let Some(before) = excess.checked_sub(1) else {
            return Ok(());
        };
        // Once this one is an hour old, there is room.
        let oldest = recent().nth(before).copied().unwrap_or(now);
        Err(Refusal::TooManyCalls {
            most: policy.per_hour,
            again_at: oldest.plus(HOUR),
        })
    }

    /// One was taken.
    pub(crate) fn note(&mut self, who: Holder, at: L1Time) {
        self.taken.entry(who).or_default().push_back(at);
    }

    /// Forgets what counts no more.
    pub(crate) fn forget(&mut self, now: L1Time) {
        self.taken.retain(|_, taken| {
            taken.retain(|at| now.since(*at) < HOUR);
            !taken.is_empty()
        });
    }
}

#[cfg(test)]
mod tests;
