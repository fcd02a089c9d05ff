//! A network's data folder: its keys and its genesis, made once and kept, so that a network
//! started on the same folder goes on with the same chain.
//!
//! ```text
//! genesis.json      the chain; written after every key: a folder without it is no network yet
//! validators.json   chain id and validator set, for verifying proofs offline
//! endpoints.json    where the network of the last start is reached
//! full-0/ …         one per other full node: its identities, its databases and so on
//! node-0/ …         one per validator: its keys, its databases, its configuration and its log
//!                   when it was a process of its own
//! ```

use crate::{Endpoints, Error, NodeEndpoints, Result};
use chain::{
    ChainParams, CheckedGenesis, Checkpoint, Genesis, GenesisValidator, SigningKey, TrustedSet,
    Weight,
};
use da_node::operator::{
    NetworkKeys, PassphraseFrom, ValidatorKey, create_genesis, files, read_genesis,
};
use da_node::{Clock, SystemClock};
use rand::SeedableRng;
use rand::rngs::{StdRng, SysRng};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tempfile::TempDir;

const GENESIS: &str = "genesis.json";
const VALIDATORS: &str = "validators.json";
const ENDPOINTS: &str = "endpoints.json";
/// In the folder of each node.
pub(crate) const VALIDATOR_KEY: &str = "validator.key";
pub(crate) const NETWORK_KEY: &str = "network.key";

/// Everybody weighs the same.
const WEIGHT: Weight = Weight::new(1);

/// What a validator signs and is known by.
#[derive(Debug, Clone)]
pub(crate) struct Member {
    pub(crate) key: Arc<SigningKey>,
    pub(crate) network: NetworkKeys,
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
        let genesis = read_genesis(&path.join(GENESIS))?;
        let members = (0..validators)
            .filter_map(|node| read_member(&node_path(&path, node)).transpose())
            .collect::<Result<_>>()?;
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

    /// What another node is known by, and would sign with if it joined the validators: made when
    /// it is asked for first.
    pub(crate) fn newcomer(&self, name: &str) -> Result<Member> {
        let mut rng = rng()?;
        let folder = self.path.join(name);
        make_keys(&folder, &mut rng)?;
        let member = read_member(&folder)?;
        member.ok_or_else(|| Error::file(&folder.join(VALIDATOR_KEY), "not there"))
    }

    pub(crate) fn genesis_file(&self) -> PathBuf {
        self.path.join(GENESIS)
    }

    pub(crate) fn validators_file(&self) -> PathBuf {
        self.path.join(VALIDATORS)
    }

    /// The folder of a node that is no validator of the genesis.
    pub(crate) fn other(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }

    /// The folder of one node.
    pub(crate) fn node(&self, node: usize) -> PathBuf {
        node_path(&self.path, node)
    }

    /// Where a network on this folder is reached.
    pub(crate) fn endpoints(&self, nodes: Vec<NodeEndpoints>) -> Endpoints {
        let chain_id = self.genesis.chain_id();
        Endpoints {
            chain_id,
            checkpoint: Checkpoint::genesis(&chain_id).to_string(),
            nodes,
            validators: self.validators_file(),
            genesis: self.genesis_file(),
        }
    }

    pub(crate) fn write_endpoints(&self, endpoints: &Endpoints) -> Result<()> {
        Ok(files::replace_json(&self.path.join(ENDPOINTS), endpoints)?)
    }

    fn write_set(&self) -> Result<()> {
        let set = TrustedSet {
            chain_id: self.genesis.chain_id(),
            validators: self.genesis.validators().clone(),
        };
        Ok(files::replace_json(&self.validators_file(), &set)?)
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

/// The folder's name for a full node that is no validator.
pub(crate) fn full_name(full: usize) -> String {
    format!("full-{full}")
}

fn node_path(path: &Path, node: usize) -> PathBuf {
    path.join(format!("node-{node}"))
}

/// A folder that somebody uses for something else is left alone. Keys without a genesis are
/// what an interrupted first start leaves.
fn check_unused(path: &Path) -> Result<()> {
    for name in names(path)? {
        let is_node = name
            .strip_prefix("node-")
            .is_some_and(|number| number.parse::<usize>().is_ok());
        let known = [VALIDATOR_KEY, NETWORK_KEY];
        let only_keys =
            || names(&path.join(&name)).map(|all| all.iter().all(|n| known.contains(&n.as_str())));
        if name.ends_with(".new") || (is_node && only_keys()?) {
            continue;
        }
        return Err(Error::Folder {
            folder: path.to_owned(),
            what: "contents",
            got: name,
            expected: format!("a network's {GENESIS}, or nothing at all"),
        });
    }
    Ok(())
}

fn names(path: &Path) -> Result<Vec<String>> {
    let failed = |error| Error::file(path, error);
    let entries = std::fs::read_dir(path).map_err(failed)?;
    entries
        .map(|entry| {
            let name = entry.map_err(failed)?.file_name();
            Ok(name.to_string_lossy().into_owned())
        })
        .collect()
}

/// Makes the keys that are not there yet, then the genesis that names them.
fn found(path: &Path, validators: usize, params: ChainParams) -> Result<()> {
    let mut rng = rng()?;
    let mut named = Vec::with_capacity(validators);
    for node in 0..validators {
        let folder = node_path(path, node);
        make_keys(&folder, &mut rng)?;
        let member = read_member(&folder)?;
        named.extend(member.map(|member| GenesisValidator::new(&member.key, WEIGHT)));
    }
    let genesis = Genesis {
        name: "assay-devnet".to_owned(),
        time: SystemClock.now(),
        validators: named,
        params,
    };
    Ok(create_genesis(&path.join(GENESIS), &genesis.check()?)?)
}

fn rng() -> Result<StdRng> {
    StdRng::try_from_rng(&mut SysRng).map_err(|error| Error::system("randomness", error))
}

/// Makes the keys of a node that are not there yet.
fn make_keys(folder: &Path, rng: &mut StdRng) -> Result<()> {
    std::fs::create_dir_all(folder).map_err(|error| Error::file(folder, error))?;
    if !folder.join(VALIDATOR_KEY).exists() {
        let key = SigningKey::generate(rng);
        ValidatorKey::create(&folder.join(VALIDATOR_KEY), &key, None, rng)?;
    }
    if !folder.join(NETWORK_KEY).exists() {
        NetworkKeys::generate(rng).create(&folder.join(NETWORK_KEY))?;
    }
    Ok(())
}

/// The keys in a node's folder; none when there are none.
fn read_member(folder: &Path) -> Result<Option<Member>> {
    let key = folder.join(VALIDATOR_KEY);
    if !key.exists() {
        return Ok(None);
    }
    Ok(Some(Member {
        key: Arc::new(ValidatorKey::read(&key, &PassphraseFrom::Terminal)?),
        network: NetworkKeys::read(&folder.join(NETWORK_KEY))?,
    }))
}

/// The key that the node in this folder votes with.
pub(crate) fn validator_key(folder: &Path) -> Result<Arc<SigningKey>> {
    let member = read_member(folder)?;
    member
        .map(|member| member.key)
        .ok_or_else(|| Error::Folder {
            folder: folder.into(),
            what: "keys",
            got: "none".to_owned(),
            expected: "a validator's".to_owned(),
        })
}

#[cfg(test)]
mod tests;
