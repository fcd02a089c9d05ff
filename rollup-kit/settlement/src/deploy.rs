//! Putting a rollup on L1.
//!
//! Contracts refer to each other, so their addresses are computed before the first of them
//! exists: the n-th contract of an account stands where the account's address and its nonce say.
//! A [`Plan`] is these addresses with the code that goes there. What was planned is written to a
//! file before anything is sent; a second run finds what stands and goes on.

mod check;
mod plan;
mod terms;

pub use check::check;
pub use plan::{Deployment, Plan, Step};
pub use terms::{Proofs, Terms, Verifier};

use crate::client::{Account, Mined};
use crate::contracts::abi;
use crate::transaction::Call;
use crate::{Error, Result};
use alloy::eips::BlockId;
use alloy::primitives::Bytes;
use std::fs::File;
use std::io::Write as _;
use std::path::Path;

/// What a deployment did.
#[derive(Debug, Clone)]
pub struct Deployed {
    /// Where everything stands.
    pub deployment: Deployment,
    /// What this run sent, by name; less than everything if it went on with an earlier one.
    pub sent: Vec<(&'static str, Mined)>,
}

/// Deploys what the terms say, or goes on with what the file says was begun, and reads everything
/// back.
///
/// # Errors
/// [`Error::PlaceTaken`] when the deployer sent something else meanwhile, [`Error::Deployed`] when
/// L1 says otherwise afterwards, [`Error::File`], and whatever sending gives.
pub async fn deploy(deployer: &Account, terms: &Terms, file: &Path) -> Result<Deployed> {
    let client = deployer.client();
    let plan = plan(deployer, terms, file).await?;
    let mut sent = Vec::new();
    for step in plan.steps() {
        if let Some(mined) = stand(deployer, step).await? {
            sent.push((step.what, mined));
        }
    }
    let deployment = plan.deployment().clone();
    if !client
        .view(deployment.rollup, &abi::Rollup::begunCall {})
        .await?
    {
        let begin = abi::Rollup::beginCall {
            genesis: terms.genesis.clone(),
            modules: deployment.modules(),
        };
        sent.push(("begin", deployer.call(deployment.rollup, &begin).await?));
    }
    check(client, &deployment, terms).await?;
    Ok(Deployed { deployment, sent })
}

/// Plans a deployment and writes it to the file, or reads there what was planned. Where the rollup
/// will stand does not depend on the roots that it begins with, and they may depend on it.
///
/// # Errors
/// [`Error::Deployed`] when the file is of other terms, [`Error::Config`], [`Error::File`],
/// [`Error::Transport`].
pub async fn plan(deployer: &Account, terms: &Terms, file: &Path) -> Result<Plan> {
    let client = deployer.client();
    if let Some(begun) = read(file)? {
        return Plan::resume(terms, &begun, deployer.address(), client.chain_id());
    }
    let place = plan::Place {
        l1_chain: client.chain_id(),
        deployer: deployer.address(),
        first_nonce: client.nonce(deployer.address(), BlockId::pending()).await?,
        first_block: client.head().await?.number,
    };
    let plan = Plan::new(terms, place)?;
    write(file, plan.deployment())?;
    Ok(plan)
}

/// Makes a contract stand where it is planned; none if it does.
async fn stand(deployer: &Account, step: &Step) -> Result<Option<Mined>> {
    let client = deployer.client();
    if client.has_code(step.at).await? {
        return Ok(None);
    }
    let nonce = client.nonce(deployer.address(), BlockId::latest()).await?;
    if nonce > step.nonce {
        return Err(Error::PlaceTaken {
            what: step.what,
            at: step.at,
            nonce: step.nonce,
        });
    }
    let call = Call {
        what: step.what,
        to: None,
        value: crate::Wei::ZERO,
        input: Bytes::clone(&step.creation),
        blobs: None,
    };
    let mined = deployer.execute_at(&call, step.nonce).await?;
    if mined.created == Some(step.at) {
        Ok(Some(mined))
    } else {
        Err(Error::Deployed {
            what: step.what.to_owned(),
            got: format!("at {:?}", mined.created),
            expected: format!("at {}", step.at),
        })
    }
}

/// Reads a deployment's file; none where there is none.
///
/// # Errors
/// [`Error::File`] for one that cannot be read.
pub fn read(file: &Path) -> Result<Option<Deployment>> {
    let unusable = |reason: String| Error::File {
        path: file.to_owned(),
        reason,
    };
    match std::fs::read(file) {
        Ok(bytes) => serde_json::from_slice(&bytes)
            .map(Some)
            .map_err(|error| unusable(error.to_string())),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(unusable(error.to_string())),
    }
}

/// Writes beside it, syncs, and renames: the file is whole or not there.
fn write(file: &Path, deployment: &Deployment) -> Result<()> {
    let unusable = |reason: String| Error::File {
        path: file.to_owned(),
        reason,
    };
    let text =
        serde_json::to_vec_pretty(deployment).map_err(|error| unusable(error.to_string()))?;
    let draft = file.with_extension("new");
    let written = || {
        let mut out = File::create(&draft)?;
        out.write_all(&text)?;
        out.sync_all()?;
        std::fs::rename(&draft, file)?;
        let folder = file
            .parent()
            .filter(|folder| !folder.as_os_str().is_empty());
        File::open(folder.unwrap_or(Path::new(".")))?.sync_all()
    };
    written().map_err(|error| unusable(error.to_string()))
}
