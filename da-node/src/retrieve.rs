//! Giving a blob back, byte for byte.

use crate::custody::pull;
use crate::state::State;
use crate::store::BlobState;
use crate::work::Work;
use crate::{Error, Result};
use chain::ColumnSet;
use std::sync::Arc;
use types::{BlobId, BlobMeta, BlobMode, ColumnIndex, Height, Row, RowIndex, limits};

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

/// Reads a blob from this node's custody; what is not here is pulled from peers first.
pub(crate) async fn retrieve(state: &Arc<State>, blob: BlobId) -> Result<StoredBlob> {
    let record = state.board.record(&blob)?.ok_or(Error::UnknownBlob(blob))?;
    let height = match record.state {
        BlobState::Pruned { .. } => return Err(Error::PrunedBlob(blob)),
        BlobState::Final { height, .. } => Some(height),
        _ => None,
    };
    let held = state.store.held_of(&blob)?;
    if !held.is_some_and(|held| held.covers(data_columns())) {
        pull(state, blob, data_columns()).await?;
    }
    let meta = state.store.meta(&blob)?.ok_or(Error::UnknownBlob(blob))?;
    let (worker, shared) = (Arc::clone(state), meta.clone());
    let payload = state
        .compute_as(Work::Serve, move || payload(&worker, &shared))
        .await??;
    Ok(StoredBlob {
        meta,
        height,
        payload,
    })
}

/// The 64 columns that hold the rows themselves.
fn data_columns() -> ColumnSet {
    ColumnIndex::all()
        .take(limits::DATA_COLUMNS)
        .fold(ColumnSet::default(), ColumnSet::with)
}

fn payload(state: &State, meta: &BlobMeta) -> Result<Vec<u8>> {
    let rows = (0..u64::from(meta.rows()))
        .map(|index| read_row(state, meta, RowIndex::new(index)?))
        .collect::<Result<Vec<_>>>()?;
    let payload = match meta.length().mode() {
        BlobMode::Packed => erasure::unpack(&rows)?,
        BlobMode::Raw => erasure::raw_payload(&rows),
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

/// A row is its first 64 cells, one after the other (EIP-7594).
fn read_row(state: &State, meta: &BlobMeta, row: RowIndex) -> Result<Row> {
    let blob = meta.id();
    let mut bytes = Vec::with_capacity(limits::ROW_BYTES);
    for column in data_columns().iter() {
        let Some((cell, _)) = state.store.cell(&blob, row, column)? else {
            let (got, expected) = (row.as_usize(), usize::from(meta.rows()));
            return Err(Error::IncompleteBlob {
                blob,
                got,
                expected,
            });
        };
        bytes.extend_from_slice(cell.as_bytes());
    }
    Ok(Row::from_slice(&bytes)?)
}
