// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import { RowState } from "../../src/interfaces/IChallenges.sol";
import { BatchNumber, RowIndex } from "../../src/rollup/Types.sol";
import { RollupTest } from "../rollup/RollupTest.sol";

/// Shared by the tests of row challenges.
abstract contract RowChallengeTest is RollupTest {
    RowIndex internal constant OTHER = RowIndex.wrap(1);

    function contribute(address from, BatchNumber number, uint256 amount) internal {
        vm.prank(from);
        rows.challenge{ value: amount }(number, ROW);
    }

    function publish(BatchNumber number, uint256 seed, uint256 count, RowIndex row) internal {
        bytes memory meta = metaOf(seed, count);
        carry(blobOf(rowAt(seed, RowIndex.unwrap(row))));
        vm.prank(bob);
        rows.publish(number, meta, row, 0);
    }

    function expire(BatchNumber number, RowIndex row) internal {
        uint64 deadline = rows.challengeOf(number, row).deadline;
        if (time() <= deadline) vm.warp(deadline + 1);
        rows.expire(number, row);
    }

    function assertFetches(address who, BatchNumber number, uint256 amount) internal {
        uint256 before = who.balance;
        vm.prank(who);
        rows.fetch(number, ROW);
        vm.assertEq(who.balance - before, amount);
    }

    function stateOf(BatchNumber number, RowIndex row) internal view returns (RowState) {
        return rows.challengeOf(number, row).state;
    }
}
