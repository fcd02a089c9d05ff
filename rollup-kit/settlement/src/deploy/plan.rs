//! What is deployed, where. Pure.

use super::{Terms, Verifier};
use crate::contracts::{Artefact, abi};
use crate::settings::Verifiers;
use crate::{Error, Result};
use alloy::primitives::{Address, Bytes, FixedBytes, U256};
use alloy::sol_types::SolConstructor;
use serde::{Deserialize, Serialize};
use types::{ChainId, Namespace};

/// From where on the L1 chain a deployment goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    pub(crate) l1_chain: u64,
    pub(crate) deployer: Address,
    pub(crate) first_nonce: u64,
    pub(crate) first_block: u64,
}

/// Where a rollup's contracts stand: what the deployment's file says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Deployment {
    /// The L1 chain (EIP-155).
    pub l1_chain: u64,
    /// The DA chain.
    pub chain: ChainId,
    /// The rollup's namespace there.
    pub namespace: Namespace,
    /// Who deployed.
    pub deployer: Address,
    /// The nonce of the first contract.
    pub first_nonce: u64,
    /// A block of L1 before all of it: events are read from here on.
    pub first_block: u64,
    /// The DA network's validators.
    pub registry: Address,
    /// Who changes settings.
    pub lock: Address,
    /// Who verifies proofs.
    pub verifiers: Verifiers,
    /// All versions of the settings.
    pub settings: Address,
    /// The statements' inputs.
    pub inputs: Address,
    /// The rollup's code, behind its proxy.
    pub rollup_code: Address,
    /// The rollup.
    pub rollup: Address,
    /// Its money.
    pub vault: Address,
    /// What the bonds cover.
    pub coverage: Address,
    /// The tokens that it takes.
    pub tokens: Address,
    /// Checks cells by EIP-7594's equation.
    pub multiproof: Address,
    /// Its bonded operators.
    pub operators: Address,
    /// Pays for escapes.
    pub escape_pool: Address,
    /// What happens to those who signed.
    pub signers: Address,
    /// Challenges of rows.
    pub row_challenges: Address,
    /// Challenges of cells.
    pub cell_challenges: Address,
}

impl Deployment {
    /// The contracts that the rollup is begun with.
    #[must_use]
    pub const fn modules(&self) -> abi::Modules {
        abi::Modules {
            vault: self.vault,
            tokens: self.tokens,
            coverage: self.coverage,
            operators: self.operators,
            escapePool: self.escape_pool,
            rowChallenges: self.row_challenges,
            cellChallenges: self.cell_challenges,
            signers: self.signers,
        }
    }
}

/// A contract to deploy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// Its name.
    pub what: &'static str,
    /// The deployer's nonce.
    pub nonce: u64,
    /// Where it will stand.
    pub at: Address,
    /// Its creation code with arguments.
    pub creation: Bytes,
}

/// All of it, in order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    steps: Vec<Step>,
    deployment: Deployment,
}

/// Gives out places in the deployer's order.
struct Places {
    deployer: Address,
    next: u64,
}

impl Places {
    fn take(&mut self) -> (u64, Address) {
        let nonce = self.next;
        self.next += 1;
        (nonce, self.deployer.create(nonce))
    }
}

