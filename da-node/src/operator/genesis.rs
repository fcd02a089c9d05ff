//! `genesis.json`: put together from what every validator announced, checked whenever it is
//! read.

use super::files::{self, Access};
use super::validator::named_peer;
use super::{Error, Result, ValidatorFile};
use chain::{ChainParams, CheckedGenesis, Genesis, ValidatorSet, Weight};
use std::collections::HashSet;
use std::path::Path;
use types::Timestamp;

/// Bytes that one validator fills in the file, generously.
const VALIDATOR_BYTES: usize = 1 << 10;
const MAX_BYTES: usize = (4 << 10) + ValidatorSet::MAX_MEMBERS * VALIDATOR_BYTES;

/// A validator that a genesis is to have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Named {
    /// What it announced.
    pub validator: ValidatorFile,
    /// Its weight, if not the one that it suggests.
    pub weight: Option<Weight>,
}

/// Puts a genesis together.
///
/// # Errors
/// [`Error::Twice`] for a peer of two validators; whatever [`Genesis::check`] refuses: a proof
/// of possession that does not hold, a key outside the subgroup or named twice, weights and
/// parameters out of bounds.
pub fn assemble(
    name: String,
    time: Timestamp,
    params: ChainParams,
    validators: &[Named],
) -> Result<CheckedGenesis> {
    let mut peers = HashSet::new();
    for Named { validator, .. } in validators {
        let named = [validator.peer_id(), named_peer(&validator.consensus)];
        for peer in named.into_iter().flatten() {
            if !peers.insert(peer) {
                return Err(Error::Twice {
                    what: "validators of the genesis",
                    got: format!("peer {peer}"),
                });
            }
        }
    }
    let entry = |named: &Named| {
        let suggested = named.validator.weight;
        named.validator.entry(named.weight.unwrap_or(suggested))
    };
    let genesis = Genesis {
        name,
        time,
        validators: validators.iter().map(entry).collect(),
        params,
    };
    Ok(genesis.check()?)
}

/// Reads a genesis and checks all of it.
///
/// # Errors
/// [`Error::File`], [`Error::TooLarge`], [`Error::Malformed`], or whatever [`Genesis::check`]
/// refuses.
pub fn read_genesis(path: &Path) -> Result<CheckedGenesis> {
    let genesis: Genesis = files::read_json(path, "genesis", MAX_BYTES)?;
    Ok(genesis.check()?)
}

/// Creates the file.
///
/// # Errors
/// [`Error::Exists`], [`Error::File`].
pub fn create_genesis(path: &Path, genesis: &CheckedGenesis) -> Result<()> {
    files::create_json(path, genesis.genesis(), Access::Everybody)
}
