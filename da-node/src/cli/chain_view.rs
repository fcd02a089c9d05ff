//! `headers`, `limits`, and `status` of the node itself.

use super::error::Result;
use super::output::Output;
use super::{Headers, Node};
use chain::UnverifiedFinality;
use proto::client::{Client, WhichHeader};
use proto::v1;
use serde_json::json;
use types::{ChainId, Header, HeaderHash, Height};

/// Shows headers: the newest, those from a height on, or all to come.
pub(super) async fn headers(command: Headers, output: Output) -> Result<()> {
    let client = command.node.connect().await?;
    if command.from.is_none() && !command.follow {
        show(&client.header(WhichHeader::Latest).await?, output)?;
        return Ok(());
    }
    let last = if command.follow {
        None
    } else {
        let newest = client.header(WhichHeader::Latest).await?;
        Some(Header::decode(&newest.header)?.height)
    };
    let beyond = |height: Height| last.is_some_and(|last| height > last);
    let mut next = command.from;
    if next.is_some_and(beyond) {
        return Ok(());
    }
    let mut headers = client.headers(next).await?;
    while let Some(answer) = headers.next().await? {
        let height = show(&answer, output)?;
        next = height.next();
        if next.is_none_or(beyond) {
            break;
        }
    }
    Ok(())
}

fn show(answer: &v1::HeaderResponse, output: Output) -> Result<Height> {
    let header = Header::decode(&answer.header)?;
    let finality = UnverifiedFinality::decode(&answer.finality)?;
    let hash = header.hash();
    let object = json!({
        "height": header.height,
        "hash": hash,
        "time_ms": header.time,
        "parent": header.parent,
        "rows": header.dimensions.rows(),
        "commitments_root": header.commitments_root,
        "index_root": header.index_root,
        "validators": header.validators,
        "next_validators": header.next_validators,
        "round": finality.round,
    });
    let line = format!(
        "{:>8}  {hash}  {:>3} rows  {}",
        header.height,
        header.dimensions.rows(),
        header.time
    );
    output.result(&object, &line);
    Ok(header.height)
}

/// Shows the node's bounds.
pub(super) async fn limits(node: Node, output: Output) -> Result<()> {
    let limits = node.connect().await?.limits().await?;
    let chain_id = hex::encode(&limits.chain_id);
    let object = json!({
        "chain_id": chain_id,
        "version": limits.version,
        "max_payload_bytes": limits.max_payload_bytes,
        "max_blob_rows": limits.max_blob_rows,
        "max_block_rows": limits.max_block_rows,
        "max_chunk_bytes": limits.max_chunk_bytes,
        "max_cells": limits.max_cells,
        "retention_ms": limits.retention_ms,
        "block_interval_ms": limits.block_interval_ms,
        "empty_block_interval_ms": limits.empty_block_interval_ms,
        "ordering_window_ms": limits.ordering_window_ms,
        "queue_depth": limits.queue_depth,
        "queue_capacity": limits.queue_capacity,
    });
    let line = format!(
        "chain {chain_id}\nversion {}\npayload at most {} bytes ({} rows), block at most {} rows\n\
         block every {} ms, every {} ms when empty, ordering within {} ms, retention {} ms\n\
         submissions {} of {}",
        limits.version,
        limits.max_payload_bytes,
        limits.max_blob_rows,
        limits.max_block_rows,
        limits.block_interval_ms,
        limits.empty_block_interval_ms,
        limits.ordering_window_ms,
        limits.retention_ms,
        limits.queue_depth,
        limits.queue_capacity,
    );
    output.result(&object, &line);
    Ok(())
}

/// Shows how the node fares.
pub(super) async fn node_status(client: &Client, output: Output) -> Result<()> {
    let status = client.node_status().await?;
    let chain_id = ChainId::from_slice(&status.chain_id)?;
    let hash = HeaderHash::from_slice(&status.hash)?;
    let object = json!({
        "chain_id": chain_id,
        "version": status.version,
        "part": status.part,
        "height": status.height,
        "horizon": status.horizon,
        "hash": hash,
        "peers": status.peers,
        "validators": status.validators,
        "waiting_blobs": status.waiting_blobs,
        "waiting_rows": status.waiting_rows,
        "unfit": status.unfit,
        "consensus_height": status.consensus_height,
        "consensus_round": status.consensus_round,
        "submissions": status.submissions,
        "wanted_blobs": status.wanted_blobs,
        "connections": status.connections,
        "stored_bytes": status.stored_bytes,
        "free_bytes": status.free_bytes,
        "reserve_bytes": status.reserve_bytes,
    });
    let fit = status
        .unfit
        .map_or_else(|| "fit".to_owned(), |reason| format!("unfit: {reason}"));
    let line = format!(
        "chain {chain_id}\n{} at height {} of {} {hash}\nconsensus at height {}, round {}\n\
         {} peers, {} of them other validators; {} connections of clients\n\
         {} submissions at work, {} blobs of {} rows wait for a block, {} blobs are pulled\n\
         {} bytes stored, {} free, {} to stay free\n{fit}",
        status.part,
        status.height,
        status.horizon,
        status.consensus_height,
        status.consensus_round,
        status.peers,
        status.validators,
        status.connections,
        status.submissions,
        status.waiting_blobs,
        status.waiting_rows,
        status.wanted_blobs,
        status.stored_bytes,
        status.free_bytes,
        status.reserve_bytes,
    );
    output.result(&object, &line);
    Ok(())
}
