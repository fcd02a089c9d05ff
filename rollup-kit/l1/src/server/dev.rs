//! What only a test chain does: mine at will, move time, go back. Names and forms are anvil's
//! where anvil has them, so that the same client drives both.

use std::time::Duration;

use alloy::primitives::{Address, B256, Bytes, U64, U256};
use jsonrpsee::RpcModule;
use jsonrpsee::core::RegisterMethodError;
use serde::Deserialize;

use super::params::{Arguments, method};
use super::{Mining, Shared, now};
use crate::chain::{Requeue, SnapshotId};
use crate::error::{Error, Rejection, Result};
use crate::limits;
use crate::transaction::{UnverifiedTransaction, VerifiedTransaction};

pub(super) fn register(
    module: &mut RpcModule<Shared>,
) -> std::result::Result<(), RegisterMethodError> {
    mining(module)?;
    time(module)?;
    going_back(module)?;
    state(module)
}

fn mining(module: &mut RpcModule<Shared>) -> std::result::Result<(), RegisterMethodError> {
    method(module, &["evm_mine"], |shared, arguments| {
        let (blocks, timestamp) = match arguments.optional()? {
            None => (1, None),
            Some(Mine::At(timestamp)) => (1, Some(timestamp.to())),
            Some(Mine::Options { timestamp, blocks }) => (
                blocks.map_or(1, |blocks| blocks.to()),
                timestamp.map(|timestamp| timestamp.to()),
            ),
        };
        mine(shared, blocks, None, timestamp)?;
        Ok("0x0")
    })?;
    method(
        module,
        &["anvil_mine", "hardhat_mine"],
        |shared, arguments| {
            let blocks = arguments.optional_number()?.unwrap_or(1);
            let interval = arguments.optional_number()?;
            mine(shared, blocks, interval, None)
        },
    )?;
    method(module, &["anvil_getAutomine"], |shared, _| {
        Ok(*shared.mining.borrow() == Mining::Automine)
    })?;
    method(
        module,
        &["anvil_setAutomine", "evm_setAutomine"],
        |shared, arguments| {
            let automine: bool = arguments.next()?;
            let mode = if automine {
                Mining::Automine
            } else {
                Mining::Manual
            };
            shared.mining.send_replace(mode);
            shared.mine_ready(&mut shared.chain());
            Ok(())
        },
    )?;
    method(
        module,
        &["anvil_setIntervalMining", "evm_setIntervalMining"],
        |shared, arguments| {
            let seconds = arguments.number()?;
            let mode = match seconds {
                0 => Mining::Manual,
                seconds => Mining::Every(Duration::from_secs(seconds)),
            };
            shared.mining.send_replace(mode);
            Ok(())
        },
    )?;
    method(module, &["anvil_dropTransaction"], |shared, arguments| {
        let hash: B256 = arguments.next()?;
        Ok(shared.chain().drop_transaction(&hash).then_some(hash))
    })?;
    method(module, &["anvil_dropAllTransactions"], |shared, _| {
        shared.chain().drop_all_transactions();
        Ok(())
    })
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Mine {
    At(U64),
    Options {
        timestamp: Option<U64>,
        blocks: Option<U64>,
    },
}

/// Mines blocks, `interval` seconds apart, the first at `timestamp`.
fn mine(shared: &Shared, blocks: u64, interval: Option<u64>, timestamp: Option<u64>) -> Result<()> {
    if blocks > limits::MINE {
        return Err(Error::TooMany {
            what: "blocks to mine",
            got: blocks,
            most: limits::MINE,
        });
    }
    let mut chain = shared.chain();
    if let Some(timestamp) = timestamp {
        chain.set_next_timestamp(timestamp)?;
    }
    for number in 0..blocks {
        if number > 0
            && let Some(interval) = interval
        {
            let next = chain.head().timestamp().saturating_add(interval.max(1));
            chain.set_next_timestamp(next)?;
        }
        shared.mine(&mut chain);
    }
    Ok(())
}

fn time(module: &mut RpcModule<Shared>) -> std::result::Result<(), RegisterMethodError> {
    method(
        module,
        &["evm_increaseTime", "anvil_increaseTime"],
        |shared, arguments| {
            let seconds = arguments.number()?;
            Ok(shared.chain().increase_time(seconds))
        },
    )?;
    method(
        module,
        &["evm_setNextBlockTimestamp", "anvil_setNextBlockTimestamp"],
        |shared, arguments| {
            let timestamp = arguments.number()?;
            shared.chain().set_next_timestamp(timestamp)
        },
    )?;
    method(
        module,
        &[
            "anvil_setNextBlockBaseFeePerGas",
            "hardhat_setNextBlockBaseFeePerGas",
        ],
        |shared, arguments| {
            let base_fee = arguments.number()?;
            shared.chain().set_next_base_fee(base_fee);
            Ok(())
        },
    )?;
    method(
        module,
        &["assay_setNextBlockExcessBlobGas"],
        |shared, arguments| {
            let excess = arguments.number()?;
            shared.chain().set_next_excess_blob_gas(excess)
        },
    )
}

fn going_back(module: &mut RpcModule<Shared>) -> std::result::Result<(), RegisterMethodError> {
    method(module, &["evm_snapshot", "anvil_snapshot"], |shared, _| {
        Ok(U64::from(shared.chain().snapshot().0))
    })?;
    method(
        module,
        &["evm_revert", "anvil_revert"],
        |shared, arguments| {
            let id = SnapshotId(arguments.number()?);
            let mut chain = shared.chain();
            match chain.revert(id) {
                Ok((undone, mined)) => {
                    shared.tell(undone, mined);
                    Ok(true)
                }
                Err(Error::NotFound { .. }) => Ok(false),
                Err(error) => Err(error),
            }
        },
    )?;
    method(module, &["anvil_rollback"], |shared, arguments| {
        let depth = arguments.optional_number()?.unwrap_or(1);
        let mut chain = shared.chain();
        let undone = chain.rollback(depth, Requeue::No)?;
        shared.tell(undone, Vec::new());
        Ok(())
    })?;
    method(module, &["anvil_reorg"], |shared, arguments| {
        let Reorg {
            depth,
            tx_block_pairs,
        } = arguments.all()?;
        reorg(shared, depth.to(), Requeue::No, tx_block_pairs)?;
        Ok(())
    })?;
    method(module, &["assay_reorg"], assay_reorg)
}

/// `[depth, "requeue" | "drop"]`: unlike `anvil_reorg`, transactions wait again unless they are to
/// be dropped. The hashes of the new blocks.
fn assay_reorg(shared: &Shared, arguments: &mut Arguments<'_>) -> Result<Vec<B256>> {
    let depth = arguments.number()?;
    let requeue = match arguments.optional::<String>()?.as_deref() {
        None | Some("requeue") => Requeue::Yes,
        Some("drop") => Requeue::No,
        Some(other) => {
            return Err(Error::Parameters(format!(
                "expected \"requeue\" or \"drop\", got {other:?}"
            )));
        }
    };
    reorg(shared, depth, requeue, Vec::new())
}

/// The parameters of `anvil_reorg`: how many blocks, and transactions with the block each is for.
#[derive(Deserialize)]
struct Reorg {
    depth: U64,
    #[serde(default)]
    tx_block_pairs: Vec<(Given, U64)>,
}

/// A transaction of `anvil_reorg`. anvil signs for its own accounts; here only signed ones go.
#[derive(Deserialize)]
#[serde(untagged)]
enum Given {
    Raw(Bytes),
    Tagged {
        #[serde(alias = "Raw")]
        raw: Bytes,
    },
}

fn reorg(
    shared: &Shared,
    depth: u64,
    requeue: Requeue,
    given: Vec<(Given, U64)>,
) -> Result<Vec<B256>> {
    let chain_id = shared.chain().chain_id();
    let transactions = given
        .into_iter()
        .map(|(given, place)| {
            let (Given::Raw(raw) | Given::Tagged { raw }) = given;
            let verified = UnverifiedTransaction::decode(&raw)?.verify(chain_id)?;
            Ok((place.to(), verified))
        })
        .collect::<Result<Vec<(u64, VerifiedTransaction)>, Rejection>>()?;
    let mut chain = shared.chain();
    let (undone, mined) = chain.reorg(depth, requeue, transactions, now())?;
    let hashes = mined.iter().map(|block| block.hash()).collect();
    shared.tell(undone, mined);
    Ok(hashes)
}

fn state(module: &mut RpcModule<Shared>) -> std::result::Result<(), RegisterMethodError> {
    method(
        module,
        &["anvil_setBalance", "hardhat_setBalance"],
        |shared, arguments| {
            let account: Address = arguments.next()?;
            let balance: U256 = arguments.next()?;
            shared.chain().set_balance(account, balance);
            Ok(())
        },
    )?;
    method(
        module,
        &["anvil_setCode", "hardhat_setCode"],
        |shared, arguments| {
            let account: Address = arguments.next()?;
            let code: Bytes = arguments.next()?;
            shared.chain().set_code(account, code);
            Ok(())
        },
    )?;
    method(
        module,
        &["anvil_setStorageAt", "hardhat_setStorageAt"],
        |shared, arguments| {
            let account: Address = arguments.next()?;
            let slot: U256 = arguments.next()?;
            let value: B256 = arguments.next()?;
            let value = U256::from_be_bytes(value.0);
            shared.chain().set_storage(account, slot, value);
            Ok(true)
        },
    )
}
