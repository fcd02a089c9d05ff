//! `deploy`: a rollup on L1.

use super::{Context, Outcome, failed};
use chain::Genesis;
use clap::Args;
use serde_json::json;
use settlement::client::{Account, L1Client};
use settlement::contracts::abi;
use settlement::deploy::{Proofs, Terms, deploy};
use settlement::game::duty_cells;
use settlement::settings::{EtherTerms, RegistryParameters, RollupSettings};
use settlement::validators::{Possessions, introduce};
use settlement::{Address, U256};
use std::path::PathBuf;
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
        let read = |file: &PathBuf| std::fs::read(file).map_err(|error| failed(file, &error));
        let genesis: Genesis = serde_json::from_slice(&read(&self.genesis)?)
            .map_err(|error| failed(&self.genesis, &error))?;
        let genesis = genesis.check()?;
        let secret = String::from_utf8(read(&self.key)?)?;
        let client = L1Client::connect(&self.l1).await?;
        let deployer = Account::from_secret(client, &secret)?;
        let [on_l1, off_l1] = self.roots[..] else {
            return Err("two roots are needed".into());
        };
        let set = genesis.validators();
        // Of a certificate's signers: more than two thirds.
        let signers = set.len() * 2 / 3 + 1;
        let terms = Terms {
            chain: genesis.chain_id(),
            genesis_set: set.hash(),
            registry: self.registry,
            registry_parameters: RegistryParameters {
                retention: genesis.params().retention_ms / 1000,
                ..RegistryParameters::default()
            },
            namespace: self.namespace,
            genesis: abi::Roots {
                onL1: on_l1,
                offL1: off_l1,
            },
            settings: RollupSettings {
                duty_cells: duty_cells(signers),
                ..RollupSettings::default()
            },
            ether: EtherTerms::default(),
            proofs: Proofs::Attested {
                attestors: self.attestors,
                threshold: self.threshold,
            },
            proposer: deployer.address(),
            lock_delay: Terms::LEAST_LOCK_DELAY,
        };
        let deployed = deploy(&deployer, &terms, &self.deployment).await?;
        let d = deployed.deployment;
        let possessions = Possessions::of(&genesis.genesis().validators);
        let introduced = introduce(&deployer, d.registry, set, &possessions).await?;
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
