//! Which cells are drawn, and who is asked for them.

use light_node::core::{Answer, Confidence, Goal, MAX_ASK, Plan, SampleCount, Sampling};
use rand::SeedableRng;
use rand::rngs::StdRng;
use std::collections::{BTreeMap, BTreeSet};
use types::{CommitmentsRoot, GridDimensions};

fn rng(seed: u64) -> StdRng {
    StdRng::seed_from_u64(seed)
}

fn plan(rows: u64, samples: u32, seed: u64) -> Plan {
    let goal = Goal::Samples(SampleCount::new(samples).unwrap());
    Plan::draw(GridDimensions::new(rows).unwrap(), goal, &mut rng(seed)).unwrap()
}

fn sampling(rows: u64, samples: u32, seed: u64) -> Sampling<u32> {
    Sampling::new(plan(rows, samples, seed), CommitmentsRoot::new([7; 32]))
}

#[test]
fn cells_are_distinct_and_inside_the_grid() {
    for seed in 0..50 {
        let plan = plan(3, 96, seed);
        let distinct: BTreeSet<_> = plan.coordinates().iter().collect();
        assert_eq!(distinct.len(), 96);
        for &at in plan.coordinates() {
            plan.dimensions().contain(at).unwrap();
        }
    }
}

#[test]
fn a_small_grid_is_sampled_whole_and_no_more() {
    let plan = plan(1, 1024, 0);
    let distinct: BTreeSet<_> = plan.coordinates().iter().collect();
    assert_eq!(distinct.len(), 256);
}

#[test]
fn an_empty_block_needs_no_samples() {
    assert!(plan(0, 24, 0).coordinates().is_empty());
}

#[test]
fn every_cell_is_equally_likely() {
    let mut drawn: BTreeMap<_, u32> = BTreeMap::new();
    for seed in 0..4000 {
        for &at in plan(1, 32, seed).coordinates() {
            *drawn.entry(at).or_insert(0) += 1;
        }
    }
    // 500 expected for each of 256 cells; the seeds are fixed, so the bounds always hold.
    assert_eq!(drawn.len(), 256);
    assert!(drawn.values().all(|count| (380..620).contains(count)));
}

#[test]
fn the_draw_follows_the_randomness_and_nothing_else() {
    assert_eq!(plan(64, 24, 1), plan(64, 24, 1));
    assert_ne!(plan(64, 24, 1), plan(64, 24, 2));
}

#[test]
fn a_confidence_decides_the_number() {
    let goal = Goal::Confidence(Confidence::new(1.0 / 1024.0).unwrap());
    let dimensions = GridDimensions::new(64).unwrap();
    assert_eq!(goal.samples(dimensions), 24);
}

#[test]
fn none_of_several_peers_sees_more_than_a_quarter() {
    for peers in 4..12_u32 {
        for samples in [4, 16, 23, 24, 48] {
            let mut sampling = sampling(64, samples, u64::from(peers));
            let asks = sampling.ask(&(0..peers).collect::<Vec<_>>(), &mut rng(9));
            let asked: usize = asks.iter().map(|ask| ask.coordinates().len()).sum();
            assert_eq!(asked, samples as usize);
            let quarter = (samples as usize).div_ceil(4);
            for ask in &asks {
                assert!(ask.coordinates().len() <= quarter, "{peers} peers");
            }
            assert!(sampling.judge().is_well_spread());
        }
    }
}

#[test]
fn few_peers_see_more_than_a_quarter() {
    let mut sampling = sampling(64, 24, 0);
    let _asks = sampling.ask(&[1, 2], &mut rng(0));
    let judgement = sampling.judge();
    assert_eq!(judgement.figures.largest_share, 12);
    assert!(!judgement.is_well_spread());
}

#[test]
fn a_request_never_exceeds_its_bound() {
    let mut sampling = sampling(64, 200, 0);
    let asks = sampling.ask(&[1], &mut rng(0));
    assert!(asks.iter().all(|ask| ask.coordinates().len() <= MAX_ASK));
    assert_eq!(asks.len(), 4);
}

#[test]
fn what_one_peer_does_not_give_is_asked_of_another() {
    let mut sampling = sampling(64, 8, 3);
    let peers = [1, 2, 3];
    let mut seen: BTreeMap<_, BTreeSet<u32>> = BTreeMap::new();
    for round in 1..=3 {
        for ask in sampling.ask(&peers, &mut rng(round)) {
            for &at in ask.coordinates() {
                assert!(seen.entry(at).or_default().insert(ask.peer()));
            }
            sampling.answer(ask, Answer::Refused).unwrap();
        }
    }
    assert_eq!(seen.len(), 8);
    assert!(seen.values().all(|peers| peers.len() == 3));
}

#[test]
fn what_is_in_flight_is_not_asked_twice() {
    let mut sampling = sampling(64, 8, 3);
    let first = sampling.ask(&[1, 2, 3, 4], &mut rng(0));
    assert_eq!(first.len(), 4);
    assert!(sampling.ask(&[1, 2, 3, 4, 5], &mut rng(0)).is_empty());
}
