//! Keys and signatures: Schnorr's over Jubjub, with Poseidon as the challenge's hash.
//!
//! Jubjub is the Edwards curve −x² + y² = 1 + d·x²·y² over BLS12-381's scalar field (Zcash
//! protocol, §5.4.9.3), so a circuit over that field adds its points in six constraints. A
//! signature (R, s) holds when s·G = R + c·A with c the low 250 bits of
//! Poseidon(R, key, message). The key in the challenge is the account's, which is a hash of A:
//! a signature says which key made it.
//!
//! Nonces are derived from the key and the message as Ed25519 derives them (RFC 8032, §5.1.6).
//! Signing is not constant-time: an attacker who can time it closely learns about the key.

mod sealed;

use crate::poseidon::{Domain, hash};
use crate::{AccountKey, Authority, Error, Fr, Result};
use ark_ec::twisted_edwards::TECurveConfig;
use ark_ec::{AffineRepr, CurveGroup};
use ark_ed_on_bls12_381::{EdwardsAffine, EdwardsConfig, Fr as JubjubScalar};
use ark_ff::{BigInteger, PrimeField};
use ark_serialize::{CanonicalDeserialize, CanonicalSerialize};
use rand::CryptoRng;
pub use sealed::{Costs, SealedKey};
use sha2::{Digest, Sha512};
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

/// Bits of a challenge: below Jubjub's order, so none is reduced.
pub const CHALLENGE_BITS: usize = 250;
/// Bytes of a seed, a public key, a salt.
pub const KEY_BYTES: usize = 32;
/// Bytes of a signature: R compressed, then s, little-endian.
pub const SIGNATURE_BYTES: usize = 64;
/// Scalars that a signature covers.
pub const MESSAGE_SCALARS: usize = 6;

const SECRET_TAG: &[u8] = b"assay/rollup-key-secret/v1";
const SALT_TAG: &[u8] = b"assay/rollup-key-salt/v1";
const NONCE_TAG: &[u8] = b"assay/rollup-key-nonce/v1";

/// A public key: a point of Jubjub's group of prime order, and not its neutral element.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PublicKey(EdwardsAffine);

impl PublicKey {
    /// Reads 32 compressed bytes.
    ///
    /// # Errors
    /// [`Error::BadPublicKey`] for anything else than such a point.
    pub fn from_bytes(bytes: &[u8; KEY_BYTES]) -> Result<Self> {
        let point = EdwardsAffine::deserialize_compressed_unchecked(&bytes[..])
            .map_err(|_| bad_key("no point of the curve"))?;
        let key = Self::checked(point)?;
        if key.to_bytes() != *bytes {
            return Err(bad_key("not canonical"));
        }
        Ok(key)
    }

    fn checked(point: EdwardsAffine) -> Result<Self> {
        if !point.is_on_curve() {
            return Err(bad_key("no point of the curve"));
        }
        if !point.is_in_correct_subgroup_assuming_on_curve() {
            return Err(bad_key("outside the group of prime order"));
        }
        if point.is_zero() {
            return Err(bad_key("the neutral element"));
        }
        Ok(Self(point))
    }

    /// The 32 compressed bytes.
    #[must_use]
    pub fn to_bytes(&self) -> [u8; KEY_BYTES] {
        compressed(&self.0)
    }

    /// The coordinates.
    #[must_use]
    pub const fn coordinates(&self) -> [Fr; 2] {
        [self.0.x, self.0.y]
    }
}

const fn bad_key(what: &'static str) -> Error {
    Error::BadPublicKey { what }
}

fn compressed(point: &EdwardsAffine) -> [u8; KEY_BYTES] {
    let mut bytes = [0; KEY_BYTES];
    // The buffer is as long as the encoding, so nothing can fail.
    let written = point.serialize_compressed(&mut bytes[..]);
    debug_assert!(written.is_ok());
    bytes
}

/// A public key with its salt: what an account's key is the hash of. Only who sequences sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Presented {
    /// The key.
    pub public: PublicKey,
    /// Keeps the authority from being guessed by who knows the key.
    pub salt: Fr,
}

impl Presented {
    /// What a forced withdrawal shows to L1.
    #[must_use]
    pub fn authority(&self) -> Authority {
        let [x, y] = self.public.coordinates();
        Authority::new(hash(Domain::Authority, [x, y, self.salt]))
    }

    /// What deposits name.
    #[must_use]
    pub fn account_key(&self) -> AccountKey {
        AccountKey::of(self.authority())
    }

    /// Checks a signature by this key.
    ///
    /// # Errors
    /// [`Error::WrongSignature`] unless it holds.
    pub fn verify(&self, message: &[Fr; MESSAGE_SCALARS], signature: &Signature) -> Result<()> {
        let key = self.account_key();
        let challenge = challenge(&signature.nonce, key, message);
        let left = EdwardsConfig::GENERATOR * signature.response;
        let right = self.public.0 * challenge + signature.nonce;
        if left != right {
            return Err(Error::WrongSignature {
                key: key.to_string(),
            });
        }
        Ok(())
    }
}

