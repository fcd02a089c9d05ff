//! A secret's share of a contribution.

use super::TranscriptHash;
use super::file::{G1_BYTES, G2_BYTES, Reader};
use super::points::{same_product, times_g1, times_g2};
use crate::{Fr, Result};
use algebra::{G1Affine, G2Affine};
use ark_bls12_381::Fq;
use ark_ec::AffineRepr;
use ark_ff::PrimeField;
use ark_serialize::CanonicalSerialize;
use sha2::{Digest, Sha512};

const POINT_TAG: &[u8] = b"assay/ceremony-point/v1";

/// That a point was multiplied by a secret that somebody knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Share {
    /// The point that was multiplied, after it.
    pub(super) after: G1Affine,
    /// The secret times G2's generator.
    key: G2Affine,
    /// The secret times [`known_at`].
    proof: G1Affine,
}

impl Share {
    pub(super) const BYTES: usize = 2 * G1_BYTES + G2_BYTES;

    /// Multiplies `before`. A contribution's shares are told apart by `which`.
    pub(super) fn new(before: &G1Affine, secret: &Fr, at: &TranscriptHash, which: u8) -> Self {
        let after = times_g1(before, secret);
        let key = times_g2(&G2Affine::generator(), secret);
        let point = known_at(at, which, &after, &key);
        Self {
            after,
            key,
            proof: times_g1(&point, secret),
        }
    }

    /// Checks that this multiplied `before`, at this place of the transcript; says what is wrong.
    pub(super) fn verify(
        &self,
        before: &G1Affine,
        at: &TranscriptHash,
        which: u8,
    ) -> std::result::Result<(), &'static str> {
        if self.key.is_infinity() {
            return Err("multiplied by zero");
        }
        let generator = G2Affine::generator();
        if !same_product(self.after, generator, *before, self.key) {
            return Err("does not follow from the one before");
        }
        let point = known_at(at, which, &self.after, &self.key);
        if !same_product(self.proof, generator, point, self.key) {
            return Err("does not prove its secret known, at this place");
        }
        Ok(())
    }

    pub(super) fn bytes(&self) -> Vec<u8> {
        let mut bytes = self.after.to_compressed().to_vec();
        bytes.extend(self.key.to_compressed());
        bytes.extend(self.proof.to_compressed());
        bytes
    }

    pub(super) fn read(reader: &mut Reader<'_>) -> Result<Self> {
        Ok(Self {
            after: reader.g1()?,
            key: reader.g2()?,
            proof: reader.g1()?,
        })
    }
}

/// A point whose logarithm nobody knows: the first candidates' coordinate on the curve, out of a
/// hash, in the subgroup. Everything hashed is public, so how long it takes tells nothing.
fn known_at(at: &TranscriptHash, which: u8, after: &G1Affine, key: &G2Affine) -> G1Affine {
    let mut counter = 0u64;
    loop {
        let mut hasher = Sha512::new();
        hasher.update(POINT_TAG);
        hasher.update(at.as_bytes());
        hasher.update([which]);
        hasher.update(after.to_compressed());
        hasher.update(key.to_compressed());
        hasher.update(counter.to_be_bytes());
        let digest: [u8; 64] = hasher.finalize().into();
        let x = Fq::from_be_bytes_mod_order(&digest[1..]);
        let found = ark_bls12_381::G1Affine::get_point_from_x_unchecked(x, digest[0] & 1 == 1);
        let found = found.and_then(|point| in_group(point.clear_cofactor()));
        if let Some(point) = found.filter(|point| !point.is_infinity()) {
            return point;
        }
        counter += 1;
    }
}

/// The point as the engine has it; none outside the subgroup.
fn in_group(point: ark_bls12_381::G1Affine) -> Option<G1Affine> {
    let mut bytes = [0; G1_BYTES];
    point.serialize_compressed(&mut bytes[..]).ok()?;
    G1Affine::from_compressed(&bytes).ok()
}
