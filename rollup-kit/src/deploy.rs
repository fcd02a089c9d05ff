//! A rollup's beginning on L1: its roots while nothing is in it, and who verifies its proofs.

use crate::{Error, Result};
use ledger::{RollupDomain, State, TokenId};
use operator::submission::abi_roots;
use settlement::client::Account;
use settlement::contracts::abi;
use settlement::deploy::{self, Deployed, Deployment, Terms, Verifier};
use std::path::Path;
use validity::gadget::Ruled;
use validity::{Shape, VerifyingKey, solidity};

/// The roots of a rollup with nothing in it. They depend on its address.
#[must_use]
pub fn empty_roots(deployment: &Deployment) -> abi::Roots {
    let rollup = ledger::Address::new(deployment.rollup.into_array());
    let domain = RollupDomain::of(deployment.l1_chain, rollup);
    abi_roots(State::new(domain).roots())
}

/// How many tokens a rollup may list: in one with rules, those below the registers.
#[must_use]
pub fn most_tokens(ruled: Option<Ruled>) -> u16 {
    ruled.map_or(Terms::MOST_TOKENS, |_| TokenId::FIRST_REGISTER.get())
}

/// Deploys a rollup with nothing in it, whatever roots the terms name: see
/// [`settlement::deploy::deploy`].
///
/// # Errors
/// As [`settlement::deploy::deploy`].
pub async fn deploy_empty(deployer: &Account, mut terms: Terms, file: &Path) -> Result<Deployed> {
    let plan = deploy::plan(deployer, &terms, file).await?;
    terms.genesis = empty_roots(plan.deployment());
    Ok(deploy::deploy(deployer, &terms, file).await?)
}

/// A new verifier under these keys, which have their places in this order.
///
/// # Errors
/// [`Error::Validity`] for no keys, keys of several kinds of circuit, or of another circuit than
/// they are said to be.
pub fn verifier(keys: &[(Shape, &VerifyingKey)]) -> Result<Verifier> {
    let (first, _) = *keys
        .first()
        .ok_or_else(|| Error::from(validity::Error::NoKeys))?;
    let mut encoded = Vec::with_capacity(keys.len());
    for (shape, key) in keys {
        if std::mem::discriminant(shape) != std::mem::discriminant(&first) {
            return Err(Error::from(validity::Error::WrongCircuit {
                got: *shape,
                expected: first,
            }));
        }
        encoded.push(solidity::key_bytes(*shape, key)?.into());
    }
    Ok(Verifier::Keys(encoded))
}
