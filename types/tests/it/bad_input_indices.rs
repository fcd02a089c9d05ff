//! Indices, dimensions and placements outside their bounds.

use crate::samples::{meta, namespace};
use types::{
    BlobMeta, BlobMode, ColumnIndex, Coordinates, Error, GridDimensions, GridRow, IndexEntry,
    IndexTree, PayloadLength, RowIndex,
};

#[test]
fn rows_and_columns_beyond_the_last() {
    assert!(RowIndex::new(255).is_ok());
    assert!(ColumnIndex::new(127).is_ok());
    assert!(GridDimensions::new(256).is_ok());
    for got in [256, 65_536, u64::MAX] {
        assert_eq!(
            RowIndex::new(got).unwrap_err(),
            Error::OutOfRange {
                what: "row",
                got,
                min: 0,
                max: 255
            }
        );
    }
    for got in [128, 256, u64::MAX] {
        assert_eq!(
            ColumnIndex::new(got).unwrap_err(),
            Error::OutOfRange {
                what: "column",
                got,
                min: 0,
                max: 127
            }
        );
    }
    for got in [257, u64::MAX] {
        assert_eq!(
            GridDimensions::new(got).unwrap_err(),
            Error::OutOfRange {
                what: "rows of a block",
                got,
                min: 0,
                max: 256
            }
        );
    }
}

#[test]
fn coordinates_outside_the_grid() {
    let dimensions = GridDimensions::new(24).unwrap();
    let column = ColumnIndex::new(5).unwrap();
    let at = |row| Coordinates { row, column };
    let (last, beyond) = (RowIndex::new(23).unwrap(), RowIndex::new(24).unwrap());
    for row in [GridRow::Data(last), GridRow::Parity(last)] {
        assert_eq!(dimensions.contain(at(row)), Ok(()));
    }
    for row in [GridRow::Data(beyond), GridRow::Parity(beyond)] {
        assert_eq!(
            dimensions.contain(at(row)).unwrap_err(),
            Error::OutsideGrid {
                row,
                column,
                dimensions
            }
        );
    }
    assert!(
        GridDimensions::default()
            .contain(at(GridRow::Data(RowIndex::FIRST)))
            .is_err()
    );
}

#[test]
fn a_blob_that_reaches_beyond_the_block() {
    let two = meta(1, 2, 0);
    assert!(IndexEntry::new(&two, RowIndex::new(254).unwrap()).is_ok());
    assert_eq!(
        IndexEntry::new(&two, RowIndex::new(255).unwrap()).unwrap_err(),
        Error::OutOfRange {
            what: "end of a blob's rows",
            got: 257,
            min: 1,
            max: 256
        }
    );
}

#[test]
fn an_entry_whose_rows_contradict_its_length() {
    let mut bytes = IndexEntry::new(&meta(1, 2, 0), RowIndex::FIRST)
        .unwrap()
        .encode();
    bytes[64] = 3;
    assert_eq!(
        IndexEntry::decode(&bytes).unwrap_err(),
        Error::RowCount {
            got: 3,
            expected: 2
        }
    );
}

#[test]
fn blobs_out_of_order_twice_or_with_gaps() {
    let (a, b) = (meta(1, 2, 0), meta(2, 1, 0));
    let entry = |meta: &BlobMeta, row| IndexEntry::new(meta, RowIndex::new(row).unwrap()).unwrap();
    let order = "is not above the one before it";
    let place = "does not begin where the one before it ends";
    for (entries, wrong, problem) in [
        (vec![entry(&b, 0), entry(&a, 1)], 1, order),
        (vec![entry(&a, 0), entry(&a, 2)], 1, order),
        (vec![entry(&a, 1)], 0, place),
        (vec![entry(&a, 0), entry(&b, 3)], 1, place),
        (vec![entry(&a, 0), entry(&b, 1)], 1, place),
    ] {
        assert_eq!(
            IndexTree::new(entries).unwrap_err(),
            Error::IndexOrder {
                entry: wrong,
                problem
            }
        );
    }
    assert!(IndexTree::new(vec![entry(&a, 0), entry(&b, 2)]).is_ok());
}

#[test]
fn more_rows_than_a_block_holds() {
    let length = PayloadLength::new(BlobMode::Packed, 16 << 20).unwrap();
    let blob = |n: u8| {
        let commitments = vec![meta(n, 1, n).commitments()[0]; length.rows()];
        BlobMeta::new(namespace(n), length, commitments).unwrap()
    };
    assert_eq!(length.rows(), 133);
    assert!(IndexTree::place(&[blob(1)]).is_ok());
    assert!(matches!(
        IndexTree::place(&[blob(1), blob(2)]).unwrap_err(),
        Error::OutOfRange {
            got: 266,
            max: 256,
            ..
        }
    ));
}