/// The low 250 bits of the hash.
fn challenge(
    nonce: &EdwardsAffine,
    key: AccountKey,
    message: &[Fr; MESSAGE_SCALARS],
) -> JubjubScalar {
    let [a, b, c, d, e, f] = *message;
    let full = hash(
        Domain::Challenge,
        [nonce.x, nonce.y, key.into(), a, b, c, d, e, f],
    );
    let mut bits = full.into_bigint().to_bits_le();
    bits.truncate(CHALLENGE_BITS);
    let integer = <JubjubScalar as PrimeField>::BigInt::from_bits_le(&bits);
    JubjubScalar::from_bigint(integer).unwrap_or_default()
}

/// A signature: a point of Jubjub, and a scalar below its order. Whose, and of what, is for
/// [`Presented::verify`] to say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Signature {
    nonce: EdwardsAffine,
    response: JubjubScalar,
}

impl Signature {
    /// Reads 64 bytes.
    ///
    /// # Errors
    /// [`Error::Encoding`] unless they are the canonical encoding of a point of the group of prime
    /// order and of a scalar.
    pub fn from_bytes(bytes: &[u8; SIGNATURE_BYTES]) -> Result<Self> {
        let refused = || Error::Encoding {
            what: "a signature",
        };
        let (nonce, response) = bytes.split_at(KEY_BYTES);
        let signature = Self {
            nonce: EdwardsAffine::deserialize_compressed(nonce).map_err(|_| refused())?,
            response: JubjubScalar::deserialize_compressed(response).map_err(|_| refused())?,
        };
        if signature.to_bytes() != *bytes {
            return Err(refused());
        }
        Ok(signature)
    }

    /// The 64 bytes.
    #[must_use]
    pub fn to_bytes(&self) -> [u8; SIGNATURE_BYTES] {
        let mut bytes = [0; SIGNATURE_BYTES];
        let (nonce, response) = bytes.split_at_mut(KEY_BYTES);
        nonce.copy_from_slice(&compressed(&self.nonce));
        response.copy_from_slice(&self.response.into_bigint().to_bytes_le());
        bytes
    }

    /// R's coordinates.
    #[must_use]
    pub const fn nonce(&self) -> [Fr; 2] {
        [self.nonce.x, self.nonce.y]
    }

    /// The bits of s, the lowest first.
    #[must_use]
    pub fn response_bits(&self) -> Vec<bool> {
        self.response.into_bigint().to_bits_le()
    }
}

/// A key that signs, made of 32 secret bytes. They are wiped when it goes.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub struct SigningKey {
    seed: [u8; KEY_BYTES],
    secret: JubjubScalar,
    #[zeroize(skip)]
    presented: Presented,
}

impl SigningKey {
    /// A new key.
    #[must_use]
    pub fn generate(rng: &mut impl CryptoRng) -> Self {
        let mut seed = Zeroizing::new([0; KEY_BYTES]);
        rng.fill_bytes(seed.as_mut());
        Self::from_seed(&seed)
    }

    /// The key of these bytes, which must be secret and uniformly random.
    #[must_use]
    pub fn from_seed(seed: &[u8; KEY_BYTES]) -> Self {
        let digest = Zeroizing::new(wide(SECRET_TAG, &[seed]));
        let secret = JubjubScalar::from_le_bytes_mod_order(digest.as_ref());
        let public = (EdwardsConfig::GENERATOR * secret).into_affine();
        let salt = Zeroizing::new(wide(SALT_TAG, &[seed]));
        Self {
            seed: *seed,
            secret,
            presented: Presented {
                // A multiple of the generator; neutral with probability 2⁻²⁵¹.
                public: PublicKey(public),
                salt: Fr::from_le_bytes_mod_order(salt.as_ref()),
            },
        }
    }

    /// The public key and the salt.
    #[must_use]
    pub const fn presented(&self) -> Presented {
        self.presented
    }

    /// What deposits name.
    #[must_use]
    pub fn account_key(&self) -> AccountKey {
        self.presented.account_key()
    }

    /// Signs.
    #[must_use]
    pub fn sign(&self, message: &[Fr; MESSAGE_SCALARS]) -> Signature {
        let message_bytes: Vec<u8> = message
            .iter()
            .flat_map(|scalar| crate::scalar_bytes(*scalar))
            .collect();
        let digest = Zeroizing::new(wide(NONCE_TAG, &[&self.seed, &message_bytes]));
        let nonce = Zeroizing::new(JubjubScalar::from_le_bytes_mod_order(digest.as_ref()));
        let point = (EdwardsConfig::GENERATOR * *nonce).into_affine();
        let challenge = challenge(&point, self.account_key(), message);
        Signature {
            nonce: point,
            response: *nonce + challenge * self.secret,
        }
    }

    pub(super) const fn seed(&self) -> &[u8; KEY_BYTES] {
        &self.seed
    }
}

impl std::fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SigningKey")
            .field("account", &self.account_key())
            .finish_non_exhaustive()
    }
}

fn wide(tag: &[u8], parts: &[&[u8]]) -> [u8; 64] {
    let mut hasher = Sha512::new();
    let mut padded = [0; 32];
    padded[..tag.len()].copy_from_slice(tag);
    hasher.update(padded);
    for part in parts {
        hasher.update(part);
    }
    hasher.finalize().into()
}

#[cfg(test)]
mod tests;
