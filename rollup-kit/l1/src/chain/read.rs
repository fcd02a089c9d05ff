//! Questions about blocks, accounts and transactions.

use std::sync::Arc;

use alloy::consensus::{EthereumTxEnvelope, Transaction as _, TxEip4844};
use alloy::eips::{BlockId, BlockNumberOrTag};
use alloy::primitives::{Address, B256, Bytes, U256};
use alloy::rpc::types as rpc;

use super::Chain;
use crate::blobs::KeptBlobs;
use crate::block::{self, Block};
use crate::error::{Error, Result};
use crate::fees::BLOBS;
use crate::limits;
use crate::state::View;

/// Blocks after which one counts as safe, and as final: an epoch, and two.
const SAFE: u64 = 32;
const FINAL: u64 = 64;

impl Chain {
    /// A block. `pending` is the newest; `safe` and `finalized` lie 32 and 64 blocks behind it.
    ///
    /// # Errors
    /// [`Error::UnknownBlock`].
    pub fn block(&self, at: BlockId) -> Result<&Arc<Block>> {
        let head = self.head().number();
        let number = match at {
            BlockId::Hash(hash) => self.history.number(&hash.block_hash),
            BlockId::Number(BlockNumberOrTag::Latest | BlockNumberOrTag::Pending) => Some(head),
            BlockId::Number(BlockNumberOrTag::Safe) => Some(head.saturating_sub(SAFE)),
            BlockId::Number(BlockNumberOrTag::Finalized) => Some(head.saturating_sub(FINAL)),
            BlockId::Number(BlockNumberOrTag::Earliest) => Some(self.history.oldest()),
            BlockId::Number(BlockNumberOrTag::Number(number)) => Some(number),
        };
        number
            .and_then(|number| self.history.block(number))
            .ok_or_else(|| Error::UnknownBlock(at.to_string()))
    }

