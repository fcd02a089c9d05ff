#![allow(clippy::unwrap_used, clippy::cast_possible_truncation)]

use super::recover;
use crate::experiment::Shape;
use crate::experiment::shape::without;
use commitments::Verifier;
use erasure::{ColumnCode, extend_row};
use light_node::core::repair::CellSet;
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use types::limits::{ELEMENT_BYTES, ROW_BYTES};
use types::{Cell, GridDimensions, GridRow, Proof, Row, UnverifiedCell};

/// Rows of random elements, and every cell of their grid.
fn block(rows: u64) -> (Vec<u8>, Vec<Vec<Cell>>) {
    let mut rng = StdRng::seed_from_u64(rows);
    let engine = Verifier::ceremony().unwrap().engine();
    let mut bytes = vec![0; rows as usize * ROW_BYTES];
    for (i, byte) in bytes.iter_mut().enumerate() {
        if !i.is_multiple_of(ELEMENT_BYTES) {
            *byte = rng.random();
        }
    }
    let mut data: Vec<Row> = bytes
        .chunks(ROW_BYTES)
        .map(|row| Row::from_slice(row).unwrap())
        .collect();
    let code = ColumnCode::new(GridDimensions::new(rows).unwrap()).unwrap();
    data.extend(code.extend_rows(&data, engine).unwrap());
    let cells = data.iter().map(|row| extend_row(row, engine).unwrap());
    (bytes, cells.collect())
}

fn served(held: &CellSet, cells: &[Vec<Cell>]) -> Vec<UnverifiedCell> {
    let n = cells.len() / 2;
    held.iter()
        .map(|at| {
            let row = match at.row {
                GridRow::Data(i) => i.as_usize(),
                GridRow::Parity(j) => n + j.as_usize(),
            };
            UnverifiedCell {
                at,
                cell: cells[row][at.column.as_usize()].clone(),
                proof: Proof::new([0; 48]),
            }
        })
        .collect()
}

#[test]
fn the_bytes_come_back_exactly_when_the_shape_says_so() {
    let verifier = Verifier::ceremony().unwrap();
    for rows in [1, 3, 4] {
        let dimensions = GridDimensions::new(rows).unwrap();
        let (bytes, cells) = block(rows);
        for shape in [
            Shape::Random,
            Shape::Rectangle,
            Shape::RectangleMinusOne,
            Shape::Row,
            Shape::Column,
        ] {
            let mut rng = StdRng::seed_from_u64(9);
            let held = without(&shape.draw(dimensions, &mut rng).unwrap()).unwrap();
            let came = recover(dimensions, served(&held, &cells), verifier).unwrap();
            let expected = shape.is_recoverable().then(|| bytes.clone());
            assert_eq!(came, expected, "{shape:?} of {rows} rows");
        }
    }
}
