//! The EVM at Osaka's rules, over any state.

use std::convert::Infallible;

use alloy::consensus::{Header, Transaction as _, Typed2718};
use alloy::primitives::{Address, B256, TxKind, U256};
use revm::context::result::{EVMError, ExecutionResult, InvalidTransaction, ResultAndState};
use revm::context::{BlockEnv, CfgEnv, TxEnv};
use revm::context_interface::block::BlobExcessGasAndPrice;
use revm::context_interface::either::Either;
use revm::handler::{Handler, MainnetHandler};
use revm::primitives::hardfork::SpecId;
use revm::{Context, Database, ExecuteEvm, MainBuilder, MainContext};

use crate::block::Transaction;
use crate::error::{Error, Rejection, Result};
use crate::fees::{BLOBS, Prices};
use crate::limits;

/// Osaka's rules on this chain.
pub(crate) fn rules(chain_id: u64) -> CfgEnv {
    CfgEnv::<SpecId>::default()
        .with_spec_and_mainnet_gas_params(SpecId::OSAKA)
        .with_chain_id(chain_id)
        .with_max_blobs_per_tx(limits::TRANSACTION_BLOBS as u64)
}

/// Rules for calls that nobody signs: any caller, any nonce, no price, and gas beyond a
/// transaction's.
pub(crate) fn call_rules(chain_id: u64) -> CfgEnv {
    let mut rules = rules(chain_id);
    rules.disable_nonce_check = true;
    rules.disable_base_fee = true;
    rules.disable_eip3607 = true;
    rules.tx_gas_limit_cap = Some(u64::MAX);
    rules
}

/// What a transaction sees of the block that it is in.
pub(crate) fn environment(
    number: u64,
    timestamp: u64,
    beneficiary: Address,
    randomness: B256,
    prices: &Prices,
) -> BlockEnv {
    BlockEnv {
        number: U256::from(number),
        beneficiary,
        timestamp: U256::from(timestamp),
        gas_limit: limits::BLOCK_GAS,
        basefee: prices.base_fee,
        difficulty: U256::ZERO,
        prevrandao: Some(randomness),
        blob_excess_gas_and_price: Some(BlobExcessGasAndPrice {
            excess_blob_gas: prices.excess_blob_gas,
            blob_gasprice: BLOBS.calc_blob_fee(prices.excess_blob_gas),
        }),
        slot_num: 0,
    }
}

/// What calls at a block see: the block itself.
pub(crate) fn environment_of(header: &Header) -> BlockEnv {
    environment(
        header.number,
        header.timestamp,
        header.beneficiary,
        header.mix_hash,
        &Prices::of(header),
    )
}

/// The transaction as the EVM takes it.
pub(crate) fn to_evm(transaction: &Transaction) -> TxEnv {
    TxEnv {
        tx_type: transaction.ty(),
        caller: transaction.signer(),
        gas_limit: transaction.gas_limit(),
        gas_price: transaction.max_fee_per_gas(),
        kind: TxKind::from(transaction.to()),
        value: transaction.value(),
        data: transaction.input().clone(),
        nonce: transaction.nonce(),
        chain_id: transaction.chain_id(),
        access_list: transaction.access_list().cloned().unwrap_or_default(),
        gas_priority_fee: transaction.max_priority_fee_per_gas(),
        blob_hashes: transaction
            .blob_versioned_hashes()
            .map(<[B256]>::to_vec)
            .unwrap_or_default(),
        max_fee_per_blob_gas: transaction.max_fee_per_blob_gas().unwrap_or_default(),
        authorization_list: transaction
            .authorization_list()
            .unwrap_or_default()
            .iter()
            .cloned()
            .map(Either::Left)
            .collect(),
    }
}

/// Runs a transaction; what it changed is returned, not written.
pub(crate) fn run<D: Database<Error = Infallible>>(
    database: D,
    rules: CfgEnv,
    block: BlockEnv,
    transaction: TxEnv,
) -> Result<ResultAndState> {
    Context::mainnet()
        .with_db(database)
        .with_cfg(rules)
        .with_block(block)
        .build_mainnet()
        .transact(transaction)
        .map_err(to_error)
}

/// Checks of a transaction what needs no account: prices, gas, length of code, number of blobs.
pub(crate) fn check<D: Database<Error = Infallible>>(
    database: D,
    rules: CfgEnv,
    block: BlockEnv,
    transaction: TxEnv,
) -> Result<()> {
    let mut evm = Context::mainnet()
        .with_db(database)
        .with_cfg(rules)
        .with_block(block)
        .with_tx(transaction)
        .build_mainnet();
    let handler = MainnetHandler::<_, EVMError<Infallible>, _>::default();
    handler.validate_env(&mut evm).map_err(to_error)?;
    handler
        .validate_initial_tx_gas(&mut evm)
        .map_err(to_error)?;
    Ok(())
}

/// The output of a call, if it did not fail.
pub(crate) fn output(result: ExecutionResult) -> Result<alloy::primitives::Bytes> {
    match result {
        ExecutionResult::Success { output, .. } => Ok(output.into_data()),
        ExecutionResult::Revert { output, .. } => Err(Error::Reverted { data: output }),
        ExecutionResult::Halt { reason, .. } => Err(Error::Halted(format!("{reason:?}"))),
    }
}

fn to_error(error: EVMError<Infallible>) -> Error {
    match error {
        EVMError::Transaction(invalid) => Error::Rejected(to_rejection(invalid)),
        other => Error::Internal(other.to_string()),
    }
}

fn to_rejection(invalid: InvalidTransaction) -> Rejection {
    match invalid {
        InvalidTransaction::PriorityFeeGreaterThanMaxFee => Rejection::TipAboveFee,
        InvalidTransaction::CallGasCostMoreThanGasLimit {
            initial_gas,
            gas_limit,
        } => Rejection::IntrinsicGas {
            got: gas_limit,
            expected: initial_gas,
        },
        InvalidTransaction::GasFloorMoreThanGasLimit {
            gas_floor,
            gas_limit,
        } => Rejection::FloorGas {
            got: gas_limit,
            expected: gas_floor,
        },
        InvalidTransaction::TxGasLimitGreaterThanCap { gas_limit, cap } => Rejection::GasAboveCap {
            got: gas_limit,
            most: cap,
        },
        InvalidTransaction::CreateInitCodeSizeLimit => Rejection::InitcodeTooLarge,
        InvalidTransaction::LackOfFundForMaxFee { fee, balance } => Rejection::InsufficientFunds {
            balance: *balance,
            cost: *fee,
        },
        InvalidTransaction::NonceTooLow { tx, state } => Rejection::NonceTooLow {
            got: tx,
            expected: state,
        },
        InvalidTransaction::EmptyBlobs => Rejection::NoBlobs,
        InvalidTransaction::TooManyBlobs { max, have } => Rejection::TooManyBlobs {
            got: have,
            most: max,
        },
        other => Rejection::Invalid(other.to_string()),
    }
}
