//! Positions, cells and what it takes to stop recovery.

use std::collections::HashSet;
use types::{GridDimensions, GridRow};

#[test]
fn positions_and_rows_are_inverse() {
    for n in 0..=256_u64 {
        let dimensions = GridDimensions::new(n).unwrap();
        let padded = u64::from(dimensions.padded_rows());
        assert!(padded.is_power_of_two() && padded >= n && (n < 2 || padded < 2 * n));
        let mut rows = 0;
        for position in 0..2 * padded + 2 {
            match dimensions.row_at(position) {
                Ok(row) => {
                    assert_eq!(u64::from(dimensions.position(row).unwrap()), position);
                    assert_eq!(matches!(row, GridRow::Parity(_)), position >= padded);
                    rows += 1;
                }
                Err(_) => assert!(position >= n && !(padded..padded + n).contains(&position)),
            }
        }
        assert_eq!(rows, 2 * n);
    }
}

#[test]
fn every_cell_has_one_number() {
    for n in [0, 1, 3, 24] {
        let dimensions = GridDimensions::new(n).unwrap();
        let mut seen = HashSet::new();
        for number in 0..dimensions.cells() {
            let at = dimensions.cell(number).unwrap();
            assert_eq!(dimensions.contain(at), Ok(()));
            assert!(seen.insert(at));
        }
        assert_eq!(seen.len() as u64, 256 * n);
        assert!(dimensions.cell(dimensions.cells()).is_err());
    }
}

#[test]
fn about_a_quarter_must_be_withheld() {
    for (n, least) in [(0, 0), (1, 130), (24, 1_625), (256, 16_705)] {
        assert_eq!(GridDimensions::new(n).unwrap().min_withheld(), least);
    }
}
