//! `SubmitBlob`: a header, then the payload in chunks.

use super::door::{Caller, Toll};
use super::{Service, error, watch};
use crate::accept;
use crate::{Error, Result};
use proto::v1::submit_blob_request::Part;
use proto::{MAX_CHUNK_BYTES, v1};
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;
use tonic::{Status, Streaming};
use types::PayloadLength;

/// How long a poster may be silent while it holds a place in the queue.
const SILENCE: Duration = Duration::from_secs(20);
/// How long a whole post may take: 16 MiB at 56 KB/s.
const WHOLE: Duration = Duration::from_secs(300);

type Parts = Streaming<v1::SubmitBlobRequest>;

/// Takes a blob in. Whatever is wrong with what the header says is found before any of the
/// payload is kept; a poster that leaves midway leaves nothing behind.
pub(super) async fn submit(
    service: &Service,
    caller: Option<Caller>,
    mut parts: Parts,
) -> Result<v1::SubmitBlobResponse, Status> {
    let refuse = |error: Error| error::status(&error);
    let deadline = Instant::now() + WHOLE;

    let announced = match next(&mut parts, service, deadline).await? {
        Some(Part::Header(header)) => {
            proto::Submission::try_from(header).map_err(|error| refuse(error.into()))?
        }
        Some(Part::Chunk(_)) => return Err(refuse(stream("a chunk", "the header first"))),
        None => return Err(refuse(stream("no message", "a header"))),
    };
    let mut toll = charge(service, caller, announced.length)
        .await
        .map_err(refuse)?;
    let place = toll.as_mut().and_then(Toll::take_place);
    let admission = accept::admit(&service.state)
        .map_err(refuse)?
        .holding(place);

    let payload = receive(
        &mut parts,
        service,
        announced.length,
        toll.as_mut(),
        deadline,
    )
    .await?;

    let submission = accept::Submission {
        namespace: announced.namespace,
        length: announced.length,
        expected: announced.expected,
        payload,
    };
    // On a task of its own: once all bytes are here the work goes on, and its place in the
    // queue stays taken, even if the poster leaves.
    let worker = Arc::clone(&service.state);
    let work = async move { accept::submit(&worker, admission, submission).await };
    let accepted = service
        .state
        .tasks
        .spawn(work)
        .await
        .unwrap_or(Err(Error::Stopping))
        .map_err(|error| {
            if let Some(toll) = toll.as_mut().filter(|_| !error.is_peer_fault()) {
                toll.waive();
            }
            refuse(error)
        })?;
    let id = accepted.id;
    Ok(v1::SubmitBlobResponse {
        blob_id: bytes::Bytes::copy_from_slice(id.as_bytes()),
        status: watch::present(&service.state, id, &accepted.record),
        rows: accepted.rows.into(),
    })
}

/// Charges the client for the whole blob, before any of it is kept.
async fn charge(
    service: &Service,
    caller: Option<Caller>,
    length: PayloadLength,
) -> Result<Option<Toll>> {
    let Some(client) = caller.and_then(|caller| caller.client) else {
        return Ok(None);
    };
    let (ledger, now) = (Arc::clone(&service.ledger), service.state.now());
    let bytes = u64::from(length.bytes());
    let charged = service
        .state
        .compute(move || ledger.charge(client, bytes, now));
    charged.await?.map(Some)
}

/// Collects the chunks. Memory grows with what arrives, never with what was announced.
async fn receive(
    parts: &mut Parts,
    service: &Service,
    length: PayloadLength,
    mut toll: Option<&mut Toll>,
    deadline: Instant,
) -> Result<Vec<u8>, Status> {
    let refuse = |error: Error| error::status(&error);
    let expected = u64::from(length.bytes());
    let mut payload = Vec::new();
    loop {
        match next(parts, service, deadline).await? {
            None => break,
            Some(Part::Header(_)) => {
                return Err(refuse(stream("a second header", "chunks after the first")));
            }
            Some(Part::Chunk(chunk)) => {
                if chunk.is_empty() || chunk.len() > MAX_CHUNK_BYTES {
                    return Err(refuse(Error::Proto(proto::Error::Count {
                        field: "bytes of a chunk",
                        got: chunk.len() as u64,
                        min: 1,
                        max: MAX_CHUNK_BYTES as u64,
                    })));
                }
                let got = payload.len() as u64 + chunk.len() as u64;
                if got > expected {
                    return Err(refuse(Error::PayloadLength { got, expected }));
                }
                if let Some(toll) = toll.as_deref_mut() {
                    toll.received(chunk.len() as u64);
                }
                payload.extend_from_slice(&chunk);
            }
        }
    }
    let got = payload.len() as u64;
    if got == expected {
        Ok(payload)
    } else {
        Err(refuse(Error::PayloadLength { got, expected }))
    }
}

/// The next part; none at the stream's end.
async fn next(
    parts: &mut Parts,
    service: &Service,
    deadline: Instant,
) -> Result<Option<Part>, Status> {
    let silence = deadline.min(Instant::now() + SILENCE);
    let message = tokio::select! {
        () = service.state.stop.cancelled() => return Err(error::status(&Error::Stopping)),
        message = tokio::time::timeout_at(silence, parts.message()) => message,
    };
    let late = || {
        error::status(&stream(
            "nothing for too long",
            "the next chunk within 20 s",
        ))
    };
    let message = message
        .map_err(|_| late())?
        .map_err(|problem| error::broken_stream(&problem))?;
    match message {
        None => Ok(None),
        Some(v1::SubmitBlobRequest { part: Some(part) }) => Ok(Some(part)),
        Some(v1::SubmitBlobRequest { part: None }) => Err(error::status(&stream(
            "an empty message",
            "a header or a chunk",
        ))),
    }
}

const fn stream(got: &'static str, expected: &'static str) -> Error {
    Error::Stream { got, expected }
}
