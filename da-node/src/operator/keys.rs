//! A validator's secrets in files.
//!
//! `validator.key` holds the key that votes, plain or sealed:
//!
//! ```json
//! { "version": 1, "public_key": "…", "secret": { "plain": "64 hexadecimal digits" } }
//! { "version": 1, "public_key": "…", "secret": { "sealed": { "argon2id": { … }, … } } }
//! ```
//!
//! The plain form is as safe as the file: whoever reads it, or a backup of it, votes in the
//! validator's name. `network.key` holds two identities, which are worth much less, and is
//! always plain: `{ "version": 1, "p2p": "…", "consensus": "…" }`.

use super::files::{self, Access};
use super::seal::{Costs, Sealed};
use super::{Error, Passphrase, PassphraseFrom, Result};
use crate::consensus;
use chain::{PublicKeyBytes, SigningKey};
use net::{Identity, PeerId};
use rand::CryptoRng;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::path::Path;
use zeroize::Zeroizing;

const VERSION: u32 = 1;
/// Most bytes of either file, by far.
const MAX_BYTES: usize = 4 << 10;

/// A secret as text, wiped when it is dropped.
struct Hex(Zeroizing<String>);

impl Hex {
    fn of(secret: &[u8; 32]) -> Self {
        Self(Zeroizing::new(hex::encode(secret)))
    }

    fn read(&self, path: &Path, what: &'static str) -> Result<Zeroizing<[u8; 32]>> {
        let mut secret = Zeroizing::new([0; 32]);
        hex::decode_to_slice(self.0.as_bytes(), secret.as_mut())
            .map_err(|error| Error::malformed(path, what, error))?;
        Ok(secret)
    }
}

impl Serialize for Hex {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for Hex {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        String::deserialize(d).map(|text| Self(Zeroizing::new(text)))
    }
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct StoredValidator {
    version: u32,
    public_key: PublicKeyBytes,
    secret: StoredSecret,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
enum StoredSecret {
    Plain(Hex),
    Sealed(Sealed),
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct StoredNetwork {
    version: u32,
    p2p: Hex,
    consensus: Hex,
}

fn check_version(path: &Path, what: &'static str, got: u32) -> Result<()> {
    if got == VERSION {
        Ok(())
    } else {
        let problem = format!("version: got {got}, expected {VERSION}");
        Err(Error::malformed(path, what, problem))
    }
}

/// The file of the key that votes.
#[derive(Debug, Clone, Copy)]
pub struct ValidatorKey;

impl ValidatorKey {
    const WHAT: &'static str = "validator key";

    /// Creates the file, sealed when there is a passphrase.
    ///
    /// # Errors
    /// [`Error::Exists`], [`Error::File`].
    pub fn create(
        path: &Path,
        key: &SigningKey,
        passphrase: Option<&Passphrase>,
        rng: &mut impl CryptoRng,
    ) -> Result<()> {
        let public_key = key.public_key().to_bytes();
        let bytes = key.to_bytes();
        let secret = match passphrase {
            None => StoredSecret::Plain(Hex::of(&bytes)),
            Some(passphrase) => {
                let (owner, costs) = (public_key.as_bytes(), Costs::RECOMMENDED);
                StoredSecret::Sealed(Sealed::seal(&bytes, passphrase, owner, costs, rng)?)
            }
        };
        let stored = StoredValidator {
            version: VERSION,
            public_key,
            secret,
        };
        files::create_json(path, &stored, Access::Owner)
    }

    /// Reads the file; asks for the passphrase only when it is sealed.
    ///
    /// # Errors
    /// [`Error::Exposed`], [`Error::Malformed`], [`Error::OutOfRange`] for costs that would
    /// exhaust the machine, [`Error::WrongPassphrase`], [`Error::PassphraseNeeded`], or a secret
    /// that is not the public key's.
    pub fn read(path: &Path, passphrase: &PassphraseFrom) -> Result<SigningKey> {
        let bytes = files::read_secret(path, MAX_BYTES)?;
        let stored: StoredValidator = serde_json::from_slice(&bytes)
            .map_err(|error| Error::malformed(path, Self::WHAT, error))?;
        check_version(path, Self::WHAT, stored.version)?;
        let secret = match &stored.secret {
            StoredSecret::Plain(text) => text.read(path, Self::WHAT)?,
            StoredSecret::Sealed(sealed) => sealed
                .open(&passphrase.get(path)?, stored.public_key.as_bytes())?
                .ok_or_else(|| Error::WrongPassphrase { path: path.into() })?,
        };
        let key = SigningKey::from_bytes(&secret)?;
        let got = key.public_key().to_bytes();
        if got == stored.public_key {
            Ok(key)
        } else {
            let expected = stored.public_key;
            let problem = format!("public key: got {expected}, expected the secret's, {got}");
            Err(Error::malformed(path, Self::WHAT, problem))
        }
    }
}

/// A node's identities: one among peers and light nodes, one among validators in consensus.
#[derive(Clone)]
pub struct NetworkKeys {
    /// The identity among peers.
    pub identity: Identity,
    /// The seed of the identity in consensus, ed25519.
    pub consensus_seed: Zeroizing<[u8; 32]>,
}

impl NetworkKeys {
    const WHAT: &'static str = "network key";

    /// Draws both.
    pub fn generate(rng: &mut impl CryptoRng) -> Self {
        let identity = Identity::generate(rng);
        let mut consensus_seed = Zeroizing::new([0; 32]);
        rng.fill_bytes(consensus_seed.as_mut());
        Self {
            identity,
            consensus_seed,
        }
    }

    /// The name among peers.
    #[must_use]
    pub fn peer_id(&self) -> PeerId {
        self.identity.peer_id()
    }

    /// The name in consensus.
    ///
    /// # Errors
    /// [`Error::Node`] when the seed makes no key.
    pub fn consensus_peer_id(&self) -> Result<String> {
        consensus::peer_id(*self.consensus_seed).map_err(|error| Error::Node(error.into()))
    }

    /// Creates the file.
    ///
    /// # Errors
    /// [`Error::Exists`], [`Error::File`].
    pub fn create(&self, path: &Path) -> Result<()> {
        let identity = Zeroizing::new(self.identity.to_bytes());
        let stored = StoredNetwork {
            version: VERSION,
            p2p: Hex::of(&identity),
            consensus: Hex::of(&self.consensus_seed),
        };
        files::create_json(path, &stored, Access::Owner)
    }

    /// Reads the file.
    ///
    /// # Errors
    /// [`Error::Exposed`], [`Error::Malformed`].
    pub fn read(path: &Path) -> Result<Self> {
        let bytes = files::read_secret(path, MAX_BYTES)?;
        let stored: StoredNetwork = serde_json::from_slice(&bytes)
            .map_err(|error| Error::malformed(path, Self::WHAT, error))?;
        check_version(path, Self::WHAT, stored.version)?;
        let p2p = stored.p2p.read(path, Self::WHAT)?;
        Ok(Self {
            identity: Identity::from_bytes(*p2p),
            consensus_seed: stored.consensus.read(path, Self::WHAT)?,
        })
    }
}

impl std::fmt::Debug for NetworkKeys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "NetworkKeys(of {})", self.peer_id())
    }
}
