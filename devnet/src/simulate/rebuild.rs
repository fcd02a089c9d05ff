//! What light nodes hold among them, and whom an attacker fools.

use crate::Result;
use crate::experiment::Shape;
use light_node::core::miss_probability;
use light_node::core::repair::{CellSet, is_recoverable};
use rand::Rng;
use rand::seq::SliceRandom;
use serde::Serialize;
use types::GridDimensions;

/// Orders in which light nodes come, for each figure.
const TRIALS: usize = 25;
/// The part of a grid of 64, 128 and 256 rows that, drawn at random, recovers it in 99 of 100
/// cases.
const Q99: [(u16, f64); 3] = [(64, 0.418), (128, 0.427), (256, 0.432)];
/// The part that does in half of the cases.
const Q50: f64 = 0.411;

/// A number of light nodes, over some orders in which they come. None where all together are
/// too few.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Needed {
    /// What a formula says.
    pub predicted: f64,
    /// The fewest that sufficed.
    pub least: Option<u32>,
    /// How many did in half of the orders.
    pub median: Option<u32>,
    /// The most that were needed.
    pub most: Option<u32>,
}

/// How many light nodes hold a block among them.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Rebuild {
    /// When all samples were answered: (M / s)·ln(1 / (1 − q)), where the part q of the cells,
    /// drawn at random, recovers the grid in 99 of 100 cases.
    pub random: Needed,
    /// When an attacker answers all samples and places the others as he likes: until fewer than
    /// W cells are left, (M / s)·ln(1 / f) with f = W / M.
    pub adversarial: Needed,
}

/// Light nodes that find a block available that cannot be recovered.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Victims {
    /// What a formula says.
    pub predicted: f64,
    /// How many there are.
    pub observed: u32,
}

/// How many are fooled by an attacker.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Fooled {
    /// Who withholds a set that was fixed before the questions: L·C(M − W, s) / C(M, s).
    pub fixed: Victims,
    /// Who knows which questions come from one node, and answers all of a node's for as long as
    /// what he gave away does not recover the block: about (M / s)·ln(1 / (1 − q)) nodes, however
    /// many there are.
    pub selective: Victims,
}

/// Finds how many light nodes hold the block among them.
pub(super) fn rebuild(
    plans: &[Vec<u32>],
    dimensions: GridDimensions,
    samples: u32,
    rng: &mut impl Rng,
) -> Result<Rebuild> {
    let mut order: Vec<&[u32]> = plans.iter().map(Vec::as_slice).collect();
    let (mut random, mut adversarial) = (Vec::new(), Vec::new());
    for _ in 0..TRIALS {
        order.shuffle(rng);
        random.push(until_recoverable(&order, dimensions)?);
        adversarial.push(until_too_few_are_left(&order, dimensions)?);
    }
    let q = (Q99.iter().find(|(rows, _)| dimensions.rows() <= *rows)).map_or(0.432, |(_, q)| *q);
    let each = per_node(dimensions, samples);
    let left = withheld(dimensions) / cells(dimensions);
    Ok(Rebuild {
        random: needed(each * -(1.0 - q).ln(), random),
        adversarial: needed(each * -left.ln(), adversarial),
    })
}

fn needed(predicted: f64, mut trials: Vec<Option<u32>>) -> Needed {
    // Those in which all were too few come last.
    trials.sort_unstable_by_key(|trial| trial.unwrap_or(u32::MAX));
    Needed {
        predicted,
        least: trials.first().copied().flatten(),
        median: trials.get(trials.len() / 2).copied().flatten(),
        most: trials.last().copied().flatten(),
    }
}

/// The fewest of these, in their order, whose cells recover the grid. More cells never recover
/// less, so halving finds it; what is known to be too few is never added again.
fn until_recoverable(order: &[&[u32]], dimensions: GridDimensions) -> Result<Option<u32>> {
    let mut held = CellSet::none(dimensions);
    let (mut too_few, mut enough) = (0, order.len() + 1);
    let mut step = 1;
    while enough - too_few > 1 {
        // Twice as many while nothing sufficed, half of the gap from then on.
        let next = if enough > order.len() {
            (too_few + step).min(order.len())
        } else {
            too_few + (enough - too_few) / 2
        };
        step *= 2;
        let mut more = held.clone();
        for plan in &order[too_few..next] {
            add(&mut more, plan)?;
        }
        if is_recoverable(&more) {
            enough = next;
        } else if next == order.len() {
            return Ok(None);
        } else {
            (too_few, held) = (next, more);
        }
    }
    Ok(u32::try_from(enough).ok())
}

/// The fewest of these, in their order, that leave fewer cells than stop recovery.
fn until_too_few_are_left(order: &[&[u32]], dimensions: GridDimensions) -> Result<Option<u32>> {
    let allowed = dimensions.cells() - dimensions.min_withheld();
    let mut held = CellSet::none(dimensions);
    let mut distinct = 0;
    for (nodes, plan) in (1..).zip(order) {
        for number in *plan {
            let at = dimensions.cell(u64::from(*number))?;
            if !held.contains(at) {
                held.insert(at)?;
                distinct += 1;
            }
        }
        if distinct > allowed {
            return Ok(Some(nodes));
        }
    }
    Ok(None)
}

fn add(held: &mut CellSet, plan: &[u32]) -> Result<()> {
    for number in plan {
        held.insert(held.dimensions().cell(u64::from(*number))?)?;
    }
    Ok(())
}

/// Finds how many light nodes are fooled; they come in the order of the plans.
pub(super) fn fooled(
    plans: &[Vec<u32>],
    dimensions: GridDimensions,
    samples: u32,
    rng: &mut impl Rng,
) -> Result<Fooled> {
    let withheld = Shape::Rectangle.draw(dimensions, rng)?;
    let mut fixed = 0;
    for plan in plans {
        fixed += u32::from(!touches(&withheld, plan)?);
    }

    let mut given = CellSet::none(dimensions);
    let mut selective = 0;
    for plan in plans {
        let mut more = given.clone();
        add(&mut more, plan)?;
        if more == given || !is_recoverable(&more) {
            given = more;
            selective += 1;
        }
    }
    #[expect(clippy::cast_precision_loss, reason = "at most a million")]
    let light = plans.len() as f64;
    let until_half = per_node(dimensions, samples) * -(1.0 - Q50).ln();
    Ok(Fooled {
        fixed: Victims {
            predicted: light * miss_probability(dimensions, samples),
            observed: fixed,
        },
        selective: Victims {
            predicted: until_half.min(light),
            observed: selective,
        },
    })
}

fn touches(set: &CellSet, plan: &[u32]) -> Result<bool> {
    for number in plan {
        if set.contains(set.dimensions().cell(u64::from(*number))?) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// M / s.
fn per_node(dimensions: GridDimensions, samples: u32) -> f64 {
    cells(dimensions) / f64::from(samples)
}

/// M: at most 65,536.
#[expect(clippy::cast_precision_loss, reason = "small")]
const fn cells(dimensions: GridDimensions) -> f64 {
    dimensions.cells() as f64
}

/// W.
#[expect(clippy::cast_precision_loss, reason = "small")]
const fn withheld(dimensions: GridDimensions) -> f64 {
    dimensions.min_withheld() as f64
}

#[cfg(test)]
mod tests;
