//! `GetStatus`: the node at a glance.

use crate::Result;
use crate::metrics::folder_bytes;
use crate::state::{NodeStatus, State};
use bytes::Bytes;
use proto::v1;
use std::sync::Arc;

/// How the node fares.
pub(super) async fn get(state: &Arc<State>) -> Result<v1::GetStatusResponse> {
    let worker = Arc::clone(state);
    let looked = state.compute(move || (worker.status(), folder_bytes(&worker.metrics)));
    let (status, stored_bytes) = looked.await?;
    let NodeStatus {
        chain_id,
        height,
        hash,
        peers,
        validators,
        part,
        horizon,
        waiting_blobs,
        waiting_rows,
        unfit,
        consensus_height,
        consensus_round,
        submissions,
        wanted_blobs,
        connections,
        free_bytes,
        reserve_bytes,
    } = status?;
    // Connections and the pool are bounded far below 2^32.
    let small = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
    Ok(v1::GetStatusResponse {
        chain_id: Bytes::copy_from_slice(chain_id.as_bytes()),
        version: env!("CARGO_PKG_VERSION").into(),
        height: height.get(),
        hash: Bytes::copy_from_slice(hash.as_bytes()),
        peers: small(peers),
        validators: small(validators),
        waiting_blobs: small(waiting_blobs),
        waiting_rows: small(waiting_rows),
        unfit,
        consensus_height: consensus_height.get(),
        consensus_round: consensus_round.get(),
        submissions: small(submissions),
        wanted_blobs: small(wanted_blobs),
        connections: small(connections),
        stored_bytes,
        part: part.to_string(),
        horizon: horizon.get(),
        free_bytes,
        reserve_bytes,
    })
}
