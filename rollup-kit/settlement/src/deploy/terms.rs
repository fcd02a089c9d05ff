//! What a rollup is deployed with.

use crate::contracts::abi;
use crate::game::duty_cells;
use crate::settings::{EtherTerms, RegistryParameters, RollupSettings, Verifiers};
use crate::{Error, Result};
use alloy::primitives::{Address, Bytes};
use chain::{CheckedGenesis, ValidatorSet, Weight};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use types::{ChainId, Namespace, SetHash};

/// Most attestors: `attested/AttestedStatements.sol`.
const MAX_ATTESTORS: usize = 32;
/// A point of G1, as EIP-2537 encodes it.
const POINT_BYTES: usize = 128;
/// −α, β, −γ, −δ, and the points without and of one input.
const LEAST_KEY_BYTES: usize = 9 * POINT_BYTES;
/// Longest code of a contract (EIP-170), of which the keys' has one byte more.
const MAX_KEYS_BYTES: usize = 24_576 - 1;

/// How a rollup's statements are proved.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase", deny_unknown_fields)]
pub enum Proofs {
    /// By contracts that stand already.
    Verified(Verifiers),
    /// All by the word of named attestors: FOR DEVELOPMENT, see
    /// `attested/AttestedStatements.sol`.
    Attested {
        /// Who attests, in any order.
        attestors: Vec<Address>,
        /// How many of them must.
        threshold: u8,
    },
    /// Each kind in its own way.
    Each {
        /// Batches.
        batches: Verifier,
        /// Checkpoints.
        checkpoints: Verifier,
        /// Exit roots and batched exits.
        exits: Verifier,
    },
}

/// Who verifies one kind of statement.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase", deny_unknown_fields)]
pub enum Verifier {
    /// A contract that stands already.
    Stands(Address),
    /// A new contract under these verifying keys, by place, each as `proofs/StoredKeys.sol` takes
    /// it: crate `validity` encodes them.
    Keys(Vec<Bytes>),
    /// The word of named attestors: FOR DEVELOPMENT.
    Attested {
        /// Who attests, in any order.
        attestors: Vec<Address>,
        /// How many of them must.
        threshold: u8,
    },
}

impl Proofs {
    /// Who verifies batches, checkpoints, and exits.
    pub(super) fn each(&self) -> [Verifier; 3] {
        match self {
            Self::Verified(verifiers) => {
                [verifiers.batches, verifiers.checkpoints, verifiers.exits].map(Verifier::Stands)
            }
            Self::Attested {
                attestors,
                threshold,
            } => std::array::from_fn(|_| Verifier::Attested {
                attestors: attestors.clone(),
                threshold: *threshold,
            }),
            Self::Each {
                batches,
                checkpoints,
                exits,
            } => [batches.clone(), checkpoints.clone(), exits.clone()],
        }
    }
}

impl Verifier {
    /// Holds it to what the contracts take.
    fn check(&self) -> Result<()> {
        match self {
            Self::Stands(_) => Ok(()),
            Self::Keys(keys) => check_keys(keys),
            Self::Attested {
                attestors,
                threshold,
            } => check_attestors(attestors, *threshold),
        }
    }
}

fn wrong<T>(what: &'static str, got: String, expected: String) -> Result<T> {
    Err(Error::Config {
        what,
        got,
        expected,
    })
}

fn check_keys(keys: &[Bytes]) -> Result<()> {
    let length = keys.first().map_or(0, |key| key.len());
    let fits = length >= LEAST_KEY_BYTES && length.is_multiple_of(POINT_BYTES);
    if !fits || keys.iter().any(|key| key.len() != length) {
        let got: Vec<_> = keys.iter().map(|key| key.len()).collect();
        let expected = format!("one at least, all of one length, {LEAST_KEY_BYTES} bytes or more");
        return wrong("length of the verifying keys", format!("{got:?}"), expected);
    }
    if keys.len().saturating_mul(length) > MAX_KEYS_BYTES {
        let expected = format!("{} of them at most", MAX_KEYS_BYTES / length);
        return wrong("number of verifying keys", keys.len().to_string(), expected);
    }
    Ok(())
}

