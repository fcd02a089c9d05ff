// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import { RowChallenges } from "../../src/challenge/RowChallenges.sol";
import { RowState } from "../../src/interfaces/IChallenges.sol";
import { WrongBlob } from "../../src/kzg/KzgPoint.sol";
import { History } from "../../src/rollup/History.sol";
import { BatchNumber } from "../../src/rollup/Types.sol";
import { RowChallengeTest } from "./RowChallengeTest.sol";

contract RowChallengesTest is RowChallengeTest {
    function test_an_answer_is_paid_for_by_the_challenger() public {
        BatchNumber number = submitRows(1, 2);
        uint256 before = watcher.balance;
        challenge(number, ROW);
        vm.snapshotGasLastCall("challenge", "challenge of a row");
        uint256 bond = before - watcher.balance;
        // 4 × (100,000 × 10 gwei + 131,072 × 1 gwei) is below the least bond.
        vm.assertEq(bond, 0.05 ether);

        bytes memory meta = metaOf(1, 2);
        carry(blobOf(rowAt(1, 0)));
        vm.prank(bob);
        rows.publish(number, meta, ROW, 0);
        vm.snapshotGasLastCall("challenge", "answer by blob");
        uint256 paid = rows.earnings(bob);
        // At least what the call and its blob cost, and at most half as much again.
        uint256 least = 131_072 * blobFee();
        vm.assertGe(paid, least * 110 / 100);
        vm.assertLe(paid, (least + 200_000 * 10 gwei) * 110 / 100);

        vm.prank(watcher);
        rows.fetch(number, ROW);
        vm.assertEq(watcher.balance, before - paid);
        vm.prank(bob);
        rows.fetchEarnings(alice);
        vm.assertEq(alice.balance, 1000 ether + paid);
        vm.assertEq(address(rows).balance, 0);
        // Once is all.
        vm.prank(watcher);
        rows.fetch(number, ROW);
        vm.assertEq(watcher.balance, before - paid);
    }

    function test_dear_blocks_cost_the_challenger_more() public {
        vm.fee(100 gwei);
        setBlobFee(50 gwei);
        BatchNumber number = submitRows(1, 1);
        vm.assertEq(rows.bondOf(number), 4 * (100_000 * 100 gwei + 131_072 * blobFee()));
    }

    function test_another_rows_blob_is_no_answer() public {
        BatchNumber number = submitRows(1, 2);
        challenge(number, ROW);
        carry(blobOf(rowAt(1, 1)));
        bytes memory meta = metaOf(1, 2);
        vm.expectPartialRevert(WrongBlob.selector);
        rows.publish(number, meta, ROW, 0);
        vm.expectPartialRevert(WrongBlob.selector);
        rows.publish(number, meta, ROW, 1);
    }

    function test_watchers_pool_their_bonds() public {
        BatchNumber number = submitRows(1, 1);
        contribute(alice, number, 0.02 ether);
        vm.assertTrue(stateOf(number, ROW) == RowState.Pooling);
        contribute(bob, number, 0.02 ether);
        contribute(watcher, number, 0.01 ether);
        vm.assertTrue(stateOf(number, ROW) == RowState.Open);
        vm.prank(alice);
        vm.expectPartialRevert(RowChallenges.WrongState.selector);
        rows.challenge{ value: 0.02 ether }(number, ROW);
        vm.prank(alice);
        vm.expectPartialRevert(RowChallenges.WrongState.selector);
        rows.leavePool(number, ROW);

        expire(number, ROW);
        // A tenth of the operator's 32 ether, and the bonds, by parts.
        assertFetches(alice, number, (0.05 ether + 3.2 ether) * 2 / 5);
        assertFetches(bob, number, (0.05 ether + 3.2 ether) * 2 / 5);
        assertFetches(watcher, number, (0.05 ether + 3.2 ether) / 5);
        vm.assertEq(address(rows).balance, 0);
    }

    function test_a_pool_that_never_opens_gives_back() public {
        BatchNumber number = submitRows(1, 1);
        contribute(alice, number, 0.02 ether);
        makeFinal(number);
        vm.prank(alice);
        rows.leavePool(number, ROW);
        vm.assertEq(alice.balance, 1000 ether);
        vm.prank(alice);
        rows.leavePool(number, ROW);
        vm.assertEq(alice.balance, 1000 ether);
    }

    function test_dust_does_not_pool() public {
        BatchNumber number = submitRows(1, 1);
        vm.prank(alice);
        vm.expectPartialRevert(RowChallenges.BelowLeast.selector);
        rows.challenge{ value: 1 }(number, ROW);
    }

    function test_the_last_second_to_challenge() public {
        BatchNumber number = submitRows(1, 1);
        uint64 until = rollup.batchAt(number).challengeUntil;
        vm.warp(until);
        rollup.finalize(1);
        vm.assertEq(BatchNumber.unwrap(rollup.finalBatch()), 0);
        challenge(number, ROW);
        vm.warp(until + 1);
        rollup.finalize(1);
        vm.assertEq(BatchNumber.unwrap(rollup.finalBatch()), 0);
    }

    function test_a_second_too_late_to_challenge() public {
        BatchNumber number = submitRows(1, 1);
        uint64 until = rollup.batchAt(number).challengeUntil;
        vm.warp(until + 1);
        vm.prank(watcher);
        vm.expectRevert(abi.encodeWithSelector(RowChallenges.TooLate.selector, until + 1, until));
        rows.challenge{ value: 1 ether }(number, ROW);
    }

    function test_the_last_second_to_answer() public {
        BatchNumber number = submitRows(1, 1);
        challenge(number, ROW);
        uint64 deadline = rows.challengeOf(number, ROW).deadline;
        vm.warp(deadline);
        vm.expectRevert(
            abi.encodeWithSelector(RowChallenges.TooEarly.selector, deadline, deadline + 1)
        );
        rows.expire(number, ROW);
        publish(number, 1, 1, ROW);
        vm.assertTrue(stateOf(number, ROW) == RowState.Answered);
        vm.expectPartialRevert(RowChallenges.WrongState.selector);
        rows.expire(number, ROW);
        rollup.finalize(1);
        vm.assertEq(BatchNumber.unwrap(rollup.finalBatch()), 1);
    }

    /// Whichever of the two comes first in the block: a late answer changes nothing.
    function test_a_second_too_late_to_answer() public {
        BatchNumber number = submitRows(1, 1);
        challenge(number, ROW);
        vm.warp(rows.challengeOf(number, ROW).deadline + 1);
        publish(number, 1, 1, ROW);
        vm.assertTrue(stateOf(number, ROW) == RowState.Open);
        vm.assertEq(rows.earnings(bob), 0);
        rows.expire(number, ROW);
        vm.assertTrue(stateOf(number, ROW) == RowState.Expired);
        vm.assertTrue(rollup.isVoid(number));
    }

    function test_a_published_row_is_final_at_once() public {
        BatchNumber number = submitRows(1, 2);
        publish(number, 1, 2, ROW);
        rollup.finalize(1);
        vm.assertEq(BatchNumber.unwrap(rollup.finalBatch()), 0, "a row is missing");
        publish(number, 1, 2, OTHER);
        vm.snapshotGasLastCall("challenge", "early finality by blob");
        rollup.finalize(1);
        vm.assertEq(BatchNumber.unwrap(rollup.finalBatch()), 1);
        vm.prank(watcher);
        vm.expectPartialRevert(RowChallenges.RowIsPublic.selector);
        rows.challenge{ value: 1 ether }(number, ROW);
        bytes memory meta = metaOf(1, 2);
        carry(blobOf(rowAt(1, 0)));
        vm.expectPartialRevert(RowChallenges.RowIsPublic.selector);
        rows.publish(number, meta, ROW, 0);
    }

    function test_an_answered_row_is_not_challenged_again() public {
        BatchNumber number = submitRows(1, 1);
        challenge(number, ROW);
        publish(number, 1, 1, ROW);
        vm.prank(watcher);
        vm.expectPartialRevert(RowChallenges.RowIsPublic.selector);
        rows.challenge{ value: 1 ether }(number, ROW);
    }

    function test_rows_and_batches_that_are_not() public {
        BatchNumber number = submitRows(1, 1);
        vm.prank(watcher);
        vm.expectPartialRevert(RowChallenges.NoSuchRow.selector);
        rows.challenge{ value: 1 ether }(number, OTHER);
        vm.prank(watcher);
        vm.expectRevert();
        rows.challenge{ value: 1 ether }(SECOND, ROW);
    }

    function test_only_the_challenges_move_the_rollup() public {
        submitRows(1, 1);
        vm.expectPartialRevert(History.NotChallenges.selector);
        rollup.fallBack(FIRST);
        vm.expectPartialRevert(History.NotChallenges.selector);
        rollup.rowOpened(FIRST);
        vm.expectPartialRevert(History.NotChallenges.selector);
        rollup.rowPublished(FIRST, ROW);
        vm.expectPartialRevert(History.NotChallenges.selector);
        rollup.slashValidator(validators[0], 1);
        vm.expectPartialRevert(RowChallenges.NotSigners.selector);
        rows.answeredByCells(FIRST, ROW, 0);
        vm.expectPartialRevert(RowChallenges.NotSigners.selector);
        rows.splitSlash(FIRST, ROW);
    }
}
