//! Posting a blob.

use super::{Client, ClientError, Result, Submitted};
use crate::{Submission, read, v1};
use bytes::Bytes;
use std::sync::Arc;
use types::BlobId;
use v1::submit_blob_request::Part;

/// Bytes of a chunk: large enough to be cheap, small enough to show progress.
const CHUNK_BYTES: usize = 256 << 10;

impl Client {
    /// Posts a blob and returns once the node has it durably. The same bytes in the same
    /// namespace are the same blob, so a post that broke off is simply made again.
    ///
    /// # Errors
    /// [`ClientError::Call`] with the node's reason for refusing it.
    pub async fn submit(&self, submission: &Submission, payload: Bytes) -> Result<Submitted> {
        self.submit_with(submission, payload, |_| {}).await
    }

    /// As [`Client::submit`]; `progress` hears how many bytes have left, anew for each attempt.
    ///
    /// # Errors
    /// As [`Client::submit`].
    pub async fn submit_with(
        &self,
        submission: &Submission,
        payload: Bytes,
        progress: impl Fn(u64) + Clone + Send + Sync + 'static,
    ) -> Result<Submitted> {
        let header = v1::SubmitBlobHeader::from(submission);
        let progress: Arc<dyn Fn(u64) + Send + Sync> = Arc::new(progress);
        let answer = self
            .retries
            .run(async || {
                let parts = parts(header.clone(), payload.clone(), Arc::clone(&progress));
                let answer = self.grpc().submit_blob(tokio_stream::iter(parts)).await?;
                Ok(answer.into_inner())
            })
            .await?;
        let id = read("blob_id", &answer.blob_id[..], BlobId::from_slice)?;
        if let Some(expected) = submission.expected.filter(|expected| *expected != id) {
            return Err(ClientError::UnexpectedAnswer {
                what: "blob id",
                got: id.to_string(),
                expected: expected.to_string(),
            });
        }
        let status = answer
            .status
            .ok_or_else(|| ClientError::missing("status", "where the blob stands"))?;
        Ok(Submitted {
            id,
            rows: answer.rows,
            status: status.try_into()?,
        })
    }
}

/// The header, then the payload in chunks that share its memory.
fn parts(
    header: v1::SubmitBlobHeader,
    payload: Bytes,
    progress: Arc<dyn Fn(u64) + Send + Sync>,
) -> impl Iterator<Item = v1::SubmitBlobRequest> + Send + 'static {
    let chunks = (0..payload.len()).step_by(CHUNK_BYTES).map(move |start| {
        let end = payload.len().min(start + CHUNK_BYTES);
        progress(end as u64);
        Part::Chunk(payload.slice(start..end))
    });
    std::iter::once(Part::Header(header))
        .chain(chunks)
        .map(|part| v1::SubmitBlobRequest { part: Some(part) })
}
