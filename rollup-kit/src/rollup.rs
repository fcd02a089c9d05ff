//! The connection of a rollup to one node.

use crate::verify::{self, UnverifiedPayload};
use crate::{Error, Result};
use chain::{AvailabilityCertificate, BlobProof, UnverifiedBlobProof, ValidatorSet};
use commitments::{Setup, Threads};
use proto::Submission;
use proto::client::Client;
use std::sync::Arc;
use types::{BlobId, BlobMode, ChainId, Namespace};

/// A rollup that talks to one node and believes it nothing.
#[derive(Clone)]
pub struct Rollup {
    client: Client,
    chain: ChainId,
    validators: ValidatorSet,
    setup: &'static Setup,
    threads: Arc<Threads>,
}

impl Rollup {
    /// Connects to a node, `http://HOST:PORT`, of the chain whose validators these are.
    ///
    /// # Errors
    /// [`Error::Client`] when nobody answers, [`Error::OtherChain`] for a node of another chain,
    /// [`Error::Commitments`] when this machine cannot compute.
    pub async fn connect(endpoint: &str, chain: ChainId, validators: ValidatorSet) -> Result<Self> {
        let client = Client::connect(endpoint).await?;
        let got = ChainId::from_slice(&client.limits().await?.chain_id)?;
        if got != chain {
            return Err(Error::OtherChain {
                got,
                expected: chain,
            });
        }
        let setup = off_thread(|| Ok(Setup::ceremony()?)).await?;
        let threads = Arc::new(Threads::available()?);
        Ok(Self {
            client,
            chain,
            validators,
            setup,
            threads,
        })
    }

    /// Posts a batch. Returns once the node has stored it durably under the id that was
    /// computed here. Posting the same bytes again is the same blob.
    ///
    /// # Errors
    /// [`Error::Erasure`] for an empty or too large batch, [`Error::Client`], or
    /// [`Error::OtherBlob`] when the node names another blob.
    pub async fn submit(&self, namespace: Namespace, bytes: Vec<u8>) -> Result<BlobId> {
        let (setup, threads) = (self.setup, Arc::clone(&self.threads));
        let (meta, bytes) = off_thread(move || {
            let mode = BlobMode::Packed;
            let meta = verify::describe(setup, &threads, namespace, mode, &bytes)?;
            Ok((meta, bytes))
        })
        .await?;
        let expected = meta.id();
        let submission = Submission {
            namespace,
            length: meta.length(),
            expected: Some(expected),
        };
        let got = self.client.submit(&submission, bytes.into()).await?.id;
        if got == expected {
            Ok(got)
        } else {
            Err(Error::OtherBlob {
                what: "acknowledgement",
                got,
                expected,
            })
        }
    }

    /// Waits for the blob's availability certificate: more than two thirds of the weight hold
    /// it and have signed so.
    ///
    /// # Errors
    /// [`Error::Client`] for a blob that is unknown or failed, [`Error::Chain`] or
    /// [`Error::OtherBlob`] for a certificate that is none.
    pub async fn await_certificate(&self, id: BlobId) -> Result<AvailabilityCertificate> {
        let certificate = self.client.await_certified(id).await?;
        verify::certificate(&certificate.bytes, id, &self.chain, &self.validators)
    }

    /// Gets the blob back and commits to the bytes anew: what is returned has this id.
    ///
    /// # Errors
    /// [`Error::Client`], or [`Error::OtherBlob`] for any other bytes.
    pub async fn fetch_verified(&self, id: BlobId) -> Result<Vec<u8>> {
        let fetched = self.client.fetch(id).await?;
        let payload = UnverifiedPayload {
            namespace: fetched.namespace,
            mode: fetched.length.mode(),
            bytes: fetched.payload,
        };
        let (setup, threads) = (self.setup, Arc::clone(&self.threads));
        off_thread(move || Ok(payload.verify(setup, &threads, id)?.into_bytes())).await
    }

    /// Waits until a final block orders the blob, and gets the proof of it, which verifies
    /// against the validator set alone.
    ///
    /// # Errors
    /// [`Error::Client`] for a blob that is unknown, failed or expired, [`Error::Chain`] or
    /// [`Error::OtherBlob`] for a proof that is none.
    pub async fn await_final(&self, id: BlobId) -> Result<BlobProof> {
        Ok(self.await_final_encoded(id).await?.0)
    }

    /// As [`Self::await_final`], together with the canonical bytes that were verified: what a
    /// rollup keeps.
    ///
    /// # Errors
    /// As [`Self::await_final`].
    pub async fn await_final_encoded(&self, id: BlobId) -> Result<(BlobProof, Vec<u8>)> {
        self.client.await_final(id).await?;
        let parts = self.client.proof(id).await?;
        let unverified = UnverifiedBlobProof::from_parts(
            &parts.header,
            &parts.placement,
            &parts.meta,
            &parts.availability,
        )?;
        let encoded = unverified.encode();
        Ok((
            verify::proof(unverified, id, &self.chain, &self.validators)?,
            encoded,
        ))
    }
}

/// Runs what computes where it holds up no connection.
async fn off_thread<T: Send + 'static>(
    work: impl FnOnce() -> Result<T> + Send + 'static,
) -> Result<T> {
    tokio::task::spawn_blocking(work)
        .await
        .map_err(|error| Error::Cancelled(error.to_string()))?
}
