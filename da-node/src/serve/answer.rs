//! One answer per kind of request.

use super::samples;
use crate::state::State;
use crate::store::BlobState;
use crate::work::Work;
use crate::{Error, Result, custody};
use chain::ColumnSet;
use net::{PeerId, Request, Response, RowCell, RowCells};
use std::sync::Arc;
use types::{BlobId, Height, RowIndex};

/// Answers a request. What this node does not have is [`Response::NotFound`]; an error says why
/// the request was refused.
pub(super) async fn answer(state: &Arc<State>, peer: PeerId, request: Request) -> Result<Response> {
    if matches!(request, Request::Disperse(_) | Request::Receipt { .. })
        && !state.may_disperse(&peer)
    {
        return Err(Error::NotBound { got: peer });
    }
    match request {
        Request::Genesis => Ok(Response::Genesis(state.genesis.encode().into())),
        Request::LatestHeader => latest_header(state),
        Request::Headers { from, count } => headers(state, from, count),
        Request::ValidatorSet { hash } => Ok(state
            .store
            .set(&hash)?
            .map_or(Response::NotFound, Response::ValidatorSet)),
        Request::Commitments { height } => {
            let worker = Arc::clone(state);
            let view = state.compute(move || super::BlockView::load(&worker, height));
            Ok(match view.await?? {
                Some(view) => Response::Commitments(view.commitments().to_vec()),
                None => Response::NotFound,
            })
        }
        Request::Samples {
            height,
            coordinates,
        } => {
            let cells = samples(state, height, coordinates).await?;
            Ok(cells.map_or(Response::NotFound, Response::Samples))
        }
        Request::BlobMeta { id } => Ok(state
            .store
            .meta(&id)?
            .map_or(Response::NotFound, Response::BlobMeta)),
        Request::BlobCells {
            id,
            first,
            count,
            columns,
        } => {
            let worker = Arc::clone(state);
            state
                .compute_as(Work::Serve, move || {
                    blob_cells(&worker, id, first, count, columns)
                })
                .await?
        }
        Request::Disperse(disperse) => custody::take(state, disperse).await,
        Request::Receipt { terms } => custody::sign_again(state, terms).await,
        Request::Certificates => Ok(Response::Certificates(
            state
                .pool
                .waiting()
                .into_iter()
                .take(net::MAX_CERTIFICATES)
                .map(|(certificate, meta)| (meta, certificate.to_unverified()))
                .collect(),
        )),
        Request::Approvals => Ok(Response::Approvals(state.membership.to_tell())),
        // A full node is asked for cells outright, and the network names peers by itself.
        Request::Holdings { .. } | Request::Peers => Ok(Response::NotFound),
        Request::Contact => Ok(contact(state, &peer)),
        Request::Blocks { from, count } => {
            let blocks = consecutive(state, from, count)?;
            Ok(if blocks.is_empty() {
                Response::NotFound
            } else {
                Response::Blocks(blocks)
            })
        }
    }
}

/// Where this validator's consensus is reached: the others' business alone.
fn contact(state: &State, peer: &PeerId) -> Response {
    let asker = state.network.peer(peer).and_then(|peer| peer.validator);
    match &state.consensus_address {
        Some(address) if asker.is_some_and(|asker| state.is_in_force(&asker)) => {
            Response::Contact(address.clone())
        }
        _ => Response::NotFound,
    }
}

fn latest_header(state: &State) -> Result<Response> {
    let tip = *state.tip.borrow();
    let block = state.store.block(tip)?;
    Ok(block.map_or(Response::NotFound, |block| {
        Response::LatestHeader(block.header())
    }))
}

fn headers(state: &State, from: Height, count: u16) -> Result<Response> {
    let mut headers = Vec::with_capacity(usize::from(count));
    for height in heights(from, count) {
        let Some(block) = state.store.block(height)? else {
            break;
        };
        headers.push(block.header());
    }
    Ok(if headers.is_empty() {
        Response::NotFound
    } else {
        Response::Headers(headers)
    })
}

fn consecutive(
    state: &State,
    from: Height,
    count: u16,
) -> Result<Vec<(chain::UnverifiedBlock, chain::UnverifiedFinality)>> {
    let mut blocks = Vec::with_capacity(usize::from(count));
    for height in heights(from, count) {
        let Some(stored) = state.store.block(height)? else {
            break;
        };
        blocks.push((stored.block, stored.finality));
    }
    Ok(blocks)
}

fn heights(from: Height, count: u16) -> impl Iterator<Item = Height> {
    std::iter::successors(Some(from), |height| height.next()).take(usize::from(count))
}

fn blob_cells(
    state: &State,
    id: BlobId,
    first: RowIndex,
    count: u16,
    columns: ColumnSet,
) -> Result<Response> {
    // Whole or pruned: what is pruned meanwhile is still here.
    let view = state.store.view();
    if let Some(record) = view.record(&id)?
        && matches!(record.state, BlobState::Pruned { .. })
    {
        return Ok(Response::Pruned);
    }
    let Some(meta) = view.meta(&id)? else {
        return Ok(Response::NotFound);
    };
    let faults = state.faults.get();
    let last = u64::from(first.get()) + u64::from(count);
    let mut rows = Vec::with_capacity(usize::from(count));
    for index in u64::from(first.get())..last.min(u64::from(meta.rows())) {
        let row = RowIndex::new(index)?;
        let commitment = meta.commitments()[row.as_usize()];
        let mut cells = Vec::with_capacity(columns.len());
        for column in columns.iter() {
            if faults.refuse(&commitment, column) {
                continue;
            }
            if let Some((cell, proof)) = view.cell(&id, row, column)? {
                cells.push(RowCell {
                    column,
                    cell,
                    proof,
                });
            }
        }
        if !cells.is_empty() {
            rows.push(RowCells { row, cells });
        }
    }
    Ok(if rows.is_empty() {
        Response::NotFound
    } else {
        Response::BlobCells(rows)
    })
}
