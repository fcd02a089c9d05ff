//! Both codes, on every engine: what was lost comes back, and what does not belong together is
//! refused.
#![no_main]

use algebra::Engine;
use arbitrary::Arbitrary;
use erasure::{ColumnCode, extend_row, recover_row};
use fuzz::kzg::row;
use fuzz::scalars::Sparse;
use libfuzzer_sys::fuzz_target;
use types::limits::{CELL_BYTES, DATA_COLUMNS, ELEMENT_BYTES};
use types::{Cell, ColumnIndex, GridDimensions, GridRow, RowIndex};

#[derive(Arbitrary, Debug)]
enum Input {
    Row {
        row: Sparse,
        columns: u128,
        /// A cell that comes twice.
        twice: Option<u8>,
        /// A cell whose element becomes something else.
        damage: Option<(u8, u8, u8)>,
    },
    Column {
        rows: u8,
        values: Sparse,
        /// Which of the 2N rows are known, in the order given.
        known: Vec<u16>,
    },
}

fuzz_target!(|input: Input| {
    for engine in Engine::all() {
        match &input {
            Input::Row {
                row,
                columns,
                twice,
                damage,
            } => check_row(row, *columns, *twice, *damage, engine),
            Input::Column {
                rows,
                values,
                known,
            } => check_column(*rows, values, known, engine),
        }
    }
});

fn check_row(
    pattern: &Sparse,
    columns: u128,
    twice: Option<u8>,
    damage: Option<(u8, u8, u8)>,
    engine: Engine,
) {
    let row = row(pattern);
    let mut cells = extend_row(&row, engine).unwrap();
    let mut damaged = None;
    if let Some((at, element, byte)) = damage {
        let cell = &mut cells[usize::from(at) % 128];
        let mut bytes = cell.as_bytes().to_vec();
        let low = usize::from(element % 64) * ELEMENT_BYTES + ELEMENT_BYTES - 1;
        if bytes[low] != byte {
            bytes[low] = byte;
            if let Ok(changed) = Cell::from_slice(&bytes) {
                *cell = changed;
                damaged = Some(at % 128);
            }
        }
    }
    let mut parts: Vec<(ColumnIndex, &Cell)> = ColumnIndex::all()
        .zip(&cells)
        .filter(|(column, _)| columns >> column.get() & 1 == 1)
        .collect();
    let known = parts.len();
    let among = damaged.is_some_and(|at| columns >> at & 1 == 1);
    if let Some(twice) = twice
        && let Some(part) = parts.get(usize::from(twice)).copied()
    {
        parts.push(part);
        assert!(recover_row(&parts, engine).is_err());
        parts.pop();
    }
    match recover_row(&parts, engine) {
        // 64 cells belong together whatever they are; the row then has them.
        Ok(got) if among => {
            assert_eq!(known, DATA_COLUMNS);
            assert_ne!(got, row);
            let again = extend_row(&got, engine).unwrap();
            assert!(
                parts
                    .iter()
                    .all(|(column, cell)| again[column.as_usize()] == **cell)
            );
        }
        Ok(got) => assert_eq!(got, row),
        Err(_) => assert!(known < DATA_COLUMNS || (among && known > DATA_COLUMNS)),
    }
}

fn check_column(rows: u8, values: &Sparse, known: &[u16], engine: Engine) {
    let n = usize::from(rows % 16) + 1;
    let code = ColumnCode::new(GridDimensions::new(n as u64).unwrap()).unwrap();
    let elements: Vec<u8> = values
        .get((n * CELL_BYTES / ELEMENT_BYTES).max(1))
        .iter()
        .flat_map(|element| element.to_be_bytes())
        .collect();
    let column: Vec<Cell> = elements
        .chunks_exact(CELL_BYTES)
        .map(|bytes| Cell::from_slice(bytes).unwrap())
        .collect();
    let parity = code.extend_column(&column, engine).unwrap();
    assert_eq!(parity.len(), n);
    let known: Vec<GridRow> = known
        .iter()
        .take(2 * n)
        .filter_map(|at| {
            let index = RowIndex::new(u64::from(at / 2)).ok()?;
            Some(if at % 2 == 0 {
                GridRow::Data(index)
            } else {
                GridRow::Parity(index)
            })
        })
        .collect();
    let Ok(recovery) = code.recovery(&known, engine) else {
        return;
    };
    let cells: Vec<Cell> = known
        .iter()
        .map(|row| match row {
            GridRow::Data(i) => column[i.as_usize()].clone(),
            GridRow::Parity(j) => parity[j.as_usize()].clone(),
        })
        .collect();
    assert_eq!(recovery.apply_cells(&cells, engine), Ok(column));
}
