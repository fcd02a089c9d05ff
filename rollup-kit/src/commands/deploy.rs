//! `deploy`: a rollup on L1.

use super::on_l1::account;
use super::{Context, Outcome, failed};
use chain::{CheckedGenesis, Genesis};
use clap::Args;
use rollup_kit::Error;
use serde_json::json;
use settlement::client::L1Client;
use settlement::contracts::abi;
use settlement::deploy::{Proofs, Terms, deploy};
use settlement::validators::{Possessions, introduce};
use settlement::{Address, U256};
use std::path::{Path, PathBuf};
use types::Namespace;

/// Deploys a rollup's contracts, introduces the DA network's validators to L1, and reads
/// everything back. A second run goes on where an earlier one stopped.
///
/// Statements are proved by the word of the attestors, as many as the threshold: FOR DEVELOPMENT.
/// They can take everything that is in the rollup.
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
    /// Who attests statements; may be given several times.
    #[arg(long = "attestor", value_name = "ADDRESS", required = true)]
    attestors: Vec<Address>,
    /// How many of them must.
    #[arg(long, value_name = "N", default_value_t = 1)]
    threshold: u8,
    /// The roots that the rollup begins with, of the tree on L1 and of the other.
    #[arg(long, value_name = "ROOT", num_args = 2, default_values = ["0", "0"])]
    roots: Vec<U256>,
}

impl Deploy {
    pub(super) async fn run(self, _: &Context) -> Outcome {
        let genesis = read_genesis(&self.genesis)?;
        let deployer = account(L1Client::connect(&self.l1).await?, &self.key)?;
        let [on_l1, off_l1] = self.roots[..] else {
            return Err("two roots are needed".into());
        };
        let roots = abi::Roots {
            onL1: on_l1,
            offL1: off_l1,
        };
        let proofs = Proofs::Attested {
            attestors: self.attestors,
            threshold: self.threshold,
        };
        let proposer = deployer.address();
        let terms = Terms {
            registry: self.registry,
            ..Terms::new(&genesis, self.namespace, roots, proofs, proposer)
        };
        let deployed = deploy(&deployer, &terms, &self.deployment).await?;
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
            "deployment": self.deployment,
            "transactions": deployed.sent.len() + introduced.len(),
            "gas": gas,
        })))
    }
}

fn read_genesis(file: &Path) -> Result<CheckedGenesis, Error> {
    let bytes = std::fs::read(file).map_err(|error| failed(file, &error))?;
    let genesis: Genesis = serde_json::from_slice(&bytes).map_err(|error| failed(file, &error))?;
    genesis.check().map_err(|error| failed(file, &error))
}
