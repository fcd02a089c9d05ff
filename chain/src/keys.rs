//! Keys and signatures.

use crate::bls::{self, SignaturePoint};
use crate::{Digest, Error, Result};
use blst::min_pk;
use types::{Tag, hex_bytes, tagged_hash};
use zeroize::Zeroizing;

hex_bytes! {
    /// A claimed public key: 48 bytes that may be no point at all.
    PublicKeyBytes, 48, "public key"
}

hex_bytes! {
    /// A signature as it was received: nothing is known of it.
    Signature, 96, "signature"
}

hex_bytes! {
    /// A claimed proof that whoever shows a key holds its secret, without which aggregates
    /// could be forged by keys made up from those of others.
    PossessionProof, 96, "proof of possession"
}

hex_bytes! {
    /// A validator's short name: the first 20 bytes of its key's tagged hash.
    ValidatorAddress, 20, "validator address"
}

/// A validator's secret key. Wiped from memory when dropped, never shown.
#[derive(Clone)]
pub struct SigningKey(min_pk::SecretKey);

impl SigningKey {
    /// Draws a key.
    #[must_use]
    pub fn generate(rng: &mut impl rand::CryptoRng) -> Self {
        let mut material = Zeroizing::new([0; 32]);
        rng.fill_bytes(material.as_mut());
        #[expect(
            clippy::expect_used,
            reason = "key_gen refuses only less than 32 bytes of material"
        )]
        min_pk::SecretKey::key_gen(material.as_ref(), &[])
            .map(Self)
            .expect("32 bytes of material")
    }

    /// Reads a scalar, big-endian.
    ///
    /// # Errors
    /// [`Error::SecretKey`] for zero and for values at or above the group's order.
    pub fn from_bytes(bytes: &[u8; 32]) -> Result<Self> {
        min_pk::SecretKey::from_bytes(bytes)
            .map(Self)
            .map_err(|_| Error::SecretKey)
    }

    /// The scalar, big-endian.
    #[must_use]
    pub fn to_bytes(&self) -> Zeroizing<[u8; 32]> {
        Zeroizing::new(self.0.to_bytes())
    }

    /// The key that others know.
    #[must_use]
    pub fn public_key(&self) -> PublicKey {
        let point = self.0.sk_to_pk();
        PublicKey {
            bytes: PublicKeyBytes::new(point.to_bytes()),
            point,
        }
    }

    /// Signs the public key under the domain that serves nothing else.
    #[must_use]
    pub fn prove_possession(&self) -> PossessionProof {
        let message = self.public_key().to_bytes();
        let signature = self.0.sign(message.as_bytes(), bls::POSSESSION_DST, &[]);
        PossessionProof::new(signature.to_bytes())
    }

    /// Signs a digest.
    #[must_use]
    pub fn sign_digest(&self, digest: &Digest) -> Signature {
        let signature = self.0.sign(digest.as_bytes(), bls::SIGNATURE_DST, &[]);
        Signature::new(signature.to_bytes())
    }
}

impl std::fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "SigningKey(of {})", self.public_key().address())
    }
}

/// A public key: a point of G1's subgroup other than infinity, decoded once.
#[derive(Clone, Copy)]
pub struct PublicKey {
    bytes: PublicKeyBytes,
    point: min_pk::PublicKey,
}

impl PublicKey {
    /// Bytes of an encoding.
    pub const BYTES: usize = PublicKeyBytes::BYTES;

    /// Decodes 48 bytes.
    ///
    /// # Errors
    /// [`Error::PublicKey`] for a point off the curve, outside the subgroup, or at infinity.
    pub fn from_bytes(bytes: &[u8; Self::BYTES]) -> Result<Self> {
        min_pk::PublicKey::key_validate(bytes)
            .map(|point| Self {
                bytes: PublicKeyBytes::new(*bytes),
                point,
            })
            .map_err(|error| Error::PublicKey {
                got: PublicKeyBytes::new(*bytes),
                problem: bls::problem(error),
            })
    }

    /// The 48 bytes.
    #[must_use]
    pub const fn to_bytes(&self) -> PublicKeyBytes {
        self.bytes
    }

    /// The validator's short name.
    #[must_use]
    pub fn address(&self) -> ValidatorAddress {
        let hash = tagged_hash(Tag::ValidatorAddress, &[self.bytes.as_bytes()]);
        let mut address = [0; ValidatorAddress::BYTES];
        address.copy_from_slice(&hash[..ValidatorAddress::BYTES]);
        ValidatorAddress::new(address)
    }

    /// Checks that this key signed the digest.
    ///
    /// # Errors
    /// [`Error::SignaturePoint`] for bytes that are no signature, [`Error::Signature`] for one
    /// that this key did not make over this digest.
    pub fn verify(&self, digest: &Digest, signature: &Signature) -> Result<()> {
        let point = SignaturePoint::decode("signature", signature.as_bytes())?;
        bls::verify_one("signature", self.address(), self, digest, point)
    }

    pub(crate) const fn point(&self) -> min_pk::PublicKey {
        self.point
    }
}

impl TryFrom<PublicKeyBytes> for PublicKey {
    type Error = Error;

    fn try_from(bytes: PublicKeyBytes) -> Result<Self> {
        Self::from_bytes(bytes.as_bytes())
    }
}

impl From<PublicKey> for PublicKeyBytes {
    fn from(key: PublicKey) -> Self {
        key.bytes
    }
}

impl PartialEq for PublicKey {
    fn eq(&self, other: &Self) -> bool {
        self.bytes == other.bytes
    }
}

impl Eq for PublicKey {}

impl PartialOrd for PublicKey {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for PublicKey {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.bytes.cmp(&other.bytes)
    }
}

impl std::hash::Hash for PublicKey {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.bytes.hash(state);
    }
}

impl std::fmt::Display for PublicKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.bytes.fmt(f)
    }
}

impl std::fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "PublicKey({})", self.bytes)
    }
}

impl serde::Serialize for PublicKey {
    fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        self.bytes.serialize(s)
    }
}

impl PossessionProof {
    /// Checks that whoever made this proof holds the key's secret.
    ///
    /// # Errors
    /// [`Error::SignaturePoint`] for bytes that are no signature, [`Error::Possession`] for one
    /// of another key.
    pub fn verify(self, key: &PublicKey) -> Result<()> {
        let point = SignaturePoint::decode("proof of possession", self.as_bytes())?;
        bls::verify_possession(key, point)
    }
}
