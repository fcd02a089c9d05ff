//! Who is asked for which cells of a line, by what peers claim.

use light_node::core::MAX_ASK;
use light_node::core::repair::{CellSet, Claims, Line, MAX_CLAIMANTS};
use std::collections::BTreeSet;
use types::{ColumnIndex, Coordinates, GridDimensions, GridRow, RowIndex};

fn dimensions(rows: u64) -> GridDimensions {
    GridDimensions::new(rows).unwrap()
}

fn data(row: u64) -> GridRow {
    GridRow::Data(RowIndex::new(row).unwrap())
}

fn column() -> ColumnIndex {
    ColumnIndex::new(9).unwrap()
}

/// Claims of peers 0, 1, … that each hold everything.
fn everybody(dimensions: GridDimensions, peers: usize) -> Claims<usize> {
    let mut claims = Claims::new(dimensions);
    for peer in 0..peers {
        claims
            .take(peer, CellSet::all(dimensions).by_row())
            .unwrap();
    }
    claims
}

#[test]
fn only_what_is_missing_is_asked_for_and_the_work_is_spread() {
    let dimensions = dimensions(256);
    let claims = everybody(dimensions, 3);
    let mut held = CellSet::none(dimensions);
    for row in 0..16 {
        let (row, column) = (data(row), column());
        held.insert(Coordinates { row, column }).unwrap();
    }
    let line = Line::Column(column());
    let shares = claims.ask(line, 256, &held);
    let asked: Vec<_> = shares.iter().flat_map(|share| &share.cells).collect();
    assert_eq!(asked.len(), 240);
    let distinct: BTreeSet<_> = asked.iter().collect();
    assert_eq!(distinct.len(), 240);
    assert!(
        asked
            .iter()
            .all(|at| at.column == column() && !held.contains(**at))
    );
    for share in &shares {
        assert!((1..=MAX_ASK).contains(&share.cells.len()));
    }
    for peer in 0..3 {
        let load: usize = shares
            .iter()
            .filter(|share| share.peer == peer)
            .map(|share| share.cells.len())
            .sum();
        assert_eq!(load, 80);
    }
    assert!(claims.ask(line, 16, &held).is_empty());
    let row = claims.ask(Line::Row(data(0)), 64, &held);
    let asked: usize = row.iter().map(|share| share.cells.len()).sum();
    assert_eq!(asked, 63, "one of the row is held");
}

#[test]
fn nobody_is_asked_for_what_it_does_not_claim() {
    let dimensions = dimensions(4);
    let mut claims = Claims::new(dimensions);
    claims
        .take(1, [(data(0), 1 << 9), (data(1), 1 << 8)])
        .unwrap();
    claims.take(2, [(data(1), 1 << 9)]).unwrap();
    let none = CellSet::none(dimensions);
    assert_eq!(claims.with(&none).len(), 3);
    let shares = claims.ask(Line::Column(column()), 4, &none);
    let asked: Vec<_> = shares
        .iter()
        .map(|share| (share.peer, share.cells[0].row, share.cells.len()))
        .collect();
    assert_eq!(asked, [(1, data(0), 1), (2, data(1), 1)]);
    // A new claim stands in place of the old one.
    claims.take(1, [(data(3), 1)]).unwrap();
    assert_eq!(claims.with(&none).len(), 2);
}

#[test]
fn whoever_is_busy_is_asked_last_until_it_gives_something() {
    let dimensions = dimensions(4);
    let none = CellSet::none(dimensions);
    let line = Line::Column(column());
    let mut claims = everybody(dimensions, 2);
    claims.busy(0);
    let shares = claims.ask(line, 4, &none);
    assert_eq!(shares.len(), 1);
    assert_eq!((shares[0].peer, shares[0].cells.len()), (1, 4));
    claims.gave(0);
    assert_eq!(claims.ask(line, 4, &none).len(), 2);
}

#[test]
fn what_is_presumed_of_full_nodes_is_no_promise() {
    let dimensions = dimensions(4);
    let none = CellSet::none(dimensions);
    let mut claims = Claims::new(dimensions);
    claims.presume(7);
    let mut all = CellSet::all(dimensions);
    assert_eq!(claims.with(&none), all);
    for column in 0..5 {
        let at = Coordinates {
            row: data(1),
            column: ColumnIndex::new(column).unwrap(),
        };
        claims.disappointed(7, &[at]);
        all.remove(at).unwrap();
        // What it failed to give is not presumed again.
        claims.presume(7);
        assert_eq!(claims.with(&none), all);
    }
    claims.disbelieve(7);
    claims.presume(7);
    assert!(claims.with(&none).is_empty());
}

#[test]
fn bad_input_promises_that_are_not_kept_are_believed_three_times() {
    let dimensions = dimensions(4);
    let mut claims = everybody(dimensions, 1);
    let none = CellSet::none(dimensions);
    let line = Line::Column(column());
    for broken in 0..3 {
        let shares = claims.ask(line, 4, &none);
        assert!(!shares.is_empty(), "after {broken}");
        claims.disappointed(0, &shares[0].cells[..1]);
        let left = claims.with(&none);
        assert!(
            !left.contains(shares[0].cells[0]),
            "it is not asked for again"
        );
    }
    assert!(claims.ask(line, 4, &none).is_empty());
    claims.take(0, CellSet::all(dimensions).by_row()).unwrap();
    assert!(
        claims.with(&none).is_empty(),
        "nor is it by saying it again"
    );
}

#[test]
fn bad_input_liars_rows_outside_the_block_and_too_many_claimants() {
    let dimensions = dimensions(4);
    let none = CellSet::none(dimensions);
    let mut claims = everybody(dimensions, 1);
    claims.disbelieve(0);
    assert!(claims.with(&none).is_empty());
    claims.take(0, [(data(0), 1)]).unwrap();
    assert!(claims.with(&none).is_empty());

    let outside = [(data(0), 1), (data(4), 1)];
    assert!(claims.take(1, outside).is_err());
    assert!(claims.with(&none).is_empty(), "nothing of it is believed");

    let mut claims = everybody(dimensions, MAX_CLAIMANTS);
    for peer in 0..MAX_CLAIMANTS {
        claims.disbelieve(peer);
    }
    claims.take(MAX_CLAIMANTS, [(data(0), 1)]).unwrap();
    assert!(claims.with(&none).is_empty(), "there is no room for more");
}
