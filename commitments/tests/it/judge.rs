use commitments::{CommitmentError, Culprit, Judged};
use proptest::prelude::*;
use types::{Cell, Proof, UnverifiedCell};

use super::{answer, column, data, extended_rows, grid_of, parity, setup, unverified};

/// One way to lie about a cell, and how it must be found out.
#[derive(Clone, Copy, Debug)]
enum Lie {
    WrongRow,
    WrongColumn,
    WrongCell,
    WrongProof,
    NoPoint,
    OutsideSubgroup,
    OutsideGrid,
}

const LIES: [Lie; 7] = [
    Lie::WrongRow,
    Lie::WrongColumn,
    Lie::WrongCell,
    Lie::WrongProof,
    Lie::NoPoint,
    Lie::OutsideSubgroup,
    Lie::OutsideGrid,
];

/// The cell (0, col) of a random row, spoilt; the grid has 8 rows, of which row 5 differs.
fn spoilt(col: u64, lie: Lie) -> UnverifiedCell {
    let mut cell = answer(0, col);
    match lie {
        Lie::WrongRow => cell.at.row = data(5),
        Lie::WrongColumn => cell.at.column = column((col + 1) % 128),
        Lie::WrongCell => {
            let mut bytes = *cell.cell.as_bytes();
            bytes[2047] ^= 1;
            cell.cell = Cell::from_slice(&bytes).unwrap();
        }
        Lie::WrongProof => cell.proof = *extended_rows()[5].cell(column(col)).1,
        Lie::NoPoint => cell.proof = Proof::new([0x12; 48]),
        Lie::OutsideSubgroup => {
            let mut bytes = [0; 48];
            bytes[0] = 0x80;
            cell.proof = Proof::new(bytes);
        }
        Lie::OutsideGrid => cell.at.row = parity(8),
    }
    cell
}

fn is_expected(lie: Lie, culprit: &Culprit) -> bool {
    let at = culprit.cell.at;
    culprit.fault.is_peer_fault()
        && match lie {
            Lie::NoPoint | Lie::OutsideSubgroup => {
                culprit.fault == CommitmentError::BadProof { at }
            }
            Lie::OutsideGrid => matches!(culprit.fault, CommitmentError::Noun(_)),
            _ => culprit.fault == CommitmentError::WrongCell { at },
        }
}

#[test]
fn honest_cells_verify_in_one_batch_in_any_order_and_number() {
    let grid = grid_of(8);
    let mut cells: Vec<_> = (0..8)
        .flat_map(|row| [0, 64, 127].map(|col| answer(row, col)))
        .collect();
    cells.reverse();
    cells.push(cells[3].clone());
    let verified = setup().verify_cells(&grid, cells.clone()).unwrap();
    assert_eq!(verified.len(), cells.len());
    for (verified, cell) in verified.iter().zip(&cells) {
        assert_eq!(unverified(verified.clone()), *cell);
        assert_eq!(
            verified.commitment().unwrap(),
            grid.commitment(cell.at.row).unwrap()
        );
    }
    let judged = setup().verify_or_blame(&grid, cells).unwrap();
    assert_eq!(judged.verified, verified);
    assert!(judged.culprits.is_empty());
}

#[test]
fn no_cells_hold() {
    let grid = grid_of(1);
    assert!(setup().verify_cells(&grid, vec![]).unwrap().is_empty());
    assert_eq!(
        setup().verify_or_blame(&grid, vec![]).unwrap(),
        Judged::default()
    );
}

#[test]
fn bad_input_every_lie_fails_its_batch_and_is_blamed_alone() {
    let grid = grid_of(8);
    for lie in LIES {
        let mut cells: Vec<_> = (0..8).map(|row| answer(row, row * 11)).collect();
        cells.insert(5, spoilt(7, lie));
        let error = setup().verify_cells(&grid, cells.clone()).unwrap_err();
        assert!(error.is_peer_fault(), "{lie:?}: {error}");
        let expected = match lie {
            Lie::NoPoint | Lie::OutsideSubgroup => CommitmentError::BatchMalformed { cells: 9 },
            Lie::OutsideGrid => error.clone(),
            _ => CommitmentError::BatchRefused { cells: 9 },
        };
        assert_eq!(error, expected, "{lie:?}");

        let judged = setup().verify_or_blame(&grid, cells.clone()).unwrap();
        assert_eq!(judged.verified.len(), 8, "{lie:?}");
        assert_eq!(judged.culprits.len(), 1, "{lie:?}");
        assert_eq!(judged.culprits[0].cell, cells[5], "{lie:?}");
        assert!(is_expected(lie, &judged.culprits[0]), "{judged:?}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    #[test]
    fn bad_input_exactly_the_liars_are_named(
        lies in proptest::collection::vec(
            proptest::option::weighted(0.3, proptest::sample::select(&LIES[..])), 1..24)
    ) {
        let grid = grid_of(8);
        let cells: Vec<_> = (0..).zip(&lies).map(|(col, lie)| match lie {
            Some(lie) => spoilt(col, *lie),
            None => answer(0, col),
        }).collect();
        let judged = setup().verify_or_blame(&grid, cells.clone()).unwrap();
        let honest: Vec<_> = cells.iter().zip(&lies).filter(|(_, l)| l.is_none())
            .map(|(c, _)| c.clone()).collect();
        let liars: Vec<_> = cells.iter().zip(&lies)
            .filter_map(|(c, l)| l.map(|l| (c, l))).collect();
        let verified: Vec<_> = judged.verified.into_iter()
            .map(unverified).collect();
        prop_assert_eq!(verified, honest);
        prop_assert_eq!(judged.culprits.len(), liars.len());
        for (culprit, (cell, lie)) in judged.culprits.iter().zip(liars) {
            prop_assert_eq!(&culprit.cell, cell);
            prop_assert!(is_expected(lie, culprit), "{:?} {:?}", lie, culprit);
        }
    }
}
