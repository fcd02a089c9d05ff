//! Timing many contestants so that the machine's noise hits all of them alike.

use std::time::{Duration, Instant};

use crate::{BenchError, Samples};

/// How long an operation may be measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Budget {
    /// Rounds that are made in any case.
    pub min_rounds: usize,
    /// Rounds after which it is enough.
    pub max_rounds: usize,
    /// No further round begins that would probably end after this time.
    pub time: Duration,
}

impl Budget {
    /// For figures that may be rough: on a slow machine a single round.
    pub const QUICK: Self = Self {
        min_rounds: 1,
        max_rounds: 8,
        time: Duration::from_secs(5),
    };

    /// For figures to rely on.
    #[must_use]
    pub const fn full(time: Duration) -> Self {
        Self {
            min_rounds: 5,
            max_rounds: 500,
            time,
        }
    }
}

/// One timing of each contestant per round, round after round; the contestant that begins moves
/// on by one, so that none always runs in the wake of the same other.
///
/// The result has an entry for each contestant, in their order.
///
/// # Errors
/// Whatever a timing returns.
pub fn round_robin<C>(
    contestants: &[C],
    budget: Budget,
    mut time: impl FnMut(&C) -> Result<Duration, BenchError>,
) -> Result<Vec<Samples>, BenchError> {
    let mut samples = vec![Samples::new(); contestants.len()];
    let start = Instant::now();
    for round in 0..budget.max_rounds {
        let begun = start.elapsed();
        for turn in 0..contestants.len() {
            let i = (round + turn) % contestants.len();
            samples[i].push(time(&contestants[i])?);
        }
        let now = start.elapsed();
        let next = now + (now - begun);
        if round + 1 >= budget.min_rounds && next > budget.time {
            break;
        }
    }
    Ok(samples)
}
