//! The odds against exact counting.

use light_node::core::{
    hypergeometric_miss, light_nodes_to_rebuild, miss_probability, samples_for,
};
use types::GridDimensions;

fn grid(rows: u64) -> GridDimensions {
    GridDimensions::new(rows).unwrap()
}

/// C(n, k), exactly, as long as it fits.
fn choose(n: u128, k: u128) -> u128 {
    (0..k).fold(1, |product, i| {
        product.checked_mul(n - i).expect("fits") / (i + 1)
    })
}

fn assert_close(got: f64, expected: f64, what: &str) {
    assert!(
        (got - expected).abs() <= expected * 1e-12,
        "{what}: got {got}, expected {expected}"
    );
}

#[test]
fn small_urns_match_the_enumeration_of_every_choice() {
    let (cells, withheld) = (12_u32, 5_u32);
    for samples in 0..=cells {
        let (mut all, mut fooled) = (0_u32, 0_u32);
        for choice in 0..1_u32 << cells {
            if choice.count_ones() == samples {
                all += 1;
                // The withheld cells are the lowest five.
                fooled += u32::from(choice & ((1 << withheld) - 1) == 0);
            }
        }
        let expected = f64::from(fooled) / f64::from(all);
        let got = hypergeometric_miss(cells, withheld, samples);
        assert_close(got, expected, &format!("{samples} samples"));
    }
}

#[test]
fn every_grid_matches_exact_binomials() {
    for rows in [1, 2, 3, 4, 24, 64, 128, 256] {
        let (cells, withheld) = (grid(rows).cells(), grid(rows).min_withheld());
        for samples in 0..=7 {
            let k = u128::from(samples);
            let left = choose(u128::from(cells - withheld), k);
            let all = choose(u128::from(cells), k);
            let got = miss_probability(grid(rows), samples);
            assert_close(
                got,
                left as f64 / all as f64,
                &format!("{rows} rows, {samples}"),
            );
        }
    }
}

#[test]
fn the_smallest_grid_is_exact_up_to_the_point_where_nothing_can_hide() {
    let one = grid(1);
    assert_eq!((one.cells(), one.min_withheld()), (256, 130));
    assert!(miss_probability(one, 126) > 0.0);
    assert!(miss_probability(one, 127).abs() < f64::MIN_POSITIVE);
    assert!(miss_probability(one, u32::MAX).abs() < f64::MIN_POSITIVE);
}

#[test]
fn nothing_can_be_withheld_from_an_empty_block() {
    assert!(miss_probability(grid(0), 0).abs() < f64::MIN_POSITIVE);
    assert_eq!(samples_for(grid(0), 1e-6), 0);
}

#[test]
fn the_counts_are_those_of_the_published_table() {
    let two_to = |exponent: i32| 2_f64.powi(exponent);
    for (rows, at_20, at_40) in [(4, 36, 70), (64, 47, 93), (128, 47, 94), (256, 48, 95)] {
        assert_eq!(samples_for(grid(rows), two_to(-20)), at_20, "{rows} rows");
        assert_eq!(samples_for(grid(rows), two_to(-40)), at_40, "{rows} rows");
    }
}

#[test]
fn the_count_is_the_smallest_that_reaches_the_target() {
    for rows in 1..=256 {
        for target in [0.5, 0.01, 0.001, 1e-6, 1e-12] {
            let samples = samples_for(grid(rows), target);
            assert!(miss_probability(grid(rows), samples) <= target);
            assert!(miss_probability(grid(rows), samples - 1) > target);
        }
    }
}

#[test]
fn the_light_nodes_are_those_of_the_published_table() {
    let table = [
        (64, [1388, 925, 463, 231]),
        (128, [2791, 1861, 930, 465]),
        (256, [5599, 3733, 1866, 933]),
    ];
    for (rows, expected) in table {
        for (samples, expected) in [16, 24, 48, 96].into_iter().zip(expected) {
            let got = light_nodes_to_rebuild(grid(rows), samples).unwrap();
            // The table rounds to the nearest, and a part of a node is one more.
            assert!(
                (expected..=expected + 1).contains(&got),
                "{rows} rows, {samples} samples: {got}"
            );
        }
    }
}

#[test]
fn no_light_node_rebuilds_from_nothing_and_one_from_everything() {
    assert_eq!(light_nodes_to_rebuild(grid(0), 16), None);
    assert_eq!(light_nodes_to_rebuild(grid(4), 0), None);
    for samples in [256, 257, u32::MAX] {
        assert_eq!(light_nodes_to_rebuild(grid(1), samples), Some(1));
    }
}
