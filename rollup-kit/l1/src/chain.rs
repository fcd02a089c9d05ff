//! The chain: state, blocks, and the transactions that wait. No I/O, no clock of its own.

mod call;
mod mine;
mod read;
mod rewind;

use std::collections::BTreeMap;
use std::sync::Arc;

use alloy::consensus::constants::EMPTY_WITHDRAWALS;
use alloy::consensus::{Header, Sealable, Transaction as _};
use alloy::eips::eip7685::EMPTY_REQUESTS_HASH;
use alloy::primitives::{Address, B256, Bytes, U256};
use revm::database_interface::WrapDatabaseRef;
use revm::state::AccountInfo;

use crate::blobs::Blobs;
use crate::block::Block;
use crate::error::{Error, Rejection, Result};
use crate::fees::{BLOBS, Prices};
use crate::history::History;
use crate::pool::Pool;
use crate::state::State;
use crate::transaction::VerifiedTransaction;
use crate::{execute, limits};

pub(crate) use read::matching;
pub use rewind::{Reorganised, Requeue, SnapshotId};

/// How a chain begins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Genesis {
    /// The chain's id, which transactions are signed for (EIP-155).
    pub chain_id: u64,
    /// The first block's time, in seconds since 1970.
    pub timestamp: u64,
    /// The first block's price, in wei per gas.
    pub base_fee: u64,
    /// Who has how much, in wei.
    pub balances: Vec<(Address, U256)>,
}

impl Genesis {
    /// Chain 31337, 1 gwei per gas, and nobody has anything.
    #[must_use]
    pub fn new(timestamp: u64) -> Self {
        Self {
            chain_id: 31337,
            timestamp,
            base_fee: 1_000_000_000,
            balances: Vec::new(),
        }
    }

    /// Gives each account so much, in wei.
    #[must_use]
    pub fn with_balances(mut self, accounts: &[Address], balance: U256) -> Self {
        self.balances
            .extend(accounts.iter().map(|account| (*account, balance)));
        self
    }
}

/// A chain at Osaka's rules. `now` is the caller's clock, in seconds since 1970; the chain's own
/// time may have been moved ahead of it.
#[derive(Clone, Debug)]
pub struct Chain {
    pub(crate) chain_id: u64,
    beneficiary: Address,
    pub(crate) state: State,
    pub(crate) history: History,
    pub(crate) blobs: Blobs,
    pub(crate) pool: Pool,
    /// Seconds that the chain's time is ahead of the caller's.
    pub(crate) ahead: u64,
    next_timestamp: Option<u64>,
    next_base_fee: Option<u64>,
    next_excess_blob_gas: Option<u64>,
    /// Tells blocks apart that are the same but for having been undone.
    pub(crate) branch: u64,
    snapshots: BTreeMap<SnapshotId, Arc<Chain>>,
    next_snapshot: u64,
}

impl Chain {
    /// A chain that consists of its genesis.
    ///
    /// # Errors
    /// [`Error::TooMany`] for more than [`limits::ACCOUNTS`] balances.
    pub fn new(genesis: &Genesis) -> Result<Self> {
        if genesis.balances.len() > limits::ACCOUNTS {
            return Err(Error::TooMany {
                what: "accounts",
                got: genesis.balances.len() as u64,
                most: limits::ACCOUNTS as u64,
            });
        }
        let mut state = State::default();
        for (account, balance) in &genesis.balances {
            state.set_info(*account, AccountInfo::from_balance(*balance));
        }
        let header = Header {
            state_root: state.root(),
            gas_limit: limits::BLOCK_GAS,
            timestamp: genesis.timestamp,
            base_fee_per_gas: Some(genesis.base_fee),
            ..blank_header()
        };
        state.forget();
        let first = Block {
            header: header.seal_slow(),
            transactions: Vec::new(),
        };
        Ok(Self::with(
            genesis.chain_id,
            state,
            History::new(first),
            Blobs::default(),
        ))
    }

    pub(crate) fn with(chain_id: u64, state: State, history: History, blobs: Blobs) -> Self {
        Self {
            chain_id,
            beneficiary: Address::ZERO,
            state,
            history,
            blobs,
            pool: Pool::default(),
            ahead: 0,
            next_timestamp: None,
            next_base_fee: None,
            next_excess_blob_gas: None,
            branch: 0,
            snapshots: BTreeMap::new(),
            next_snapshot: 0,
        }
    }

    /// The chain's id.
    #[must_use]
    pub fn chain_id(&self) -> u64 {
        self.chain_id
    }

    /// The newest block.
    #[must_use]
    pub fn head(&self) -> &Arc<Block> {
        self.history.head()
    }

    /// How many transactions wait.
    #[must_use]
    pub fn waiting(&self) -> usize {
        self.pool.len()
    }

    /// The prices of the next block.
    pub(crate) fn next_prices(&self) -> Prices {
        let mut prices = Prices::after(&self.head().header);
        if let Some(base_fee) = self.next_base_fee {
            prices.base_fee = base_fee;
        }
        if let Some(excess) = self.next_excess_blob_gas {
            prices.excess_blob_gas = excess;
        }
        prices
    }

    /// Wei per gas of the next block (EIP-1559).
    #[must_use]
    pub fn next_base_fee(&self) -> u64 {
        self.next_prices().base_fee
    }

    /// Wei per blob gas of the next block (EIP-4844, EIP-7918).
    #[must_use]
    pub fn next_blob_base_fee(&self) -> u128 {
        self.next_prices().blob_base_fee()
    }

