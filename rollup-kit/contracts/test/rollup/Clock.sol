// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import { Test } from "../lib/Test.sol";

interface BlockVm {
    function getBlockTimestamp() external view returns (uint256);
    function getNonce(address account) external view returns (uint64);
}

/// Reads the block's blob base fee in a call of its own.
contract BlobBaseFee {
    function read() external view returns (uint256) {
        return block.blobbasefee;
    }
}

/// Time and prices that tests move. The compiler takes a block's fields for constant within a
/// call, so a test that moves them asks here.
abstract contract Clock is Test {
    BlockVm internal constant blockVm =
        BlockVm(address(uint160(uint256(keccak256("hevm cheat code")))));

    BlobBaseFee private immutable FEE = new BlobBaseFee();

    /// Unix seconds.
    function time() internal view returns (uint256) {
        return blockVm.getBlockTimestamp();
    }

    function pass(uint256 duration) internal {
        vm.warp(time() + duration);
    }

    function blobFee() internal view returns (uint256) {
        return FEE.read();
    }

    /// Moves the blob base fee to the least one that is not below `target`: what forge sets is
    /// the excess blob gas that it follows from.
    function setBlobFee(uint256 target) internal {
        uint256 low;
        uint256 high = 1;
        for (vm.blobBaseFee(high); blobFee() < target; vm.blobBaseFee(high)) {
            (low, high) = (high, high * 2);
        }
        while (high - low > 1) {
            uint256 middle = (low + high) / 2;
            vm.blobBaseFee(middle);
            if (blobFee() < target) low = middle;
            else high = middle;
        }
        vm.blobBaseFee(high);
    }
}
