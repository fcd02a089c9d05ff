#![allow(clippy::cast_precision_loss)]

use super::{acceptance, masses};

/// P(X = k)·4ⁿ for draws of probability `quarters` / 4, in whole numbers.
fn weights(n: u32, quarters: u128) -> Vec<u128> {
    let mut choices = 1_u128;
    (0..=n)
        .map(|k| {
            if k > 0 {
                choices = choices * u128::from(n - k + 1) / u128::from(k);
            }
            choices * quarters.pow(k) * (4 - quarters).pow(n - k)
        })
        .collect()
}

#[test]
fn the_bounds_are_those_of_whole_numbers() {
    for n in 1..=40 {
        for quarters in 1..=3 {
            let weights = weights(n, quarters);
            let total = 4_u128.pow(n);
            assert_eq!(weights.iter().sum::<u128>(), total);
            for per_mille in [1, 10, 50, 200] {
                // In a tail: P ≤ α / 2, with α in thousandths.
                let in_tail = |weight: u128| weight * 2_000 <= total * per_mille;
                let low = (0..=n)
                    .find(|&k| !in_tail(weights[..=k as usize].iter().sum()))
                    .unwrap_or(n);
                let high = (0..=n)
                    .rfind(|&k| !in_tail(weights[k as usize..].iter().sum()))
                    .unwrap_or(0);
                let got = acceptance(n, quarters as f64 / 4.0, per_mille as f64 / 1_000.0);
                assert_eq!(got, (low, high), "n {n}, p {quarters}/4, α {per_mille}‰");
            }
        }
    }
}

#[test]
fn eleven_coins_may_not_all_fall_alike_but_ten_may() {
    // 2^-10 is above 0.05 %, 2^-11 is below.
    assert_eq!(acceptance(10, 0.5, 0.001), (0, 10));
    assert_eq!(acceptance(11, 0.5, 0.001), (1, 10));
}

#[test]
fn certain_outcomes_leave_no_room() {
    assert_eq!(acceptance(1_000, 0.0, 0.001), (0, 0));
    assert_eq!(acceptance(1_000, 1.0, 0.001), (1_000, 1_000));
    assert_eq!(acceptance(0, 0.3, 0.001), (0, 0));
}

#[test]
fn many_draws_stay_a_distribution_and_near_the_normal_bounds() {
    let (n, p) = (100_000, 0.3);
    assert!((masses(n, p).iter().sum::<f64>() - 1.0).abs() < 1e-9);
    let (low, high) = acceptance(n, p, 0.001);
    // 3.2905 deviations to both sides.
    let wide = 3.2905 * (f64::from(n) * p * (1.0 - p)).sqrt();
    let centre = f64::from(n) * p;
    assert!((f64::from(low) - (centre - wide)).abs() < 3.0, "{low}");
    assert!((f64::from(high) - (centre + wide)).abs() < 3.0, "{high}");
}
