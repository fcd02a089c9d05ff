//! How far a count of independent draws strays.

/// The counts of successes among `trials` independent draws of probability `p` that are in
/// neither tail: the fewest k with P(X ≤ k) above `alpha` / 2, and the most with P(X ≥ k) above
/// it. A count outside comes up with a probability of at most `alpha`.
///
/// Tails are exact sums, added from their far end, where the terms are smallest. `p` is brought
/// into 0..=1.
#[must_use]
pub fn acceptance(trials: u32, p: f64, alpha: f64) -> (u32, u32) {
    if p.is_nan() || p <= 0.0 {
        return (0, 0);
    }
    if p >= 1.0 {
        return (trials, trials);
    }
    let masses = masses(trials, p);
    let first_above = |masses: &mut dyn Iterator<Item = &f64>| {
        let mut tail = 0.0;
        let within = masses.take_while(|mass| {
            tail += **mass;
            tail <= alpha / 2.0
        });
        u32::try_from(within.count()).unwrap_or(trials)
    };
    let low = first_above(&mut masses.iter());
    let high = trials.saturating_sub(first_above(&mut masses.iter().rev()));
    (low.min(trials), high)
}

/// P(X = k) for each k of 0..=trials, 0 < p < 1.
fn masses(trials: u32, p: f64) -> Vec<f64> {
    let (yes, no) = (p.ln(), (-p).ln_1p());
    // ln C(n, k), from one k to the next.
    let mut choices = 0.0;
    (0..=trials)
        .map(|k| {
            if k > 0 {
                choices += f64::from(trials - k + 1).ln() - f64::from(k).ln();
            }
            (choices + f64::from(k) * yes + f64::from(trials - k) * no).exp()
        })
        .collect()
}

#[cfg(test)]
mod tests;
