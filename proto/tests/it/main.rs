//! Messages to nouns and back.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::cast_possible_truncation
)]

mod bad_input;
mod descriptors;
mod round_trips;

use proptest::prelude::*;
use types::{Cell, ColumnIndex, Coordinates, GridRow, Proof, RowIndex, UnverifiedCell};

fn coordinates() -> impl Strategy<Value = Coordinates> {
    (any::<bool>(), 0..256_u64, 0..128_u64).prop_map(|(parity, row, column)| {
        let row = RowIndex::new(row).unwrap();
        Coordinates {
            row: if parity {
                GridRow::Parity(row)
            } else {
                GridRow::Data(row)
            },
            column: ColumnIndex::new(column).unwrap(),
        }
    })
}

fn cell() -> impl Strategy<Value = UnverifiedCell> {
    (coordinates(), any::<u8>(), any::<u8>()).prop_map(|(at, fill, proof)| {
        // The topmost byte of each element stays zero: canonical whatever the rest.
        let bytes: Vec<u8> = (0..Cell::BYTES)
            .map(|i| if i % 32 == 0 { 0 } else { fill })
            .collect();
        UnverifiedCell {
            at,
            cell: Cell::from_slice(&bytes).unwrap(),
            proof: Proof::new([proof; 48]),
        }
    })
}
