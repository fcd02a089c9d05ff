// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import { Settings } from "../governance/Settings.sol";

/// @title What a challenge costs
/// @notice Everything comes from the block's own prices: `BASEFEE` and `BLOBBASEFEE`. A price in
/// gas that a contract remembers goes stale with the next repricing, and with it the bond.
library Prices {
    /// Bytes of a blob: blob gas of an answer.
    uint256 internal constant BLOB_GAS = 131_072;
    /// A bond covers an answer at four times the prices of now: fees may rise sixfold a day and
    /// more, and then the answerer bears the rest, as it would without a challenge.
    uint256 internal constant BOND_FACTOR = 4;
    /// What an answerer has of its cost, in percent: the tip and its trouble are in the tenth.
    uint256 internal constant REBATE = 110;
    /// Gas of a transaction before its code runs and after it was measured: the payment.
    uint256 internal constant BASE_GAS = 21_000 + 30_000;
    /// Gas of a byte of calldata that is not zero.
    uint256 internal constant BYTE_GAS = 16;

    /// Least bond of a row's challenge now, in wei.
    function bond(Settings memory settings) internal view returns (uint256) {
        return _least(settings, settings.answerGas * block.basefee + BLOB_GAS * block.blobbasefee);
    }

    /// Least bond of a challenge of one cell now, in wei.
    function cellBond(Settings memory settings) internal view returns (uint256) {
        return _least(settings, settings.cellGas * block.basefee);
    }

    /// What an answer is paid, in wei.
    /// @param gasUsed Measured by the caller.
    /// @param blobGas Of blobs that the answer needed.
    function charge(uint256 gasUsed, uint256 blobGas) internal view returns (uint256) {
        uint256 gasCost = (gasUsed + BASE_GAS + msg.data.length * BYTE_GAS) * block.basefee;
        return (gasCost + blobGas * block.blobbasefee) * REBATE / 100;
    }

    function _least(Settings memory settings, uint256 answer) private pure returns (uint256) {
        uint256 price = BOND_FACTOR * answer;
        return price < settings.minBond ? settings.minBond : price;
    }
}
