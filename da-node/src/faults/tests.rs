#![allow(clippy::unwrap_used)]

use super::{FaultSwitch, Faults, Order, Spoken, Withholding, order, other_vote, spoil_rows};
use net::{RowCell, RowCells};
use types::{Cell, ColumnIndex, Commitment, HeaderHash, Height, Proof, Round, RowIndex};

fn row(fill: u8) -> Commitment {
    Commitment::new([fill; 48])
}

fn column(index: u64) -> ColumnIndex {
    ColumnIndex::new(index).unwrap()
}

#[test]
fn named_cells_are_refused_and_no_others() {
    let withholding = Withholding::cells([(row(1), column(7)), (row(2), column(8))]);
    for (fill, index, refused) in [
        (1, 7, true),
        (2, 8, true),
        (1, 8, false),
        (2, 7, false),
        (3, 7, false),
    ] {
        assert_eq!(withholding.refuses(&row(fill), column(index)), refused);
    }
}

#[test]
fn a_fraction_is_refused_about_that_often_and_always_the_same() {
    let all = || (0..64).flat_map(|fill| ColumnIndex::all().map(move |at| (row(fill), at)));
    let refused = |seed| {
        let withholding = Withholding::new(0.25, seed);
        all().filter(move |(row, at)| withholding.refuses(row, *at))
    };
    // 2,048 expected, with a deviation of 39.
    assert!((1_850..2_250).contains(&refused(1).count()));
    assert!(refused(1).eq(refused(1)));
    assert!(!refused(1).eq(refused(2)));
    for none in [0.0, -1.0, f64::NAN] {
        let withholding = Withholding::new(none, 1);
        assert!(all().all(|(row, at)| !withholding.refuses(&row, at)));
    }
}

#[test]
fn a_switch_acts_at_once_and_answers_begun_keep_what_they_had() {
    let switch = FaultSwitch::default();
    let before = switch.get();
    switch.set(Faults {
        withholding: Some(Withholding::cells([(row(1), column(0))])),
        ..Faults::default()
    });
    assert!(switch.get().refuse(&row(1), column(0)));
    assert!(!before.refuse(&row(1), column(0)));
    switch.set(Faults::default());
    assert!(!switch.get().refuse(&row(1), column(0)));
}

#[test]
fn only_lies_about_the_round_need_a_liar_on_the_way_out() {
    let honest = Faults::default();
    let lies = [
        (honest.clone(), false),
        (
            Faults {
                encodes_wrongly: true,
                ..honest.clone()
            },
            false,
        ),
        (
            Faults {
                equivocates: true,
                ..honest.clone()
            },
            true,
        ),
        (
            Faults {
                drops_votes: true,
                ..honest
            },
            true,
        ),
    ];
    for (faults, expected) in lies {
        assert_eq!(faults.lies_in_consensus(), expected, "{faults:?}");
    }
    let carries = [Spoken::Proposal, Spoken::Vote, Spoken::Certificate].map(Spoken::has_vote);
    assert_eq!(carries, [false, true, true]);
}

#[test]
fn the_other_vote_always_differs_and_both_orders_are_met() {
    let voted = [
        None,
        Some(HeaderHash::new([0; 32])),
        Some(HeaderHash::new([7; 32])),
    ];
    for header in voted {
        assert_ne!(Some(other_vote(header)), header);
    }
    let at = |height, round| order(Height::new(height), Round::new(round));
    assert_eq!((at(4, 0), at(4, 1)), (Order::TruthFirst, Order::LieFirst));
    assert_eq!((at(5, 0), at(5, 1)), (Order::LieFirst, Order::TruthFirst));
}

#[test]
fn no_spoiled_cell_keeps_its_proof() {
    let cell = |index: u8| RowCell {
        column: column(index.into()),
        cell: Cell::from_slice(&[index; 2048]).unwrap(),
        proof: Proof::new([index; 48]),
    };
    let mut rows = [RowCells {
        row: RowIndex::FIRST,
        cells: (0..5).map(cell).collect(),
    }];
    spoil_rows(&mut rows);
    for (index, spoiled) in (0..5).zip(&rows[0].cells) {
        let honest = cell(index);
        assert_eq!(
            (spoiled.column, &spoiled.cell),
            (honest.column, &honest.cell)
        );
        assert_ne!(spoiled.proof, honest.proof);
    }
}
