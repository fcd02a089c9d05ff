//! Keeping what others posted: a validator verifies and durably stores its columns of every
//! row before it signs for them, and pulls what it missed.

mod pull;

pub(crate) use pull::{pull, spawn_pull};

use crate::state::State;
use crate::{Error, Result};
use chain::{ReceiptTerms, UnverifiedReceipt};
use commitments::CommitmentGrid;
use net::{Disperse, Response, RowCells};
use std::sync::Arc;
use types::{BlobMeta, Coordinates, GridRow, UnverifiedCell};

/// Takes columns that a peer disperses. Answers with a receipt once all of this node's
/// columns of every row are durable.
pub(crate) async fn take(state: &Arc<State>, disperse: Disperse) -> Result<Response> {
    let Disperse { terms, meta, rows } = disperse;
    check_terms(state, &terms)?;
    let columns = state.columns();
    if !state.store.held(&terms.blob, &meta)?.covers(columns) {
        let worker = Arc::clone(state);
        let shared = meta.clone();
        state
            .compute(move || verify_and_store(&worker, &shared, rows))
            .await??;
    }
    if !state.store.held(&terms.blob, &meta)?.covers(columns) {
        return Ok(Response::Dispersed { receipt: None });
    }
    let receipt = sign(state, &terms)?;
    Ok(Response::Dispersed {
        receipt: Some(receipt),
    })
}

/// Signs for a blob that is held already.
pub(crate) fn sign_again(state: &State, terms: &ReceiptTerms) -> Result<Response> {
    check_terms(state, terms)?;
    let Some(meta) = state.store.meta(&terms.blob)? else {
        return Ok(Response::NotFound);
    };
    if !state
        .store
        .held(&terms.blob, &meta)?
        .covers(state.columns())
    {
        return Ok(Response::NotFound);
    }
    Ok(Response::Receipt(sign(state, terms)?))
}

fn check_terms(state: &State, terms: &ReceiptTerms) -> Result<()> {
    let (chain, set) = (state.chain_id(), state.validators().hash());
    if terms.chain_id != chain {
        return Err(chain::Error::WrongChain {
            got: terms.chain_id,
            expected: chain,
        }
        .into());
    }
    if terms.set != set {
        return Err(chain::Error::WrongSet {
            got: terms.set,
            expected: set,
        }
        .into());
    }
    Ok(terms.check_times(state.params(), state.now())?)
}

/// The promise: synced to disk together with everything it is about, then signed.
fn sign(state: &State, terms: &ReceiptTerms) -> Result<UnverifiedReceipt> {
    state.store.promise_until(&terms.blob, terms.expires_at)?;
    Ok(terms.sign(&state.key))
}

/// Verifies cells in one batch and stores those in this node's custody.
fn verify_and_store(state: &State, meta: &BlobMeta, rows: Vec<RowCells>) -> Result<()> {
    let wanted = state.columns();
    let grid = CommitmentGrid::new(meta.commitments().to_vec())?;
    let mut cells = Vec::new();
    for row in rows {
        for cell in row.cells {
            if wanted.contains(cell.column) {
                let at = Coordinates {
                    row: GridRow::Data(row.row),
                    column: cell.column,
                };
                cells.push(UnverifiedCell {
                    at,
                    cell: cell.cell,
                    proof: cell.proof,
                });
            }
        }
    }
    if cells.is_empty() {
        return Ok(());
    }
    let verified = state
        .setup
        .verify_cells(&grid, cells)
        .map_err(Error::from)?;
    state.store.put_cells(&meta.id(), meta, &verified)
}
