//! `GetProof` and `ListBlobs`: what a block has, with proofs.

use super::headers::{block, height};
use super::watch::known;
use crate::state::State;
use crate::store::{BlobState, StoredBlock};
use crate::{Error, Result};
use proto::{read, v1};
use types::{BlobId, IndexTree, Namespace};

/// Proves that a block ordered a blob.
pub(super) fn prove(state: &State, request: &v1::GetProofRequest) -> Result<v1::BlobProof> {
    let id = read("blob_id", &request.blob_id[..], BlobId::from_slice)?;
    let record = known(state, id)?;
    let BlobState::Final { height, .. } = record.state else {
        return Err(Error::NotFinal {
            blob: id,
            state: record.state.name(),
        });
    };

    let stored = block(state, height)?;
    let damaged = || Error::Storage(format!("block {height} lacks blob {id} that it ordered"));
    let placement = index(&stored)?.prove_placement(id).ok_or_else(damaged)?;
    let references = &stored.block.references;
    let reference = references
        .iter()
        .find(|reference| reference.entry.id() == id);
    let reference = reference.ok_or_else(damaged)?;
    let meta = state.store.meta(&id)?.ok_or(Error::UnknownBlob(id))?;
    Ok(v1::BlobProof {
        header: stored.header().encode().into(),
        placement: placement.encode().into(),
        meta: meta.encode().into(),
        availability: reference.certificate.encode().into(),
    })
}

/// Lists a namespace's blobs in a block, with the proof that these are all.
pub(super) fn list(state: &State, request: &v1::ListBlobsRequest) -> Result<v1::ListBlobsResponse> {
    let namespace = read("namespace", &request.namespace[..], Namespace::from_slice)?;
    let height = height("height", request.height)?;

    let stored = block(state, height)?;
    let index = index(&stored)?;
    let proof = index.prove_namespace(namespace)?;
    let entries = index.entries().iter();
    let entries = entries.filter(|entry| entry.namespace() == namespace);
    Ok(v1::ListBlobsResponse {
        entries: entries.map(v1::BlobEntry::from).collect(),
        proof: proof.encode().into(),
        header: stored.header().encode().into(),
    })
}

fn index(stored: &StoredBlock) -> Result<IndexTree> {
    let entries = stored
        .block
        .references
        .iter()
        .map(|reference| reference.entry);
    Ok(IndexTree::new(entries.collect())?)
}
