//! The Fiat-Shamir challenges of EIP-4844 and EIP-7594: hashes of everything a verifier is given,
//! reduced to scalars.

use algebra::Fr;
use sha2::{Digest, Sha256};
use types::limits::{CELL_ELEMENTS, ELEMENT_BYTES, ROW_ELEMENTS};
use types::{Cell, ColumnIndex, Commitment, Proof, Row};

/// `FIAT_SHAMIR_PROTOCOL_DOMAIN` of EIP-4844.
const BLOB_DOMAIN: &[u8; 16] = b"FSBLOBVERIFY_V1_";

/// `RANDOM_CHALLENGE_KZG_BATCH_DOMAIN` of EIP-4844.
const BLOB_BATCH_DOMAIN: &[u8; 16] = b"RCKZGBATCH___V1_";

/// `RANDOM_CHALLENGE_KZG_CELL_BATCH_DOMAIN` of EIP-7594.
const CELL_BATCH_DOMAIN: &[u8; 16] = b"RCKZGCBATCH__V1_";

/// Domain of the coefficients that are drawn from a challenge.
const COEFFICIENT_DOMAIN: &[u8; 16] = b"ASSAYCOEFFICIENT";

/// A cell as [`cell_batch_challenge`] hashes it.
#[derive(Clone, Copy, Debug)]
pub struct CellClaim<'a> {
    /// Position of its commitment among those hashed; for a cell in parity, whose commitment is not
    /// among them, the position of its row in the grid, which is beyond them.
    pub commitment: u64,
    /// Its index in the extended row.
    pub column: ColumnIndex,
    /// Its elements.
    pub cell: &'a Cell,
    /// Its proof.
    pub proof: &'a Proof,
}

/// EIP-4844 `compute_challenge`: the point at which a blob proof opens the row, big-endian.
#[must_use]
pub fn blob_challenge(row: &Row, commitment: &Commitment) -> [u8; ELEMENT_BYTES] {
    let hash = Sha256::new()
        .chain_update(BLOB_DOMAIN)
        .chain_update((ROW_ELEMENTS as u128).to_be_bytes())
        .chain_update(row.as_bytes())
        .chain_update(commitment.as_bytes());
    reduce(hash)
}

/// EIP-7594 `compute_verify_cell_kzg_proof_batch_challenge`: the factor that folds a batch of
/// cells into one equation, big-endian.
#[must_use]
pub fn cell_batch_challenge(
    commitments: &[Commitment],
    cells: &[CellClaim<'_>],
) -> [u8; ELEMENT_BYTES] {
    let mut hash = Sha256::new()
        .chain_update(CELL_BATCH_DOMAIN)
        .chain_update((ROW_ELEMENTS as u64).to_be_bytes())
        .chain_update((CELL_ELEMENTS as u64).to_be_bytes())
        .chain_update((commitments.len() as u64).to_be_bytes())
        .chain_update((cells.len() as u64).to_be_bytes());
    for commitment in commitments {
        hash.update(commitment.as_bytes());
    }
    for claim in cells {
        hash.update(claim.commitment.to_be_bytes());
        hash.update(u64::from(claim.column.get()).to_be_bytes());
        hash.update(claim.cell.as_bytes());
        hash.update(claim.proof.as_bytes());
    }
    reduce(hash)
}

/// An opening as [`opening_batch_challenge`] hashes it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct OpeningClaim<'a> {
    pub(crate) commitment: &'a Commitment,
    pub(crate) z: [u8; ELEMENT_BYTES],
    pub(crate) y: [u8; ELEMENT_BYTES],
    pub(crate) proof: &'a Proof,
}

/// EIP-4844 `verify_kzg_proof_batch`: the challenge of a batch of openings, big-endian.
pub(crate) fn opening_batch_challenge(claims: &[OpeningClaim<'_>]) -> [u8; ELEMENT_BYTES] {
    let mut hash = Sha256::new()
        .chain_update(BLOB_BATCH_DOMAIN)
        .chain_update((ROW_ELEMENTS as u64).to_be_bytes())
        .chain_update((claims.len() as u64).to_be_bytes());
    for claim in claims {
        hash.update(claim.commitment.as_bytes());
        hash.update(claim.z);
        hash.update(claim.y);
        hash.update(claim.proof.as_bytes());
    }
    reduce(hash)
}

/// Independent coefficients of 128 bits, drawn from a challenge that binds the whole batch.
///
/// The specifications take the challenge's powers; any coefficients do with which a false batch
/// sums to nothing by a chance that can be neglected, and here it is 2⁻¹²⁸ for the batch and for
/// every part of it. Who tries Q batches, each with a challenge of its own, gets one through by a
/// chance of Q·2⁻¹²⁸ at most. Half the length halves the sums.
pub(crate) fn coefficients(challenge: &[u8; ELEMENT_BYTES], count: usize) -> Vec<u128> {
    let mut coefficients = Vec::with_capacity(count.next_multiple_of(2));
    for counter in 0..count.div_ceil(2) as u64 {
        let digest: [u8; 32] = Sha256::new()
            .chain_update(COEFFICIENT_DOMAIN)
            .chain_update(challenge)
            .chain_update(counter.to_be_bytes())
            .finalize()
            .into();
        let (halves, _) = digest.as_chunks::<16>();
        coefficients.extend(halves.iter().map(|half| u128::from_be_bytes(*half)));
    }
    coefficients.truncate(count);
    coefficients
}

fn reduce(hash: Sha256) -> [u8; ELEMENT_BYTES] {
    Fr::from_be_bytes_reduced(&hash.finalize().into()).to_be_bytes()
}
