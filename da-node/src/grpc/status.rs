//! `GetStatus`: the node at a glance.

use crate::Result;
use crate::state::{NodeStatus, State};
use bytes::Bytes;
use proto::v1;

/// How the node fares.
pub(super) fn get(state: &State) -> Result<v1::GetStatusResponse> {
    let NodeStatus {
        chain_id,
        height,
        hash,
        peers,
        validators,
        waiting_blobs,
        waiting_rows,
        unfit,
    } = state.status()?;
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
    })
}
