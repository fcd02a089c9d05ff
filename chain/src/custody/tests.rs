//! The failure bound against enumeration, and the draw against its law.

#![allow(clippy::unwrap_used)]

use super::{
    MAX_FAILURE, Units, below, column_count, failure_bound, least_factor, too_few_choices,
    within_too_few,
};
use crate::{SigningKey, Validator, ValidatorSet, Weight};
use rand::SeedableRng;
use rand::rngs::StdRng;

fn set(weights: &[u64]) -> ValidatorSet {
    let mut rng = StdRng::seed_from_u64(8);
    let members = weights
        .iter()
        .map(|weight| {
            let key = SigningKey::generate(&mut rng).public_key();
            Validator::new(key, Weight::new(*weight))
        })
        .collect();
    ValidatorSet::new(members).unwrap()
}

/// The bound by going through all sets of members; each is counted when the last of its
/// members, in order, takes it above a third.
fn naive_bound(set: &ValidatorSet, factor: u64) -> f64 {
    let members: Vec<&Validator> = set.iter().map(|(_, member)| member).collect();
    let total = set.total_weight().get();
    let sum: f64 = (1..1_u32 << members.len())
        .map(|chosen| {
            let within = |i: &usize| (chosen >> i) & 1 == 1;
            let third: Vec<usize> = (0..members.len()).filter(within).collect();
            let weight: u64 = third.iter().map(|&i| members[i].weight().get()).sum();
            let last = members[third[third.len() - 1]].weight().get();
            if 3 * weight <= total || 3 * (weight - last) > total {
                return 0.0;
            }
            third
                .iter()
                .map(|&i| within_too_few(column_count(factor, members[i], set)))
                .product()
        })
        .sum();
    sum * too_few_choices()
}

#[test]
fn binomials() {
    // C(63, 2) / C(128, 2) and log2 C(128, 63).
    assert!((within_too_few(2) - (63.0 * 62.0) / (128.0 * 127.0)).abs() < 1e-15);
    assert!((within_too_few(0) - 1.0).abs() < 1e-15);
    assert!(within_too_few(63) > 0.0);
    assert!(within_too_few(64) <= 0.0);
    assert!((too_few_choices().log2() - 124.149).abs() < 0.001);
}

#[test]
fn the_bound_is_the_naive_one() {
    let uneven = (0..12).map(|i| 1 << (i % 4)).collect();
    for weights in [vec![1; 12], vec![3; 15], uneven] {
        let set = set(&weights);
        for factor in [100, 300, 450] {
            let got = failure_bound(&set, &Units::of(&set), factor);
            let expected = naive_bound(&set, factor);
            assert!((got / expected - 1.0).abs() < 1e-9, "{got:e} {expected:e}");
        }
    }
}

#[test]
fn weights_of_many_units_are_rounded_to_more_sets() {
    let weights: Vec<u64> = (0..14).map(|i| 1_000_003 + 77_777 * i).collect();
    let set = set(&weights);
    let units = Units::of(&set);
    assert_eq!(units.third, 4096);
    for factor in [100, 300, 450] {
        let got = failure_bound(&set, &units, factor);
        let expected = naive_bound(&set, factor);
        assert!(got >= expected * (1.0 - 1e-9), "{got:e} {expected:e}");
        // Two bits are less than a member's one more column gains.
        assert!(got <= expected * 4.0, "{got:e} {expected:e}");
    }
}

#[test]
fn the_factor_is_the_least() {
    for weights in [vec![1; 17], vec![7; 40], (1..=30).collect(), vec![1; 1000]] {
        let set = set(&weights);
        let (units, factor) = (Units::of(&set), least_factor(&set));
        assert!(failure_bound(&set, &units, factor) < MAX_FAILURE);
        assert!(failure_bound(&set, &units, factor - 1) >= MAX_FAILURE);
    }
}

#[test]
fn draws_below_a_bound_are_unbiased() {
    // Over all words each number has as many; the words of the incomplete stretch are skipped.
    for bound in [1, 3, 100, 127, 128] {
        let mut counts = vec![0_u32; bound];
        let mut words = 0..=u16::MAX;
        while let Ok(number) = below(bound, &mut words) {
            counts[number] += 1;
        }
        assert!(counts.iter().all(|&count| count == counts[0] && count > 0));
    }
}
