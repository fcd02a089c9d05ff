//! `deploy`: a rollup on L1.

use super::on_l1::account;
use super::{Context, Outcome, failed};
use chain::{CheckedGenesis, Genesis};
use clap::Args;
use rollup_kit::Error;
use rollup_kit::deploy::{Statements, deploy_empty, most_tokens, verifier};
use serde_json::json;
use settlement::client::L1Client;
use settlement::contracts::abi;
use settlement::deploy::{Proofs, Terms, Verifier, deploy};
use settlement::validators::{Possessions, introduce};
use settlement::{Address, U256};
use std::path::{Path, PathBuf};
use types::Namespace;
use validity::Keys;
use validity::gadget::Ruled;

/// Deploys a rollup's contracts, introduces the DA network's validators to L1, and reads
/// everything back. A second run goes on where an earlier one stopped.
///
/// Batches, checkpoints and exits are proved where keys are given. Whatever has none is proved by
/// the word of the attestors, as many as the threshold: FOR DEVELOPMENT. They can take everything
/// that is in the rollup.
#[derive(Args)]
pub(crate) struct Deploy {
    /// The L1 node.
    #[arg(long, value_name = "URL", default_value = "http://127.0.0.1:8545")]
    l1: String,
    /// The file with the deployer's key, 32 bytes in hexadecimal.
    #[arg(long, value_name = "FILE")]
    key: PathBuf,
    /// The DA chain's genesis.
    #[arg(long, value_name = "FILE")]
    genesis: PathBuf,
    /// The rollup's namespace there: a name, or 58 hexadecimal digits.
    #[arg(long)]
    namespace: Namespace,
    /// Where to write what stands where.
    #[arg(long, value_name = "FILE", default_value = "deployment.json")]
    deployment: PathBuf,
    /// A registry that stands already.
    #[arg(long, value_name = "ADDRESS")]
    registry: Option<Address>,
    /// Files of keys that batches are proved with, a size each, as `setup` writes them. An
    /// operator's `place` counts them from 0.
    #[arg(long, value_name = "FILE", num_args = 1..)]
    batch_keys: Vec<PathBuf>,
    /// Files of keys that checkpoints are proved with, a size each. A state that is larger than all
    /// of them gets no checkpoint, and then no data goes off L1: strangers can open accounts by
    /// deposits, so give places in plenty. Not for a rollup with rules of its own.
    #[arg(long, value_name = "FILE", num_args = 1..)]
    checkpoint_keys: Vec<PathBuf>,
    /// Files of keys that exits are proved with, a size each.
    #[arg(long, value_name = "FILE", num_args = 1..)]
    exit_keys: Vec<PathBuf>,
    /// Who attests statements that there are no keys for; may be given several times. Needed only
    /// where there are none.
    #[arg(long = "attestor", value_name = "ADDRESS")]
    attestors: Vec<Address>,
    /// How many of them must.
    #[arg(long, value_name = "N", default_value_t = 1)]
    threshold: u8,
    /// The roots that the rollup begins with, of the tree on L1 and of the other; those of a
    /// rollup with nothing in it where none are given.
    #[arg(long, value_name = "ROOT", num_args = 2)]
    roots: Vec<U256>,
}

impl Deploy {
    pub(super) async fn run(self, context: &Context) -> Outcome {
        let attested = (!self.attestors.is_empty()).then(|| Verifier::Attested {
            attestors: self.attestors.clone(),
            threshold: self.threshold,
        });
        let [batches, checkpoints, exits] = [
            (Statements::Batches, &self.batch_keys, "--batch-keys"),
            (
                Statements::Checkpoints,
                &self.checkpoint_keys,
                "--checkpoint-keys",
            ),
            (Statements::Exits, &self.exit_keys, "--exit-keys"),
        ]
        .map(|(statements, files, flag)| {
            // Before gigabytes are read for the others.
            if files.is_empty() && attested.is_none() {
                let what = statements.name();
                return Err(Error::Unverified { what, flag });
            }
            Ok((statements, files.clone()))
        });
        let (batches, checkpoints, exits) = (batches?, checkpoints?, exits?);
        let genesis = read_genesis(&self.genesis)?;
        let deployer = account(L1Client::connect(&self.l1).await?, &self.key)?;
        let proofs = Proofs::Each {
            batches: under(batches, context.ruled, attested.as_ref()).await?,
            checkpoints: under(checkpoints, context.ruled, attested.as_ref()).await?,
            exits: under(exits, context.ruled, attested.as_ref()).await?,
        };
        let proposer = deployer.address();
        let given = |tree: usize| self.roots.get(tree).copied().unwrap_or_default();
        let roots = abi::Roots {
            onL1: given(0),
            offL1: given(1),
        };
        let terms = Terms {
            registry: self.registry,
            most_tokens: most_tokens(context.ruled),
            ..Terms::new(&genesis, self.namespace, roots, proofs, proposer)
        };
        let deployed = if self.roots.is_empty() {
            deploy_empty(&deployer, terms, &self.deployment).await?
        } else {
            deploy(&deployer, &terms, &self.deployment).await?
        };
        let d = deployed.deployment;
        let possessions = Possessions::of(&genesis.genesis().validators);
        let introduced =
            introduce(&deployer, d.registry, genesis.validators(), &possessions).await?;
        let sent = deployed.sent.iter().map(|(_, mined)| mined);
        let gas: u64 = sent.chain(&introduced).map(|mined| mined.gas.get()).sum();
        Ok(Some(json!({
            "rollup": d.rollup,
            "registry": d.registry,
            "row_challenges": d.row_challenges,
            "verifiers": d.verifiers,
            "deployment": self.deployment,
            "transactions": deployed.sent.len() + introduced.len(),
            "gas": gas,
        })))
    }
}

/// A verifier under the keys in these files, which are of this kind; the attestors where there are
/// none.
async fn under(
    (statements, files): (Statements, Vec<PathBuf>),
    ruled: Option<Ruled>,
    attested: Option<&Verifier>,
) -> Result<Verifier, Box<dyn std::error::Error>> {
    if let (true, Some(attested)) = (files.is_empty(), attested) {
        return Ok(attested.clone());
    }
    // Gigabytes to hash, which the runtime's threads are not for.
    let read = tokio::task::spawn_blocking(move || -> Result<_, Error> {
        let mut keys = Vec::with_capacity(files.len());
        for file in &files {
            let (shape, setup, key) = Keys::read_verifying(file, ruled)?;
            eprintln!("{shape}: {}", setup.warning());
            statements.require(shape, ruled)?;
            keys.push((shape, key));
        }
        let keys: Vec<_> = keys.iter().map(|(shape, key)| (*shape, key)).collect();
        verifier(&keys)
    });
    Ok(read.await??)
}

fn read_genesis(file: &Path) -> Result<CheckedGenesis, Error> {
    let bytes = std::fs::read(file).map_err(|error| failed(file, &error))?;
    let genesis: Genesis = serde_json::from_slice(&bytes).map_err(|error| failed(file, &error))?;
    genesis.check().map_err(|error| failed(file, &error))
}
