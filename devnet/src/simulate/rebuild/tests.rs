#![allow(clippy::unwrap_used, clippy::cast_possible_truncation)]

use super::{add, until_recoverable, until_too_few_are_left};
use light_node::core::repair::{CellSet, is_recoverable};
use rand::rngs::StdRng;
use rand::{SeedableRng, seq::index};
use types::GridDimensions;

fn plans(dimensions: GridDimensions, nodes: usize, seed: u64) -> Vec<Vec<u32>> {
    let mut rng = StdRng::seed_from_u64(seed);
    let cells = dimensions.cells() as usize;
    (0..nodes)
        .map(|_| {
            let drawn = index::sample(&mut rng, cells, 16);
            drawn.into_iter().map(|number| number as u32).collect()
        })
        .collect()
}

/// One light node after another.
fn naive(order: &[&[u32]], dimensions: GridDimensions) -> Option<u32> {
    let mut held = CellSet::none(dimensions);
    (1..).zip(order).find_map(|(nodes, plan)| {
        add(&mut held, plan).unwrap();
        is_recoverable(&held).then_some(nodes)
    })
}

#[test]
fn halving_finds_what_counting_finds() {
    for (rows, nodes) in [(1, 40), (4, 200), (8, 200), (8, 3)] {
        let dimensions = GridDimensions::new(rows).unwrap();
        for seed in 0..8 {
            let plans = plans(dimensions, nodes, seed);
            let order: Vec<&[u32]> = plans.iter().map(Vec::as_slice).collect();
            assert_eq!(
                until_recoverable(&order, dimensions).unwrap(),
                naive(&order, dimensions),
                "{rows} rows, {nodes} nodes, seed {seed}"
            );
        }
    }
}

#[test]
fn what_no_attacker_can_place_is_never_less_than_what_chance_needs() {
    let dimensions = GridDimensions::new(8).unwrap();
    for seed in 0..8 {
        let plans = plans(dimensions, 400, seed);
        let order: Vec<&[u32]> = plans.iter().map(Vec::as_slice).collect();
        let random = until_recoverable(&order, dimensions).unwrap().unwrap();
        let worst = until_too_few_are_left(&order, dimensions).unwrap().unwrap();
        assert!(random <= worst, "{random} {worst}");
        let few = &order[..random as usize / 2];
        assert_eq!(until_too_few_are_left(few, dimensions).unwrap(), None);
    }
}