impl Plan {
    /// Plans a deployment.
    ///
    /// # Errors
    /// [`Error::Config`] for terms that do not hold together, [`Error::Artefact`].
    pub fn new(terms: &Terms, place: Place) -> Result<Self> {
        terms.check()?;
        let mut places = Places {
            deployer: place.deployer,
            next: place.first_nonce,
        };
        let mut steps = Vec::new();
        let registry = match terms.registry {
            Some(registry) => registry,
            None => {
                let parameters = terms
                    .registry_parameters
                    .to_abi(terms.chain, terms.genesis_set);
                let arguments = abi::Registry::constructorCall { parameters };
                push(&mut steps, &mut places, Artefact::Registry, &arguments)?
            }
        };
        let lock = abi::TimeLock::constructorCall {
            proposer_: terms.proposer,
            delay_: terms.lock_delay,
        };
        let lock = push(&mut steps, &mut places, Artefact::TimeLock, &lock)?;
        let [batches, checkpoints, exits] = terms.proofs.each();
        let mut verifier = |of: &Verifier, keyed| put_verifier(&mut steps, &mut places, of, keyed);
        let verifiers = Verifiers {
            batches: verifier(&batches, Artefact::BatchVerifier)?,
            checkpoints: verifier(&checkpoints, Artefact::StatementVerifier)?,
            exits: verifier(&exits, Artefact::StatementVerifier)?,
        };
        let addresses = Deployment::planned(terms, place, &mut places, registry, lock, verifiers);
        steps.extend(modules(terms, &addresses)?);
        Ok(Self {
            steps,
            deployment: addresses.deployment,
        })
    }

    /// Plans again what a file says was begun.
    ///
    /// # Errors
    /// [`Error::Deployed`] when the file is of other terms, another deployer or another chain.
    pub fn resume(
        terms: &Terms,
        begun: &Deployment,
        deployer: Address,
        l1_chain: u64,
    ) -> Result<Self> {
        let place = Place {
            l1_chain,
            deployer,
            first_nonce: begun.first_nonce,
            first_block: begun.first_block,
        };
        let plan = Self::new(terms, place)?;
        if plan.deployment == *begun {
            return Ok(plan);
        }
        Err(Error::Deployed {
            what: "deployment that was begun".to_owned(),
            got: format!("{begun:?}"),
            expected: format!("{:?}", plan.deployment),
        })
    }

    /// The contracts, in order.
    #[must_use]
    pub fn steps(&self) -> &[Step] {
        &self.steps
    }

    /// Where everything will stand.
    #[must_use]
    pub const fn deployment(&self) -> &Deployment {
        &self.deployment
    }
}

/// The rollup's own contracts with their nonces, the first one's in `first`.
struct Planned {
    first: u64,
    deployment: Deployment,
}

impl Deployment {
    /// The order of the contracts' README.
    fn planned(
        terms: &Terms,
        place: Place,
        places: &mut Places,
        registry: Address,
        lock: Address,
        verifiers: Verifiers,
    ) -> Planned {
        let first = places.next;
        let mut next = || places.take().1;
        Planned {
            first,
            deployment: Self {
                l1_chain: place.l1_chain,
                chain: terms.chain,
                namespace: terms.namespace,
                deployer: place.deployer,
                first_nonce: place.first_nonce,
                first_block: place.first_block,
                registry,
                lock,
                verifiers,
                settings: next(),
                inputs: next(),
                rollup_code: next(),
                rollup: next(),
                vault: next(),
                coverage: next(),
                tokens: next(),
                multiproof: next(),
                operators: next(),
                escape_pool: next(),
                signers: next(),
                row_challenges: next(),
                cell_challenges: next(),
            },
        }
    }
}

