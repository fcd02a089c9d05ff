//! Keeping what others posted: a validator verifies and durably stores its columns of every
//! row before it signs for them, and pulls what it missed.

mod pull;
mod rebuild;

pub(crate) use pull::{Effort, Wanted, pull, repair};

use crate::crash_point::{self, Step};
use crate::disk::Need;
use crate::metrics::{Stage, names};
use crate::state::State;
use crate::store::Promise;
use crate::work::{Pool, Work};
use crate::{Error, Result};
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
    let columns = check_terms(state, &terms)?;
    if state.faults.get().encodes_wrongly {
        let receipt = state.key.as_ref().map(|key| terms.sign(key));
        return Ok(Response::Dispersed { receipt });
    }
    if state.faults.get().refuses_custody {
        return Ok(Response::Dispersed { receipt: None });
    }
    let _timer = state.metrics.time(Stage::Receipt);
    let _turn = state.workers.turn(Pool::Custody).await?;
    let worker = Arc::clone(state);
    let taken = state.compute_as(Work::Verify, move || {
        let held = worker.store.held(&terms.blob, &meta)?;
        // What is sent again is not verified again.
        let lacks = |row: &RowCells| !columns.difference(held.row(row.row)).is_empty();
        let rows = rows.into_iter().filter(lacks).collect();
        verify_and_store(&worker, &meta, rows, columns)?;
        let sign = || promise_and_sign(&worker, &meta, &terms, columns);
        worker.workers.measure(Work::Sign, sign)
    });
    let receipt = taken.await??;
    Ok(Response::Dispersed { receipt })
}

/// Signs for a blob that is held already.
pub(crate) async fn sign_again(state: &Arc<State>, terms: ReceiptTerms) -> Result<Response> {
    let columns = check_terms(state, &terms)?;
    if state.faults.get().refuses_custody {
        return Ok(Response::NotFound);
    }
    let worker = Arc::clone(state);
    let signed = state.compute_as(Work::Sign, move || {
        match worker.store.meta(&terms.blob)? {
            Some(meta) => promise_and_sign(&worker, &meta, &terms, columns),
            None => Ok(None),
        }
    });
    Ok(signed.await??.map_or(Response::NotFound, Response::Receipt))
}

/// What this node has to keep under these terms, if it is to sign for them. Validators pass the
/// border of an epoch one after the other, so the set before the present one still counts.
fn check_terms(state: &State, terms: &ReceiptTerms) -> Result<ColumnSet> {
    state.check_fit()?;
    state.disk.check(Need::Receipt)?;
    let chain = state.chain_id();
    if terms.chain_id != chain {
        return Err(chain::Error::WrongChain {
            got: terms.chain_id,
            expected: chain,
        }
        .into());
    }
    let in_force = state.sets.next();
    let set = in_force.certifier(terms, state.params())?;
    let Some(index) = state.index_in(set) else {
        return Err(Error::NotAMember { set: terms.set });
    };
    terms.check_times(state.params(), state.now())?;
    Ok(set.columns(index))
}

/// The promise: synced to disk together with everything it is about, then signed. None when
/// not all of these columns are held.
pub(crate) fn promise_and_sign(
    state: &State,
    meta: &BlobMeta,
    terms: &ReceiptTerms,
    columns: ColumnSet,
) -> Result<Option<UnverifiedReceipt>> {
    let Some(key) = &state.key else {
        return Err(Error::NotAMember { set: terms.set });
    };
    state.disk.check(Need::Receipt)?;
    let promise = state
        .store
        .promise(&terms.blob, meta, columns, terms.expires_at)?;
    Ok(match promise {
        Promise::Given => {
            crash_point::reach(Step::Sign);
            crash_point::note(|| {
                let (address, blob) = (key.public_key().address(), terms.blob);
                format!("receipt {address} {blob}")
            })?;
            state.metrics.count(&names::RECEIPTS, &["given"], 1);
            Some(terms.sign(key))
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
    let threads = state.workers.threads(Pool::Custody, Work::Verify);
    let verified = state.setup.verify_cells_on(&threads, &grid, cells)?;
    state
        .store
        .put_cells(&meta.id(), meta, &verified, unpromised(state))
}