    /// The state after a block.
    pub(crate) fn view(&self, at: BlockId) -> Result<View<'_>> {
        let got = self.block(at)?.number();
        let head = self.head().number();
        let ago = head - got;
        if ago > self.state.depth() {
            return Err(Error::StatePruned {
                got,
                oldest: head - self.state.depth(),
            });
        }
        Ok(self.state.before(ago, &self.history))
    }

    /// An account's balance, in wei.
    ///
    /// # Errors
    /// [`Error::UnknownBlock`], [`Error::StatePruned`].
    pub fn balance(&self, account: &Address, at: BlockId) -> Result<U256> {
        let info = self.view(at)?.info(account);
        Ok(info.map_or(U256::ZERO, |info| info.balance))
    }

    /// How many transactions an account has sent; `pending` counts those that wait.
    ///
    /// # Errors
    /// [`Error::UnknownBlock`], [`Error::StatePruned`].
    pub fn nonce(&self, account: &Address, at: BlockId) -> Result<u64> {
        let nonce = self.view(at)?.info(account).map_or(0, |info| info.nonce);
        Ok(if at.is_pending() {
            self.pool.next_nonce(account, nonce)
        } else {
            nonce
        })
    }

    /// An account's code; empty without one.
    ///
    /// # Errors
    /// [`Error::UnknownBlock`], [`Error::StatePruned`].
    pub fn code(&self, account: &Address, at: BlockId) -> Result<Bytes> {
        Ok(self.view(at)?.code(account))
    }

    /// A slot of an account's storage.
    ///
    /// # Errors
    /// [`Error::UnknownBlock`], [`Error::StatePruned`].
    pub fn storage(&self, account: &Address, slot: U256, at: BlockId) -> Result<U256> {
        Ok(self.view(at)?.slot(account, &slot))
    }

    /// A transaction of a block, or one that waits.
    #[must_use]
    pub fn transaction(
        &self,
        hash: &B256,
    ) -> Option<rpc::Transaction<EthereumTxEnvelope<TxEip4844>>> {
        if let Some((block, index)) = self.history.place(hash) {
            return block.transaction_to_rpc(index);
        }
        self.pool
            .get(hash)
            .map(|waiting| block::waiting_to_rpc(waiting.body()))
    }

    /// What came of a transaction in a block.
    #[must_use]
    pub fn receipt(&self, hash: &B256) -> Option<rpc::TransactionReceipt> {
        let (block, index) = self.history.place(hash)?;
        block.receipt_to_rpc(index)
    }

    /// The blobs of a block's transactions, while they are kept.
    pub(crate) fn blobs_of_block(&self, at: BlockId) -> Result<Vec<&KeptBlobs>> {
        let number = self.block(at)?.number();
        Ok(self.blobs.of_block(number).collect())
    }

    pub(crate) fn blobs_of_transaction(&self, hash: &B256) -> Option<&KeptBlobs> {
        self.blobs.of_transaction(hash)
    }

    pub(crate) fn all_blobs(&self) -> impl Iterator<Item = &KeptBlobs> {
        self.blobs.iter()
    }

    /// The logs that a filter matches, in their order.
    ///
    /// # Errors
    /// [`Error::UnknownBlock`]; [`Error::TooMany`] beyond [`limits::LOG_BLOCKS`] blocks or
    /// [`limits::LOGS`] logs.
    pub fn logs(&self, filter: &rpc::Filter) -> Result<Vec<rpc::Log>> {
        let (first, last) = self.range(filter)?;
        let mut found = Vec::new();
        for number in first..=last {
            let Some(block) = self.history.block(number) else {
                continue;
            };
            if !filter.matches_bloom(block.header.logs_bloom) {
                continue;
            }
            found.extend(matching(block, filter));
            if found.len() > limits::LOGS {
                return Err(Error::TooMany {
                    what: "logs",
                    got: found.len() as u64,
                    most: limits::LOGS as u64,
                });
            }
        }
        Ok(found)
    }

    /// The first and last block that a filter spans.
    fn range(&self, filter: &rpc::Filter) -> Result<(u64, u64)> {
        let (from, to) = match &filter.block_option {
            rpc::FilterBlockOption::AtBlockHash(hash) => {
                let number = self.block((*hash).into())?.number();
                return Ok((number, number));
            }
            rpc::FilterBlockOption::Range {
                from_block,
                to_block,
            } => (from_block.unwrap_or_default(), to_block.unwrap_or_default()),
        };
        let head = self.head().number();
        let first = self.number_or(from, u64::MAX)?;
        let last = self.number_or(to, head)?.min(head);
        let got = last.saturating_sub(first).saturating_add(1);
        if first <= last && got > limits::LOG_BLOCKS {
            return Err(Error::TooMany {
                what: "blocks of a query for logs",
                got,
                most: limits::LOG_BLOCKS,
            });
        }
        Ok((first, last))
    }

    /// The number that a tag stands for; of blocks to come, `future`.
    fn number_or(&self, tag: BlockNumberOrTag, future: u64) -> Result<u64> {
        match tag {
            BlockNumberOrTag::Number(number) if number > self.head().number() => Ok(future),
            BlockNumberOrTag::Number(number) => Ok(number),
            tag => Ok(self.block(tag.into())?.number()),
        }
    }

    /// Prices of `count` blocks up to `newest` and of the one after them, and the tips at the given
    /// percentiles of each block's gas.
    ///
    /// # Errors
    /// [`Error::UnknownBlock`]; [`Error::Parameters`] unless the percentiles ascend from 0 to 100.
    pub fn fee_history(
        &self,
        count: u64,
        newest: BlockNumberOrTag,
        percentiles: &[f64],
    ) -> Result<rpc::FeeHistory> {
        let ascending = percentiles.windows(2).all(|pair| pair[0] <= pair[1]);
        let inside = percentiles.iter().all(|part| (0.0..=100.0).contains(part));
        if !ascending || !inside || percentiles.len() > 100 {
            return Err(Error::Parameters(
                "reward percentiles must ascend from 0 to 100".to_owned(),
            ));
        }
        let last = self.block(newest.into())?.number();
        let count = count.clamp(1, limits::FEE_HISTORY);
        let first = (last + 1).saturating_sub(count).max(self.history.oldest());
        let mut history = rpc::FeeHistory {
            oldest_block: first,
            reward: (!percentiles.is_empty()).then(Vec::new),
            ..rpc::FeeHistory::default()
        };
        let blocks = (first..=last).filter_map(|number| self.history.block(number));
        for block in blocks {
            let prices = block.prices();
            history.base_fee_per_gas.push(prices.base_fee.into());
            history.base_fee_per_blob_gas.push(prices.blob_base_fee());
            history
                .gas_used_ratio
                .push(ratio(block.header.gas_used, block.header.gas_limit));
            history.blob_gas_used_ratio.push(ratio(
                block.header.blob_gas_used.unwrap_or_default(),
                BLOBS.max_blob_gas_per_block(),
            ));
            if let Some(reward) = &mut history.reward {
                reward.push(tips(block, percentiles));
            }
        }
        let after = match self.history.block(last + 1) {
            Some(next) => next.prices(),
            None => self.next_prices(),
        };
        history.base_fee_per_gas.push(after.base_fee.into());
        history.base_fee_per_blob_gas.push(after.blob_base_fee());
        Ok(history)
    }
}

/// The logs of a block that a filter matches.
pub(crate) fn matching<'a>(
    block: &'a Block,
    filter: &'a rpc::Filter,
) -> impl Iterator<Item = rpc::Log> + 'a {
    block
        .logs()
        .filter(|log| filter.matches_address(log.address()) && filter.matches_topics(log.topics()))
}

#[expect(
    clippy::cast_precision_loss,
    reason = "a share, for people and fee oracles"
)]
fn ratio(part: u64, whole: u64) -> f64 {
    part as f64 / whole as f64
}

/// The tips paid at these percentiles of the block's gas, in wei per gas.
#[expect(clippy::cast_precision_loss, reason = "a share of the block's gas")]
fn tips(block: &Block, percentiles: &[f64]) -> Vec<u128> {
    let base_fee = block.prices().base_fee;
    let mut paid: Vec<_> = block
        .transactions
        .iter()
        .map(|mined| {
            let tip = mined.transaction.effective_tip_per_gas(base_fee);
            (tip.unwrap_or_default(), mined.gas_used)
        })
        .collect();
    paid.sort_unstable();
    let total = block.header.gas_used as f64;
    percentiles
        .iter()
        .map(|part| {
            let wanted = total * part / 100.0;
            let mut gas = 0;
            let reached = paid.iter().find(|(_, used)| {
                gas += used;
                gas as f64 >= wanted
            });
            reached.or(paid.last()).map_or(0, |(tip, _)| *tip)
        })
        .collect()
}
