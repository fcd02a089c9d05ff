//! What is kept: verified cells, for an hour, within its bytes.

use crate::fixture::{grid, other_grid};
use crate::network::Chain;
use light_node::Error;
use light_node::core::repair::{CellSet, Held, HeldLimits};
use std::time::Duration;
use types::{Coordinates, Height, Timestamp};

const HOUR: u64 = 60 * 60 * 1000;

fn at(millis: u64) -> Timestamp {
    Timestamp::new(1_000_000 + millis)
}

/// A chain of so many blocks with the same rows.
fn chain(blocks: u64) -> Chain {
    let mut chain = Chain::new();
    for _ in 0..blocks {
        chain.extend(Some(grid()));
    }
    chain
}

fn places(range: std::ops::Range<u64>) -> Vec<Coordinates> {
    range
        .map(|i| grid().dimensions().cell(i).unwrap())
        .collect()
}

#[test]
fn what_was_kept_is_given_and_nothing_else() {
    let chain = chain(2);
    let mut held = Held::new(HeldLimits::PHONE);
    let cells = grid().verified(&places(100..110));
    let kept = held.keep(chain.header(1), grid().commitments(), cells, at(0));
    assert_eq!(kept.unwrap(), 10);
    let given = held.give(Height::new(1), &places(105..115)).unwrap();
    assert_eq!(given, grid().cells(&places(105..110)));
    // However often it is asked for.
    let mut twice = places(105..107);
    twice.extend(places(105..107));
    assert_eq!(held.give(Height::new(1), &twice).unwrap().len(), 2);
    assert_eq!(held.give(Height::new(2), &places(100..110)), None);
    assert_eq!(held.header(Height::new(1)), Some(chain.header(1)));
    let mut set = CellSet::none(grid().dimensions());
    for at in places(100..110) {
        set.insert(at).unwrap();
    }
    assert_eq!(held.set(Height::new(1)), Some(&set));
    // More of the same block joins it; the same again costs nothing.
    let bytes = held.bytes();
    let again = grid().verified(&places(100..110));
    held.keep(chain.header(1), grid().commitments(), again, at(1))
        .unwrap();
    assert_eq!((held.cells_kept(), held.bytes()), (10, bytes));
}

#[test]
fn an_hour_after_its_first_cell_a_block_is_forgotten() {
    let chain = chain(2);
    let mut held = Held::new(HeldLimits::PHONE);
    let keep = |held: &mut Held, height, first, now| {
        let cells = grid().verified(&places(first..first + 4));
        held.keep(chain.header(height), grid().commitments(), cells, now)
            .unwrap();
    };
    keep(&mut held, 1, 0, at(0));
    keep(&mut held, 1, 8, at(HOUR / 2));
    keep(&mut held, 2, 0, at(HOUR / 2));
    held.expire(at(HOUR - 1));
    assert_eq!(held.cells_kept(), 12);
    held.expire(at(HOUR));
    assert_eq!(held.set(Height::new(1)), None);
    assert_eq!(held.cells_kept(), 4);
    // A clock that steps back, or far ahead, ends nothing but what is kept.
    held.expire(Timestamp::new(0));
    assert_eq!(held.cells_kept(), 4);
    held.expire(Timestamp::new(u64::MAX));
    assert_eq!((held.cells_kept(), held.bytes()), (0, 0));
}

#[test]
fn older_blocks_make_room_and_never_newer_ones() {
    let chain = chain(4);
    let limits = HeldLimits {
        bytes: 64 << 10,
        age: Duration::from_secs(3600),
    };
    let mut held = Held::new(limits);
    let keep = |held: &mut Held, height, range| {
        let cells = grid().verified(&places(range));
        held.keep(chain.header(height), grid().commitments(), cells, at(0))
            .unwrap()
    };
    assert_eq!(keep(&mut held, 2, 0..10), 10);
    assert_eq!(keep(&mut held, 3, 0..10), 10);
    assert_eq!(keep(&mut held, 4, 0..10), 10);
    assert_eq!(held.set(Height::new(2)), None, "the oldest went first");
    assert_eq!(held.set(Height::new(3)).unwrap().len(), 10);
    // An old block takes what is free, no more.
    let kept = keep(&mut held, 1, 0..100);
    assert!(kept < 10, "{kept}");
    assert_eq!(held.set(Height::new(4)).unwrap().len(), 10);
    assert!(held.bytes() <= limits.bytes);
    // A new one takes everything, and then no more than there is.
    let kept = keep(&mut held, 4, 0..512);
    assert!((20..40).contains(&kept), "{kept}");
    assert_eq!(held.cells_kept(), kept);
    assert!(held.bytes() <= limits.bytes);
}

#[test]
fn a_whole_phone_is_eight_mebibytes_of_cells() {
    let chain = chain(16);
    let mut held = Held::new(HeldLimits::PHONE);
    for height in 1..=16 {
        let cells = grid().verified(&places(0..512));
        held.keep(chain.header(height), grid().commitments(), cells, at(0))
            .unwrap();
        assert!(held.bytes() <= 8 << 20);
    }
    let payload = held.cells_kept() * 2096;
    assert!(payload <= held.bytes() && payload > 7 << 20, "{payload}");
}

#[test]
fn cells_and_commitments_of_another_block_are_not_kept() {
    let chain = chain(1);
    let mut held = Held::new(HeldLimits::PHONE);
    let cells = || other_grid().verified(&places(0..2));
    for grid in [grid(), other_grid()] {
        let kept = held.keep(chain.header(1), grid.commitments(), cells(), at(0));
        assert!(matches!(kept, Err(Error::OtherBlock { .. })), "{kept:?}");
    }
    assert_eq!((held.cells_kept(), held.bytes()), (0, 0));
}
