//! A network's data folder: its keys and its genesis, made once and kept, so that a network
//! started on the same folder goes on with the same chain.
//!
//! ```text
//! keys.json         secrets of every validator, readable by the owner only
//! genesis.json      the chain; written last: a folder without it is not a network yet
//! validators.json   chain id and validator set, for verifying proofs offline
//! endpoints.json    where the network of the last start is reached
//! node-0/ …         one per validator
//! ```

use crate::{Endpoints, Error, Result};
use chain::{
    ChainParams, CheckedGenesis, Genesis, GenesisValidator, SigningKey, TrustedSet, Weight,
};
use net::Identity;
use rand::rngs::{StdRng, SysRng};
use rand::{Rng, SeedableRng};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};
use tempfile::TempDir;
use types::Timestamp;

const KEYS: &str = "keys.json";
const GENESIS: &str = "genesis.json";
const VALIDATORS: &str = "validators.json";
const ENDPOINTS: &str = "endpoints.json";

/// Everybody weighs the same.
const WEIGHT: Weight = Weight::new(1);

/// What a validator signs and is known by.
#[derive(Debug, Clone)]
pub(crate) struct Member {
    pub(crate) key: Arc<SigningKey>,
    pub(crate) identity: Identity,
    pub(crate) consensus_seed: [u8; 32],
}

/// A data folder that holds the network that was asked for.
#[derive(Debug)]
pub(crate) struct Folder {
    path: PathBuf,
    genesis: CheckedGenesis,
    members: Vec<Member>,
    /// Deletes the folder at the end, unless somebody wanted it kept.
    _temporary: Option<TempDir>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct StoredKeys {
    validators: Vec<StoredMember>,
}

/// Three secrets in hexadecimal.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct StoredMember {
    validator: String,
    identity: String,
    consensus: String,
}

