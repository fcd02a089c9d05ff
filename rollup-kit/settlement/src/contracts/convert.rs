//! Our nouns as the contracts take them.

use super::abi;
use crate::{Error, Result};
use alloy::primitives::{B256, FixedBytes, U256};
use chain::{PossessionProof, PublicKey, Signature, UnverifiedAvailability, UnverifiedFinality};
use sha2::{Digest as _, Sha256};
use types::{Commitment, Header, Proof, Tag, tagged_hash};

/// A compressed point of 48 bytes.
#[must_use]
pub fn kzg_point(bytes: &[u8; 48]) -> abi::KzgPoint {
    let (mut head, mut tail) = ([0; 32], [0; 16]);
    head.copy_from_slice(&bytes[..32]);
    tail.copy_from_slice(&bytes[32..]);
    abi::KzgPoint {
        head: head.into(),
        tail: tail.into(),
    }
}

/// The 48 bytes of a compressed point.
#[must_use]
pub fn compressed(point: &abi::KzgPoint) -> [u8; 48] {
    let mut bytes = [0; 48];
    bytes[..32].copy_from_slice(point.head.as_slice());
    bytes[32..].copy_from_slice(point.tail.as_slice());
    bytes
}

impl From<&Commitment> for abi::KzgPoint {
    fn from(commitment: &Commitment) -> Self {
        kzg_point(commitment.as_bytes())
    }
}

impl From<&Proof> for abi::KzgPoint {
    fn from(proof: &Proof) -> Self {
        kzg_point(proof.as_bytes())
    }
}

/// A canonical scalar as a word.
#[must_use]
pub fn scalar(bytes: &[u8; 32]) -> U256 {
    U256::from_be_bytes(*bytes)
}

fn field(padded: &[u8; 64]) -> abi::Fp {
    let (words, _) = padded.as_chunks::<32>();
    abi::Fp {
        hi: U256::from_be_bytes(words[0]),
        lo: U256::from_be_bytes(words[1]),
    }
}

/// A point of G1 out of its EIP-2537 encoding.
#[must_use]
pub fn g1_point(encoded: &[u8; chain::G1_BYTES]) -> abi::G1Point {
    let (fields, _) = encoded.as_chunks::<64>();
    abi::G1Point {
        x: field(&fields[0]),
        y: field(&fields[1]),
    }
}

/// A point of G2 out of its EIP-2537 encoding.
#[must_use]
pub fn g2_point(encoded: &[u8; chain::G2_BYTES]) -> abi::G2Point {
    let (fields, _) = encoded.as_chunks::<64>();
    let pair = |i: usize| abi::Fp2 {
        c0: field(&fields[i]),
        c1: field(&fields[i + 1]),
    };
    abi::G2Point {
        x: pair(0),
        y: pair(2),
    }
}

/// The coordinates of a compressed point of G1, for the multiproof's contract.
///
/// # Errors
/// [`Error::Chain`] for bytes that are no point of the group.
pub fn point_coordinates(bytes: &[u8; 48]) -> Result<abi::G1Point> {
    const INFINITY: u8 = 0xc0;
    if bytes[0] == INFINITY && bytes[1..].iter().all(|&byte| byte == 0) {
        return Ok(g1_point(&[0; chain::G1_BYTES]));
    }
    // Keys are points of the same group, in the same encodings.
    let point = PublicKey::from_bytes(bytes)?;
    Ok(g1_point(&point.to_eip2537()))
}

/// A validator's id on L1: the whole hash of which its address on the DA chain is the head.
#[must_use]
pub fn validator_id(key: &PublicKey) -> B256 {
    tagged_hash(Tag::ValidatorAddress, &[key.to_bytes().as_bytes()]).into()
}

/// EIP-4844: what `blobhash` says of a blob with this commitment.
#[must_use]
pub fn versioned_hash(commitment: &Commitment) -> B256 {
    let mut hash: [u8; 32] = Sha256::digest(commitment.as_bytes()).into();
    hash[0] = 1;
    hash.into()
}

impl From<&PublicKey> for abi::G1Point {
    fn from(key: &PublicKey) -> Self {
        g1_point(&key.to_eip2537())
    }
}

impl TryFrom<&Signature> for abi::G2Point {
    type Error = Error;

    fn try_from(signature: &Signature) -> Result<Self> {
        Ok(g2_point(&signature.to_eip2537()?))
    }
}

impl TryFrom<&PossessionProof> for abi::G2Point {
    type Error = Error;

    fn try_from(proof: &PossessionProof) -> Result<Self> {
        Ok(g2_point(&proof.to_eip2537()?))
    }
}

impl TryFrom<&UnverifiedAvailability> for abi::Certificate {
    type Error = Error;

    /// Fails for a signature that is no point.
    fn try_from(certificate: &UnverifiedAvailability) -> Result<Self> {
        let terms = &certificate.terms;
        Ok(Self {
            blob: FixedBytes(terms.blob.to_bytes()),
            set: FixedBytes(terms.set.to_bytes()),
            acceptedAt: terms.accepted_at.get(),
            expiresAt: terms.expires_at.get(),
            signers: certificate.signers.clone().into(),
            signature: (&certificate.signature).try_into()?,
        })
    }
}

impl abi::Finality {
    /// A header with the certificate that makes it final.
    ///
    /// # Errors
    /// [`Error::Chain`] for a signature that is no point.
    pub fn of(header: &Header, finality: &UnverifiedFinality) -> Result<Self> {
        Ok(Self {
            header: header.encode().into(),
            round: finality.round.get(),
            signers: finality.signers.clone().into(),
            signature: (&finality.signature).try_into()?,
        })
    }
}
