//! Calls that nobody signed.

use alloy::primitives::{Address, TxKind, U256};
use alloy::rpc::types::TransactionRequest;
use alloy::rpc::types::state::{AccountOverride, StateOverride};
use revm::DatabaseRef;
use revm::bytecode::Bytecode;
use revm::context::{BlockEnv, TxEnv};
use revm::context_interface::either::Either;
use revm::database::CacheDB;
use std::convert::Infallible;

use crate::error::{Error, Result};
use crate::limits;
use crate::state::View;

/// The call as the EVM takes it: without prices it is free, without gas it has a block's.
pub(crate) fn to_evm(
    request: &TransactionRequest,
    block: &BlockEnv,
    chain_id: u64,
) -> Result<TxEnv> {
    if let Some(got) = request.chain_id
        && got != chain_id
    {
        return Err(Error::Parameters(format!(
            "chain id: got {got}, expected {chain_id}"
        )));
    }
    if request.gas_price.is_some() && request.max_fee_per_gas.is_some() {
        return Err(Error::Parameters(
            "both gasPrice and maxFeePerGas specified".to_owned(),
        ));
    }
    let blob_hashes = request.blob_versioned_hashes.clone().unwrap_or_default();
    let blob_price = block
        .blob_excess_gas_and_price
        .map_or(0, |price| price.blob_gasprice);
    let authorizations = request.authorization_list.clone().unwrap_or_default();
    let input = request
        .input
        .clone()
        .try_into_unique_input()
        .map_err(|error| Error::Parameters(error.to_string()))?;
    let mut transaction = TxEnv {
        caller: request.from.unwrap_or_default(),
        gas_limit: request
            .gas
            .unwrap_or(limits::CALL_GAS)
            .min(limits::CALL_GAS),
        gas_price: request
            .gas_price
            .or(request.max_fee_per_gas)
            .unwrap_or_default(),
        kind: request.to.unwrap_or(TxKind::Create),
        value: request.value.unwrap_or_default(),
        data: input.unwrap_or_default(),
        nonce: request.nonce.unwrap_or_default(),
        chain_id: Some(chain_id),
        access_list: request.access_list.clone().unwrap_or_default(),
        gas_priority_fee: request.max_priority_fee_per_gas,
        max_fee_per_blob_gas: match request.max_fee_per_blob_gas {
            Some(fee) => fee,
            None if blob_hashes.is_empty() => 0,
            None => blob_price,
        },
        blob_hashes,
        authorization_list: authorizations.into_iter().map(Either::Left).collect(),
        ..TxEnv::default()
    };
    transaction
        .derive_tx_type()
        .map_err(|error| Error::Parameters(format!("{error:?}")))?;
    Ok(transaction)
}

/// Changes accounts for one call.
pub(crate) fn apply(overrides: StateOverride, database: &mut CacheDB<View<'_>>) -> Result<()> {
    for (address, change) in overrides {
        let AccountOverride {
            balance,
            nonce,
            code,
            state,
            state_diff,
            move_precompile_to,
        } = change;
        if move_precompile_to.is_some() || (state.is_some() && state_diff.is_some()) {
            return Err(Error::Parameters(format!(
                "override of {address}: precompiles stay where they are, and state excludes stateDiff"
            )));
        }
        let info = database.basic_ref(address);
        let mut info = never(info).unwrap_or_default();
        info.balance = balance.unwrap_or(info.balance);
        info.nonce = nonce.unwrap_or(info.nonce);
        if let Some(code) = code {
            info = info.with_code(Bytecode::new_legacy(code));
        }
        database.insert_account_info(address, info);
        let words = |map: alloy::primitives::map::B256Map<alloy::primitives::B256>| {
            map.into_iter()
                .map(|(slot, value)| (U256::from_be_bytes(slot.0), U256::from_be_bytes(value.0)))
        };
        if let Some(state) = state {
            never(database.replace_account_storage(address, words(state).collect()));
        }
        for (slot, value) in state_diff.into_iter().flat_map(words) {
            never(database.insert_account_storage(address, slot, value));
        }
    }
    Ok(())
}

/// The balance of an account, overrides included, in wei.
pub(crate) fn balance(database: &CacheDB<View<'_>>, account: &Address) -> U256 {
    never(database.basic_ref(*account)).map_or(U256::ZERO, |info| info.balance)
}

fn never<T>(result: std::result::Result<T, Infallible>) -> T {
    match result {
        Ok(value) => value,
        Err(never) => match never {},
    }
}
