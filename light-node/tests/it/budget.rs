//! A day's bytes: what is let in, what is left out, and when the day ends.

use light_node::Error;
use light_node::core::{DailyBudget, Demand, Ledger, Spent, sampling_cost};
use rand::SeedableRng;
use rand::rngs::StdRng;
use types::{GridDimensions, Height, Timestamp};

const DAY_MS: u64 = 24 * 60 * 60 * 1000;
/// What a block of 256 rows takes at 24 samples.
const COST: u64 = 63_360;

fn at(day: u64, ms: u64) -> Timestamp {
    Timestamp::new(day * DAY_MS + ms)
}

fn ledger(megabytes: u32) -> Ledger {
    let limit = DailyBudget::megabytes(megabytes).unwrap();
    Ledger::new(Some(limit), Spent::default())
}

/// Goes through the blocks of one day, 6 s apart, and books what they take: which were let in.
fn live_through(ledger: &mut Ledger, day: u64, seed: u64) -> Vec<bool> {
    let mut rng = StdRng::seed_from_u64(seed);
    (0..DAY_MS / 6000)
        .map(|block| {
            let now = at(day, block * 6000);
            // The header comes whatever happens.
            ledger.spend(600, 0, now);
            let demand = Demand {
                height: Height::new(1 + day * DAY_MS / 6000 + block),
                time: now,
                bytes: COST,
            };
            let admitted = ledger.admits(&demand, now, &mut rng);
            if admitted {
                ledger.spend(COST - 400, 400, now);
                ledger.settle(&demand);
            }
            admitted
        })
        .collect()
}

fn count(admitted: &[bool]) -> usize {
    admitted.iter().filter(|admitted| **admitted).count()
}

#[test]
fn the_cost_is_that_of_commitments_and_cells() {
    let dimensions = GridDimensions::new(256).unwrap();
    assert_eq!(sampling_cost(dimensions, 24), COST);
    assert_eq!(sampling_cost(GridDimensions::default(), 0), 0);
}

#[test]
fn without_a_limit_everything_is_let_in() {
    let mut ledger = Ledger::new(None, Spent::default());
    assert!(live_through(&mut ledger, 3, 1).iter().all(|x| *x));
}

#[test]
fn with_bytes_enough_everything_is_let_in() {
    // 14,400 blocks of 64 KB are 922 MB.
    assert!(live_through(&mut ledger(1000), 3, 1).iter().all(|x| *x));
}

#[test]
fn with_few_bytes_a_subset_that_lasts_the_day_is_let_in() {
    let mut ledger = ledger(100);
    let admitted = live_through(&mut ledger, 3, 1);
    let spent = ledger.spent(at(3, DAY_MS - 1)).bytes();
    assert!(spent <= 100_000_000, "{spent}");
    assert!(spent > 95_000_000, "{spent}");
    // Neither all at the start nor all at the end: each quarter of the day has its share.
    let all = count(&admitted);
    for quarter in admitted.chunks(admitted.len() / 4) {
        let share = count(quarter) as f64 / all as f64;
        assert!((0.2..0.3).contains(&share), "{share}");
    }
}

#[test]
fn which_ones_is_the_dice_alone() {
    let (one, other) = (
        live_through(&mut ledger(100), 3, 1),
        live_through(&mut ledger(100), 3, 2),
    );
    assert_eq!(one, live_through(&mut ledger(100), 3, 1));
    // Two nodes with a tenth of the blocks each have a hundredth in common, not a tenth.
    let both = one.iter().zip(&other).filter(|(a, b)| **a && **b).count();
    let chance = count(&one) * count(&other) / one.len();
    assert!(
        (chance / 2..chance * 2).contains(&both),
        "{both}, {chance} by chance"
    );
}

#[test]
fn what_was_spent_in_a_former_run_counts() {
    let limit = DailyBudget::megabytes(1).unwrap();
    let spent = Spent {
        day: 3,
        received: 900_000,
        sent: 99_000,
    };
    let demand = Demand {
        height: Height::FIRST,
        time: at(3, DAY_MS - 1),
        bytes: COST,
    };
    let mut rng = StdRng::seed_from_u64(1);
    let mut ledger = Ledger::new(Some(limit), spent);
    assert!(!ledger.admits(&demand, at(3, DAY_MS - 1), &mut rng));
    assert_eq!(ledger.spent(at(3, DAY_MS - 1)), spent);
    // The next day is new.
    assert_eq!(ledger.spent(at(4, 0)).bytes(), 0);
}

#[test]
fn a_clock_that_is_set_back_gives_no_second_budget() {
    let mut ledger = ledger(1);
    ledger.spend(999_999, 0, at(400, 5));
    // A year back, and a day on from there.
    assert_eq!(ledger.spent(at(35, 0)).bytes(), 999_999);
    assert_eq!(ledger.spent(at(35, 0)).day, 35);
    assert_eq!(ledger.spent(at(36, 0)).bytes(), 0);
}

#[test]
fn what_is_under_way_is_not_given_twice() {
    let mut ledger = ledger(1);
    let mut rng = StdRng::seed_from_u64(1);
    // The last moment of the day: everything that is left may go.
    let now = at(3, DAY_MS - 1);
    let demand = |height| Demand {
        height: Height::new(height),
        time: now,
        bytes: 600_000,
    };
    assert!(ledger.admits(&demand(1), now, &mut rng));
    assert!(!ledger.admits(&demand(2), now, &mut rng));
    // It failed and took nothing.
    ledger.settle(&demand(1));
    assert!(ledger.admits(&demand(3), now, &mut rng));
}

#[test]
fn a_block_without_rows_costs_nothing() {
    let mut ledger = ledger(1);
    ledger.spend(5_000_000, 0, at(3, 0));
    let demand = Demand {
        height: Height::FIRST,
        time: at(3, 0),
        bytes: 0,
    };
    assert!(ledger.admits(&demand, at(3, 0), &mut StdRng::seed_from_u64(1)));
}

#[test]
fn bad_input_headers_of_any_time_and_height_break_nothing() {
    let mut ledger = ledger(100);
    let mut rng = StdRng::seed_from_u64(1);
    for (height, time) in [
        (1, 0),
        (u64::MAX, u64::MAX),
        (0, 7),
        (5, u64::MAX),
        (5, 0),
        (6, 0),
    ] {
        let demand = Demand {
            height: Height::new(height),
            time: Timestamp::new(time),
            bytes: u64::MAX,
        };
        assert!(!ledger.admits(&demand, Timestamp::new(time), &mut rng));
    }
    // The averages recover.
    assert!(count(&live_through(&mut ledger, 7, 1)[7000..]) > 500);
}

#[test]
fn bad_input_budgets_of_nothing_and_of_too_much() {
    for megabytes in [0, DailyBudget::MAX_MEGABYTES + 1, u32::MAX] {
        let error = DailyBudget::megabytes(megabytes);
        assert!(matches!(error, Err(Error::Budget { got, .. }) if got == megabytes));
    }
    let most = DailyBudget::megabytes(DailyBudget::MAX_MEGABYTES).unwrap();
    assert_eq!(most.bytes(), 1_000_000_000_000);
}
