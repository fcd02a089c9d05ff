//! The DA network, as the operator uses it.

use crate::{Error, Result};
use chain::UnverifiedAvailability;
use proto::Submission;
use proto::client::Client;
use std::future::Future;
use types::{BlobId, BlobMeta};

/// Takes blobs and certifies them.
pub trait DataNetwork: Send + Sync + 'static {
    /// Hands a blob over. Returns once a node has it for good; handing it over again is no other
    /// blob.
    ///
    /// # Errors
    /// When no node has it.
    fn post(&self, meta: &BlobMeta, payload: Vec<u8>) -> impl Future<Output = Result<()>> + Send;

    /// Waits for a blob's certificate. Nothing is believed of it: L1 is asked whether it holds.
    ///
    /// # Errors
    /// When there will be none, or nobody answers.
    fn certificate(
        &self,
        blob: BlobId,
    ) -> impl Future<Output = Result<UnverifiedAvailability>> + Send;
}

/// A DA node behind gRPC.
#[derive(Debug, Clone)]
pub struct Node {
    client: Client,
}

impl Node {
    /// Works with this node.
    #[must_use]
    pub const fn new(client: Client) -> Self {
        Self { client }
    }
}

impl DataNetwork for Node {
    async fn post(&self, meta: &BlobMeta, payload: Vec<u8>) -> Result<()> {
        let submission = Submission {
            namespace: meta.namespace(),
            length: meta.length(),
            expected: Some(meta.id()),
        };
        self.client.submit(&submission, payload.into()).await?;
        Ok(())
    }

    async fn certificate(&self, blob: BlobId) -> Result<UnverifiedAvailability> {
        let certificate = self.client.await_certified(blob).await?;
        let unverified = UnverifiedAvailability::decode(&certificate.bytes)?;
        if unverified.terms.blob == blob {
            Ok(unverified)
        } else {
            Err(Error::NotFound {
                what: "a certificate of this blob",
            })
        }
    }
}
