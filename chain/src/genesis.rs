//! The genesis: what a chain begins with, and what its id commits to.

use crate::{
    ChainParams, Error, NetworkKind, PossessionProof, PublicKey, PublicKeyBytes, Result,
    SigningKey, Validator, ValidatorSet, Weight,
};
use types::{ChainId, Reader, Tag, Timestamp, Writer, tagged_hash};

/// A validator as a genesis names it.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GenesisValidator {
    /// Its claimed key.
    pub key: PublicKeyBytes,
    /// Its weight.
    pub weight: Weight,
    /// The claimed proof that it holds the key's secret.
    pub possession: PossessionProof,
}

impl GenesisValidator {
    /// The entry of whoever holds this key.
    #[must_use]
    pub fn new(key: &SigningKey, weight: Weight) -> Self {
        Self {
            key: key.public_key().to_bytes(),
            weight,
            possession: key.prove_possession(),
        }
    }
}

/// A genesis as it was read: nothing of it is checked.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Genesis {
    /// The chain's name: 1 to [`Genesis::MAX_NAME_BYTES`] bytes.
    pub name: String,
    /// When the chain begins.
    pub time: Timestamp,
    /// The first validator set, in any order.
    pub validators: Vec<GenesisValidator>,
    /// The chain's parameters.
    pub params: ChainParams,
}

impl Genesis {
    /// The version of the encoding that this code writes and reads.
    pub const VERSION: u16 = 1;
    /// Most bytes of a chain's name.
    pub const MAX_NAME_BYTES: usize = 64;
    /// Most bytes of an encoding.
    pub const MAX_BYTES: usize = 2
        + 1
        + Self::MAX_NAME_BYTES
        + 8
        + 6 * 8
        + 2
        + ValidatorSet::MAX_MEMBERS * Self::VALIDATOR_BYTES;
    const VALIDATOR_BYTES: usize = PublicKey::BYTES + 8 + PossessionProof::BYTES;

    /// Checks names, bounds and parameters, and every validator's proof of possession.
    ///
    /// # Errors
    /// [`Error::OutOfRange`], [`Error::Params`], [`Error::PublicKey`], [`Error::Possession`],
    /// or whatever [`ValidatorSet::new`] refuses.
    pub fn check(mut self) -> Result<CheckedGenesis> {
        check_name(self.name.len())?;
        self.params.check(NetworkKind::of(&self.name))?;
        let count = self.validators.len();
        check_validators(count)?;

        self.validators
            .sort_unstable_by_key(|validator| validator.key);
        let members = self
            .validators
            .iter()
            .map(|validator| {
                let key = PublicKey::try_from(validator.key)?;
                validator.possession.verify(&key)?;
                Ok(Validator::new(key, validator.weight))
            })
            .collect::<Result<_>>()?;
        let validators = ValidatorSet::new(members)?;

        let chain_id = ChainId::new(tagged_hash(Tag::Genesis, &[&encode(&self)]));
        Ok(CheckedGenesis {
            genesis: self,
            validators,
            chain_id,
        })
    }

    /// Reads an encoding.
    ///
    /// # Errors
    /// [`Error::TooLarge`], [`Error::OutOfRange`], [`Error::UnsortedKeys`], bytes missing or
    /// left over.
    pub fn decode(bytes: &[u8]) -> Result<Self> {
        if bytes.len() > Self::MAX_BYTES {
            return Err(Error::TooLarge {
                what: "genesis",
                got: bytes.len(),
                max: Self::MAX_BYTES,
            });
        }
        let mut reader = Reader::new("genesis", bytes);
        let version = reader.u16()?;
        if version != Self::VERSION {
            return Err(Error::OutOfRange {
                what: "genesis version",
                got: u64::from(version),
                min: u64::from(Self::VERSION),
                max: u64::from(Self::VERSION),
            });
        }
        let name_bytes = usize::from(reader.u8()?);
        check_name(name_bytes)?;
        let name = std::str::from_utf8(reader.raw(name_bytes)?)
            .map_err(|error| Error::OutOfRange {
                what: "UTF-8 bytes of a chain's name",
                got: error.valid_up_to() as u64,
                min: name_bytes as u64,
                max: name_bytes as u64,
            })?
            .to_owned();
        let time = Timestamp::new(reader.u64()?);
        let params = ChainParams {
            block_interval_ms: reader.u64()?,
            empty_block_interval_ms: reader.u64()?,
            retention_ms: reader.u64()?,
            ordering_window_ms: reader.u64()?,
            clock_drift_ms: reader.u64()?,
            epoch_blocks: reader.u64()?,
        };
        let count = usize::from(reader.u16()?);
        check_validators(count)?;
        let mut validators: Vec<GenesisValidator> = Vec::new();
        for place in 0..count {
            let key = PublicKeyBytes::new(reader.array()?);
            if validators.last().is_some_and(|last| last.key >= key) {
                return Err(Error::UnsortedKeys { place, got: key });
            }
            validators.push(GenesisValidator {
                key,
                weight: Weight::new(reader.u64()?),
                possession: PossessionProof::new(reader.array()?),
            });
        }
        reader.finish()?;
        Ok(Self {
            name,
            time,
            validators,
            params,
        })
    }
}

