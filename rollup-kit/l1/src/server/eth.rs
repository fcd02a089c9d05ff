//! What every node of Ethereum answers.

use alloy::eips::{BlockId, BlockNumberOrTag};
use alloy::primitives::{Address, B256, Bytes, U64, U128, U256};
use alloy::rpc::types::state::StateOverride;
use alloy::rpc::types::{Filter, TransactionRequest};
use jsonrpsee::RpcModule;
use jsonrpsee::core::RegisterMethodError;
use serde_json::Value;

use super::params::method;
use super::{Shared, now};
use crate::error::{Error, Result};

/// The tip that is proposed to clients: 1 gwei per gas.
const TIP: u64 = 1_000_000_000;

pub(super) fn register(
    module: &mut RpcModule<Shared>,
) -> std::result::Result<(), RegisterMethodError> {
    node(module)?;
    accounts(module)?;
    transactions(module)?;
    blocks(module)
}

fn node(module: &mut RpcModule<Shared>) -> std::result::Result<(), RegisterMethodError> {
    method(module, &["web3_clientVersion"], |_, _| {
        Ok(concat!("assay-l1/", env!("CARGO_PKG_VERSION")))
    })?;
    method(module, &["net_version"], |shared, _| {
        Ok(shared.chain().chain_id().to_string())
    })?;
    method(module, &["eth_chainId"], |shared, _| {
        Ok(U64::from(shared.chain().chain_id()))
    })?;
    method(module, &["eth_syncing"], |_, _| Ok(false))?;
    // The chain holds nobody's keys.
    method(module, &["eth_accounts"], |_, _| Ok(Vec::<Address>::new()))?;
    method(module, &["eth_blockNumber"], |shared, _| {
        Ok(U64::from(shared.chain().head().number()))
    })?;
    method(module, &["eth_gasPrice"], |shared, _| {
        Ok(U64::from(
            shared.chain().next_base_fee().saturating_add(TIP),
        ))
    })?;
    method(module, &["eth_maxPriorityFeePerGas"], |_, _| {
        Ok(U64::from(TIP))
    })?;
    method(module, &["eth_blobBaseFee"], |shared, _| {
        Ok(U128::from(shared.chain().next_blob_base_fee()))
    })?;
    method(module, &["eth_feeHistory"], |shared, arguments| {
        let count = arguments.number()?;
        let newest: BlockNumberOrTag = arguments.optional()?.unwrap_or_default();
        let percentiles: Vec<f64> = arguments.optional()?.unwrap_or_default();
        shared.chain().fee_history(count, newest, &percentiles)
    })
}

fn accounts(module: &mut RpcModule<Shared>) -> std::result::Result<(), RegisterMethodError> {
    method(module, &["eth_getBalance"], |shared, arguments| {
        let account: Address = arguments.next()?;
        shared.chain().balance(&account, arguments.block()?)
    })?;
    method(module, &["eth_getTransactionCount"], |shared, arguments| {
        let account: Address = arguments.next()?;
        let nonce = shared.chain().nonce(&account, arguments.block()?)?;
        Ok(U64::from(nonce))
    })?;
    method(module, &["eth_getCode"], |shared, arguments| {
        let account: Address = arguments.next()?;
        shared.chain().code(&account, arguments.block()?)
    })?;
    method(module, &["eth_getStorageAt"], |shared, arguments| {
        let account: Address = arguments.next()?;
        let slot: U256 = arguments.next()?;
        let value = shared.chain().storage(&account, slot, arguments.block()?)?;
        Ok(B256::from(value))
    })?;
    method(module, &["eth_call"], |shared, arguments| {
        let call: TransactionRequest = arguments.next()?;
        let block = arguments.block()?;
        let overrides = overrides(arguments)?;
        shared.chain().call(&call, block, overrides, now())
    })?;
    method(module, &["eth_estimateGas"], |shared, arguments| {
        let call: TransactionRequest = arguments.next()?;
        // What is estimated will be in the next block.
        let block = arguments.optional()?.unwrap_or(BlockId::pending());
        let overrides = overrides(arguments)?;
        let gas = shared
            .chain()
            .estimate_gas(&call, block, overrides, now())?;
        Ok(U64::from(gas))
    })
}

fn overrides(arguments: &mut super::params::Arguments<'_>) -> Result<Option<StateOverride>> {
    let state = arguments.optional()?;
    let block: Option<serde_json::Map<String, Value>> = arguments.optional()?;
    if block.is_some_and(|block| !block.is_empty()) {
        return Err(Error::Parameters(
            "overrides of the block are not supported".to_owned(),
        ));
    }
    Ok(state)
}

fn transactions(module: &mut RpcModule<Shared>) -> std::result::Result<(), RegisterMethodError> {
    method(module, &["eth_sendRawTransaction"], |shared, arguments| {
        let bytes: Bytes = arguments.next()?;
        shared.submit(&bytes)
    })?;
    method(
        module,
        &["eth_getTransactionByHash"],
        |shared, arguments| {
            let hash: B256 = arguments.next()?;
            Ok(shared.chain().transaction(&hash))
        },
    )?;
    method(
        module,
        &["eth_getTransactionReceipt"],
        |shared, arguments| {
            let hash: B256 = arguments.next()?;
            Ok(shared.chain().receipt(&hash))
        },
    )
}

fn blocks(module: &mut RpcModule<Shared>) -> std::result::Result<(), RegisterMethodError> {
    method(module, &["eth_getBlockByNumber"], |shared, arguments| {
        let number: BlockNumberOrTag = arguments.next()?;
        let full = arguments.optional()?.unwrap_or(false);
        if number.is_pending() {
            // What would be mined now, off a copy.
            let mut chain = shared.chain().clone();
            return Ok(Some(chain.mine(now()).to_rpc(full)));
        }
        known(shared.chain().block(number.into())).map(|block| block.map(|b| b.to_rpc(full)))
    })?;
    method(module, &["eth_getBlockByHash"], |shared, arguments| {
        let hash: B256 = arguments.next()?;
        let full = arguments.optional()?.unwrap_or(false);
        known(shared.chain().block(hash.into())).map(|block| block.map(|b| b.to_rpc(full)))
    })?;
    method(module, &["eth_getBlockReceipts"], |shared, arguments| {
        let at = arguments.block()?;
        let chain = shared.chain();
        let block = known(chain.block(at))?;
        Ok(block.map(|block| {
            (0..block.transactions().len())
                .filter_map(|index| block.receipt_to_rpc(index))
                .collect::<Vec<_>>()
        }))
    })?;
    method(module, &["eth_getLogs"], |shared, arguments| {
        let filter: Filter = arguments.next()?;
        shared.chain().logs(&filter)
    })
}

/// A block that does not exist is no error here: the answer is null.
fn known<T>(block: Result<T>) -> Result<Option<T>> {
    match block {
        Ok(block) => Ok(Some(block)),
        Err(Error::UnknownBlock(_)) => Ok(None),
        Err(error) => Err(error),
    }
}
