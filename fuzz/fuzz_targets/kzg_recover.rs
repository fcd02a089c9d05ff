//! Rows from some of their cells, damaged or not: every set-up against c-kzg.
#![no_main]

use arbitrary::Arbitrary;
use c_kzg::Cell as OracleCell;
use commitments::eip7594;
use fuzz::kzg::{self, ROWS, cell, grid, oracle, proof, subjects};
use fuzz::scalars::Scalar;
use libfuzzer_sys::fuzz_target;
use types::limits::{DATA_COLUMNS, ELEMENT_BYTES};
use types::{Cell, ColumnIndex};

#[derive(Arbitrary, Debug)]
struct Input {
    row: u8,
    /// The columns that are known; missing ones are added from the left up to 64, if so wished.
    columns: u128,
    enough: bool,
    /// An element that becomes something else.
    damage: Option<(u8, u8, Scalar)>,
}

fuzz_target!(init: { let _ = (kzg::prepare(), grid()); }, |input: Input| {
    let extended = &grid()[usize::from(input.row) % (2 * ROWS)];
    let mut known = input.columns;
    for column in 0..128 {
        if input.enough && (known.count_ones() as usize) < DATA_COLUMNS {
            known |= 1 << column;
        }
    }
    let columns: Vec<ColumnIndex> = ColumnIndex::all()
        .filter(|column| known >> column.get() & 1 == 1)
        .collect();
    let mut cells: Vec<Cell> = columns.iter().map(|c| extended.at(*c).0.clone()).collect();
    let mut is_damaged = false;
    if let Some((at, element, scalar)) = input.damage
        && let Some(cell) = cells.get_mut(usize::from(at))
    {
        let mut bytes = cell.as_bytes().to_vec();
        let start = usize::from(element % 64) * ELEMENT_BYTES;
        bytes[start..start + ELEMENT_BYTES].copy_from_slice(&scalar.get().to_be_bytes());
        is_damaged = bytes != cell.as_bytes();
        *cell = Cell::from_slice(&bytes).unwrap();
    }

    let indices: Vec<u64> = columns.iter().map(|column| column.get().into()).collect();
    let given: Vec<OracleCell> = cells
        .iter()
        .map(|cell| OracleCell::from_bytes(cell.as_bytes()).unwrap())
        .collect();
    for setup in subjects() {
        match eip7594::recover(setup, &columns, &cells) {
            Ok(got) => {
                let (all, proofs) = oracle()
                    .recover_cells_and_kzg_proofs(&indices, &given)
                    .unwrap();
                assert!(all.iter().map(cell).eq(got.cells().iter().cloned()));
                assert!(proofs.iter().map(proof).eq(got.proofs().iter().copied()));
                assert_eq!(got.row() == &extended.row, !is_damaged);
            }
            // More cells than needed that do not belong together: c-kzg does not look.
            Err(_) => assert!(columns.len() < DATA_COLUMNS || is_damaged),
        }
    }
});
