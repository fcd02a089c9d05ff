//! What the programs that act on L1 by themselves are told alike.

use super::failed;
use clap::Args;
use derivation::Beacon;
use rollup_kit::Error;
use settlement::client::{Account, L1Client};
use settlement::deploy::{self, Deployment};
use settlement::outbox::{Outbox, Policy};
use settlement::state::Reader;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

/// The account whose key a file has.
pub(super) fn account(client: L1Client, key: &Path) -> Result<Account, Error> {
    let secret = std::fs::read_to_string(key).map_err(|error| failed(key, &error))?;
    Account::from_secret(client, &secret).map_err(|error| failed(key, &error))
}

/// What stands where, as `deploy` wrote it.
pub(super) fn deployment(file: &Path) -> Result<Deployment, Error> {
    deploy::read(file)?.ok_or_else(|| failed(file, &"there is no such file"))
}

/// Where L1 is, and what stands there.
#[derive(Debug, Clone, Args)]
pub(super) struct RollupOnL1 {
    /// The L1 node.
    #[arg(long, value_name = "URL", default_value = "http://127.0.0.1:8545")]
    l1: String,
    /// What stands where, as `deploy` wrote it.
    #[arg(long, value_name = "FILE", default_value = "deployment.json")]
    deployment: PathBuf,
}

impl RollupOnL1 {
    /// The account whose key a file has, and the rollup on its chain.
    pub(super) async fn open(&self, key: &Path) -> Result<(Account, Deployment), Error> {
        let deployment = deployment(&self.deployment)?;
        let client = L1Client::connect(&self.l1).await?;
        client.require_chain(deployment.l1_chain)?;
        Ok((account(client, key)?, deployment))
    }
}

/// Where L1 keeps its blobs.
#[derive(Debug, Clone, Args)]
pub(super) struct BeaconNode {
    /// A node of L1's consensus layer, which keeps its blobs: without, they are asked of the L1 node,
    /// and only nodes for development have them.
    #[arg(long, value_name = "URL")]
    beacon: Option<String>,
}

impl BeaconNode {
    /// The node, if there is one.
    pub(super) fn open(&self) -> derivation::Result<Option<Beacon>> {
        self.beacon.as_deref().map(Beacon::new).transpose()
    }
}

/// Where L1 is, and in whose name.
#[derive(Args)]
pub(super) struct AccountOnL1 {
    #[command(flatten)]
    rollup: RollupOnL1,
    /// The file with the key of the account that sends and pays, 32 bytes in hexadecimal. No
    /// other program may use the account.
    #[arg(long, value_name = "FILE")]
    key: PathBuf,
}

impl AccountOnL1 {
    /// The account, and the rollup on its chain.
    pub(super) async fn open(&self) -> Result<(Account, Deployment), Error> {
        self.rollup.open(&self.key).await
    }
}

/// Where L1 is, in whose name, and how often.
#[derive(Args)]
pub(super) struct OnL1 {
    #[command(flatten)]
    account: AccountOnL1,
    /// Seconds between two looks.
    #[arg(long, value_name = "N", default_value_t = 12)]
    pause: u64,
}

impl OnL1 {
    /// The rollup, and the account's outbox with its journal in this file.
    pub(super) async fn open(
        &self,
        journal: &Path,
        policy: Policy,
    ) -> Result<(Reader, Outbox), Box<dyn std::error::Error>> {
        let (account, deployment) = self.account.open().await?;
        let client = account.client().clone();
        let signer = account.signer().clone();
        let outbox = Outbox::open(journal, client.clone(), signer, policy)?;
        let reader = Reader::new(client, Arc::new(deployment), account.address())?;
        Ok((reader, outbox))
    }

    /// The pause between two looks.
    pub(super) const fn pause(&self) -> Duration {
        Duration::from_secs(self.pause)
    }
}
