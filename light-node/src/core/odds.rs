//! The chance to be fooled.
//!
//! To stop recovery of a grid of M = 256·N cells an attacker must withhold W = 65·(N + 1) of
//! them. If that set was fixed before the questions were drawn, s distinct cells drawn
//! uniformly all miss it with probability C(M − W, s) / C(M, s).

use types::GridDimensions;

/// The chance that `samples` distinct cells of `cells`, drawn uniformly, all miss a fixed set
/// of `withheld` ones: the product of (M − W − i) / (M − i) over i in 0..s. 1 without samples,
/// exactly 0 once the samples outnumber the cells that are left.
#[must_use]
pub fn hypergeometric_miss(cells: u32, withheld: u32, samples: u32) -> f64 {
    let left = cells.saturating_sub(withheld);
    if samples > left {
        return 0.0;
    }
    (0..samples)
        .map(|i| f64::from(left - i) / f64::from(cells - i))
        .product()
}

/// The chance that `samples` distinct cells of this grid are all there although just enough
/// is withheld to stop recovery. 0 for an empty grid: there is nothing to withhold.
#[must_use]
pub fn miss_probability(dimensions: GridDimensions, samples: u32) -> f64 {
    if dimensions.is_empty() {
        return 0.0;
    }
    let (cells, withheld) = counts(dimensions);
    hypergeometric_miss(cells, withheld, samples)
}

/// The fewest samples whose [`miss_probability`] is at most `target`.
#[must_use]
pub fn samples_for(dimensions: GridDimensions, target: f64) -> u32 {
    if dimensions.is_empty() {
        return 0;
    }
    let (cells, withheld) = counts(dimensions);
    let left = cells.saturating_sub(withheld);
    let mut miss = 1.0;
    let mut samples = 0;
    while miss > target && samples < cells {
        miss *= f64::from(left.saturating_sub(samples)) / f64::from(cells - samples);
        samples += 1;
    }
    samples
}

/// How many light nodes a block needs so that the cells which honest ones sampled are, together,
/// enough to rebuild it, although whoever withholds it answers as much as can be answered
/// without that: all cells but the W that stop recovery. L nodes of s samples each have missed
/// a given cell with probability e^(−L·s/M), so the distinct cells among their samples reach
/// M − W at L ≈ (M/s)·ln(M/W). An expectation, as in collecting coupons: a twentieth more makes
/// it near certain. (Fraud and Data Availability Proofs, arXiv 1809.09044, bounds the same from
/// above, for its own grid.)
///
/// 1 where one node's samples are the whole grid, none where there is nothing to rebuild or
/// nothing is sampled.
#[must_use]
pub fn light_nodes_to_rebuild(dimensions: GridDimensions, samples: u32) -> Option<u32> {
    if dimensions.is_empty() || samples == 0 {
        return None;
    }
    let (cells, withheld) = counts(dimensions);
    if samples >= cells {
        return Some(1);
    }
    let (cells, withheld) = (f64::from(cells), f64::from(withheld));
    let nodes = (cells / f64::from(samples) * (cells / withheld).ln()).ceil();
    // At most 65,536 · 1.4: a cast of such a number is exact.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a positive whole number far below 2^32"
    )]
    let nodes = nodes as u32;
    Some(nodes.max(1))
}

/// M and W. A grid has at most 65,536 cells.
fn counts(dimensions: GridDimensions) -> (u32, u32) {
    let narrow = |n: u64| u32::try_from(n).unwrap_or(u32::MAX);
    (
        narrow(dimensions.cells()),
        narrow(dimensions.min_withheld()),
    )
}
