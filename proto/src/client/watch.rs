//! Following blobs and headers.

use super::{Certificate, Client, ClientError, Result, State, Status};
use crate::v1;
use bytes::Bytes;
use std::time::Duration;
use tonic::Streaming;
use types::{BlobId, HeaderHash, Height};

/// The pause before a watch that ended too early is begun again.
const PAUSE: Duration = Duration::from_millis(100);

/// The states of one blob, as they come.
#[derive(Debug)]
pub struct Statuses {
    id: BlobId,
    stream: Streaming<v1::BlobStatus>,
}

impl Statuses {
    /// The next state; none after the last one.
    ///
    /// # Errors
    /// [`ClientError::Transport`] when the connection breaks: watch again.
    pub async fn next(&mut self) -> Result<Option<Status>> {
        let Some(wire) = self.stream.message().await? else {
            return Ok(None);
        };
        let status = Status::try_from(wire)?;
        if status.id == self.id {
            Ok(Some(status))
        } else {
            Err(ClientError::UnexpectedAnswer {
                what: "blob id",
                got: status.id.to_string(),
                expected: self.id.to_string(),
            })
        }
    }
}

/// Final headers, as they come.
#[derive(Debug)]
pub struct Headers {
    stream: Streaming<v1::HeaderResponse>,
}

impl Headers {
    /// The next header; none when the node ends the stream.
    ///
    /// # Errors
    /// [`ClientError::Transport`] when the connection breaks.
    pub async fn next(&mut self) -> Result<Option<v1::HeaderResponse>> {
        Ok(self.stream.message().await?)
    }
}

impl Client {
    /// Follows a blob from its present state to its last one.
    ///
    /// # Errors
    /// [`ClientError::Call`] for a blob that is unknown or pruned.
    pub async fn watch(&self, id: BlobId) -> Result<Statuses> {
        let request = v1::WatchBlobRequest {
            blob_id: Bytes::copy_from_slice(id.as_bytes()),
        };
        let stream = self
            .retries
            .run(async || Ok(self.grpc().watch_blob(request.clone()).await?.into_inner()))
            .await?;
        Ok(Statuses { id, stream })
    }

    /// Where a blob stands now.
    ///
    /// # Errors
    /// As [`Client::watch`].
    pub async fn status(&self, id: BlobId) -> Result<Status> {
        let mut statuses = self.watch(id).await?;
        loop {
            let next = statuses.next().await?;
            let status = next.ok_or_else(|| ClientError::missing("status", "the present one"))?;
            if !status.superseded {
                return Ok(status);
            }
        }
    }

    /// Waits for a blob's certificate, however often the connection breaks meanwhile.
    ///
    /// # Errors
    /// [`ClientError::Ended`] when the blob fails or expires, and as [`Client::watch`].
    pub async fn await_certified(&self, id: BlobId) -> Result<Certificate> {
        self.await_state(id, |state| match state {
            State::Certified(certificate) => Some(certificate),
            _ => None,
        })
        .await
    }

    /// Waits until a final block has a blob.
    ///
    /// # Errors
    /// As [`Client::await_certified`].
    pub async fn await_final(&self, id: BlobId) -> Result<(Height, HeaderHash)> {
        self.await_state(id, |state| match state {
            State::Final { height, header } => Some((height, header)),
            _ => None,
        })
        .await
    }

    /// Follows final headers, from a height or from the next one to come.
    ///
    /// # Errors
    /// [`ClientError::Call`] for a height that is no block's.
    pub async fn headers(&self, from: Option<Height>) -> Result<Headers> {
        let request = v1::SubscribeHeadersRequest {
            from_height: from.map(Height::get),
        };
        let stream = self
            .retries
            .run(async || Ok(self.grpc().subscribe_headers(request).await?.into_inner()))
            .await?;
        Ok(Headers { stream })
    }

    async fn await_state<T>(&self, id: BlobId, reached: impl Fn(State) -> Option<T>) -> Result<T> {
        loop {
            let mut statuses = self.watch(id).await?;
            loop {
                let state = match statuses.next().await {
                    Ok(Some(status)) => status.state,
                    // Cut off: the blob's state is durable, so nothing was missed.
                    Ok(None) | Err(ClientError::Transport(_)) => break,
                    Err(error) if error.retry_after().is_some() => break,
                    Err(error) => return Err(error),
                };
                match state {
                    State::Expired { reason, retry } => {
                        return Err(ClientError::Ended {
                            id,
                            state: "expired",
                            reason,
                            retry,
                        });
                    }
                    State::Failed { reason, retry } => {
                        return Err(ClientError::Ended {
                            id,
                            state: "failed",
                            reason,
                            retry,
                        });
                    }
                    other => {
                        if let Some(value) = reached(other) {
                            return Ok(value);
                        }
                    }
                }
            }
            tokio::time::sleep(PAUSE).await;
        }
    }
}
