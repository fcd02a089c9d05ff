//! A set-up by many: keys whose secret nobody knows unless all contributors shared theirs.
//!
//! Two phases, after Bowe, Gabizon and Miers (eprint 2017/1050), as Kohlweiss, Maller, Siim and
//! Volkhov prove them secure without a beacon (eprint 2021/219):
//!
//! * [`Powers`] of τ, α and β serve every circuit up to a size. What they begin with is no secret,
//!   so a ceremony needs contributions of its own here, as in the second phase.
//! * [`Ceremony`] multiplies one circuit's δ. It begins with [`Parameters`], which follow from the
//!   powers and the circuit alone.
//!
//! A contribution multiplies by a secret, shows the secret in the other group, and proves that it
//! is known at this place of the transcript: the hash of the transcript so far, as a point, times
//! the secret. So none can be left out, repeated, moved or replaced without the ones after it
//! failing. What was cut off at the end can only be missed by who contributed it: everybody keeps
//! the hash that [`Ceremony::contribute`] returns, and looks for it in the final transcript.
//!
//! Bytes from others are [`UnverifiedPowers`] and [`UnverifiedCeremony`] until `verify`.

mod file;
mod folder;
mod parameters;
mod phase2;
mod powers;
mod secret;
mod share;

use crate::Fr;
use ark_bls12_381::{Bls12_381, G1Affine, G1Projective, G2Affine, G2Projective};
use ark_ec::pairing::Pairing;
use ark_ec::{AffineRepr, CurveGroup, VariableBaseMSM};
use ark_ff::{PrimeField, Zero};
pub use folder::{CeremonyFolder, Verified};
pub use parameters::{Circuit, Parameters};
pub use phase2::{Ceremony, UnverifiedCeremony};
pub use powers::{Power, Powers, UnverifiedPowers};
pub use secret::Typed;
use sha2::{Digest, Sha256};
use std::fmt;

/// Most contributions of a phase.
pub const MAX_CONTRIBUTIONS: usize = 1024;
/// Most characters of what a contributor types for its secret.
pub const MAX_TEXT: usize = 4096;

const CHAIN_TAG: &[u8] = b"assay/ceremony-chain/v1";
const COEFFICIENT_TAG: &[u8] = b"assay/ceremony-coefficient/v1";

/// What a transcript was after a contribution: its contributor's receipt.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct TranscriptHash([u8; 32]);

impl TranscriptHash {
    /// Of bytes.
    #[must_use]
    pub const fn new(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The 32 bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    fn begun(tag: &[u8], parts: &[&[u8]]) -> Self {
        let mut hasher = Sha256::new();
        for part in [tag].iter().chain(parts) {
            hasher.update((part.len() as u64).to_be_bytes());
            hasher.update(part);
        }
        Self(hasher.finalize().into())
    }

    /// After one more contribution.
    fn after(&self, contribution: &[u8]) -> Self {
        Self::begun(CHAIN_TAG, &[&self.0, contribution])
    }
}

impl fmt::Display for TranscriptHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}

impl fmt::Debug for TranscriptHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// e(a, b) = e(c, d).
fn same_product(a: G1Affine, b: G2Affine, c: G1Affine, d: G2Affine) -> bool {
    let negated = (-c.into_group()).into_affine();
    Bls12_381::multi_pairing([a, negated], [b, d]).is_zero()
}

/// Independent coefficients of 128 bits out of a hash of everything they are to test: who chose
/// the points did not know them.
fn coefficients(seed: &[u8; 32], count: usize) -> Vec<Fr> {
    let of = |i: usize| {
        let place = (i as u64).to_be_bytes();
        let hash = TranscriptHash::begun(COEFFICIENT_TAG, &[seed, &place]);
        Fr::from_be_bytes_mod_order(&hash.0[..16])
    };
    (0..count).map(of).collect()
}

fn sum_g1(points: &[G1Affine], coefficients: &[Fr]) -> G1Affine {
    let integers: Vec<_> = coefficients.iter().map(|c| c.into_bigint()).collect();
    G1Projective::msm_bigint(points, &integers).into_affine()
}

fn sum_g2(points: &[G2Affine], coefficients: &[Fr]) -> G2Affine {
    let integers: Vec<_> = coefficients.iter().map(|c| c.into_bigint()).collect();
    G2Projective::msm_bigint(points, &integers).into_affine()
}

#[cfg(test)]
mod tests;