fn modules(terms: &Terms, planned: &Planned) -> Result<Vec<Step>> {
    let d = &planned.deployment;
    let settings = terms.settings.with(d.verifiers)?;
    let slash = U256::from(terms.settings.operator_slash.get());
    let mut nonce = planned.first;
    let mut steps = Vec::new();
    let mut put = |artefact: Artefact, at: Address, arguments: Vec<u8>| -> Result<()> {
        steps.push(Step {
            what: artefact.name(),
            nonce,
            at,
            creation: artefact.creation(&arguments)?,
        });
        nonce += 1;
        Ok(())
    };
    let first = abi::SettingsLog::constructorCall {
        lock_: d.lock,
        first: settings,
    };
    put(Artefact::SettingsLog, d.settings, first.abi_encode())?;
    put(Artefact::Inputs, d.inputs, Vec::new())?;
    let code = abi::Rollup::constructorCall {
        registry_: d.registry,
        settings_: d.settings,
        inputs_: d.inputs,
        namespace_: FixedBytes(*terms.namespace.as_bytes()),
    };
    put(Artefact::Rollup, d.rollup_code, code.abi_encode())?;
    let proxy = abi::Proxy::constructorCall {
        lock: d.lock,
        implementation: d.rollup_code,
        setUp: Bytes::new(),
    };
    put(Artefact::Proxy, d.rollup, proxy.abi_encode())?;
    let vault = abi::Vault::constructorCall { rollup_: d.rollup };
    put(Artefact::Vault, d.vault, vault.abi_encode())?;
    let coverage = abi::Coverage::constructorCall {
        registry_: d.registry,
        rollup_: d.rollup,
        operatorSlash_: slash,
    };
    put(Artefact::Coverage, d.coverage, coverage.abi_encode())?;
    let tokens = abi::TokenList::constructorCall {
        lock_: d.lock,
        coverage_: d.coverage,
        maxTokens_: U256::from(terms.most_tokens),
        ether_: terms.ether.to_abi()?,
    };
    put(Artefact::TokenList, d.tokens, tokens.abi_encode())?;
    put(Artefact::CellMultiproof, d.multiproof, Vec::new())?;
    let operators = abi::Operators::constructorCall {
        challenges_: d.row_challenges,
        leastBond_: terms.settings.operator_slash.get(),
    };
    put(Artefact::Operators, d.operators, operators.abi_encode())?;
    let pool = abi::EscapePool::constructorCall {
        payers: vec![d.rollup, d.signers],
    };
    put(Artefact::EscapePool, d.escape_pool, pool.abi_encode())?;
    let signers = abi::Signers::constructorCall {
        rollup_: d.rollup,
        settings_: d.settings,
        registry_: d.registry,
        challenges_: d.row_challenges,
        multiproof_: d.multiproof,
        escapePool_: d.escape_pool,
    };
    put(Artefact::Signers, d.signers, signers.abi_encode())?;
    let rows = abi::RowChallenges::constructorCall {
        rollup_: d.rollup,
        settings_: d.settings,
        operators_: d.operators,
        escapePool_: d.escape_pool,
        signers_: d.signers,
    };
    put(Artefact::RowChallenges, d.row_challenges, rows.abi_encode())?;
    let cells = abi::CellChallenges::constructorCall {
        rollup_: d.rollup,
        settings_: d.settings,
        registry_: d.registry,
        multiproof_: d.multiproof,
        escapePool_: d.escape_pool,
    };
    put(
        Artefact::CellChallenges,
        d.cell_challenges,
        cells.abi_encode(),
    )?;
    Ok(steps)
}

/// Where a verifier stands or is put; one under keys is this artefact.
fn put_verifier(
    steps: &mut Vec<Step>,
    places: &mut Places,
    verifier: &Verifier,
    keyed: Artefact,
) -> Result<Address> {
    match verifier {
        Verifier::Stands(at) => Ok(*at),
        // The constructors of both are alike.
        Verifier::Keys(keys) => {
            let arguments = abi::BatchVerifier::constructorCall {
                keys_: keys.clone(),
            };
            push(steps, places, keyed, &arguments)
        }
        Verifier::Attested {
            attestors,
            threshold,
        } => {
            let mut ascending = attestors.clone();
            ascending.sort_unstable();
            let arguments = abi::AttestedStatements::constructorCall {
                attestors_: ascending,
                threshold_: U256::from(*threshold),
            };
            push(steps, places, Artefact::AttestedStatements, &arguments)
        }
    }
}

fn push(
    steps: &mut Vec<Step>,
    places: &mut Places,
    artefact: Artefact,
    arguments: &impl SolConstructor,
) -> Result<Address> {
    let (nonce, at) = places.take();
    steps.push(Step {
        what: artefact.name(),
        nonce,
        at,
        creation: artefact.creation(&arguments.abi_encode())?,
    });
    Ok(at)
}
