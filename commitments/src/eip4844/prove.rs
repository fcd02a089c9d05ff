//! Opening proofs for points and rows.

use erasure::RowPolynomial;
use types::limits::ELEMENT_BYTES;
use types::{Commitment, Proof, Row};

use super::{point, scalar};
use crate::challenge::blob_challenge;
use crate::openings::divide;
use crate::{CommitmentError, Setup};

/// `compute_kzg_proof`: the proof that the row's polynomial takes the returned value at `z`.
/// `z` and the value are canonical big-endian scalars.
///
/// The division by X − z is one of coefficients, for which a `z` among the row's own points is
/// like any other; the quotient is committed to by its values.
///
/// # Errors
/// [`CommitmentError::Malformed`] when `z` is not canonical.
pub fn prove_point(
    setup: &Setup,
    row: &Row,
    z: &[u8; ELEMENT_BYTES],
) -> Result<(Proof, [u8; ELEMENT_BYTES]), CommitmentError> {
    let z = scalar(z)?;
    let engine = setup.engine();
    let mut quotient = RowPolynomial::of_row(row, engine)?.coefficients().to_vec();
    let y = divide(&mut quotient, z);
    engine.fft(&setup.openings.domain, &mut quotient)?;
    let proof = setup.commit_values(&quotient)?;
    Ok((Proof::new(proof), y.to_be_bytes()))
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
    point(setup.engine(), commitment.as_bytes())?;
    let (proof, _) = prove_point(setup, row, &blob_challenge(row, commitment))?;
    Ok(proof)
}