fn check_attestors(attestors: &[Address], threshold: u8) -> Result<()> {
    let distinct: BTreeSet<_> = attestors.iter().collect();
    if distinct.len() != attestors.len() || !(1..=MAX_ATTESTORS).contains(&attestors.len()) {
        let expected = format!("1 to {MAX_ATTESTORS}, each once");
        return wrong("attestors", format!("{attestors:?}"), expected);
    }
    if threshold == 0 || usize::from(threshold) > attestors.len() {
        let expected = format!("1 to {}", attestors.len());
        return wrong(
            "threshold of the attestors",
            threshold.to_string(),
            expected,
        );
    }
    Ok(())
}

/// What a rollup is deployed with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Terms {
    /// The DA chain.
    pub chain: ChainId,
    /// The set that L1 trusts first.
    pub genesis_set: SetHash,
    /// The registry of the DA network, if it stands already.
    pub registry: Option<Address>,
    /// What a new registry is made with; of no account for one that stands.
    pub registry_parameters: RegistryParameters,
    /// The rollup's namespace on the DA network.
    pub namespace: Namespace,
    /// The roots that the rollup begins with.
    pub genesis: abi::Roots,
    /// Its settings.
    pub settings: RollupSettings,
    /// Its terms for ETH.
    pub ether: EtherTerms,
    /// How many tokens it may ever list, ETH among them: 1 to [`Terms::MOST_TOKENS`]. In a rollup
    /// with rules of its own the places above are registers.
    pub most_tokens: u16,
    /// How its statements are proved.
    pub proofs: Proofs,
    /// Who announces changes to the time lock.
    pub proposer: Address,
    /// After how long anybody executes them, in seconds: 30 days at least.
    pub lock_delay: u64,
}

impl Terms {
    /// The time lock's least delay, seconds.
    pub const LEAST_LOCK_DELAY: u64 = 30 * 24 * 60 * 60;
    /// An account's places for tokens: `rollup/TokenList.sol`.
    pub const MOST_TOKENS: u16 = 256;

    /// Terms of a rollup on the DA network of this genesis, with a registry of its own: the
    /// defaults that [`game`](crate::game) finds, but for what depends on the network. A signer
    /// owes as many cells as the fewest that can certify must publish for a row to be recovered,
    /// and the registry counts on the network's retention.
    #[must_use]
    pub fn new(
        genesis: &CheckedGenesis,
        namespace: Namespace,
        roots: abi::Roots,
        proofs: Proofs,
        proposer: Address,
    ) -> Self {
        let set = genesis.validators();
        Self {
            chain: genesis.chain_id(),
            genesis_set: set.hash(),
            registry: None,
            registry_parameters: RegistryParameters {
                retention: genesis.params().retention_ms / 1000,
                ..RegistryParameters::default()
            },
            namespace,
            genesis: roots,
            settings: RollupSettings {
                duty_cells: duty_cells(fewest_signers(set)),
                ..RollupSettings::default()
            },
            ether: EtherTerms::default(),
            most_tokens: Self::MOST_TOKENS,
            proofs,
            proposer,
            lock_delay: Self::LEAST_LOCK_DELAY,
        }
    }

    /// Holds the terms to what the contracts take.
    ///
    /// # Errors
    /// [`Error::Config`].
    pub(super) fn check(&self) -> Result<()> {
        if self.lock_delay < Self::LEAST_LOCK_DELAY {
            let expected = format!("at least {} s", Self::LEAST_LOCK_DELAY);
            let got = format!("{} s", self.lock_delay);
            return wrong("delay of the time lock", got, expected);
        }
        if !(1..=Self::MOST_TOKENS).contains(&self.most_tokens) {
            let expected = format!("1 to {}", Self::MOST_TOKENS);
            return wrong("most tokens", self.most_tokens.to_string(), expected);
        }
        self.proofs.each().iter().try_for_each(Verifier::check)
    }
}

/// How many members certify, if the heaviest do.
fn fewest_signers(set: &ValidatorSet) -> usize {
    let mut weights: Vec<Weight> = set.iter().map(|(_, member)| member.weight()).collect();
    weights.sort_unstable_by(|a, b| b.cmp(a));
    let mut signed = 0;
    let enough = weights.iter().position(|weight| {
        // A set's weights together fit, or there was no set.
        signed += weight.get();
        set.has_quorum(Weight::new(signed))
    });
    enough.map_or(weights.len(), |last| last + 1)
}
