//! What is believed of a node's answers, and why. Pure: no connection, no clock.

use crate::{Error, Result};
use chain::ValidatorSet;
use chain::{AvailabilityCertificate, BlobProof, UnverifiedAvailability, UnverifiedBlobProof};
use commitments::{Setup, Threads};
use types::{BlobId, BlobMeta, BlobMode, ChainId, Namespace};

/// Describes a payload from nothing but its bytes: rows, commitments, and with them its id.
///
/// # Errors
/// [`Error::Erasure`] for a payload that no blob can have, [`Error::Commitments`] when the
/// machine cannot compute.
pub fn describe(
    setup: &Setup,
    threads: &Threads,
    namespace: Namespace,
    mode: BlobMode,
    payload: &[u8],
) -> Result<BlobMeta> {
    let (length, rows) = erasure::payload_to_rows(mode, payload)?;
    let commitments = setup.commit_all(&rows, threads)?;
    Ok(BlobMeta::new(namespace, length, commitments)?)
}

/// Bytes that claim to be a blob.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnverifiedPayload {
    /// Whose blob it is claimed to be.
    pub namespace: Namespace,
    /// How it is claimed to lie in rows.
    pub mode: BlobMode,
    /// The bytes.
    pub bytes: Vec<u8>,
}

impl UnverifiedPayload {
    /// Commits to the bytes and compares the id that comes of it: one wrong bit in them, in the
    /// namespace, the mode or the length makes another blob.
    ///
    /// # Errors
    /// [`Error::OtherBlob`], or as [`describe`].
    pub fn verify(self, setup: &Setup, threads: &Threads, id: BlobId) -> Result<Payload> {
        let meta = describe(setup, threads, self.namespace, self.mode, &self.bytes)?;
        same("payload", meta.id(), id)?;
        Ok(Payload {
            meta,
            bytes: self.bytes,
        })
    }
}

/// Bytes that are a blob's, together with the description that says so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Payload {
    meta: BlobMeta,
    bytes: Vec<u8>,
}

impl Payload {
    /// The blob's description.
    #[must_use]
    pub const fn meta(&self) -> &BlobMeta {
        &self.meta
    }

    /// The bytes.
    #[must_use]
    pub fn into_bytes(self) -> Vec<u8> {
        self.bytes
    }
}

/// Reads and verifies a blob's availability certificate.
///
/// # Errors
/// [`Error::Chain`] for a certificate that does not hold against the set, [`Error::OtherBlob`]
/// for one of another blob.
pub fn certificate(
    encoded: &[u8],
    id: BlobId,
    chain: &ChainId,
    validators: &ValidatorSet,
) -> Result<AvailabilityCertificate> {
    let verified = UnverifiedAvailability::decode(encoded)?.verify(chain, validators)?;
    same("certificate", verified.blob(), id)?;
    Ok(verified)
}

/// Verifies the proof that the chain ordered a blob.
///
/// # Errors
/// [`Error::Chain`] for a proof that does not hold against the set, [`Error::OtherBlob`] for
/// one of another blob.
pub fn proof(
    proof: UnverifiedBlobProof,
    id: BlobId,
    chain: &ChainId,
    validators: &ValidatorSet,
) -> Result<BlobProof> {
    let verified = proof.verify(chain, validators)?;
    same("proof", verified.id(), id)?;
    Ok(verified)
}

fn same(what: &'static str, got: BlobId, expected: BlobId) -> Result<()> {
    if got == expected {
        Ok(())
    } else {
        Err(Error::OtherBlob {
            what,
            got,
            expected,
        })
    }
}

#[cfg(test)]
mod tests;
