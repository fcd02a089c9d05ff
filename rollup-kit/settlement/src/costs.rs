//! What everything costs, measured: each operation is run on an L1 with time travel, and its
//! receipt read.

mod figures;
mod network;
mod published;
mod scenario;

pub use figures::{
    ANSWER_BY_BLOB, CELL_BY_OPENINGS, CHALLENGE_OF_CELL, CHALLENGE_OF_ROW, ESCAPE_BY_PATH,
};
pub use published::{PUBLISHED, Published};

use crate::client::{L1Client, Mined};
use crate::{Gas, Result, Wei};
use alloy::signers::local::PrivateKeySigner;
use commitments::Setup;
use serde::Serialize;

/// An operation with what it took.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Cost {
    /// What was done.
    pub operation: String,
    /// Gas of the whole transaction.
    pub gas: Gas,
    /// Blob gas.
    pub blob_gas: Gas,
    /// For how many it was done: gas and blob gas are of all of them.
    pub times: u32,
}

impl Cost {
    pub(crate) fn of(operation: impl Into<String>, mined: &Mined) -> Self {
        Self {
            operation: operation.into(),
            gas: mined.gas,
            blob_gas: mined.blob_gas,
            times: 1,
        }
    }

    /// In wei at these prices per gas.
    #[must_use]
    pub const fn at(&self, base: Wei, blob: Wei) -> Wei {
        let gas = self.gas.at(base).get();
        Wei::new(gas + self.blob_gas.at(blob).get())
    }
}

/// Runs everything on an L1 that answers to `evm_increaseTime` and `evm_mine`, with ten accounts
/// that own a thousand ETH each.
///
/// # Errors
/// Whatever sending gives: a figure that cannot be measured is an error, never left out.
pub async fn measure(
    client: &L1Client,
    signers: &[PrivateKeySigner],
    setup: &'static Setup,
) -> Result<Vec<Cost>> {
    let mut costs = network::certificates(client, signers).await?;
    costs.extend(scenario::rollup(client, signers, setup).await?);
    Ok(costs)
}
