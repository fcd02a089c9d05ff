//! Giving a blob back, byte for byte.

use crate::custody::{Effort, pull};
use crate::state::State;
use crate::store::{BlobState, View};
use crate::work::Work;
use crate::{Error, Result};
use chain::ColumnSet;
use std::sync::Arc;
use types::{BlobId, BlobMeta, BlobMode, ColumnIndex, Height, Row, RowIndex, limits};

/// How often cells are fetched for one answer: each time what was fetched before may turn out
/// to be damaged, or be pruned.
const ATTEMPTS: u32 = 3;

/// A blob with its payload.
#[derive(Debug, Clone)]
pub struct StoredBlob {
    /// Its description.
    pub meta: BlobMeta,
    /// The height that orders it, once one does.
    pub height: Option<Height>,
    /// The payload, as it was posted.
    pub payload: Vec<u8>,
}

/// What is here of a blob.
enum Found {
    /// All of it.
    Whole(StoredBlob),
    /// So many of its rows; none of a blob that is not described here.
    Part { rows: usize, of: usize },
}

/// Reads a blob from this node's custody; what is not here, or is damaged, is pulled from peers
/// or rebuilt first. A blob that is pruned meanwhile is given back whole or not at all.
pub(crate) async fn retrieve(state: &Arc<State>, blob: BlobId) -> Result<StoredBlob> {
    let mut attempt = 0;
    loop {
        let worker = Arc::clone(state);
        let found = state.compute_as(Work::Serve, move || find(&worker, blob));
        let (got, expected) = match found.await?? {
            Found::Whole(found) => return Ok(found),
            Found::Part { rows, of } => (rows, of),
        };
        if attempt == ATTEMPTS {
            return Err(Error::IncompleteBlob {
                blob,
                got,
                expected,
            });
        }
        attempt += 1;
        pull(state, blob, data_columns(), Effort::Far).await?;
    }
}

/// The 64 columns that hold the rows themselves.
fn data_columns() -> ColumnSet {
    ColumnIndex::all()
        .take(limits::DATA_COLUMNS)
        .fold(ColumnSet::default(), ColumnSet::with)
}

fn find(state: &State, blob: BlobId) -> Result<Found> {
    let view = state.store.view();
    let record = view.record(&blob)?.ok_or(Error::UnknownBlob(blob))?;
    let height = match record.state {
        BlobState::Pruned { .. } => {
            return Err(Error::PrunedBlob {
                blob,
                at: record.at,
            });
        }
        BlobState::Final { height, .. } => Some(height),
        _ => None,
    };
    let Some(meta) = view.meta(&blob)? else {
        return Ok(Found::Part { rows: 0, of: 1 });
    };
    // All of them, so that all damage is found at once.
    let mut rows = Vec::with_capacity(usize::from(meta.rows()));
    for index in 0..u64::from(meta.rows()) {
        rows.extend(read_row(&view, &blob, RowIndex::new(index)?)?);
    }
    if rows.len() < usize::from(meta.rows()) {
        return Ok(Found::Part {
            rows: rows.len(),
            of: meta.rows().into(),
        });
    }
    drop(view);
    let payload = payload(&meta, &rows)?;
    Ok(Found::Whole(StoredBlob {
        meta,
        height,
        payload,
    }))
}

fn payload(meta: &BlobMeta, rows: &[Row]) -> Result<Vec<u8>> {
    let payload = match meta.length().mode() {
        BlobMode::Packed => erasure::unpack(rows)?,
        BlobMode::Raw => erasure::raw_payload(rows),
    };
    let expected = u64::from(meta.length().bytes());
    if payload.len() as u64 == expected {
        Ok(payload)
    } else {
        Err(Error::PayloadLength {
            got: payload.len() as u64,
            expected,
        })
    }
}

/// A row is its first 64 cells, one after the other (EIP-7594); none when one of them is lacking.
fn read_row(view: &View<'_>, blob: &BlobId, row: RowIndex) -> Result<Option<Row>> {
    let mut bytes = Vec::with_capacity(limits::ROW_BYTES);
    for column in data_columns().iter() {
        if let Some((cell, _)) = view.cell(blob, row, column)? {
            bytes.extend_from_slice(cell.as_bytes());
        }
    }
    if bytes.len() < limits::ROW_BYTES {
        return Ok(None);
    }
    Ok(Some(Row::from_slice(&bytes)?))
}
