//! The `erasure` crate's codes.

use algebra::Engine;
use types::limits::{CELL_BYTES, COLUMNS, DATA_COLUMNS};
use types::{Cell, ColumnIndex, Row};

use crate::codes::{Code, Entry};
use crate::{BenchError, Shards};

/// Every code there is, with each engine given if it has a choice.
#[must_use]
pub fn entries(engines: &[Engine], shards: Shards) -> Vec<Entry> {
    engines
        .iter()
        .map(|engine| Entry {
            name: engine.name(),
            ours: true,
            code: RowCode::of(shards),
        })
        .collect()
}

/// The row code, which has one size.
struct RowCode;

impl RowCode {
    fn of(shards: Shards) -> Result<Box<dyn Code>, BenchError> {
        for (argument, got, expected) in [
            ("k", shards.k, DATA_COLUMNS),
            ("n", shards.n, COLUMNS),
            ("shard-bytes", shards.bytes, CELL_BYTES),
        ] {
            if got != expected {
                return Err(BenchError::OutOfRange {
                    argument,
                    got,
                    min: expected,
                    max: expected,
                });
            }
        }
        Ok(Box::new(Self))
    }
}

impl Code for RowCode {
    fn encode(&self, data: &[&[u8]]) -> Result<Vec<Vec<u8>>, BenchError> {
        let cells = erasure::extend_row(&Row::from_slice(&data.concat())?)?;
        Ok(cells[DATA_COLUMNS..]
            .iter()
            .map(|cell| cell.as_bytes().to_vec())
            .collect())
    }

    fn decode(&self, shards: &[(usize, &[u8])]) -> Result<Vec<Vec<u8>>, BenchError> {
        let cells = shards
            .iter()
            .map(|(i, bytes)| Ok((ColumnIndex::new(*i as u64)?, Cell::from_slice(bytes)?)))
            .collect::<Result<Vec<_>, BenchError>>()?;
        let cells: Vec<_> = cells.iter().map(|(column, cell)| (*column, cell)).collect();
        let row = erasure::recover_row(&cells)?;
        Ok(row
            .as_bytes()
            .chunks(CELL_BYTES)
            .map(<[u8]>::to_vec)
            .collect())
    }
}
