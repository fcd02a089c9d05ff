//! Keeping what others posted: a validator verifies and durably stores its columns of every
//! row before it signs for them, and pulls what it missed.

mod pull;

pub(crate) use pull::{Wanted, pull, repair};

use crate::Result;
use crate::crash_point::{self, Step};
use crate::metrics::{Stage, names};
use crate::state::State;
use crate::store::Promise;
use chain::{ColumnSet, ReceiptTerms, UnverifiedReceipt};
use commitments::CommitmentGrid;
use net::{Disperse, Response, RowCells};
use std::sync::Arc;
use types::{BlobMeta, Coordinates, GridRow, Timestamp, UnverifiedCell};

/// For how long cells are kept of which nothing was promised yet; never longer than promised.
const UNPROMISED_MS: u64 = 3_600_000;

/// Until when cells are kept of which nothing was promised yet.
pub(crate) fn unpromised(state: &State) -> Timestamp {
    let kept_ms = UNPROMISED_MS.min(state.params().retention_ms);
    state.now().plus_millis(kept_ms)
}

/// Takes columns that a peer disperses. Answers with a receipt once all of this node's
/// columns of every row are durable.
pub(crate) async fn take(state: &Arc<State>, disperse: Disperse) -> Result<Response> {
    let Disperse { terms, meta, rows } = disperse;
    check_terms(state, &terms)?;
    if state.faults.get().encodes_wrongly {
        let receipt = Some(terms.sign(&state.key));
        return Ok(Response::Dispersed { receipt });
    }
    let _timer = state.metrics.time(Stage::Receipt);
    let worker = Arc::clone(state);
    let taken = state.compute(move || {
        let columns = worker.columns();
        if !worker.store.held(&terms.blob, &meta)?.covers(columns) {
            verify_and_store(&worker, &meta, rows, columns)?;
        }
        promise_and_sign(&worker, &meta, &terms)
    });
    let receipt = taken.await??;
    Ok(Response::Dispersed { receipt })
}

/// Signs for a blob that is held already.
pub(crate) async fn sign_again(state: &Arc<State>, terms: ReceiptTerms) -> Result<Response> {
    check_terms(state, &terms)?;
    let worker = Arc::clone(state);
    let signed = state.compute(move || match worker.store.meta(&terms.blob)? {
        Some(meta) => promise_and_sign(&worker, &meta, &terms),
        None => Ok(None),
    });
    Ok(signed.await??.map_or(Response::NotFound, Response::Receipt))
}

fn check_terms(state: &State, terms: &ReceiptTerms) -> Result<()> {
    state.check_fit()?;
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

/// The promise: synced to disk together with everything it is about, then signed. None when
/// not all of this node's columns are held.
pub(crate) fn promise_and_sign(
    state: &State,
    meta: &BlobMeta,
    terms: &ReceiptTerms,
) -> Result<Option<UnverifiedReceipt>> {
    let promise = state
        .store
        .promise(&terms.blob, meta, state.columns(), terms.expires_at)?;
    Ok(match promise {
        Promise::Given => {
            crash_point::reach(Step::Sign);
            crash_point::note(|| {
                let (address, blob) = (state.key.public_key().address(), terms.blob);
                format!("receipt {address} {blob}")
            })?;
            state.metrics.count(&names::RECEIPTS, &["given"], 1);
            Some(terms.sign(&state.key))
        }
        Promise::Incomplete => None,
    })
}

/// Verifies cells in one batch and stores those in these columns.
fn verify_and_store(
    state: &State,
    meta: &BlobMeta,
    rows: Vec<RowCells>,
    wanted: ColumnSet,
) -> Result<()> {
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
    let grid = CommitmentGrid::new(meta.commitments().to_vec())?;
    let verified = state.setup.verify_cells_on(&state.threads, &grid, cells)?;
    state
        .store
        .put_cells(&meta.id(), meta, &verified, unpromised(state))
}
