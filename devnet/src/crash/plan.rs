//! When each life of the network ends.

use da_node::crash_point::Step;
use rand::RngExt;
use rand::rngs::StdRng;
use std::collections::BTreeMap;
use std::time::Duration;

/// The moments of a run's life at which it is killed from outside.
const KILL_AFTER_MS: std::ops::Range<u64> = 200..6_000;
/// How often a step may be passed before it is the last, as a power of e; all nodes of the
/// process count. Half of the lives end within the first few passes, while the network starts.
const PASSES: std::ops::Range<f64> = 0.0..5.0;
/// The same for commits, of which there are fewer.
const COMMITS: std::ops::Range<f64> = 0.0..3.0;
/// What a kill from outside is called in the report.
const RANDOM: &str = "random";

/// How a life ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Death {
    /// By our hand, when it is over.
    Random { after: Duration },
    /// By its own, at a step.
    AtStep { step: Step, passes: u32 },
    /// Not at all.
    None,
}

impl Death {
    /// The next one: every step in turn, and a random moment after them.
    pub(super) fn draw(kill: u32, rng: &mut StdRng) -> Self {
        let kinds = Step::ALL.len() + 1;
        let turn = kill as usize % kinds;
        match Step::ALL.get(turn.wrapping_sub(1)) {
            None => Self::Random {
                after: Duration::from_millis(rng.random_range(KILL_AFTER_MS)),
            },
            Some(&step) => Self::AtStep {
                step,
                passes: passes(step, rng),
            },
        }
    }

    /// Its name in the report.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Random { .. } | Self::None => RANDOM,
            Self::AtStep { step, .. } => step.name(),
        }
    }
}

/// At least one; each magnitude is as likely.
fn passes(step: Step, rng: &mut StdRng) -> u32 {
    let range = match step {
        Step::Commit => COMMITS,
        Step::Append | Step::Sync | Step::Sign | Step::Send => PASSES,
    };
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "between 1 and e^5"
    )]
    let passes = rng.random_range(range).exp() as u32;
    passes.max(1)
}

/// A count for every way to die, zero where nothing died so.
pub(super) fn no_deaths() -> BTreeMap<&'static str, u32> {
    let names = Step::ALL.map(Step::name);
    names.into_iter().chain([RANDOM]).map(|n| (n, 0)).collect()
}

#[cfg(test)]
mod tests {
    use super::{Death, no_deaths};
    use rand::SeedableRng;
    use rand::rngs::StdRng;

    #[test]
    fn every_way_to_die_has_its_turn() {
        let mut rng = StdRng::seed_from_u64(1);
        let mut deaths = no_deaths();
        for kill in 1..=60 {
            let death = Death::draw(kill, &mut rng);
            *deaths.entry(death.name()).or_insert(0) += 1;
            if let Death::AtStep { passes, .. } = death {
                assert!((1..150).contains(&passes), "{passes}");
            }
        }
        assert_eq!(deaths.len(), 6);
        assert!(deaths.values().all(|&count| count == 10), "{deaths:?}");
    }
}
