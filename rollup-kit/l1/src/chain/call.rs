//! Calls and estimates, which change nothing.

use alloy::eips::BlockId;
use alloy::eips::eip4844::DATA_GAS_PER_BLOB;
use alloy::primitives::{Bytes, U256};
use alloy::rpc::types::TransactionRequest;
use alloy::rpc::types::state::StateOverride;
use revm::context::result::ExecutionResult;
use revm::context::{BlockEnv, TxEnv};
use revm::database::CacheDB;

use super::Chain;
use crate::error::Result;
use crate::state::View;
use crate::{execute, limits, request};

/// What a call with value gives the called contract besides.
const STIPEND: u64 = 2_300;

/// An estimate may lie this far above what is needed: 1.5 %, as geth has it.
const PERMILLE: u64 = 15;

impl Chain {
    /// What a call returns, run on the state after a block. It may have as much gas as a block.
    ///
    /// # Errors
    /// [`crate::Error::Reverted`] and [`crate::Error::Halted`] from the call; [`crate::Error::UnknownBlock`],
    /// [`crate::Error::StatePruned`], [`crate::Error::Parameters`].
    pub fn call(
        &self,
        call: &TransactionRequest,
        at: BlockId,
        overrides: Option<StateOverride>,
        now: u64,
    ) -> Result<Bytes> {
        let (view, block) = self.at(at, now)?;
        let database = overridden(view, overrides)?;
        let transaction = request::to_evm(call, &block, self.chain_id)?;
        execute::output(self.try_call(&database, &block, transaction)?)
    }

    /// Gas with which a transaction succeeds, at most 1.5 % more than it needs.
    ///
    /// # Errors
    /// As [`Self::call`]; [`crate::Error::Rejected`] where the sender cannot pay for the gas.
    pub fn estimate_gas(
        &self,
        call: &TransactionRequest,
        at: BlockId,
        overrides: Option<StateOverride>,
        now: u64,
    ) -> Result<u64> {
        let (view, block) = self.at(at, now)?;
        let database = overridden(view, overrides)?;
        let mut transaction = request::to_evm(call, &block, self.chain_id)?;
        let most = transaction
            .gas_limit
            .min(limits::TRANSACTION_GAS)
            .min(affordable(&database, &transaction));
        transaction.gas_limit = most;

        let result = self.try_call(&database, &block, transaction.clone())?;
        let (spent, used) = (result.gas().total_gas_spent(), result.tx_gas_used());
        execute::output(result)?;

        transaction.gas_limit = used;
        if self.suffices(&database, &block, transaction.clone()) {
            return Ok(used);
        }
        let mut enough = most;
        let mut short = used;
        // A call hands on at most 63 of 64 parts of its gas (EIP-150), so this mostly suffices.
        let mut guess = (spent + STIPEND).saturating_mul(64) / 63;
        while short + 1 < enough && (enough - short) * 1000 > enough * PERMILLE {
            if guess <= short || guess >= enough {
                guess = short + (enough - short) / 2;
            }
            transaction.gas_limit = guess;
            if self.suffices(&database, &block, transaction.clone()) {
                enough = guess;
            } else {
                short = guess;
            }
            guess = 0;
        }
        Ok(enough)
    }

    fn suffices(&self, database: &CacheDB<View<'_>>, block: &BlockEnv, call: TxEnv) -> bool {
        self.try_call(database, block, call)
            .is_ok_and(|result| result.is_success())
    }

    fn try_call(
        &self,
        database: &CacheDB<View<'_>>,
        block: &BlockEnv,
        transaction: TxEnv,
    ) -> Result<ExecutionResult> {
        let rules = execute::call_rules(self.chain_id);
        let database = revm::database_interface::WrapDatabaseRef(database);
        execute::run(database, rules, block.clone(), transaction).map(|done| done.result)
    }

    /// The state after a block, and what calls see of it: of `pending`, the next block.
    fn at(&self, at: BlockId, now: u64) -> Result<(View<'_>, BlockEnv)> {
        if at.is_pending() {
            return Ok((
                self.state.before(0, &self.history),
                self.next_environment(now),
            ));
        }
        let block = self.block(at)?;
        Ok((self.view(at)?, execute::environment_of(&block.header)))
    }
}

fn overridden(view: View<'_>, overrides: Option<StateOverride>) -> Result<CacheDB<View<'_>>> {
    let mut database = CacheDB::new(view);
    if let Some(overrides) = overrides {
        request::apply(overrides, &mut database)?;
    }
    Ok(database)
}

/// Gas that the caller can pay for at the price of the call.
fn affordable(database: &CacheDB<View<'_>>, transaction: &TxEnv) -> u64 {
    if transaction.gas_price == 0 {
        return u64::MAX;
    }
    let balance = request::balance(database, &transaction.caller);
    let blob_fee = U256::from(transaction.max_fee_per_blob_gas).saturating_mul(U256::from(
        transaction.blob_hashes.len() as u64 * DATA_GAS_PER_BLOB,
    ));
    let left = balance
        .saturating_sub(transaction.value)
        .saturating_sub(blob_fee);
    (left / U256::from(transaction.gas_price)).saturating_to()
}
