//! EIP-4844's own functions over rows: openings at points, and blob proofs.
//!
//! A verifier tells apart what is malformed ([`CommitmentError::Malformed`]) and what is well
//! formed but wrong ([`CommitmentError::WrongOpening`]).

#[cfg(feature = "prove")]
mod prove;

#[cfg(feature = "prove")]
pub use prove::{prove_blob, prove_point};

use std::slice::from_ref;

use algebra::{Engine, Fr, G1Affine, pairing_product_is_one};
use types::limits::ELEMENT_BYTES;
use types::{Commitment, Proof, Row};

use crate::challenge::{OpeningClaim, blob_challenge, coefficients, opening_batch_challenge};
use crate::{CommitmentError, Verifier};

/// The claim that a commitment's polynomial takes the value `y` at `z`.
struct Opening {
    commitment: G1Affine,
    z: Fr,
    y: Fr,
    proof: G1Affine,
}

/// `verify_kzg_proof`: checks that the committed polynomial takes the value `y` at `z`. Both are
/// canonical big-endian scalars.
///
/// # Errors
/// [`CommitmentError::Malformed`], [`CommitmentError::WrongOpening`].
pub fn verify_point(
    verifier: &Verifier,
    commitment: &Commitment,
    z: &[u8; ELEMENT_BYTES],
    y: &[u8; ELEMENT_BYTES],
    proof: &Proof,
) -> Result<(), CommitmentError> {
    let engine = verifier.engine();
    let opening = Opening {
        commitment: point(engine, commitment.as_bytes())?,
        z: scalar(z)?,
        y: scalar(y)?,
        proof: point(engine, proof.as_bytes())?,
    };
    verify(verifier, &[opening], &[1])
}

/// `verify_blob_kzg_proof`: checks that the commitment is the row's.
///
/// # Errors
/// [`CommitmentError::Malformed`], [`CommitmentError::WrongOpening`].
pub fn verify_blob(
    verifier: &Verifier,
    row: &Row,
    commitment: &Commitment,
    proof: &Proof,
) -> Result<(), CommitmentError> {
    verify_blobs(
        verifier,
        from_ref(row),
        from_ref(commitment),
        from_ref(proof),
    )
}

/// `verify_blob_kzg_proof_batch`: checks that every commitment is its row's; no rows at all hold.
///
/// # Errors
/// [`CommitmentError::Count`] unless there are equally many of each,
/// [`CommitmentError::Malformed`], [`CommitmentError::WrongOpening`].
pub fn verify_blobs(
    verifier: &Verifier,
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
    let engine = verifier.engine();
    let commitment_points = points(engine, commitments.iter().map(Commitment::as_bytes))?;
    let proof_points = points(engine, proofs.iter().map(Proof::as_bytes))?;

    let mut openings = Vec::with_capacity(rows.len());
    let mut claims = Vec::with_capacity(rows.len());
    for (i, row) in rows.iter().enumerate() {
        let z = scalar(&blob_challenge(row, &commitments[i]))?;
        let values = engine.read_scalars(row.as_bytes())?;
        let y = verifier.openings.evaluate(engine, values, z)?;
        claims.push(OpeningClaim {
            commitment: &commitments[i],
            z: z.to_be_bytes(),
            y: y.to_be_bytes(),
            proof: &proofs[i],
        });
        openings.push(Opening {
            commitment: commitment_points[i],
            z,
            y,
            proof: proof_points[i],
        });
    }
    let drawn = coefficients(&opening_batch_challenge(&claims), openings.len());
    verify(verifier, &openings, &drawn)
}

/// Checks e(Σ r·(C − y·[1]₁ + z·π), [1]₂) = e(Σ r·π, [τ]₂).
fn verify(
    verifier: &Verifier,
    openings: &[Opening],
    coefficients: &[u128],
) -> Result<(), CommitmentError> {
    let (mut points, mut scalars, mut constant) = (Vec::new(), Vec::new(), Fr::ZERO);
    for (opening, coefficient) in openings.iter().zip(coefficients) {
        let factor = Fr::from_u128(*coefficient);
        points.extend([opening.commitment, opening.proof]);
        scalars.extend([-factor, -(factor * opening.z)]);
        constant += factor * opening.y;
    }
    points.push(G1Affine::generator());
    scalars.push(constant);
    let proofs: Vec<_> = openings.iter().map(|opening| opening.proof).collect();
    let left = verifier.engine().msm(&points, &scalars)?;
    let right = verifier.engine().msm_short(&proofs, coefficients)?;
    if pairing_product_is_one(&[(left, &verifier.one), (right, &verifier.tau)]) {
        Ok(())
    } else {
        Err(CommitmentError::WrongOpening)
    }
}

fn scalar(bytes: &[u8; ELEMENT_BYTES]) -> Result<Fr, CommitmentError> {
    Fr::from_be_bytes(bytes).map_err(|_| CommitmentError::Malformed)
}

fn point(engine: Engine, bytes: &[u8; 48]) -> Result<G1Affine, CommitmentError> {
    points(engine, std::iter::once(bytes))?
        .pop()
        .ok_or(CommitmentError::Malformed)
}

fn points<'a>(
    engine: Engine,
    bytes: impl Iterator<Item = &'a [u8; 48]>,
) -> Result<Vec<G1Affine>, CommitmentError> {
    let bytes: Vec<_> = bytes.copied().collect();
    engine
        .read_points(&bytes)
        .into_iter()
        .collect::<Result<_, _>>()
        .map_err(|_| CommitmentError::Malformed)
}
