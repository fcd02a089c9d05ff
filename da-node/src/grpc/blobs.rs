//! `GetBlob`: payloads, each behind its header.

use super::headers::{block, height};
use super::outbox::{Gone, Outbox};
use super::{Answers, Service};
use crate::retrieve::{StoredBlob, retrieve};
use crate::state::State;
use crate::{Error, Result};
use bytes::Bytes;
use proto::v1::get_blob_request::Blob;
use proto::v1::get_blob_response::Part;
use proto::{read, v1, wire_mode};
use std::sync::Arc;
use types::{BlobId, ColumnIndex, Commitment, Height, Namespace};

/// Bytes of a chunk.
const CHUNK_BYTES: usize = 256 << 10;

/// Returns one blob, or all of a namespace in a block.
pub(super) async fn get(
    service: &Service,
    request: v1::GetBlobRequest,
) -> Result<Answers<v1::GetBlobResponse>> {
    let mut ids = match request
        .blob
        .ok_or(proto::Error::Missing { field: "blob" })?
    {
        Blob::BlobId(id) => vec![read("blob_id", &id[..], BlobId::from_slice)?],
        Blob::At(at) => {
            let namespace = read("at.namespace", &at.namespace[..], Namespace::from_slice)?;
            blobs_at(service, height("at.height", at.height)?, namespace)?
        }
    }
    .into_iter();
    let permit = service.read()?;

    // The first one is had before the answer begins, so that a refusal is the call's own.
    let Some(first) = ids.next() else {
        return Err(Error::Proto(proto::Error::Missing { field: "blob" }));
    };
    check_given(&service.state, first)?;
    let first = retrieve(&service.state, first).await?;

    let (outbox, answers) = Outbox::open();
    let state = Arc::clone(&service.state);
    service.state.tasks.spawn(async move {
        let mut blob = first;
        loop {
            let sent = tokio::select! {
                () = state.stop.cancelled() => return outbox.fail(&Error::Stopping).await,
                sent = send(&outbox, blob) => sent,
            };
            let (Ok(()), Some(id)) = (sent, ids.next()) else {
                break;
            };
            let given = check_given(&state, id).map(|()| id);
            let read = match given {
                Ok(id) => retrieve(&state, id).await,
                Err(error) => Err(error),
            };
            blob = match read {
                Ok(blob) => blob,
                Err(error) => return outbox.fail(&error).await,
            };
        }
        drop(permit);
    });
    Ok(answers)
}

/// A node that withholds cells gives away no blob either.
fn check_given(state: &State, blob: BlobId) -> Result<()> {
    let faults = state.faults.get();
    if faults.withholding.is_none() {
        return Ok(());
    }
    let meta = state.store.meta(&blob)?.ok_or(Error::UnknownBlob(blob))?;
    let given = |row: &&Commitment| ColumnIndex::all().all(|column| !faults.refuse(row, column));
    let got = meta.commitments().iter().filter(given).count();
    let expected = usize::from(meta.rows());
    if got == expected {
        Ok(())
    } else {
        Err(Error::IncompleteBlob {
            blob,
            got,
            expected,
        })
    }
}

fn blobs_at(service: &Service, height: Height, namespace: Namespace) -> Result<Vec<BlobId>> {
    let block = block(&service.state, height)?.block;
    let ids: Vec<_> = block
        .references
        .iter()
        .filter(|reference| reference.entry.namespace() == namespace)
        .map(|reference| reference.entry.id())
        .collect();
    if ids.is_empty() {
        return Err(Error::NoSuchBlob { namespace, height });
    }
    Ok(ids)
}

async fn send(outbox: &Outbox<v1::GetBlobResponse>, blob: StoredBlob) -> Result<(), Gone> {
    let message = |part| v1::GetBlobResponse { part: Some(part) };
    let StoredBlob {
        meta,
        height,
        payload,
    } = blob;
    let header = v1::BlobHeader {
        blob_id: Bytes::copy_from_slice(meta.id().as_bytes()),
        namespace: Bytes::copy_from_slice(meta.namespace().as_bytes()),
        mode: wire_mode(meta.length().mode()),
        length: meta.length().bytes().into(),
        height: height.map_or(0, Height::get),
    };
    outbox.send(message(Part::Header(header))).await?;
    let mut rest = Bytes::from(payload);
    while !rest.is_empty() {
        let chunk = rest.split_to(rest.len().min(CHUNK_BYTES));
        outbox.send(message(Part::Chunk(chunk))).await?;
    }
    Ok(())
}