impl Folder {
    /// Opens the folder, making the network's keys and genesis when it is new. Without a path,
    /// a temporary one that is deleted when this is dropped.
    pub(crate) fn open(
        path: Option<&Path>,
        validators: usize,
        params: ChainParams,
    ) -> Result<Self> {
        let (path, temporary) = match path {
            Some(path) => (path.to_owned(), None),
            None => {
                let folder = tempfile::Builder::new()
                    .prefix("assay-devnet-")
                    .tempdir()
                    .map_err(|error| Error::system("a temporary folder", error))?;
                (folder.path().to_owned(), Some(folder))
            }
        };
        std::fs::create_dir_all(&path).map_err(|error| Error::file(&path, error))?;
        let path = path
            .canonicalize()
            .map_err(|error| Error::file(&path, error))?;
        if !path.join(GENESIS).exists() {
            check_unused(&path)?;
            found(&path, validators, params)?;
        }
        let genesis: Genesis = read_json(&path.join(GENESIS))?;
        let genesis = genesis.check()?;
        let members = read_members(&path.join(KEYS))?;
        let folder = Self {
            path,
            genesis,
            members,
            _temporary: temporary,
        };
        folder.check_shape(validators, params)?;
        folder.write_set()?;
        Ok(folder)
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    pub(crate) const fn genesis(&self) -> &CheckedGenesis {
        &self.genesis
    }

    pub(crate) fn members(&self) -> &[Member] {
        &self.members
    }

    pub(crate) fn genesis_file(&self) -> PathBuf {
        self.path.join(GENESIS)
    }

    pub(crate) fn validators_file(&self) -> PathBuf {
        self.path.join(VALIDATORS)
    }

    /// The folder of one node.
    pub(crate) fn node(&self, node: usize) -> PathBuf {
        self.path.join(format!("node-{node}"))
    }

    pub(crate) fn write_endpoints(&self, endpoints: &Endpoints) -> Result<()> {
        write_json(&self.path.join(ENDPOINTS), endpoints, 0o644)
    }

    fn write_set(&self) -> Result<()> {
        let set = TrustedSet {
            chain_id: self.genesis.chain_id(),
            validators: self.genesis.validators().clone(),
        };
        write_json(&self.validators_file(), &set, 0o644)
    }

    fn check_shape(&self, validators: usize, params: ChainParams) -> Result<()> {
        let differs = |what, got: String, expected: String| {
            Err(Error::Folder {
                folder: self.path.clone(),
                what,
                got,
                expected,
            })
        };
        let set = self.genesis.validators();
        if set.len() != validators {
            return differs("validators", set.len().to_string(), validators.to_string());
        }
        if *self.genesis.params() != params {
            let text = |params: &ChainParams| format!("{params:?}");
            return differs("parameters", text(self.genesis.params()), text(&params));
        }
        let known = |member: &&Member| set.find_key(&member.key.public_key()).is_some();
        let holders = self.members.iter().filter(known).count();
        if holders != validators || self.members.len() != validators {
            let got = format!("{holders} of {}", self.members.len());
            return differs("keys of validators", got, validators.to_string());
        }
        Ok(())
    }
}

/// A folder that somebody uses for something else is left alone. Keys without a genesis are
/// what an interrupted first start leaves.
fn check_unused(path: &Path) -> Result<()> {
    let entries = std::fs::read_dir(path).map_err(|error| Error::file(path, error))?;
    for entry in entries {
        let name = entry.map_err(|error| Error::file(path, error))?.file_name();
        let name = name.to_string_lossy();
        if name != KEYS && !name.ends_with(".new") {
            return Err(Error::Folder {
                folder: path.to_owned(),
                what: "contents",
                got: name.into_owned(),
                expected: format!("a network's {GENESIS}, or nothing at all"),
            });
        }
    }
    Ok(())
}

/// Makes keys, then the genesis that names them.
fn found(path: &Path, validators: usize, params: ChainParams) -> Result<()> {
    let mut rng =
        StdRng::try_from_rng(&mut SysRng).map_err(|error| Error::system("randomness", error))?;
    let mut stored = Vec::with_capacity(validators);
    let mut named = Vec::with_capacity(validators);
    for _ in 0..validators {
        let key = SigningKey::generate(&mut rng);
        let identity = Identity::generate(&mut rng);
        let mut consensus = [0; 32];
        rng.fill_bytes(&mut consensus);
        named.push(GenesisValidator::new(&key, WEIGHT));
        stored.push(StoredMember {
            validator: hex::encode(*key.to_bytes()),
            identity: hex::encode(identity.to_bytes()),
            consensus: hex::encode(consensus),
        });
    }
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    let genesis = Genesis {
        name: "assay-devnet".to_owned(),
        time: Timestamp::new(u64::try_from(since.as_millis()).unwrap_or(u64::MAX)),
        validators: named,
        params,
    };
    write_json(&path.join(KEYS), &StoredKeys { validators: stored }, 0o600)?;
    write_json(&path.join(GENESIS), genesis.check()?.genesis(), 0o644)
}

fn read_members(path: &Path) -> Result<Vec<Member>> {
    let stored: StoredKeys = read_json(path)?;
    let secret = |text: &str| {
        let mut bytes = [0; 32];
        hex::decode_to_slice(text, &mut bytes).map_err(|error| Error::file(path, error))?;
        Ok::<_, Error>(bytes)
    };
    let members = stored.validators.iter().map(|member| {
        Ok(Member {
            key: Arc::new(SigningKey::from_bytes(&secret(&member.validator)?)?),
            identity: Identity::from_bytes(secret(&member.identity)?),
            consensus_seed: secret(&member.consensus)?,
        })
    });
    members.collect()
}

fn read_json<T: DeserializeOwned>(path: &Path) -> Result<T> {
    let bytes = std::fs::read(path).map_err(|error| Error::file(path, error))?;
    serde_json::from_slice(&bytes).map_err(|error| Error::file(path, error))
}

/// Writes the whole file or nothing: a crash leaves the old one.
fn write_json(path: &Path, value: &impl Serialize, mode: u32) -> Result<()> {
    let text = serde_json::to_vec_pretty(value).map_err(|error| Error::file(path, error))?;
    let aside = path.with_extension("new");
    let write = || {
        let mut options = std::fs::OpenOptions::new();
        let mut file = options
            .write(true)
            .create(true)
            .truncate(true)
            .mode(mode)
            .open(&aside)?;
        file.write_all(&text)?;
        file.write_all(b"\n")?;
        file.sync_all()?;
        std::fs::rename(&aside, path)
    };
    write().map_err(|error| Error::file(path, error))
}

#[cfg(test)]
mod tests;
