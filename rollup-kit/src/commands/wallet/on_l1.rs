//! A user's transactions on L1.

use super::super::on_l1::RollupOnL1;
use super::error::Result;
use clap::Args;
use settlement::client::Account;
use settlement::deploy::Deployment;
use std::path::PathBuf;

/// Where L1 is, and who pays there.
#[derive(Debug, Clone, Args)]
pub(super) struct L1At {
    #[command(flatten)]
    rollup: RollupOnL1,
    /// The file with the key of the account on L1 that sends and pays, 32 bytes in hexadecimal.
    /// `--key` is the rollup's.
    #[arg(long, value_name = "FILE")]
    l1_key: PathBuf,
}

impl L1At {
    /// The account, and the rollup on its chain.
    pub(super) async fn open(&self) -> Result<(Account, Deployment)> {
        Ok(self.rollup.open(&self.l1_key).await?)
    }
}
