//! Getting payloads back.

use super::{Client, ClientError, Fetched, Result};
use crate::{Submission, v1};
use bytes::Bytes;
use tonic::Streaming;
use types::{BlobId, Height, Namespace, limits};
use v1::get_blob_request::Blob;
use v1::get_blob_response::Part;

/// Most payload bytes of one answer: those of a whole block.
const MAX_ANSWER_BYTES: u64 = (limits::MAX_BLOCK_ROWS * limits::ROW_BYTES) as u64;

impl Client {
    /// A blob. Its header and length are held against what was asked; its bytes are not held
    /// against its id.
    ///
    /// # Errors
    /// [`ClientError::Call`] for a blob that is unknown, pruned or incomplete.
    pub async fn fetch(&self, id: BlobId) -> Result<Fetched> {
        self.fetch_with(id, |_, _| {}).await
    }

    /// As [`Client::fetch`]; `progress` hears the bytes received and those to be expected.
    ///
    /// # Errors
    /// As [`Client::fetch`].
    pub async fn fetch_with(
        &self,
        id: BlobId,
        progress: impl Fn(u64, u64) + Clone + Send + Sync + 'static,
    ) -> Result<Fetched> {
        let blob = Blob::BlobId(Bytes::copy_from_slice(id.as_bytes()));
        let mut blobs = self.fetch_all(blob, &progress).await?;
        match (blobs.pop(), blobs.is_empty()) {
            (Some(blob), true) if blob.id == id => Ok(blob),
            (Some(blob), true) => Err(ClientError::UnexpectedAnswer {
                what: "blob id",
                got: blob.id.to_string(),
                expected: id.to_string(),
            }),
            (None, _) => Err(ClientError::missing("blobs", "one")),
            (Some(_), false) => Err(ClientError::UnexpectedAnswer {
                what: "blobs",
                got: (blobs.len() + 1).to_string(),
                expected: "one".into(),
            }),
        }
    }

    /// Every blob that a namespace has in a block, in the block's order. That these are all is
    /// what [`Client::list`] proves.
    ///
    /// # Errors
    /// As [`Client::fetch`].
    pub async fn fetch_at(&self, height: Height, namespace: Namespace) -> Result<Vec<Fetched>> {
        let at = Blob::At(v1::NamespaceAt {
            height: height.get(),
            namespace: Bytes::copy_from_slice(namespace.as_bytes()),
        });
        let blobs = self.fetch_all(at, &|_, _| {}).await?;
        match blobs.iter().find(|blob| blob.namespace != namespace) {
            None => Ok(blobs),
            Some(other) => Err(ClientError::UnexpectedAnswer {
                what: "namespace",
                got: other.namespace.to_string(),
                expected: namespace.to_string(),
            }),
        }
    }

    async fn fetch_all(
        &self,
        blob: Blob,
        progress: &(impl Fn(u64, u64) + Send + Sync),
    ) -> Result<Vec<Fetched>> {
        let request = v1::GetBlobRequest { blob: Some(blob) };
        self.retries
            .run(async || {
                let parts = self.grpc().get_blob(request.clone()).await?.into_inner();
                collect(parts, progress).await
            })
            .await
    }
}

/// Puts blobs together. Never holds more than was announced, nor more than a block has.
async fn collect(
    mut parts: Streaming<v1::GetBlobResponse>,
    progress: &(impl Fn(u64, u64) + Send + Sync),
) -> Result<Vec<Fetched>> {
    let mut blobs: Vec<Fetched> = Vec::new();
    let (mut announced, mut received) = (0_u64, 0_u64);
    while let Some(message) = parts.message().await? {
        match message.part {
            Some(Part::Header(header)) => {
                blobs.last().map_or(Ok(()), whole)?;
                let blob = begin(&header)?;
                announced += u64::from(blob.length.bytes());
                if announced > MAX_ANSWER_BYTES {
                    return Err(ClientError::UnexpectedAnswer {
                        what: "bytes of all payloads",
                        got: announced.to_string(),
                        expected: format!("at most {MAX_ANSWER_BYTES}"),
                    });
                }
                blobs.push(blob);
            }
            Some(Part::Chunk(chunk)) => {
                let blob = blobs
                    .last_mut()
                    .ok_or_else(|| ClientError::missing("header", "one before the first chunk"))?;
                let left = u64::from(blob.length.bytes()).saturating_sub(blob.payload.len() as u64);
                if chunk.is_empty() || chunk.len() as u64 > left {
                    return Err(ClientError::UnexpectedAnswer {
                        what: "bytes of a chunk",
                        got: chunk.len().to_string(),
                        expected: format!("1..={left}"),
                    });
                }
                received += chunk.len() as u64;
                blob.payload.extend_from_slice(&chunk);
                progress(received, announced);
            }
            None => return Err(ClientError::missing("part", "a header or a chunk")),
        }
    }
    blobs.last().map_or(Ok(()), whole)?;
    Ok(blobs)
}

fn begin(header: &v1::BlobHeader) -> Result<Fetched> {
    let claim = Submission::try_from(header)?;
    let id = claim
        .expected
        .ok_or_else(|| ClientError::missing("header.blob_id", "32 bytes"))?;
    Ok(Fetched {
        id,
        namespace: claim.namespace,
        length: claim.length,
        height: (header.height != 0).then_some(Height::new(header.height)),
        payload: Vec::new(),
    })
}

fn whole(blob: &Fetched) -> Result<()> {
    let (got, expected) = (blob.payload.len() as u64, u64::from(blob.length.bytes()));
    if got == expected {
        return Ok(());
    }
    Err(ClientError::UnexpectedAnswer {
        what: "bytes of a payload",
        got: got.to_string(),
        expected: expected.to_string(),
    })
}
