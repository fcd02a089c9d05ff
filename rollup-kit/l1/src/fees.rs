//! Prices of the next block, out of the last one's header.

use alloy::consensus::Header;
use alloy::eips::eip1559::BaseFeeParams;
use alloy::eips::eip7840::BlobParams;

/// Osaka's schedule: target 6 blobs a block, at most 9, at most 6 in a transaction.
pub(crate) const BLOBS: BlobParams = BlobParams::osaka();

/// What a block charges.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Prices {
    /// Wei per gas (EIP-1559).
    pub(crate) base_fee: u64,
    /// What the blob base fee follows from (EIP-4844, EIP-7918).
    pub(crate) excess_blob_gas: u64,
}

impl Prices {
    /// Of the block after this one.
    pub(crate) fn after(header: &Header) -> Self {
        Self {
            base_fee: header
                .next_block_base_fee(BaseFeeParams::ethereum())
                .unwrap_or_default(),
            excess_blob_gas: header.next_block_excess_blob_gas(BLOBS).unwrap_or_default(),
        }
    }

    /// Of this block.
    pub(crate) fn of(header: &Header) -> Self {
        Self {
            base_fee: header.base_fee_per_gas.unwrap_or_default(),
            excess_blob_gas: header.excess_blob_gas.unwrap_or_default(),
        }
    }

    /// Wei per blob gas.
    pub(crate) fn blob_base_fee(&self) -> u128 {
        BLOBS.calc_blob_fee(self.excess_blob_gas)
    }
}