/// A genesis that a chain can begin with: bounds kept, possession of every key proven.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CheckedGenesis {
    genesis: Genesis,
    validators: ValidatorSet,
    chain_id: ChainId,
}

impl CheckedGenesis {
    /// `SHA-256(tag ‖ encoding)`.
    #[must_use]
    pub const fn chain_id(&self) -> ChainId {
        self.chain_id
    }

    /// The first validator set.
    #[must_use]
    pub const fn validators(&self) -> &ValidatorSet {
        &self.validators
    }

    /// The chain's parameters.
    #[must_use]
    pub const fn params(&self) -> &ChainParams {
        &self.genesis.params
    }

    /// When the chain begins.
    #[must_use]
    pub const fn time(&self) -> Timestamp {
        self.genesis.time
    }

    /// The chain's name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.genesis.name
    }

    /// What was checked, validators sorted by key.
    #[must_use]
    pub const fn genesis(&self) -> &Genesis {
        &self.genesis
    }

    /// `version u16 ‖ name length u8 ‖ name ‖ time u64 ‖ block interval u64 ‖ empty block
    /// interval u64 ‖ retention u64 ‖ ordering window u64 ‖ clock drift u64 ‖ epoch blocks u64 ‖
    /// count u16`, then per validator `key ‖ weight u64 ‖ proof of possession`, keys ascending.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        encode(&self.genesis)
    }
}

fn check_name(bytes: usize) -> Result<()> {
    if (1..=Genesis::MAX_NAME_BYTES).contains(&bytes) {
        Ok(())
    } else {
        Err(Error::OutOfRange {
            what: "bytes of a chain's name",
            got: bytes as u64,
            min: 1,
            max: Genesis::MAX_NAME_BYTES as u64,
        })
    }
}

fn check_validators(count: usize) -> Result<()> {
    if (1..=ValidatorSet::MAX_MEMBERS).contains(&count) {
        Ok(())
    } else {
        Err(Error::OutOfRange {
            what: "validators of a genesis",
            got: count as u64,
            min: 1,
            max: ValidatorSet::MAX_MEMBERS as u64,
        })
    }
}

fn encode(genesis: &Genesis) -> Vec<u8> {
    let params = &genesis.params;
    // Both lengths are within bounds by check().
    let name_bytes = u8::try_from(genesis.name.len()).unwrap_or(u8::MAX);
    let count = u16::try_from(genesis.validators.len()).unwrap_or(u16::MAX);
    let head = Writer::new()
        .u16(Genesis::VERSION)
        .u8(name_bytes)
        .raw(genesis.name.as_bytes())
        .u64(genesis.time.get())
        .u64(params.block_interval_ms)
        .u64(params.empty_block_interval_ms)
        .u64(params.retention_ms)
        .u64(params.ordering_window_ms)
        .u64(params.clock_drift_ms)
        .u64(params.epoch_blocks)
        .u16(count);
    genesis
        .validators
        .iter()
        .fold(head, |w, validator| {
            w.raw(validator.key.as_bytes())
                .u64(validator.weight.get())
                .raw(validator.possession.as_bytes())
        })
        .finish()
}
