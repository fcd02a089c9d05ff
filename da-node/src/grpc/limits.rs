//! `GetLimits`: what this node and its chain allow.

use crate::state::State;
use bytes::Bytes;
use proto::{MAX_CHUNK_BYTES, MAX_GET_CELLS, v1};
use types::limits::{MAX_BLOB_ROWS, MAX_BLOCK_ROWS, MAX_PAYLOAD_BYTES};

/// The bounds, and how full the queue is.
pub(super) fn get(state: &State) -> v1::GetLimitsResponse {
    let params = state.params();
    let capacity = state.limits.submissions;
    let depth = capacity.saturating_sub(state.submissions.available_permits());
    // The protocol's sizes are far below 2^32.
    let small = |size: usize| u32::try_from(size).unwrap_or(u32::MAX);
    v1::GetLimitsResponse {
        chain_id: Bytes::copy_from_slice(state.chain_id().as_bytes()),
        version: env!("CARGO_PKG_VERSION").into(),
        max_payload_bytes: MAX_PAYLOAD_BYTES as u64,
        max_blob_rows: small(MAX_BLOB_ROWS),
        max_block_rows: small(MAX_BLOCK_ROWS),
        max_chunk_bytes: small(MAX_CHUNK_BYTES),
        max_cells: small(MAX_GET_CELLS),
        retention_ms: params.retention_ms,
        block_interval_ms: params.block_interval_ms,
        empty_block_interval_ms: params.empty_block_interval_ms,
        ordering_window_ms: params.ordering_window_ms,
        queue_depth: small(depth),
        queue_capacity: small(capacity),
    }
}
