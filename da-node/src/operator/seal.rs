//! A secret of 32 bytes under a passphrase: Argon2id (RFC 9106) makes the key,
//! XChaCha20-Poly1305 (draft-irtf-cfrg-xchacha-03) encrypts.

use super::{Error, Passphrase, Result};
use argon2::{Algorithm, Argon2, Block, Params, Version};
use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use rand::CryptoRng;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

const SECRET_BYTES: usize = 32;
const TAG_BYTES: usize = 16;
const SALT_BYTES: usize = 16;
const NONCE_BYTES: usize = 24;
/// Separates these from whatever else the same passphrase may seal.
const DOMAIN: &[u8] = b"assay-sealed-key-1";

/// What it costs to try a passphrase.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Costs {
    /// Memory in KiB.
    pub(super) memory_kib: u32,
    /// Passes over it.
    pub(super) passes: u32,
    /// Lanes.
    pub(super) lanes: u32,
}

impl Costs {
    /// RFC 9106, section 4, the second recommended option: 64 MiB, 3 passes, 4 lanes.
    pub(super) const RECOMMENDED: Self = Self {
        memory_kib: 64 << 10,
        passes: 3,
        lanes: 4,
    };
    /// The most memory that a file may ask for: 1 GiB.
    const MAX_MEMORY_KIB: u32 = 1 << 20;
    const MAX_PASSES: u32 = 64;
    const MAX_LANES: u32 = 64;
    /// Argon2 divides a lane into 8 blocks at least.
    const MIN_KIB_PER_LANE: u32 = 8;

    /// Refuses what would exhaust the machine, before anything is set aside for it.
    fn check(self) -> Result<Params> {
        let bound = |what, got: u32, min: u32, max: u32| {
            if (min..=max).contains(&got) {
                return Ok(());
            }
            Err(Error::OutOfRange {
                what,
                got: got.into(),
                min: min.into(),
                max: max.into(),
            })
        };
        bound("lanes of a sealed key", self.lanes, 1, Self::MAX_LANES)?;
        bound("passes of a sealed key", self.passes, 1, Self::MAX_PASSES)?;
        let least = self.lanes * Self::MIN_KIB_PER_LANE;
        let memory = "KiB of memory of a sealed key";
        bound(memory, self.memory_kib, least, Self::MAX_MEMORY_KIB)?;
        Params::new(self.memory_kib, self.passes, self.lanes, Some(SECRET_BYTES))
            .map_err(|error| unexpected(&error))
    }
}

/// Both libraries refuse nothing but lengths and costs, which are fixed or checked before.
fn unexpected(error: &impl std::fmt::Display) -> Error {
    Error::System {
        what: "the cipher of a key",
        reason: error.to_string(),
    }
}

/// A sealed secret, as it stands in a file: bytes in hexadecimal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Sealed {
    pub(super) argon2id: Costs,
    #[serde(with = "hex_array")]
    salt: [u8; SALT_BYTES],
    #[serde(with = "hex_array")]
    nonce: [u8; NONCE_BYTES],
    /// XChaCha20-Poly1305: the secret, then the tag.
    #[serde(with = "hex_array")]
    xchacha20poly1305: [u8; SECRET_BYTES + TAG_BYTES],
}

impl Sealed {
    /// Seals a secret. Whoever opens it has to name the same `owner`.
    pub(super) fn seal(
        secret: &[u8; SECRET_BYTES],
        passphrase: &Passphrase,
        owner: &[u8],
        costs: Costs,
        rng: &mut impl CryptoRng,
    ) -> Result<Self> {
        let (mut salt, mut nonce) = ([0; SALT_BYTES], [0; NONCE_BYTES]);
        rng.fill_bytes(&mut salt);
        rng.fill_bytes(&mut nonce);
        let aad = aad(owner);
        let payload = Payload {
            msg: secret,
            aad: &aad,
        };
        let sealed = cipher(passphrase, &salt, costs)?
            .encrypt(XNonce::from_slice(&nonce), payload)
            .map_err(|error| unexpected(&error))?;
        Ok(Self {
            argon2id: costs,
            salt,
            nonce,
            xchacha20poly1305: sealed
                .try_into()
                .map_err(|_| unexpected(&"an unexpected length"))?,
        })
    }

    /// Opens the secret; none when the passphrase, the owner or any byte is another.
    pub(super) fn open(
        &self,
        passphrase: &Passphrase,
        owner: &[u8],
    ) -> Result<Option<Zeroizing<[u8; SECRET_BYTES]>>> {
        let aad = aad(owner);
        let payload = Payload {
            msg: &self.xchacha20poly1305,
            aad: &aad,
        };
        let opened = cipher(passphrase, &self.salt, self.argon2id)?
            .decrypt(XNonce::from_slice(&self.nonce), payload)
            .map(Zeroizing::new);
        Ok(opened.ok().and_then(|opened| {
            let mut secret = Zeroizing::new([0; SECRET_BYTES]);
            (opened.len() == SECRET_BYTES).then(|| {
                secret.copy_from_slice(&opened);
                secret
            })
        }))
    }
}

fn aad(owner: &[u8]) -> Vec<u8> {
    [DOMAIN, owner].concat()
}

fn cipher(passphrase: &Passphrase, salt: &[u8], costs: Costs) -> Result<XChaCha20Poly1305> {
    let params = costs.check()?;
    let mut memory = Zeroizing::new(vec![Block::default(); params.block_count()]);
    let mut key = Zeroizing::new([0; SECRET_BYTES]);
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
        .hash_password_into_with_memory(
            passphrase.as_bytes(),
            salt,
            key.as_mut(),
            memory.as_mut_slice(),
        )
        .map_err(|error| unexpected(&error))?;
    Ok(XChaCha20Poly1305::new((&*key).into()))
}

mod hex_array {
    use serde::de::Error as _;
    use serde::{Deserialize, Deserializer, Serializer};

    pub(super) fn serialize<const N: usize, S: Serializer>(
        bytes: &[u8; N],
        s: S,
    ) -> Result<S::Ok, S::Error> {
        s.serialize_str(&hex::encode(bytes))
    }

    pub(super) fn deserialize<'de, const N: usize, D: Deserializer<'de>>(
        d: D,
    ) -> Result<[u8; N], D::Error> {
        let text = String::deserialize(d)?;
        let mut bytes = [0; N];
        hex::decode_to_slice(&text, &mut bytes).map_err(|_| {
            let (got, expected) = (text.len(), 2 * N);
            D::Error::custom(format!(
                "got {got} characters, expected {expected} hexadecimal digits"
            ))
        })?;
        Ok(bytes)
    }
}

#[cfg(test)]
mod tests;
