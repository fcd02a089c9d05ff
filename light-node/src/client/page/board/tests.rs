//! What the page keeps of the steps.
#![allow(clippy::unwrap_used, clippy::panic)]

use crate::client::Progress;
use crate::client::page::board::{Board, CellState, Change, Place};
use crate::client::page::fixture::{asked, begun, cells, judged, peer, verified};
use types::Height;

fn states(board: &Board, height: u64) -> Vec<CellState> {
    let view = board
        .blocks()
        .find(|view| view.height == Height::new(height))
        .unwrap();
    view.cells.iter().map(|cell| cell.state()).collect()
}

#[test]
fn cells_go_through_their_states() {
    let mut board = Board::default();
    board.apply(&begun(1, 2, &[0, 130, 500]));
    assert_eq!(states(&board, 1), [CellState::Planned; 3]);
    board.apply(&asked(1, 2, &[0, 500]));
    assert_eq!(
        states(&board, 1),
        [CellState::Asked, CellState::Planned, CellState::Asked]
    );
    let (height, peer) = (Height::new(1), peer());
    board.apply(&Progress::Answered {
        height,
        peer,
        cells: cells(2, &[0]),
    });
    board.apply(&Progress::Missed {
        height,
        peer,
        cells: cells(2, &[500]),
    });
    board.apply(&Progress::Failed {
        height,
        peer,
        cell: cells(2, &[130])[0],
    });
    assert_eq!(
        states(&board, 1),
        [CellState::Answered, CellState::Failed, CellState::Missed]
    );
    board.apply(&verified(1, 2, &[0, 130]));
    assert_eq!(
        states(&board, 1),
        [CellState::Verified, CellState::Verified, CellState::Missed]
    );
}

#[test]
fn parity_follows_the_data_without_a_gap() {
    let mut board = Board::default();
    // Three rows stand at the positions 0..3 and 4..7 of their column: the page has no gap.
    let last = 6 * 128 - 1;
    let Some(Change::Begun(view)) = board.apply(&begun(1, 3, &[127, 3 * 128, last])) else {
        panic!("a block that begins");
    };
    let places: Vec<Place> = view.cells.iter().map(|cell| cell.place()).collect();
    assert_eq!(places, [Place(0, 127), Place(3, 0), Place(5, 127)]);
}

#[test]
fn what_was_not_planned_is_not_shown() {
    let mut board = Board::default();
    board.apply(&begun(1, 2, &[0]));
    assert_eq!(board.apply(&asked(1, 2, &[1])), None);
    assert_eq!(board.apply(&asked(2, 2, &[0])), None);
    // A row that the block does not have.
    assert_eq!(board.apply(&asked(1, 256, &[128 * 200])), None);
    assert_eq!(states(&board, 1), [CellState::Planned]);
}

#[test]
fn verdicts_are_counted_and_stay_with_their_blocks() {
    let mut board = Board::default();
    board.apply(&begun(1, 2, &[0, 1]));
    board.apply(&judged(1, 2, 20, 20));
    board.apply(&judged(2, 2, 20, 13));
    // Sampled again: the block begins anew, and counts again.
    board.apply(&begun(1, 2, &[5]));
    assert_eq!(board.blocks().nth(1).unwrap().verdict, None);
    board.apply(&judged(1, 2, 20, 20));
    let counts = board.counts();
    assert_eq!(
        (counts.available, counts.unavailable, counts.undecided),
        (2, 1, 0)
    );
    assert_eq!(
        (
            counts.asked,
            counts.answered,
            counts.verified,
            counts.failed
        ),
        (60, 53, 53, 7)
    );
    let heights: Vec<u64> = board.blocks().map(|view| view.height.get()).collect();
    assert_eq!(heights, [2, 1]);
    assert_eq!(states(&board, 1), [CellState::Planned]);
}

#[test]
fn old_blocks_lose_their_cells_and_then_go() {
    let mut board = Board::default();
    let blocks = Board::BLOCKS as u64 + 10;
    for height in 1..=blocks {
        board.apply(&begun(height, 2, &[0, 1]));
        board.apply(&judged(height, 2, 20, 20));
    }
    assert_eq!(board.blocks().count(), Board::BLOCKS);
    let with_cells = board.blocks().filter(|view| !view.cells.is_empty());
    assert_eq!(with_cells.count(), Board::GRIDS);
    assert_eq!(board.blocks().next().unwrap().height, Height::new(blocks));
    // Older than all that are kept: counted, not shown.
    assert_eq!(board.apply(&judged(1, 2, 20, 20)), None);
    assert_eq!(board.counts().available, blocks + 1);
    assert_eq!(board.blocks().count(), Board::BLOCKS);
}

#[test]
fn cells_that_go_the_same_way_are_told_together() {
    let mut board = Board::default();
    board.apply(&begun(1, 2, &[0, 1, 2]));
    let steps = [
        asked(1, 2, &[0]),
        asked(1, 2, &[1]),
        verified(1, 2, &[0]),
        asked(1, 2, &[2]),
    ];
    let mut changes = Vec::new();
    for step in &steps {
        Change::join(&mut changes, board.apply(step).unwrap());
    }
    let cells = |state, places: &[Place]| Change::Cells {
        height: Height::new(1),
        state,
        places: places.to_vec(),
    };
    assert_eq!(
        changes,
        [
            cells(CellState::Asked, &[Place(0, 0), Place(0, 1)]),
            cells(CellState::Verified, &[Place(0, 0)]),
            cells(CellState::Asked, &[Place(0, 2)]),
        ]
    );
    let json = serde_json::to_value(&changes[0]).unwrap();
    let expected = serde_json::json!({
        "cells": { "height": 1, "state": "asked", "places": [[0, 0], [0, 1]] }
    });
    assert_eq!(json, expected);
}
