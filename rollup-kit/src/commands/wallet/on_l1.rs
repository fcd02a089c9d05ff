//! A user's transactions on L1.

use super::super::on_l1::account;
use super::error::{Error, Result};
use clap::Args;
use settlement::client::{Account, L1Client};
use settlement::deploy::{self, Deployment};
use std::path::{Path, PathBuf};

/// Where L1 is, and who pays there.
#[derive(Debug, Clone, Args)]
pub(super) struct L1At {
    /// The L1 node.
    #[arg(long, value_name = "URL", default_value = "http://127.0.0.1:8545")]
    l1: String,
    /// What stands where, as `deploy` wrote it.
    #[arg(long, value_name = "FILE", default_value = "deployment.json")]
    deployment: PathBuf,
    /// The file with the key of the account on L1 that sends and pays, 32 bytes in hexadecimal.
    #[arg(long, value_name = "FILE")]
    l1_key: PathBuf,
}

impl L1At {
    /// The account, and the rollup on its chain.
    pub(super) async fn open(&self) -> Result<(Account, Deployment)> {
        let deployment = deployment(&self.deployment)?;
        let client = L1Client::connect(&self.l1).await?;
        client.require_chain(deployment.l1_chain)?;
        Ok((account(client, &self.l1_key)?, deployment))
    }
}

/// Reads what stands where.
pub(super) fn deployment(file: &Path) -> Result<Deployment> {
    deploy::read(file)?.ok_or_else(|| Error::File {
        path: file.to_owned(),
        reason: "there is no such file".to_owned(),
    })
}
