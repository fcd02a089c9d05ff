//! `proof`, `set` and `verify`: what is kept, and what it is good for without any node.

use super::blob::{describe, same_blob};
use super::error::{CliError, Result};
use super::output::{Output, read_file, write_file};
use super::{Proof, Set, Verify};
use chain::{TrustedSet, UnverifiedBlobProof, ValidatorSet};
use serde_json::json;
use std::path::Path;
use types::ChainId;
use types::limits::MAX_PAYLOAD_BYTES;

/// Most bytes of a validator set's file: 1,024 members in hexadecimal, and room for spaces.
const MAX_SET_BYTES: usize = 1 << 20;

/// Fetches a proof and writes its file.
pub(super) async fn keep(command: Proof, output: Output) -> Result<()> {
    let client = command.node.connect().await?;
    let parts = client.proof(command.id).await?;
    let proof = UnverifiedBlobProof::from_parts(
        &parts.header,
        &parts.placement,
        &parts.meta,
        &parts.availability,
    )?;
    same_blob(proof.meta.id(), command.id)?;

    let bytes = proof.encode();
    write_file(Some(&command.output), &bytes)?;
    let (id, height) = (command.id, proof.header.header.height);
    let object = json!({
        "blob_id": id,
        "height": height,
        "bytes": bytes.len(),
        "file": command.output,
    });
    output.result(
        &object,
        &format!("{id} at height {height}: {}", command.output.display()),
    );
    Ok(())
}

/// Fetches the validator set and writes its file.
pub(super) async fn keep_set(command: Set, output: Output) -> Result<()> {
    let client = command.node.connect().await?;
    let limits = client.limits().await?;
    let chain_id = proto::read("chain_id", &limits.chain_id[..], ChainId::from_slice)?;
    let answer = client.validator_set(None).await?;
    let set = TrustedSet {
        chain_id,
        validators: ValidatorSet::decode(&answer.set)?,
    };

    let file = &command.output;
    let problem = |error: serde_json::Error| CliError::SetFile {
        path: file.clone(),
        problem: error.to_string(),
    };
    let text = serde_json::to_string_pretty(&set).map_err(problem)? + "\n";
    write_file(Some(file), text.as_bytes())?;
    let (hash, members) = (set.validators.hash(), set.validators.len());
    let object = json!({
        "chain_id": chain_id,
        "set": hash,
        "validators": members,
        "file": file,
    });
    let line = format!("{members} validators, set {hash}: {}", file.display());
    output.result(&object, &line);
    Ok(())
}

/// Verifies a proof against a set, and a file against the proof.
pub(super) fn verify(command: &Verify, output: Output) -> Result<()> {
    let set = read_set(&command.validators)?;
    let proof = read_file(&command.proof, UnverifiedBlobProof::MAX_BYTES)?;
    let payload = match &command.file {
        Some(file) => Some(read_file(file, MAX_PAYLOAD_BYTES)?),
        None => None,
    };

    let proof = UnverifiedBlobProof::decode(&proof)?.verify(&set.chain_id, &set.validators)?;
    if let Some(payload) = &payload {
        let meta = describe(proof.meta().namespace(), proof.meta().length(), payload)?;
        same_blob(meta.id(), proof.id())?;
    }

    let (id, height) = (proof.id(), proof.height());
    let availability = proof.availability();
    let (signed, total) = (availability.signed_weight(), availability.total_weight());
    let object = json!({
        "verified": true,
        "blob_id": id,
        "chain_id": set.chain_id,
        "height": height,
        "header": proof.header().hash(),
        "time_ms": proof.header().header().time,
        "namespace": proof.meta().namespace(),
        "bytes": proof.meta().length().bytes(),
        "first_row": proof.entry().placement().first().get(),
        "rows": proof.meta().rows(),
        "signed_weight": signed,
        "total_weight": total,
        "expires_at_ms": availability.terms().expires_at,
        "file_checked": payload.is_some(),
    });
    let file = if payload.is_some() {
        ", and the file is that blob"
    } else {
        ""
    };
    let line = format!(
        "verified: {id} is in the final block {height}, held by weight {signed} of {total}{file}"
    );
    output.result(&object, &line);
    Ok(())
}

pub(super) fn read_set(path: &Path) -> Result<TrustedSet> {
    let bytes = read_file(path, MAX_SET_BYTES)?;
    serde_json::from_slice(&bytes).map_err(|error| CliError::SetFile {
        path: path.into(),
        problem: error.to_string(),
    })
}
