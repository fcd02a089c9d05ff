//! What is in a chain: blocks, and transactions that one of them has.

use crate::{Gas, L1Time, Wei};
use alloy::primitives::{Address, B256};
use alloy::rpc::types::{Log, TransactionReceipt};
use alloy::sol_types::SolEvent;

/// A block of L1, and what it says to whoever sends the next transaction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Head {
    /// Its number.
    pub number: u64,
    /// Its hash.
    pub hash: B256,
    /// Its time.
    pub time: L1Time,
    /// Its base fee, per gas.
    pub base_fee: Wei,
    /// The blob base fee after it, per blob gas.
    pub blob_base_fee: Wei,
}

/// A transaction in a block.
#[derive(Debug, Clone)]
pub struct Mined {
    /// Its hash.
    pub hash: B256,
    /// The block's number.
    pub block: u64,
    /// The block's hash.
    pub block_hash: B256,
    /// Whether it did what it was to do.
    pub succeeded: bool,
    /// What it used.
    pub gas: Gas,
    /// Blob gas that it used.
    pub blob_gas: Gas,
    /// What all of it cost, value not included.
    pub cost: Wei,
    /// The contract that it made.
    pub created: Option<Address>,
    /// What contracts said.
    pub logs: Vec<Log>,
}

impl Mined {
    /// The first event of a kind from a contract.
    #[must_use]
    pub fn event<E: SolEvent>(&self, from: Address) -> Option<E> {
        self.events(from).next()
    }

    /// Every event of a kind from a contract.
    pub fn events<E: SolEvent>(&self, from: Address) -> impl Iterator<Item = E> {
        self.logs
            .iter()
            .filter(move |log| log.address() == from)
            .filter_map(|log| E::decode_log(&log.inner).ok())
            .map(|log| log.data)
    }
}

impl From<TransactionReceipt> for Mined {
    fn from(receipt: TransactionReceipt) -> Self {
        let gas = Gas::new(receipt.gas_used);
        let blob_gas = Gas::new(receipt.blob_gas_used.unwrap_or(0));
        let blob_price = Wei::new(receipt.blob_gas_price.unwrap_or(0));
        Self {
            hash: receipt.transaction_hash,
            block: receipt.block_number.unwrap_or(0),
            block_hash: receipt.block_hash.unwrap_or_default(),
            succeeded: receipt.status(),
            gas,
            blob_gas,
            cost: gas.at(Wei::new(receipt.effective_gas_price)) + blob_gas.at(blob_price),
            created: receipt.contract_address,
            logs: receipt.inner.logs().to_vec(),
        }
    }
}
