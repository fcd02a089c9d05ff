//! `SubmitBlob`: a header, then the payload in chunks, then what the poster proved of its rows.

use super::door::{Caller, Toll};
use super::{Service, error, watch};
use crate::accept;
use crate::{Error, Result};
use proto::v1::submit_blob_request::Part;
use proto::{MAX_CHUNK_BYTES, RowProofs, v1};
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

    let (announced, with_proofs) = match next(&mut parts, service, deadline).await? {
        Some(Part::Header(header)) => {
            let with_proofs = header.with_proofs;
            let announced =
                proto::Submission::try_from(header).map_err(|error| refuse(error.into()))?;
            (announced, with_proofs)
        }
        Some(Part::Chunk(_)) => return Err(refuse(stream("a chunk", "the header first"))),
        Some(Part::RowProofs(_)) => return Err(refuse(stream("proofs", "the header first"))),
        None => return Err(refuse(stream("no message", "a header"))),
    };
    let mut toll = charge(service, caller, announced.length)
        .await
        .map_err(refuse)?;
    let place = toll.as_mut().and_then(Toll::take_place);
    let admission = accept::admit(&service.state)
        .map_err(refuse)?
        .holding(place);

    let mut body = Body {
        length: announced.length,
        payload: Vec::new(),
        proofs: with_proofs.then(Vec::new),
    };
    while let Some(part) = next(&mut parts, service, deadline).await? {
        let bytes = body.take(part).map_err(refuse)?;
        if let Some(toll) = toll.as_mut() {
            toll.received(bytes);
        }
    }
    body.check().map_err(refuse)?;

    let submission = accept::Submission {
        namespace: announced.namespace,
        length: announced.length,
        expected: announced.expected,
        payload: body.payload,
        proofs: body.proofs,
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

/// What comes after the header. Memory grows with what arrives, never with what was announced, and
/// never beyond it.
struct Body {
    length: PayloadLength,
    payload: Vec<u8>,
    /// Of each row; none unless they were announced.
    proofs: Option<Vec<RowProofs>>,
}

impl Body {
    /// Takes the next part. Returns how many bytes of payload it had.
    fn take(&mut self, part: Part) -> Result<u64> {
        match part {
            Part::Header(_) => Err(stream("a second header", "chunks after the first")),
            Part::Chunk(chunk) => self.take_chunk(&chunk),
            Part::RowProofs(row) => self.take_proofs(row).map(|()| 0),
        }
    }

    fn take_chunk(&mut self, chunk: &[u8]) -> Result<u64> {
        if chunk.is_empty() || chunk.len() > MAX_CHUNK_BYTES {
            return Err(Error::Proto(proto::Error::Count {
                field: "bytes of a chunk",
                got: chunk.len() as u64,
                min: 1,
                max: MAX_CHUNK_BYTES as u64,
            }));
        }
        let expected = u64::from(self.length.bytes());
        let got = self.payload.len() as u64 + chunk.len() as u64;
        if got > expected {
            return Err(Error::PayloadLength { got, expected });
        }
        self.payload.extend_from_slice(chunk);
        Ok(chunk.len() as u64)
    }

    fn take_proofs(&mut self, row: v1::RowProofs) -> Result<()> {
        let complete = self.payload.len() as u64 == u64::from(self.length.bytes());
        let Some(proofs) = &mut self.proofs else {
            return Err(stream("proofs", "a header that announces them"));
        };
        if !complete {
            return Err(stream("proofs", "the whole payload first"));
        }
        if proofs.len() >= self.length.rows() {
            return accept::check_rows(proofs.len() + 1, self.length);
        }
        proofs.push(RowProofs::try_from(row)?);
        Ok(())
    }

    /// At the stream's end, everything has to be there.
    fn check(&self) -> Result<()> {
        let (got, expected) = (self.payload.len() as u64, u64::from(self.length.bytes()));
        if got != expected {
            return Err(Error::PayloadLength { got, expected });
        }
        match &self.proofs {
            Some(proofs) => accept::check_rows(proofs.len(), self.length),
            None => Ok(()),
        }
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
