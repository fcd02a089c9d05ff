//! Custody by subset, under the worst third of the weight: how few distinct columns can a third
//! of the validators hold between them?
//!
//! The protocol promises 64 for every third, with a failure probability below 2^-60 over the
//! draw of an epoch (see `chain::Custody`). Here real assignments are made for one epoch after
//! the other, and a third that holds as little as possible is looked for: by greedy choice from
//! every validator as the first, then by exchanging members as long as that helps. Finding the
//! very worst is a minimum-union problem, hard in general, so that a figure is an upper bound of
//! the minimum; tests hold it against enumeration where that is possible.

use crate::{Error, Result};
use chain::{ColumnSet, Custody, SigningKey, Validator, ValidatorSet, Weight};
use rand::rngs::StdRng;
use rand::seq::SliceRandom;
use rand::{RngExt, SeedableRng};
use serde::Serialize;
use types::limits::{CELL_BYTES, COLUMNS, DATA_COLUMNS, POINT_BYTES};
use types::{ChainId, Epoch};

/// Columns that recover every row.
const ENOUGH: usize = DATA_COLUMNS;
/// Most validators: the search takes the cube of their number.
pub const MAX_VALIDATORS: u32 = 400;
/// Most epochs.
pub const MAX_EPOCHS: u32 = 10_000;
/// Thirds drawn at random in each epoch.
const RANDOM_THIRDS: usize = 64;

/// Who the validators are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Weights {
    /// Everybody weighs the same.
    Equal,
    /// The i-th weighs 1/i of the first, as stakes tend to.
    Zipf,
}

/// What to simulate.
#[derive(Debug, Clone, Copy)]
pub struct CustodyConfig {
    /// How many validators: 1 to [`MAX_VALIDATORS`].
    pub validators: u32,
    /// What they weigh.
    pub weights: Weights,
    /// How many epochs, each with its own draw: 1 to [`MAX_EPOCHS`].
    pub epochs: u32,
    /// Whether to look for the worst third too, and not only draw some.
    pub worst_third: bool,
    /// What keys and thirds are drawn from.
    pub seed: u64,
}

/// What came out.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct CustodyReport {
    /// How many validators.
    pub validators: usize,
    /// How many epochs.
    pub epochs: u32,
    /// Columns of the validator that keeps fewest, in any epoch.
    pub least_columns: usize,
    /// Columns per validator, on average.
    pub mean_columns: f64,
    /// Columns of the validator that keeps most, in any epoch.
    pub most_columns: usize,
    /// Distinct columns that the poorest third found holds.
    pub distinct_columns: usize,
    /// Members of that third.
    pub third: usize,
    /// Thirds looked at.
    pub thirds: usize,
    /// Bytes of cells and proofs that a validator receives per byte of a blob's rows, on average.
    pub bytes_per_byte: f64,
    /// The same if everybody kept everything.
    pub bytes_per_byte_full: f64,
    /// What it was drawn from.
    pub seed: u64,
}

impl CustodyReport {
    /// Whether every third recovers every row.
    #[must_use]
    pub const fn held(&self) -> bool {
        self.distinct_columns >= ENOUGH
    }
}

/// Some validators of more than a third of the weight, and what they hold between them.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Third {
    members: Vec<usize>,
    columns: ColumnSet,
}

/// Runs the epochs.
///
/// # Errors
/// [`Error::OutOfRange`] for none or too many validators or epochs.
pub fn simulate_custody(config: &CustodyConfig) -> Result<CustodyReport> {
    Error::check_count("validators", config.validators, MAX_VALIDATORS)?;
    Error::check_count("epochs", config.epochs, MAX_EPOCHS)?;
    let mut rng = StdRng::seed_from_u64(config.seed);
    let set = validators(config, &mut rng)?;
    let chain = ChainId::new(rng.random());
    let weights: Vec<u64> = set.iter().map(|(_, v)| v.weight().get()).collect();
    let (mut least, mut most, mut sum, mut thirds) = (COLUMNS, 0, 0_usize, 0);
    let mut poorest: Option<Third> = None;
    for epoch in (0..config.epochs.into()).map(Epoch::new) {
        let custody = Custody::assign(&set, &chain, epoch)?;
        let held: Vec<ColumnSet> = set
            .iter()
            .map(|(index, _)| custody.columns(index))
            .collect();
        for columns in &held {
            least = least.min(columns.len());
            most = most.max(columns.len());
            sum += columns.len();
        }
        let crowd = Crowd {
            held: &held,
            weights: &weights,
        };
        let mut found: Vec<Third> = (0..RANDOM_THIRDS).map(|_| crowd.random(&mut rng)).collect();
        if config.worst_third {
            found.extend((0..held.len()).map(|first| crowd.improve(crowd.greedy(first))));
        }
        thirds += found.len();
        poorest = found
            .into_iter()
            .chain(poorest)
            .min_by_key(|third| third.columns.len());
    }
    let poorest = poorest.ok_or_else(|| Error::system("a simulation", "no epoch was asked for"))?;
    let shares = f64::from(config.epochs) * f64::from(config.validators);
    let mean = sum as f64 / shares;
    // A row of 64 columns' worth of data goes out as 128 cells, each with its proof.
    let per_column = (CELL_BYTES + POINT_BYTES) as f64 / (DATA_COLUMNS * CELL_BYTES) as f64;
    Ok(CustodyReport {
        validators: set.len(),
        epochs: config.epochs,
        least_columns: least,
        mean_columns: mean,
        most_columns: most,
        distinct_columns: poorest.columns.len(),
        third: poorest.members.len(),
        thirds,
        bytes_per_byte: mean * per_column,
        bytes_per_byte_full: COLUMNS as f64 * per_column,
        seed: config.seed,
    })
}

