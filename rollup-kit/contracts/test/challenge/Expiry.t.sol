// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import { RowChallenges } from "../../src/challenge/RowChallenges.sol";
import { Settings } from "../../src/governance/Settings.sol";
import { Scalar } from "../../src/kzg/Scalar.sol";
import {
    Batch,
    BatchNumber,
    Operation,
    QueueIndex,
    RowIndex,
    Submission,
    Tree
} from "../../src/rollup/Types.sol";
import { Receiver } from "../rollup/Doubles.sol";
import { RowChallengeTest } from "./RowChallengeTest.sol";

contract ExpiryTest is RowChallengeTest {
    function test_expiry_reverts_the_off_chain_tree_alone() public {
        Operation memory on = depositOf(alice, 1 ether);
        deposit(alice, Tree.OnL1, 1 ether);
        Operation memory off = depositOf(alice, 2 ether);
        deposit(alice, Tree.OffL1, 2 ether);
        BatchNumber first = submitRows(1, 1);
        makeFinal(first);

        Submission memory s = draft(2, 1);
        (s.onOperations, s.offOperations) = (new Operation[](1), new Operation[](1));
        (s.onOperations[0], s.offOperations[0]) = (on, off);
        complete(s, 2);
        BatchNumber second = submit(s);
        BatchNumber third = submitRows(3, 1);
        challenge(second, ROW);
        expire(second, ROW);
        vm.snapshotGasLastCall("challenge", "expiry with fallback");

        Batch memory batch = rollup.batchAt(BatchNumber.wrap(4));
        vm.assertEq(Scalar.unwrap(batch.roots.onL1), 1003, "the tree on L1 stays");
        vm.assertEq(Scalar.unwrap(batch.roots.offL1), 2001, "the other falls back");
        vm.assertEq(QueueIndex.unwrap(batch.onHead), 1);
        vm.assertEq(QueueIndex.unwrap(batch.offHead), 0, "queued again");
        vm.assertFalse(rollup.isVoid(first));
        vm.assertTrue(rollup.isVoid(second));
        vm.assertTrue(rollup.isVoid(third));
        vm.assertEq(BatchNumber.unwrap(rollup.finalBatch()), 4);
        // The deposit has its time anew, and the next batch consumes it.
        vm.expectRevert();
        rollup.freeze(Tree.OffL1, QueueIndex.wrap(0), off);
        s = draft(5, 0);
        s.offOperations = new Operation[](1);
        s.offOperations[0] = off;
        submit(s);
        // The blob of a reverted batch may come again.
        submitRows(3, 1);
    }

    function test_the_operator_loses_and_the_split_adds_up() public {
        BatchNumber number = submitRows(1, 1);
        challenge(number, ROW);
        uint256 burnt = address(0).balance;
        expire(number, ROW);
        vm.assertEq(address(rows).balance, 0.05 ether + 3.2 ether);
        vm.assertEq(address(escapePool).balance, 12.8 ether);
        vm.assertEq(address(0).balance - burnt, 16 ether);
        vm.assertEq(address(operators).balance, BOND - SLASH);
    }

    /// Two rows withheld by one operator: each takes its slash, until nothing is left; one
    /// fallback is enough.
    function test_each_expiry_slashes_and_one_falls_back() public {
        submitRows(1, 2);
        submitRows(2, 1);
        challenge(FIRST, ROW);
        challenge(FIRST, OTHER);
        challenge(SECOND, ROW);
        expire(FIRST, ROW);
        expire(SECOND, ROW);
        vm.assertEq(BatchNumber.unwrap(rollup.newestBatch()), 3);
        vm.assertEq(address(operators).balance, 0);
        expire(FIRST, OTHER);
        vm.assertEq(BatchNumber.unwrap(rollup.newestBatch()), 3);
        vm.assertEq(rollup.batchAt(FIRST).openRows, 0);
        vm.prank(watcher);
        rows.fetch(FIRST, OTHER);
    }

    function test_mass_challenges_expire_one_after_the_other() public {
        BatchNumber number = submitRows(1, 20);
        uint64 last = uint64(time()) + 24 hours - 120;
        for (uint16 i = 0; i < 20; ++i) {
            challenge(number, RowIndex.wrap(i));
            uint64 deadline = rows.challengeOf(number, RowIndex.wrap(i)).deadline;
            vm.assertEq(deadline, last + 120, "after the one before");
            last = deadline;
        }
        vm.assertEq(rollup.batchAt(number).openRows, 20);
    }

    function test_no_deadline_is_later_than_a_week() public {
        Settings memory s = defaults();
        s.queueSpacing = 10 minutes;
        s.dearBlobBaseFee = 1;
        s.answerWindow = 3 days;
        vm.prank(lock);
        settings.change(s);
        pass(1);
        BatchNumber number = submitRows(1, 1);
        challenge(number, ROW);
        uint64 opened = rows.challengeOf(number, ROW).openedAt;
        vm.assertEq(rows.challengeOf(number, ROW).deadline, opened + 6 days);
        // Dear to the end: half a day at a time, and then no more.
        for (uint256 i = 0; i < 20; ++i) {
            uint64 deadline = rows.challengeOf(number, ROW).deadline;
            vm.warp(deadline);
            rows.extend(number, ROW);
        }
        vm.assertEq(rows.challengeOf(number, ROW).deadline, opened + 7 days);
        vm.warp(opened + 7 days + 1);
        vm.expectPartialRevert(RowChallenges.TooLate.selector);
        rows.extend(number, ROW);
        rows.expire(number, ROW);
    }

    function test_cheap_blobs_extend_nothing() public {
        BatchNumber number = submitRows(1, 1);
        challenge(number, ROW);
        uint256 fee = blobFee();
        vm.expectRevert(abi.encodeWithSelector(RowChallenges.NotDear.selector, fee, 100 gwei + 1));
        rows.extend(number, ROW);
    }

    /// A slash cannot be outrun: a bond that leaves stays slashable.
    function test_an_operator_that_resigns_is_slashed_all_the_same() public {
        BatchNumber number = submitRows(1, 1);
        vm.prank(operator);
        operators.resign();
        challenge(number, ROW);
        expire(number, ROW);
        (uint128 left,,) = operators.bonds(operator);
        vm.assertEq(left, BOND - SLASH);
    }

    /// Parameters are those that the batch was made under.
    function test_a_change_of_settings_moves_nothing_that_is_open() public {
        BatchNumber number = submitRows(1, 1);
        Settings memory s = defaults();
        (s.operatorSlash, s.minBond, s.challengeWindow) = (1 ether, 5 ether, 3 days);
        vm.prank(lock);
        settings.change(s);
        vm.assertEq(rows.bondOf(number), 0.05 ether);
        vm.assertEq(rollup.batchAt(number).challengeUntil, START + 24 hours);
        challenge(number, ROW);
        expire(number, ROW);
        vm.assertEq(address(operators).balance, BOND - SLASH);
        BatchNumber next = submitRows(2, 0);
        vm.assertEq(rollup.batchAt(next).challengeUntil, time() + 3 days);
    }

    /// A contributor that refuses its money holds nobody up, and has it once it takes it.
    function test_a_reverting_receiver_waits_alone() public {
        BatchNumber number = submitRows(1, 1);
        Receiver receiver = new Receiver();
        vm.deal(address(this), 1 ether);
        receiver.act{ value: 0.02 ether }(
            address(rows), abi.encodeCall(RowChallenges.challenge, (number, ROW))
        );
        contribute(alice, number, 0.03 ether);
        publish(number, 1, 1, ROW);
        receiver.refuse(true);
        vm.expectPartialRevert(RowChallenges.PaymentRefused.selector);
        receiver.act(address(rows), abi.encodeCall(RowChallenges.fetch, (number, ROW)));
        vm.prank(alice);
        rows.fetch(number, ROW);
        receiver.refuse(false);
        receiver.act(address(rows), abi.encodeCall(RowChallenges.fetch, (number, ROW)));
        vm.assertGt(address(receiver).balance, 0.01 ether);
    }

    function test_fetching_again_while_being_paid_gets_nothing() public {
        BatchNumber number = submitRows(1, 1);
        Receiver receiver = new Receiver();
        vm.deal(address(this), 1 ether);
        bytes memory again = abi.encodeCall(RowChallenges.fetch, (number, ROW));
        receiver.act{ value: 0.025 ether }(
            address(rows), abi.encodeCall(RowChallenges.challenge, (number, ROW))
        );
        contribute(alice, number, 0.025 ether);
        expire(number, ROW);
        receiver.callBack(address(rows), again);
        receiver.act(address(rows), again);
        vm.assertEq(address(receiver).balance, (0.05 ether + 3.2 ether) / 2);
    }

    /// A fallback reverts no batch whose time had come, however many nobody had made final.
    function test_a_fallback_makes_final_first_what_can_be() public {
        for (uint256 i = 1; i <= 40; ++i) {
            Submission memory s = draft(i, 0);
            // Without this each submission would make others final on its way.
            s.meta = "";
            submit(s);
        }
        BatchNumber late = submitRows(41, 1);
        challenge(late, ROW);
        expire(late, ROW);
        vm.assertEq(Scalar.unwrap(newestRoots().offL1), 2040);
    }
}