    /// Takes a transaction into the pool.
    ///
    /// # Errors
    /// [`Error::Rejected`]: its sender cannot pay or has used the nonce, its prices are under the
    /// next block's, or there is no room.
    pub fn submit(&mut self, transaction: VerifiedTransaction, now: u64) -> Result<B256> {
        self.check(&transaction, now)?;
        let hash = transaction.hash();
        let nonce = self.state.nonce(&transaction.sender());
        self.pool.insert(transaction, nonce)?;
        Ok(hash)
    }

    fn check(&self, transaction: &VerifiedTransaction, now: u64) -> Result<()> {
        let body = transaction.body();
        let sender = transaction.sender();
        let prices = self.next_prices();
        let nonce = self.state.nonce(&sender);
        if transaction.nonce() == u64::MAX {
            return Err(Rejection::NonceOverflow.into());
        }
        if transaction.nonce() < nonce {
            return Err(Rejection::NonceTooLow {
                got: transaction.nonce(),
                expected: nonce,
            }
            .into());
        }
        if body.max_fee_per_gas() < u128::from(prices.base_fee) {
            return Err(Rejection::FeeTooLow {
                got: body.max_fee_per_gas(),
                base_fee: prices.base_fee,
            }
            .into());
        }
        if let Some(got) = body.max_fee_per_blob_gas()
            && got < prices.blob_base_fee()
        {
            return Err(Rejection::BlobFeeTooLow {
                got,
                base_fee: prices.blob_base_fee(),
            }
            .into());
        }
        let view = self.state.before(0, &self.history);
        let code = view.code(&sender);
        if !code.is_empty() && !is_delegation(&code) {
            return Err(Rejection::SenderHasCode(sender).into());
        }
        execute::check(
            WrapDatabaseRef(view),
            execute::rules(self.chain_id),
            self.next_environment(now),
            execute::to_evm(body),
        )?;
        let (balance, cost) = (self.state.balance(&sender), most_cost(transaction));
        if balance < cost {
            return Err(Rejection::InsufficientFunds { balance, cost }.into());
        }
        Ok(())
    }

    /// Forgets a transaction that waits; whether it did wait.
    pub fn drop_transaction(&mut self, hash: &B256) -> bool {
        self.pool.remove(hash).is_some()
    }

    /// Forgets all transactions that wait.
    pub fn drop_all_transactions(&mut self) {
        self.pool.clear();
    }

    /// Sets an account's balance, in wei.
    pub fn set_balance(&mut self, account: Address, balance: U256) {
        self.state.set_balance(account, balance);
    }

    /// Sets an account's code.
    pub fn set_code(&mut self, account: Address, code: Bytes) {
        self.state.set_code(account, code);
    }

    /// Sets a slot of an account's storage.
    pub fn set_storage(&mut self, account: Address, slot: U256, value: U256) {
        self.state.set_slot(account, slot, value);
    }

    /// Sets the price of the next block alone, in wei per gas.
    pub fn set_next_base_fee(&mut self, base_fee: u64) {
        self.next_base_fee = Some(base_fee);
    }

    /// Sets the excess blob gas of the next block, out of which the blob base fee follows in it
    /// and after it: 5,007,716 more multiply the fee by e.
    ///
    /// # Errors
    /// [`Error::TooMany`] where the fee would not fit 128 bits.
    pub fn set_next_excess_blob_gas(&mut self, excess: u64) -> Result<()> {
        // e^60 wei per blob gas is more ether than there is.
        let most = 60 * u64::try_from(BLOBS.update_fraction).unwrap_or(u64::MAX);
        if excess > most {
            return Err(Error::TooMany {
                what: "excess blob gas",
                got: excess,
                most,
            });
        }
        self.next_excess_blob_gas = Some(excess);
        Ok(())
    }

    /// Moves the chain's time ahead of the clock by so many seconds more; how many they are in all.
    pub fn increase_time(&mut self, seconds: u64) -> u64 {
        self.ahead = self.ahead.saturating_add(seconds);
        self.ahead
    }

    /// Sets the next block's time, in seconds since 1970; time goes on from there.
    ///
    /// # Errors
    /// [`Error::TimestampInPast`] unless it is after the last block's.
    pub fn set_next_timestamp(&mut self, timestamp: u64) -> Result<()> {
        let last = self.head().timestamp();
        if timestamp <= last {
            return Err(Error::TimestampInPast {
                got: timestamp,
                last,
            });
        }
        self.next_timestamp = Some(timestamp);
        Ok(())
    }
}

/// A header with nothing in it that Osaka's rules would leave out.
fn blank_header() -> Header {
    Header {
        withdrawals_root: Some(EMPTY_WITHDRAWALS),
        blob_gas_used: Some(0),
        excess_blob_gas: Some(0),
        parent_beacon_block_root: Some(B256::ZERO),
        requests_hash: Some(EMPTY_REQUESTS_HASH),
        ..Header::default()
    }
}

/// Whether code only names other code (EIP-7702): such an account may still sign.
fn is_delegation(code: &[u8]) -> bool {
    code.len() == 23 && code.starts_with(&[0xef, 0x01, 0x00])
}

/// Most that a transaction can take from its sender, in wei.
fn most_cost(transaction: &VerifiedTransaction) -> U256 {
    let body = transaction.body();
    let gas = U256::from(body.max_fee_per_gas()).saturating_mul(U256::from(body.gas_limit()));
    let blob_gas = U256::from(body.max_fee_per_blob_gas().unwrap_or_default())
        .saturating_mul(U256::from(body.blob_gas_used().unwrap_or_default()));
    gas.saturating_add(blob_gas).saturating_add(body.value())
}
