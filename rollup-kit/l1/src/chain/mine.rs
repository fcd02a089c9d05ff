//! Making blocks.

use std::sync::Arc;

use alloy::consensus::proofs::{calculate_receipt_root, calculate_transaction_root};
use alloy::consensus::{Header, Sealable, Transaction as _};
use alloy::primitives::map::AddressSet;
use alloy::primitives::{B256, Bloom, keccak256};
use revm::context::BlockEnv;
use revm::context::result::{ExecutionResult, Output};
use revm::database_interface::WrapDatabaseRef;

use super::{Chain, blank_header};
use crate::blobs::KeptBlobs;
use crate::block::{self, Block, MinedTransaction};
use crate::error::Result;
use crate::fees::{BLOBS, Prices};
use crate::transaction::VerifiedTransaction;
use crate::{execute, limits};

/// A block in the making.
#[derive(Default)]
struct Open {
    transactions: Vec<MinedTransaction>,
    gas_used: u64,
    blob_gas_used: u64,
    logs: u64,
    bloom: Bloom,
}

impl Chain {
    /// Whether a transaction waits that the next block would take.
    #[must_use]
    pub fn has_ready(&self) -> bool {
        self.pool
            .best(&self.next_prices(), &AddressSet::default(), |sender| {
                self.state.nonce(sender)
            })
            .is_some()
    }

    /// The time of the next block, in seconds since 1970.
    pub(crate) fn next_time(&self, now: u64) -> u64 {
        self.next_timestamp
            .unwrap_or_else(|| now.saturating_add(self.ahead))
            .max(self.head().timestamp().saturating_add(1))
    }

    pub(crate) fn next_environment(&self, now: u64) -> BlockEnv {
        execute::environment(
            self.head().number() + 1,
            self.next_time(now),
            self.beneficiary,
            self.randomness(),
            &self.next_prices(),
        )
    }

    /// The next block's `PREVRANDAO`: another one on each branch, so that a block that comes
    /// instead of another has another hash.
    fn randomness(&self) -> B256 {
        let mut seed = self.head().hash().to_vec();
        seed.extend(self.branch.to_be_bytes());
        keccak256(seed)
    }

    /// Mines the transactions that wait and pay, those with the highest tip first, as far as the
    /// block's gas and blobs go. One that turns out to be invalid is dropped.
    pub fn mine(&mut self, now: u64) -> Arc<Block> {
        let environment = self.next_environment(now);
        let prices = self.next_prices();
        let timestamp = self.next_time(now);
        if self.next_timestamp.take().is_some() {
            self.ahead = timestamp.saturating_sub(now);
        }
        (self.next_base_fee, self.next_excess_blob_gas) = (None, None);

        let mut open = Open::default();
        let mut passed_over = AddressSet::default();
        while let Some(next) = self
            .pool
            .best(&prices, &passed_over, |sender| self.state.nonce(sender))
        {
            let next = next.clone();
            if !open.has_room(&next) {
                passed_over.insert(next.sender());
                continue;
            }
            self.pool.remove(&next.hash());
            if let Err(error) = self.include(&mut open, &next, &environment, timestamp) {
                tracing::warn!(transaction = %next.hash(), %error, "dropped");
            }
        }
        let header = self.close(&open, timestamp, &prices);
        let block = Arc::new(Block {
            header: header.seal_slow(),
            transactions: open.transactions,
        });
        self.state.seal();
        self.history.push(block.clone());
        self.blobs.prune(timestamp);
        let state = &self.state;
        self.pool.prune(|sender| state.nonce(sender));
        block
    }

    /// Runs a transaction and writes what it changed.
    fn include(
        &mut self,
        open: &mut Open,
        transaction: &VerifiedTransaction,
        environment: &BlockEnv,
        timestamp: u64,
    ) -> Result<()> {
        let body = transaction.body();
        let done = execute::run(
            WrapDatabaseRef(self.state.before(0, &self.history)),
            execute::rules(self.chain_id),
            environment.clone(),
            execute::to_evm(body),
        )?;
        self.state.commit(done.state);
        let gas_used = done.result.tx_gas_used();
        let created = match &done.result {
            ExecutionResult::Success {
                output: Output::Create(_, address),
                ..
            } => *address,
            _ => None,
        };
        let succeeded = done.result.is_success();
        let logs = if succeeded {
            done.result.into_logs()
        } else {
            Vec::new()
        };
        open.gas_used += gas_used;
        open.blob_gas_used += body.blob_gas_used().unwrap_or_default();
        let first_log = open.logs;
        open.logs += logs.len() as u64;
        let receipt = block::receipt(body, succeeded, open.gas_used, logs);
        open.bloom |= *receipt.logs_bloom();
        open.transactions.push(MinedTransaction {
            transaction: body.clone(),
            receipt,
            gas_used,
            created,
            first_log,
        });
        if let Some(sidecar) = transaction.sidecar() {
            self.blobs.push(KeptBlobs {
                block: self.head().number() + 1,
                timestamp,
                transaction: transaction.hash(),
                sidecar: sidecar.clone(),
            });
        }
        Ok(())
    }

    fn close(&mut self, open: &Open, timestamp: u64, prices: &Prices) -> Header {
        let transactions: Vec<_> = open
            .transactions
            .iter()
            .map(|mined| mined.transaction.inner().clone())
            .collect();
        let receipts: Vec<_> = open
            .transactions
            .iter()
            .map(|mined| mined.receipt.clone())
            .collect();
        Header {
            parent_hash: self.head().hash(),
            beneficiary: self.beneficiary,
            state_root: self.state.root(),
            transactions_root: calculate_transaction_root(&transactions),
            receipts_root: calculate_receipt_root(&receipts),
            logs_bloom: open.bloom,
            number: self.head().number() + 1,
            gas_limit: limits::BLOCK_GAS,
            gas_used: open.gas_used,
            timestamp,
            mix_hash: self.randomness(),
            base_fee_per_gas: Some(prices.base_fee),
            blob_gas_used: Some(open.blob_gas_used),
            excess_blob_gas: Some(prices.excess_blob_gas),
            ..blank_header()
        }
    }
}

impl Open {
    fn has_room(&self, transaction: &VerifiedTransaction) -> bool {
        let body = transaction.body();
        let blob_gas = body.blob_gas_used().unwrap_or_default();
        self.gas_used.saturating_add(body.gas_limit()) <= limits::BLOCK_GAS
            && self.blob_gas_used + blob_gas <= BLOBS.max_blob_gas_per_block()
    }
}