/// The members of more than a third of the weight that hold fewest distinct columns, as far as a
/// search from every member finds them, and these columns.
pub(crate) fn poorest_third(held: &[ColumnSet], weights: &[u64]) -> (Vec<usize>, ColumnSet) {
    let crowd = Crowd { held, weights };
    let thirds = (0..held.len()).map(|first| crowd.improve(crowd.greedy(first)));
    let poorest = thirds.min_by_key(|third| third.columns.len());
    poorest.map_or_else(Default::default, |third| (third.members, third.columns))
}

fn validators(config: &CustodyConfig, rng: &mut StdRng) -> Result<ValidatorSet> {
    let members = (1..=u64::from(config.validators)).map(|place| {
        let weight = match config.weights {
            Weights::Equal => 1,
            Weights::Zipf => (1_000_000 / place).max(1),
        };
        Validator::new(SigningKey::generate(rng).public_key(), Weight::new(weight))
    });
    Ok(ValidatorSet::new(members.collect())?)
}

/// Validators with what they weigh and hold.
struct Crowd<'a> {
    held: &'a [ColumnSet],
    weights: &'a [u64],
}

impl Crowd<'_> {
    fn weight(&self, members: &[usize]) -> u128 {
        members.iter().map(|&m| u128::from(self.weights[m])).sum()
    }

    fn is_third(&self, members: &[usize]) -> bool {
        let total: u128 = self.weights.iter().map(|&w| u128::from(w)).sum();
        3 * self.weight(members) > total
    }

    fn third(&self, members: Vec<usize>) -> Third {
        let columns = members
            .iter()
            .fold(ColumnSet::empty(), |all, &m| all.union(self.held[m]));
        Third { members, columns }
    }

    /// Validators in random order, until they are a third.
    fn random(&self, rng: &mut StdRng) -> Third {
        let mut order: Vec<usize> = (0..self.held.len()).collect();
        order.shuffle(rng);
        let enough = (1..=order.len()).find(|&n| self.is_third(&order[..n]));
        order.truncate(enough.unwrap_or(order.len()));
        self.third(order)
    }

    /// From one validator on, always the one that adds fewest columns for its weight.
    fn greedy(&self, first: usize) -> Third {
        let mut third = self.third(vec![first]);
        while !self.is_third(&third.members) {
            let next = (0..self.held.len())
                .filter(|m| !third.members.contains(m))
                .min_by(|&a, &b| {
                    let cost = |m: usize| {
                        let added = self.held[m].difference(third.columns).len();
                        added as f64 / self.weights[m] as f64
                    };
                    cost(a).total_cmp(&cost(b))
                });
            let Some(next) = next else { break };
            third.members.push(next);
            third.columns = third.columns.union(self.held[next]);
        }
        self.slim(third)
    }

    /// Without those who are not needed for the weight.
    fn slim(&self, mut third: Third) -> Third {
        let mut place = 0;
        while place < third.members.len() {
            let mut rest = third.members.clone();
            rest.remove(place);
            if self.is_third(&rest) {
                third = self.third(rest);
            } else {
                place += 1;
            }
        }
        third
    }

    /// Exchanges one member for another as long as that leaves fewer columns.
    fn improve(&self, mut third: Third) -> Third {
        while let Some(better) = self.exchange(&third) {
            third = self.slim(better);
        }
        third
    }

    fn exchange(&self, third: &Third) -> Option<Third> {
        let outside: Vec<usize> = (0..self.held.len())
            .filter(|m| !third.members.contains(m))
            .collect();
        (0..third.members.len())
            .flat_map(|place| outside.iter().map(move |&other| (place, other)))
            .find_map(|(place, other)| {
                let mut members = third.members.clone();
                members[place] = other;
                if !self.is_third(&members) {
                    return None;
                }
                Some(self.third(members)).filter(|t| t.columns.len() < third.columns.len())
            })
    }
}

#[cfg(test)]
mod tests;
