#![allow(clippy::unwrap_used)]

use super::{Crowd, CustodyConfig, ENOUGH, Weights, simulate_custody};
use chain::ColumnSet;
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

fn config(validators: u32, weights: Weights) -> CustodyConfig {
    CustodyConfig {
        validators,
        weights,
        epochs: 2,
        worst_third: true,
        seed: 9,
    }
}

#[test]
fn every_third_found_recovers_and_the_same_seed_gives_the_same() {
    for weights in [Weights::Equal, Weights::Zipf] {
        for validators in [17, 32, 100] {
            let config = config(validators, weights);
            let report = simulate_custody(&config).unwrap();
            assert!(report.distinct_columns >= ENOUGH, "{report:?}");
            assert!(report.held());
            assert_eq!(report, simulate_custody(&config).unwrap());
        }
    }
}

#[test]
fn the_worst_third_is_poorer_than_those_that_chance_finds() {
    let worst = simulate_custody(&config(100, Weights::Equal)).unwrap();
    let chance = simulate_custody(&CustodyConfig {
        worst_third: false,
        ..config(100, Weights::Equal)
    })
    .unwrap();
    assert!(worst.distinct_columns < chance.distinct_columns);
    assert_eq!(worst.third, 34);
}

#[test]
fn bandwidth_falls_with_the_number_of_validators() {
    let at = |n| simulate_custody(&config(n, Weights::Equal)).unwrap();
    let (few, seventeen, hundred) = (at(4), at(17), at(100));
    assert!((few.bytes_per_byte - few.bytes_per_byte_full).abs() < 1e-9);
    assert_eq!((seventeen.least_columns, seventeen.most_columns), (28, 28));
    assert_eq!((hundred.least_columns, hundred.most_columns), (8, 8));
    assert!((hundred.bytes_per_byte / few.bytes_per_byte - 8.0 / 128.0).abs() < 1e-9);
}

/// The least union over all sets of more than a third of the weight.
fn enumerate(held: &[ColumnSet], weights: &[u64]) -> usize {
    let crowd = Crowd { held, weights };
    (1_u32..1 << held.len())
        .map(|chosen| (0..held.len()).filter(|m| chosen >> m & 1 == 1).collect())
        .filter(|members: &Vec<usize>| crowd.is_third(members))
        .map(|members| crowd.third(members).columns.len())
        .min()
        .unwrap()
}

#[test]
fn the_search_finds_what_enumeration_finds() {
    let mut rng = StdRng::seed_from_u64(4);
    for _ in 0..20 {
        let held: Vec<ColumnSet> = (0..12)
            .map(|_| ColumnSet::from_bits(rng.random::<u128>() & rng.random::<u128>()))
            .collect();
        let weights: Vec<u64> = (0..12).map(|_| rng.random_range(1..9)).collect();
        let crowd = Crowd {
            held: &held,
            weights: &weights,
        };
        let found = (0..12)
            .map(|first| crowd.improve(crowd.greedy(first)).columns.len())
            .min()
            .unwrap();
        let least = enumerate(&held, &weights);
        // An upper bound, and a close one.
        assert!((least..=least + 4).contains(&found), "{found} {least}");
    }
}
