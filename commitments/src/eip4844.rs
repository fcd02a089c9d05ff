//! EIP-4844's own functions over rows: openings at points, and blob proofs.
//!
//! A verifier tells apart what is malformed ([`CommitmentError::Malformed`]) and what is well
//! formed but wrong ([`CommitmentError::WrongOpening`]).

use c_kzg::{Blob, Bytes32, Bytes48, Error as EngineError};
use types::limits::ELEMENT_BYTES;
use types::{Commitment, Proof, Row};

use crate::setup::{blob, engine_failure, is_malformed};
use crate::{CommitmentError, Setup};

/// `compute_kzg_proof`: the proof that the row's polynomial takes the returned value at `z`.
/// `z` and the value are canonical big-endian scalars.
///
/// # Errors
/// [`CommitmentError::Malformed`] when `z` is not canonical.
pub fn prove_point(
    setup: &Setup,
    row: &Row,
    z: &[u8; ELEMENT_BYTES],
) -> Result<(Proof, [u8; ELEMENT_BYTES]), CommitmentError> {
    let (proof, y) = setup
        .engine
        .compute_kzg_proof(&blob(row), &Bytes32::from(*z))
        .map_err(refused)?;
    Ok((Proof::new(proof.to_bytes().into_inner()), *y))
}

/// `compute_blob_kzg_proof`: the proof that the commitment is the row's. The commitment itself is
/// taken on trust.
///
/// # Errors
/// [`CommitmentError::Malformed`] when the commitment is not a point of G1.
pub fn prove_blob(
    setup: &Setup,
    row: &Row,
    commitment: &Commitment,
) -> Result<Proof, CommitmentError> {
    let proof = setup
        .engine
        .compute_blob_kzg_proof(&blob(row), &bytes48(commitment.as_bytes()))
        .map_err(refused)?;
    Ok(Proof::new(proof.to_bytes().into_inner()))
}

/// `verify_kzg_proof`: checks that the committed polynomial takes the value `y` at `z`.
///
/// # Errors
/// [`CommitmentError::Malformed`], [`CommitmentError::WrongOpening`].
pub fn verify_point(
    setup: &Setup,
    commitment: &Commitment,
    z: &[u8; ELEMENT_BYTES],
    y: &[u8; ELEMENT_BYTES],
    proof: &Proof,
) -> Result<(), CommitmentError> {
    verdict(setup.engine.verify_kzg_proof(
        &bytes48(commitment.as_bytes()),
        &Bytes32::from(*z),
        &Bytes32::from(*y),
        &bytes48(proof.as_bytes()),
    ))
}

/// `verify_blob_kzg_proof`: checks that the commitment is the row's.
///
/// # Errors
/// [`CommitmentError::Malformed`], [`CommitmentError::WrongOpening`].
pub fn verify_blob(
    setup: &Setup,
    row: &Row,
    commitment: &Commitment,
    proof: &Proof,
) -> Result<(), CommitmentError> {
    verdict(setup.engine.verify_blob_kzg_proof(
        &blob(row),
        &bytes48(commitment.as_bytes()),
        &bytes48(proof.as_bytes()),
    ))
}

/// `verify_blob_kzg_proof_batch`: checks that every commitment is its row's; no rows at all hold.
///
/// # Errors
/// [`CommitmentError::Count`] unless there are equally many of each,
/// [`CommitmentError::Malformed`], [`CommitmentError::WrongOpening`].
pub fn verify_blobs(
    setup: &Setup,
    rows: &[Row],
    commitments: &[Commitment],
    proofs: &[Proof],
) -> Result<(), CommitmentError> {
    for (what, got) in [("commitments", commitments.len()), ("proofs", proofs.len())] {
        if got != rows.len() {
            return Err(CommitmentError::Count {
                what,
                got,
                expected: rows.len(),
            });
        }
    }
    let rows: Vec<Blob> = rows.iter().map(blob).collect();
    let commitments: Vec<_> = commitments.iter().map(|c| bytes48(c.as_bytes())).collect();
    let proofs: Vec<_> = proofs.iter().map(|p| bytes48(p.as_bytes())).collect();
    verdict(
        setup
            .engine
            .verify_blob_kzg_proof_batch(&rows, &commitments, &proofs),
    )
}

fn bytes48(bytes: &[u8; 48]) -> Bytes48 {
    Bytes48::from(*bytes)
}

fn refused(error: EngineError) -> CommitmentError {
    if is_malformed(&error) {
        CommitmentError::Malformed
    } else {
        engine_failure(error)
    }
}

fn verdict(answer: Result<bool, EngineError>) -> Result<(), CommitmentError> {
    match answer {
        Ok(true) => Ok(()),
        Ok(false) => Err(CommitmentError::WrongOpening),
        Err(error) => Err(refused(error)),
    }
}
