//! A block with its transactions and receipts, and how clients see them.

use alloy::consensus::transaction::{Recovered, TransactionInfo};
use alloy::consensus::{
    EthereumTxEnvelope, Header, ReceiptEnvelope, Sealed, Transaction as _, TxEip4844, Typed2718,
};
use alloy::eips::eip2718::Encodable2718;
use alloy::eips::eip4895::Withdrawals;
use alloy::primitives::{Address, B256, Log, U256};
use alloy::rpc::types as rpc;

use crate::fees::Prices;

/// A transaction as blocks hold it: without its blobs.
pub(crate) type Transaction = Recovered<EthereumTxEnvelope<TxEip4844>>;

/// A transaction in a block, and what came of it.
#[derive(Clone, Debug)]
pub struct MinedTransaction {
    pub(crate) transaction: Transaction,
    pub(crate) receipt: ReceiptEnvelope<Log>,
    /// Gas that it used itself.
    pub(crate) gas_used: u64,
    /// The contract that it created.
    pub(crate) created: Option<Address>,
    /// Logs before its own in the block.
    pub(crate) first_log: u64,
}

impl MinedTransaction {
    /// The transaction's hash.
    #[must_use]
    pub fn hash(&self) -> B256 {
        *self.transaction.hash()
    }

    /// Gas that the transaction used.
    #[must_use]
    pub fn gas_used(&self) -> u64 {
        self.gas_used
    }

    /// Whether it did not revert.
    #[must_use]
    pub fn succeeded(&self) -> bool {
        self.receipt.is_success()
    }
}

/// A block of the chain.
#[derive(Clone, Debug)]
pub struct Block {
    pub(crate) header: Sealed<Header>,
    pub(crate) transactions: Vec<MinedTransaction>,
}

impl Block {
    /// The header, sealed with its hash.
    #[must_use]
    pub fn header(&self) -> &Sealed<Header> {
        &self.header
    }

    /// The hash of the header.
    #[must_use]
    pub fn hash(&self) -> B256 {
        self.header.hash()
    }

    /// The number; the genesis is 0.
    #[must_use]
    pub fn number(&self) -> u64 {
        self.header.number
    }

    /// Seconds since 1970.
    #[must_use]
    pub fn timestamp(&self) -> u64 {
        self.header.timestamp
    }

    /// The transactions in their order.
    #[must_use]
    pub fn transactions(&self) -> &[MinedTransaction] {
        &self.transactions
    }

    pub(crate) fn prices(&self) -> Prices {
        Prices::of(&self.header)
    }

    /// The block as `eth_getBlockByNumber` answers.
    pub(crate) fn to_rpc(
        &self,
        full: bool,
    ) -> rpc::Block<rpc::Transaction<EthereumTxEnvelope<TxEip4844>>> {
        let transactions = if full {
            rpc::BlockTransactions::Full(
                (0..self.transactions.len())
                    .filter_map(|index| self.transaction_to_rpc(index))
                    .collect(),
            )
        } else {
            rpc::BlockTransactions::Hashes(
                self.transactions
                    .iter()
                    .map(MinedTransaction::hash)
                    .collect(),
            )
        };
        let size = self
            .transactions
            .iter()
            .map(|mined| mined.transaction.encode_2718_len())
            .sum::<usize>()
            + alloy::rlp::Encodable::length(self.header.inner());
        rpc::Block {
            header: rpc::Header::from_consensus(self.header.clone(), None, Some(U256::from(size))),
            uncles: Vec::new(),
            transactions,
            withdrawals: Some(Withdrawals::default()),
        }
    }

    /// A transaction as `eth_getTransactionByHash` answers.
    pub(crate) fn transaction_to_rpc(
        &self,
        index: usize,
    ) -> Option<rpc::Transaction<EthereumTxEnvelope<TxEip4844>>> {
        let mined = self.transactions.get(index)?;
        let info = TransactionInfo {
            hash: Some(mined.hash()),
            index: Some(index as u64),
            block_hash: Some(self.hash()),
            block_number: Some(self.number()),
            base_fee: self.header.base_fee_per_gas,
            block_timestamp: Some(self.timestamp()),
        };
        Some(rpc::Transaction::from_transaction(
            mined.transaction.clone(),
            info,
        ))
    }

    /// A receipt as `eth_getTransactionReceipt` answers.
    pub(crate) fn receipt_to_rpc(&self, index: usize) -> Option<rpc::TransactionReceipt> {
        let mined = self.transactions.get(index)?;
        let transaction = &mined.transaction;
        let blob_gas = transaction.blob_gas_used();
        let mut next = mined.first_log;
        let inner = mined.receipt.clone().map_logs(|log| {
            let log = self.log_to_rpc(log, index, mined.hash(), next);
            next += 1;
            log
        });
        Some(rpc::TransactionReceipt {
            inner,
            transaction_hash: mined.hash(),
            transaction_index: Some(index as u64),
            block_hash: Some(self.hash()),
            block_number: Some(self.number()),
            gas_used: mined.gas_used,
            effective_gas_price: transaction.effective_gas_price(self.header.base_fee_per_gas),
            blob_gas_used: blob_gas,
            blob_gas_price: blob_gas.map(|_| self.prices().blob_base_fee()),
            from: transaction.signer(),
            to: transaction.to(),
            contract_address: mined.created,
        })
    }

    /// The logs of the block, in their order.
    pub(crate) fn logs(&self) -> impl Iterator<Item = rpc::Log> + '_ {
        self.transactions
            .iter()
            .enumerate()
            .flat_map(move |(index, mined)| {
                let hash = mined.hash();
                mined
                    .receipt
                    .logs()
                    .iter()
                    .zip(mined.first_log..)
                    .map(move |(log, number)| self.log_to_rpc(log.clone(), index, hash, number))
            })
    }

    fn log_to_rpc(&self, log: Log, index: usize, transaction: B256, number: u64) -> rpc::Log {
        rpc::Log {
            inner: log,
            block_hash: Some(self.hash()),
            block_number: Some(self.number()),
            block_timestamp: Some(self.timestamp()),
            transaction_hash: Some(transaction),
            transaction_index: Some(index as u64),
            log_index: Some(number),
            removed: false,
        }
    }
}

/// A transaction that waits, as `eth_getTransactionByHash` answers.
pub(crate) fn waiting_to_rpc(
    transaction: &Transaction,
) -> rpc::Transaction<EthereumTxEnvelope<TxEip4844>> {
    rpc::Transaction::from_transaction(transaction.clone(), TransactionInfo::default())
}

/// The receipt of a transaction of this type.
pub(crate) fn receipt(
    transaction: &Transaction,
    succeeded: bool,
    cumulative_gas: u64,
    logs: Vec<Log>,
) -> ReceiptEnvelope<Log> {
    let receipt = alloy::consensus::Receipt {
        status: succeeded.into(),
        cumulative_gas_used: cumulative_gas,
        logs,
    }
    .with_bloom();
    match transaction.ty() {
        1 => ReceiptEnvelope::Eip2930(receipt),
        2 => ReceiptEnvelope::Eip1559(receipt),
        3 => ReceiptEnvelope::Eip4844(receipt),
        4 => ReceiptEnvelope::Eip7702(receipt),
        _ => ReceiptEnvelope::Legacy(receipt),
    }
}
