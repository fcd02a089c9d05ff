//! A key in a file, under a passphrase: Argon2id (RFC 9106) makes the cipher's key,
//! XChaCha20-Poly1305 (draft-irtf-cfrg-xchacha-03) encrypts.

use super::{KEY_BYTES, SigningKey};
use crate::{Error, Result};
use argon2::{Algorithm, Argon2, Block, Params, Version};
use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use rand::CryptoRng;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

const TAG_BYTES: usize = 16;
const SALT_BYTES: usize = 16;
const NONCE_BYTES: usize = 24;
/// Separates these from whatever else the same passphrase may seal.
const DOMAIN: &[u8] = b"assay-sealed-rollup-key-1";

/// What it costs to try a passphrase.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Costs {
    /// Memory in KiB.
    pub memory_kib: u32,
    /// Passes over it.
    pub passes: u32,
    /// Lanes.
    pub lanes: u32,
}

impl Costs {
    /// RFC 9106, section 4, the second recommended option: 64 MiB, 3 passes, 4 lanes.
    pub const RECOMMENDED: Self = Self {
        memory_kib: 64 << 10,
        passes: 3,
        lanes: 4,
    };
    /// The most memory that a file may ask for: 1 GiB.
    const MAX_MEMORY_KIB: u32 = 1 << 20;
    const MAX_PASSES: u32 = 64;
    const MAX_LANES: u32 = 64;

    /// Refuses what would exhaust the machine, before anything is set aside for it.
    fn check(self) -> Result<Params> {
        let bound = |what, got: u32, max: u32| {
            if got <= max {
                return Ok(());
            }
            Err(Error::OutOfRange {
                what,
                got: got.into(),
                max: max.into(),
            })
        };
        bound("lanes of a key file", self.lanes, Self::MAX_LANES)?;
        bound("passes of a key file", self.passes, Self::MAX_PASSES)?;
        bound(
            "KiB of memory of a key file",
            self.memory_kib,
            Self::MAX_MEMORY_KIB,
        )?;
        // Argon2 itself refuses too little: no lane, no pass, less than 8 KiB per lane.
        Params::new(self.memory_kib, self.passes, self.lanes, Some(KEY_BYTES))
            .map_err(|error| cipher_error(&error))
    }
}

fn cipher_error(error: &impl std::fmt::Display) -> Error {
    Error::Cipher {
        reason: error.to_string(),
    }
}

/// A sealed key, as it stands in a file. Nothing is believed of it until it opens.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SealedKey {
    /// The account's key, in hexadecimal: what deposits name.
    pub account: String,
    pub(super) argon2id: Costs,
    salt: String,
    nonce: String,
    /// XChaCha20-Poly1305: the seed, then the tag.
    pub(super) xchacha20poly1305: String,
}

impl SealedKey {
    /// Seals a key.
    ///
    /// # Errors
    /// [`Error::OutOfRange`] or [`Error::Cipher`] for costs that nothing can pay.
    pub fn seal(
        key: &SigningKey,
        passphrase: &[u8],
        costs: Costs,
        rng: &mut impl CryptoRng,
    ) -> Result<Self> {
        let (mut salt, mut nonce) = ([0; SALT_BYTES], [0; NONCE_BYTES]);
        rng.fill_bytes(&mut salt);
        rng.fill_bytes(&mut nonce);
        let account = key.account_key().to_string();
        let aad = [DOMAIN, account.as_bytes()].concat();
        let payload = Payload {
            msg: key.seed(),
            aad: &aad,
        };
        let sealed = cipher(passphrase, &salt, costs)?
            .encrypt(XNonce::from_slice(&nonce), payload)
            .map_err(|error| cipher_error(&error))?;
        Ok(Self {
            account,
            argon2id: costs,
            salt: hex::encode(salt),
            nonce: hex::encode(nonce),
            xchacha20poly1305: hex::encode(sealed),
        })
    }

    /// Opens the key.
    ///
    /// # Errors
    /// [`Error::Sealed`] when the passphrase or any byte is another, [`Error::Encoding`] for what
    /// is no hexadecimal of the right length, [`Error::OutOfRange`] and [`Error::Cipher`] for costs
    /// out of bounds.
    pub fn open(&self, passphrase: &[u8]) -> Result<SigningKey> {
        let salt: [u8; SALT_BYTES] = bytes("a key file's salt", &self.salt)?;
        let nonce: [u8; NONCE_BYTES] = bytes("a key file's nonce", &self.nonce)?;
        let sealed: [u8; KEY_BYTES + TAG_BYTES] =
            bytes("a key file's ciphertext", &self.xchacha20poly1305)?;
        let aad = [DOMAIN, self.account.as_bytes()].concat();
        let payload = Payload {
            msg: &sealed,
            aad: &aad,
        };
        let opened = cipher(passphrase, &salt, self.argon2id)?
            .decrypt(XNonce::from_slice(&nonce), payload)
            .map(Zeroizing::new)
            .map_err(|_| Error::Sealed)?;
        let seed: &[u8; KEY_BYTES] = opened[..].try_into().map_err(|_| Error::Sealed)?;
        let key = SigningKey::from_seed(seed);
        if key.account_key().to_string() != self.account {
            return Err(Error::Sealed);
        }
        Ok(key)
    }
}

fn bytes<const N: usize>(what: &'static str, text: &str) -> Result<[u8; N]> {
    let mut bytes = [0; N];
    hex::decode_to_slice(text, &mut bytes).map_err(|_| Error::Encoding { what })?;
    Ok(bytes)
}

fn cipher(passphrase: &[u8], salt: &[u8], costs: Costs) -> Result<XChaCha20Poly1305> {
    let params = costs.check()?;
    let mut memory = Zeroizing::new(vec![Block::default(); params.block_count()]);
    let mut key = Zeroizing::new([0; KEY_BYTES]);
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
        .hash_password_into_with_memory(passphrase, salt, key.as_mut(), memory.as_mut_slice())
        .map_err(|error| cipher_error(&error))?;
    Ok(XChaCha20Poly1305::new((&*key).into()))
}
