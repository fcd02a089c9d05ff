//! Every bound of the chain and of its door.

use alloy::eips::eip4844::BYTES_PER_BLOB;
use alloy::eips::eip7594::{CELLS_PER_EXT_BLOB, MAX_BLOBS_PER_TX_FUSAKA};
use alloy::eips::eip7691::MAX_BLOBS_PER_BLOCK_ELECTRA;

/// Gas of a block.
pub const BLOCK_GAS: u64 = 60_000_000;

/// Most gas of a transaction (EIP-7825): 2^24.
pub const TRANSACTION_GAS: u64 = 1 << 24;

/// Most gas of an `eth_call`, which no block has to hold.
pub const CALL_GAS: u64 = BLOCK_GAS;

/// Most bytes of a transaction without its blobs, as geth has it.
pub const TRANSACTION_BYTES: usize = 128 * 1024;

/// Most blobs of a transaction (EIP-7594).
pub const TRANSACTION_BLOBS: usize = 6;

/// Most blobs of a block (EIP-7691).
pub const BLOCK_BLOBS: usize = 9;

const _: () = assert!(BLOCK_BLOBS as u64 == MAX_BLOBS_PER_BLOCK_ELECTRA);
const _: () = assert!(TRANSACTION_BLOBS as u64 == MAX_BLOBS_PER_TX_FUSAKA);

/// Most bytes of a transaction with its blobs, commitments and cell proofs, RLP's headers included.
/// There is room for a block's blobs, so that who brings too many hears how many.
pub const BLOB_TRANSACTION_BYTES: usize =
    TRANSACTION_BYTES + BLOCK_BLOBS * (BYTES_PER_BLOB + 49 * (CELLS_PER_EXT_BLOB + 1) + 8);

/// Most transactions that wait, over all senders.
pub const POOL: usize = 4096;

/// Most transactions of one sender that wait.
pub const POOL_PER_SENDER: usize = 64;

/// Most blobs of all transactions that wait: 32 MiB.
pub const POOL_BLOBS: usize = 256;

/// Blocks whose state can be read: a call at an older one is refused.
pub const STATES: usize = 256;

/// Blocks that are kept with their transactions and receipts.
pub const BLOCKS: usize = 1 << 17;

/// Seconds for which blobs are kept, as consensus nodes do: 4096 epochs, 18.2 days.
pub const BLOB_SECONDS: u64 = 4096 * 32 * 12;

/// Most blobs that are kept, 256 MiB: the oldest go first.
pub const BLOBS: usize = 2048;

/// Most blocks that one query for logs may span.
pub const LOG_BLOCKS: u64 = 10_000;

/// Most logs in one answer.
pub const LOGS: usize = 10_000;

/// Most blocks in one fee history.
pub const FEE_HISTORY: u64 = 1024;

/// Most blocks that one request may mine.
pub const MINE: u64 = 4096;

/// Most snapshots that are kept.
pub const SNAPSHOTS: usize = 64;

/// Most accounts that a genesis gives ether to.
pub const ACCOUNTS: usize = 1024;

/// Most filters that are open; the one that was asked longest ago makes room.
pub const FILTERS: usize = 256;

/// Most bytes of a request: a transaction with a block's blobs in hexadecimal, and room besides.
pub const REQUEST_BYTES: u32 = 4 * 1024 * 1024;

/// Most bytes of an answer: nine blobs in hexadecimal are 2.25 MiB.
pub const RESPONSE_BYTES: u32 = 32 * 1024 * 1024;

/// Most calls in a batch.
pub const BATCH: u32 = 256;

/// Most connections.
pub const CONNECTIONS: u32 = 256;

/// Most subscriptions of a connection.
pub const SUBSCRIPTIONS: u32 = 32;

/// Most bytes of a saved state.
pub const STATE_FILE_BYTES: u64 = 4 << 30;
