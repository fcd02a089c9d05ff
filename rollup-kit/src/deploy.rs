//! A rollup's beginning on L1: its roots while nothing is in it, and who verifies its proofs.

use crate::{Error, Result};
use ledger::{RollupDomain, State, TokenId};
use operator::submission::abi_roots;
use settlement::Address;
use settlement::client::{Account, L1Client};
use settlement::contracts::abi;
use settlement::deploy::{self, Deployed, Deployment, Terms, Verifier};
use std::path::Path;
use validity::gadget::Ruled;
use validity::{Shape, VerifyingKey, solidity};

/// A kind of statement that L1 verifies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Statements {
    /// Batches of operations.
    Batches,
    /// Full states.
    Checkpoints,
    /// What accounts hold.
    Exits,
}

impl Statements {
    /// Their name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Batches => "batches",
            Self::Checkpoints => "checkpoints",
            Self::Exits => "exits",
        }
    }

    /// L1's verifier of these, by the settings that hold now.
    ///
    /// # Errors
    /// [`Error::Settlement`] when L1 does not answer.
    pub async fn verifier(self, client: &L1Client, deployment: &Deployment) -> Result<Address> {
        let log = deployment.settings;
        let version = client.view(log, &abi::SettingsLog::currentCall {}).await?;
        let call = abi::SettingsLog::getCall { version };
        let settings = client.view(log, &call).await?;
        Ok(match self {
            Self::Batches => settings.batches,
            Self::Checkpoints => settings.checkpoints,
            Self::Exits => settings.exits,
        })
    }

    /// Holds a circuit to what proves these in a rollup with these rules, or none.
    ///
    /// # Errors
    /// [`Error::OtherKeys`] for a circuit of other statements or other rules. With rules no
    /// checkpoint is proved: accounts hold what the circuit does not know.
    pub fn require(self, shape: Shape, ruled: Option<Ruled>) -> Result<()> {
        let expected = match (self, shape) {
            (Self::Batches, Shape::Batch(size) | Shape::Ruled(size, _)) => {
                let expected = Shape::batch(size, ruled);
                if shape == expected {
                    return Ok(());
                }
                expected.to_string()
            }
            (Self::Checkpoints, _) if ruled.is_some() => {
                "none: with rules, checkpoints are attested".to_owned()
            }
            (Self::Checkpoints, Shape::Checkpoint(_)) | (Self::Exits, Shape::Exits(_)) => {
                return Ok(());
            }
            _ => format!("a circuit of {}", self.name()),
        };
        Err(Error::OtherKeys {
            what: self.name(),
            got: shape.to_string(),
            expected,
        })
    }
}

/// Asks L1 whether the rollup's verifier of these statements has this key at this place, by the
/// settings that hold now.
///
/// # Errors
/// [`Error::OtherKeys`] where it has another one or none, [`Error::Settlement`] when L1 does not
/// answer.
pub async fn require_key(
    client: &L1Client,
    deployment: &Deployment,
    statements: Statements,
    (shape, key): (Shape, &VerifyingKey),
    place: u8,
) -> Result<()> {
    let own = solidity::key_bytes(shape, key)?;
    let at = statements.verifier(client, deployment).await?;
    let other = |got: String| Error::OtherKeys {
        what: statements.name(),
        got: format!("{shape}"),
        expected: format!("that of place {place} of {at} on L1, which has {got}"),
    };
    let keys = match client.view(at, &abi::StatementVerifier::keysCall {}).await {
        Ok(keys) => keys,
        Err(error) if error.is_transient() => return Err(error.into()),
        // A verifier of another kind.
        Err(error) => return Err(other(format!("no keys ({error})"))),
    };
    // Keys of one kind of circuit have one length.
    let mut stored = keys.chunks(own.len());
    match stored.nth(usize::from(place)) {
        Some(stored) if *stored == *own => Ok(()),
        Some(_) => Err(other("another key there".to_owned())),
        None => Err(other(format!("{} keys", keys.len() / own.len()))),
    }
}

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

#[cfg(test)]
mod tests;
