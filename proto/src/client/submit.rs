//! Posting a blob.

use super::{Client, ClientError, Result, Submitted};
use crate::{RowProofs, Submission, read, v1};
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
        self.post(submission, payload, None, Arc::new(progress))
            .await
    }

    /// As [`Client::submit_with`], for a poster that has committed to its rows and proved their
    /// cells: the node has only to verify them. Of each row of the blob, in their order.
    ///
    /// # Errors
    /// As [`Client::submit`]; also when a commitment or a proof does not hold.
    pub async fn submit_proved(
        &self,
        submission: &Submission,
        payload: Bytes,
        rows: &[RowProofs],
        progress: impl Fn(u64) + Clone + Send + Sync + 'static,
    ) -> Result<Submitted> {
        let rows: Arc<[v1::RowProofs]> = rows.iter().map(v1::RowProofs::from).collect();
        self.post(submission, payload, Some(rows), Arc::new(progress))
            .await
    }

    async fn post(
        &self,
        submission: &Submission,
        payload: Bytes,
        rows: Option<Arc<[v1::RowProofs]>>,
        progress: Arc<dyn Fn(u64) + Send + Sync>,
    ) -> Result<Submitted> {
        let header = v1::SubmitBlobHeader {
            with_proofs: rows.is_some(),
            ..v1::SubmitBlobHeader::from(submission)
        };
        let answer = self
            .retries
            .run(async || {
                let parts = parts(
                    header.clone(),
                    payload.clone(),
                    rows.clone(),
                    Arc::clone(&progress),
                );
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

/// The header, then the payload in chunks that share its memory, then what was proved.
fn parts(
    header: v1::SubmitBlobHeader,
    payload: Bytes,
    rows: Option<Arc<[v1::RowProofs]>>,
    progress: Arc<dyn Fn(u64) + Send + Sync>,
) -> impl Iterator<Item = v1::SubmitBlobRequest> + Send + 'static {
    let chunks = (0..payload.len()).step_by(CHUNK_BYTES).map(move |start| {
        let end = payload.len().min(start + CHUNK_BYTES);
        progress(end as u64);
        Part::Chunk(payload.slice(start..end))
    });
    let count = rows.as_ref().map_or(0, |rows| rows.len());
    let proofs = (0..count)
        .filter_map(move |row| rows.as_ref().and_then(|rows| rows.get(row)).cloned())
        .map(Part::RowProofs);
    std::iter::once(Part::Header(header))
        .chain(chunks)
        .chain(proofs)
        .map(|part| v1::SubmitBlobRequest { part: Some(part) })
}
