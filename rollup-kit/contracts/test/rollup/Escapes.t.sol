// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import { IProofVerifier } from "../../src/interfaces/IProofVerifier.sol";
import { reduced, Scalar } from "../../src/kzg/Scalar.sol";
import { Exits } from "../../src/rollup/Exits.sol";
import { HashTree, Path } from "../../src/rollup/HashTree.sol";
import { Intake } from "../../src/rollup/Intake.sol";
import {
    BatchNumber,
    Holding,
    Kind,
    Operation,
    QueueIndex,
    Submission,
    TokenId,
    Tree
} from "../../src/rollup/Types.sol";
import { VerifierDouble } from "./Doubles.sol";
import { RollupTest } from "./RollupTest.sol";

contract EscapesTest is RollupTest {
    function test_a_missed_deadline_freezes() public {
        Operation memory o = depositOf(alice, 1 ether);
        QueueIndex place = deposit(alice, Tree.OffL1, 1 ether);
        vm.warp(o.deadline);
        vm.expectPartialRevert(Intake.TooEarly.selector);
        rollup.freeze(Tree.OffL1, place, o);
        vm.warp(o.deadline + 1);
        rollup.freeze(Tree.OffL1, place, o);
        vm.assertTrue(rollup.frozen());
        vm.prank(alice);
        vm.expectRevert(Intake.IsFrozen.selector);
        rollup.deposit{ value: 1 ether }(Tree.OnL1, ETHER, 1 ether, Scalar.wrap(1));
        Submission memory s = draft(1, 0);
        vm.prank(operator, operator);
        vm.expectRevert(Intake.IsFrozen.selector);
        rollup.submitBatch(s);
    }

    function test_an_ignored_forced_withdrawal_freezes() public {
        uint64 nowAt = uint64(time());
        vm.prank(alice);
        QueueIndex place =
            rollup.forceWithdrawal(Tree.OnL1, ETHER, 5, bob, Scalar.wrap(7), Scalar.wrap(8));
        vm.snapshotGasLastCall("rollup", "forced withdrawal");
        Operation memory o = Operation({
            kind: Kind.ForcedWithdrawal,
            token: ETHER,
            amount: 5,
            owner: bob,
            account: Scalar.wrap(7),
            authority: Scalar.wrap(8),
            enqueuedAt: nowAt,
            deadline: nowAt + 7 days
        });
        // It is nobody's to take back.
        vm.expectPartialRevert(Intake.NotADeposit.selector);
        rollup.cancelDeposit(Tree.OnL1, place, o);
        vm.warp(nowAt + 7 days + 1);
        rollup.freeze(Tree.OnL1, place, o);
    }

    function test_a_consumed_operation_freezes_nothing() public {
        Operation memory o = depositOf(alice, 1 ether);
        QueueIndex place = deposit(alice, Tree.OnL1, 1 ether);
        Submission memory s = draft(1, 0);
        s.onOperations = new Operation[](1);
        s.onOperations[0] = o;
        submit(s);
        vm.warp(o.deadline + 1);
        vm.expectPartialRevert(Intake.AlreadyConsumed.selector);
        rollup.freeze(Tree.OnL1, place, o);
        vm.expectPartialRevert(Intake.AlreadyConsumed.selector);
        rollup.cancelDeposit(Tree.OnL1, place, o);
    }

    function test_a_cancelled_operation_freezes_nothing() public {
        Operation memory o = depositOf(alice, 1 ether);
        QueueIndex place = deposit(alice, Tree.OnL1, 1 ether);
        vm.expectPartialRevert(Intake.TooEarly.selector);
        rollup.cancelDeposit(Tree.OnL1, place, o);
        pass(3 days);
        rollup.cancelDeposit(Tree.OnL1, place, o);
        vm.snapshotGasLastCall("rollup", "cancelled deposit");
        vm.assertEq(vault.ready(alice, address(0)), 1 ether);
        vm.expectPartialRevert(Intake.WrongOperation.selector);
        rollup.cancelDeposit(Tree.OnL1, place, o);
        Operation memory nothing;
        pass(30 days);
        vm.expectRevert(abi.encodeWithSelector(Intake.NothingWaits.selector, place));
        rollup.freeze(Tree.OnL1, place, nothing);
        vm.expectPartialRevert(Intake.WrongOperation.selector);
        rollup.freeze(Tree.OnL1, place, o);
        // Its place is consumed as nothing.
        Submission memory s = draft(1, 0);
        s.onOperations = new Operation[](1);
        submit(s);
    }

    function test_a_flood_of_operations_moves_deadlines_and_no_further_than_two_weeks() public {
        for (uint256 i = 0; i < 3; ++i) {
            Operation memory o = depositOf(alice, 1 ether);
            o.deadline += uint64(30 * i);
            QueueIndex place = deposit(alice, Tree.OnL1, 1 ether);
            vm.expectRevert(
                abi.encodeWithSelector(Intake.TooEarly.selector, time(), o.deadline + 1)
            );
            rollup.freeze(Tree.OnL1, place, o);
        }
    }

    function test_owners_leave_a_frozen_rollup_by_paths() public {
        (Holding[] memory holdings, Path memory path) = _freezeWithHoldings();
        vm.expectPartialRevert(Exits.ExitsUnknown.selector);
        rollup.escape(Tree.OffL1, holdings[1], path);
        bytes32 exits = _rootOf(holdings);
        rollup.proveExits(Tree.OffL1, exits, "holds");
        vm.deal(address(escapePool), 100 ether);
        vm.prank(bob);
        rollup.escape(Tree.OffL1, holdings[1], path);
        vm.snapshotGasLastCall("rollup", "escape by a path");
        vm.assertEq(vault.ready(holdings[1].owner, address(0)), holdings[1].amount);
        vm.assertGt(bob.balance, 1000 ether);
        vm.expectRevert(
            abi.encodeWithSelector(Exits.AlreadyEscaped.selector, Tree.OffL1, holdings[1].slot)
        );
        rollup.escape(Tree.OffL1, holdings[1], path);
        // Nor by the other way.
        rollup.escapeMany(Tree.OffL1, holdings, Scalar.wrap(3), "holds");
        vm.assertEq(vault.ready(holdings[1].owner, address(0)), holdings[1].amount);
        vm.assertEq(rollup.valueOf(Tree.OffL1, ETHER), 0);
    }

    function test_many_owners_leave_by_one_proof() public {
        (Holding[] memory holdings,) = _freezeWithHoldings();
        vm.expectRevert(IProofVerifier.ProofRefused.selector);
        rollup.escapeMany(Tree.OffL1, holdings, Scalar.wrap(3), "another");
        rollup.escapeMany(Tree.OffL1, holdings, Scalar.wrap(3), "holds");
        vm.snapshotGasLastCall("rollup", "escape of three by one proof");
        for (uint256 i = 0; i < 3; ++i) {
            vm.assertEq(vault.ready(holdings[i].owner, address(0)), holdings[i].amount);
        }
        vm.assertEq(rollup.valueOf(Tree.OffL1, ETHER), 0);
    }

    /// A circuit proves that each holding stands in the tree, and nothing of their being distinct.
    function test_a_slot_that_stands_twice_in_one_proof_is_paid_once() public {
        (Holding[] memory holdings,) = _freezeWithHoldings();
        Holding[] memory twice = new Holding[](3);
        (twice[0], twice[1], twice[2]) = (holdings[0], holdings[1], holdings[0]);
        rollup.escapeMany(Tree.OffL1, twice, Scalar.wrap(3), "holds");
        vm.assertEq(vault.ready(holdings[0].owner, address(0)), holdings[0].amount);
        vm.assertEq(rollup.valueOf(Tree.OffL1, ETHER), holdings[2].amount);
    }

    /// Whoever brings one out of many before the others' proof comes spoils it for nobody.
    function test_a_slot_that_is_out_already_holds_nobody_back() public {
        (Holding[] memory holdings,) = _freezeWithHoldings();
        Holding[] memory first = new Holding[](1);
        first[0] = holdings[1];
        rollup.escapeMany(Tree.OffL1, first, Scalar.wrap(3), "holds");
        rollup.escapeMany(Tree.OffL1, holdings, Scalar.wrap(3), "holds");
        for (uint256 i = 0; i < 3; ++i) {
            vm.assertEq(vault.ready(holdings[i].owner, address(0)), holdings[i].amount);
        }
        // The pool pays nobody's gas for moving nothing.
        vm.deal(address(escapePool), 100 ether);
        vm.expectRevert(
            abi.encodeWithSelector(Exits.NothingToEscape.selector, Tree.OffL1, holdings.length)
        );
        rollup.escapeMany(Tree.OffL1, holdings, Scalar.wrap(3), "holds");
    }

    function test_the_last_checkpoint_serves_if_nothing_moved_since() public {
        Holding memory h = Holding(1 << 16, alice, ETHER, 3 ether);
        bytes32[] memory leaves = new bytes32[](1);
        leaves[0] = leafOf(h);
        Operation memory o = depositOf(alice, 3 ether);
        QueueIndex place = deposit(alice, Tree.OffL1, 3 ether);
        Submission memory s = draft(1, 0);
        s.offOperations = new Operation[](1);
        s.offOperations[0] = o;
        submit(s);
        checkpointNow(2, "on", HashTree.root(leaves));
        o = depositOf(bob, 1 ether);
        o.deadline = uint64(time()) + 7 days + 30;
        place = deposit(bob, Tree.OffL1, 1 ether);
        vm.warp(o.deadline + 1);
        rollup.freeze(Tree.OffL1, place, o);
        rollup.escape(Tree.OffL1, h, onlyPath());
        rollup.cancelDeposit(Tree.OffL1, place, o);
        vm.assertEq(vault.ready(alice, address(0)), 3 ether);
        vm.assertEq(vault.ready(bob, address(0)), 1 ether);
    }

    /// A circuit without Keccak trees checkpoints the state alone. Owners then leave by a proof of
    /// what they hold, and by paths once somebody has proved the exits.
    function test_a_checkpoint_without_exits_sets_none() public {
        Holding[] memory holdings = new Holding[](2);
        holdings[0] = Holding(1 << 16, alice, ETHER, 1 ether);
        holdings[1] = Holding(2 << 16, bob, ETHER, 2 ether);
        Operation memory o = depositOf(alice, 3 ether);
        deposit(alice, Tree.OffL1, 3 ether);
        Submission memory s = draft(1, 0);
        s.offOperations = new Operation[](1);
        s.offOperations[0] = o;
        submit(s);
        BatchNumber number = checkpointNow(2, 0, 0);
        vm.assertEq(BatchNumber.unwrap(rollup.lastCheckpoint()), BatchNumber.unwrap(number));
        vm.assertEq(rollup.exitsOf(Tree.OnL1, newestRoots().onL1), 0);
        vm.assertEq(rollup.exitsOf(Tree.OffL1, newestRoots().offL1), 0);

        o = depositOf(bob, 1 ether);
        o.deadline = uint64(time()) + 7 days + 30;
        QueueIndex place = deposit(bob, Tree.OffL1, 1 ether);
        vm.warp(o.deadline + 1);
        rollup.freeze(Tree.OffL1, place, o);
        rollup.cancelDeposit(Tree.OffL1, place, o);
        bytes32[] memory leaves = new bytes32[](2);
        (leaves[0], leaves[1]) = (leafOf(holdings[0]), leafOf(holdings[1]));
        Path memory path = pathOf(leaves, 1);
        vm.expectPartialRevert(Exits.ExitsUnknown.selector);
        rollup.escape(Tree.OffL1, holdings[1], path);
        Holding[] memory first = new Holding[](1);
        first[0] = holdings[0];
        rollup.escapeMany(Tree.OffL1, first, Scalar.wrap(3), "holds");
        vm.assertEq(vault.ready(alice, address(0)), 1 ether);
        // Nor does a proof after the freeze name none.
        rollup.proveExits(Tree.OffL1, 0, "holds");
        vm.expectPartialRevert(Exits.ExitsUnknown.selector);
        rollup.escape(Tree.OffL1, holdings[1], path);
        rollup.proveExits(Tree.OffL1, _rootOf(holdings), "holds");
        rollup.escape(Tree.OffL1, holdings[1], path);
        vm.assertEq(vault.ready(bob, address(0)), 1 ether + 2 ether);
    }

    /// A checkpoint names the exits of one tree and none of the other.
    function test_a_checkpoint_may_prove_the_exits_of_one_tree() public {
        checkpointNow(1, "on", 0);
        vm.assertEq(rollup.exitsOf(Tree.OnL1, newestRoots().onL1), bytes32("on"));
        vm.assertEq(rollup.exitsOf(Tree.OffL1, newestRoots().offL1), 0);
        // None does not undo what was proved; the other may still come.
        checkpointNow(2, 0, "off");
        vm.assertEq(rollup.exitsOf(Tree.OnL1, newestRoots().onL1), bytes32("on"));
        vm.assertEq(rollup.exitsOf(Tree.OffL1, newestRoots().offL1), bytes32("off"));
    }

    /// Until what is open has ended, nobody knows which root the exits are of.
    function test_no_escape_while_data_is_not_final() public {
        Operation memory o = depositOf(alice, 3 ether);
        QueueIndex place = deposit(alice, Tree.OffL1, 3 ether);
        vm.warp(o.deadline - 1);
        BatchNumber number = submitRows(1, 1);
        vm.warp(o.deadline + 1);
        rollup.freeze(Tree.OffL1, place, o);
        vm.expectRevert(
            abi.encodeWithSelector(Exits.StillPending.selector, BatchNumber.wrap(0), number)
        );
        rollup.proveExits(Tree.OffL1, "exits", "holds");
        challenge(number, ROW);
        vm.warp(rows.challengeOf(number, ROW).deadline + 1);
        rows.expire(number, ROW);
        vm.assertEq(Scalar.unwrap(rollup.frozenRoot(Tree.OffL1)), 22);
        vm.assertEq(Scalar.unwrap(rollup.frozenRoot(Tree.OnL1)), 1001);
    }

    function test_a_running_rollup_has_no_escapes() public {
        vm.expectRevert(Intake.NotFrozen.selector);
        rollup.proveExits(Tree.OffL1, "exits", "holds");
        Holding[] memory none = new Holding[](0);
        vm.expectRevert(Intake.NotFrozen.selector);
        rollup.escapeMany(Tree.OffL1, none, Scalar.wrap(3), "holds");
    }

    function test_the_statement_of_a_batched_exit() public {
        (Holding[] memory holdings,) = _freezeWithHoldings();
        Scalar digest = Scalar.wrap(3);
        Scalar[] memory expected = new Scalar[](5);
        (expected[0], expected[1], expected[2]) = (Scalar.wrap(1), Scalar.wrap(2001), digest);
        bytes32 where = sha256(
            abi.encodePacked(
                bytes32("assay/rollup-exits/v1"),
                block.chainid,
                address(rollup),
                uint64(1),
                digest,
                uint256(1001),
                uint256(2001),
                uint256(1001),
                uint256(2001)
            )
        );
        bytes32 data = sha256(abi.encode(Tree.OffL1, holdings));
        expected[3] = reduced(sha256(abi.encodePacked(where, data)));
        expected[4] = Scalar.wrap(3);
        for (uint256 i = 0; i < 3; ++i) {
            Holding memory h = holdings[i];
            uint256 word =
                h.slot + (uint256(TokenId.unwrap(h.token)) << 64) + (uint256(h.amount) << 80);
            expected[4] = expected[4] * expected[3] + Scalar.wrap(word);
            expected[4] = expected[4] * expected[3] + Scalar.wrap(uint160(h.owner));
        }
        vm.expectRevert(abi.encodeWithSelector(VerifierDouble.Shown.selector, expected));
        rollup.escapeMany(Tree.OffL1, holdings, digest, "show");
    }

    /// Three accounts hold 10 ether, and the path of the second.
    function _freezeWithHoldings() private returns (Holding[] memory holdings, Path memory path) {
        Operation memory o = depositOf(alice, 10 ether);
        deposit(alice, Tree.OffL1, 10 ether);
        Operation memory ignored = depositOf(alice, 1 ether);
        ignored.deadline += 30;
        QueueIndex place = deposit(alice, Tree.OffL1, 1 ether);
        Submission memory s = draft(1, 0);
        s.offOperations = new Operation[](1);
        s.offOperations[0] = o;
        submit(s);
        vm.warp(ignored.deadline + 1);
        rollup.freeze(Tree.OffL1, place, ignored);
        rollup.cancelDeposit(Tree.OffL1, place, ignored);

        holdings = new Holding[](3);
        holdings[0] = Holding(1 << 16, account("one"), ETHER, 2 ether);
        holdings[1] = Holding(2 << 16, account("two"), ETHER, 3 ether);
        holdings[2] = Holding(3 << 16, account("three"), ETHER, 5 ether);
        bytes32[] memory leaves = new bytes32[](3);
        for (uint256 i = 0; i < 3; ++i) {
            leaves[i] = leafOf(holdings[i]);
        }
        path = pathOf(leaves, 1);
    }

    function _rootOf(Holding[] memory holdings) private pure returns (bytes32) {
        bytes32[] memory leaves = new bytes32[](holdings.length);
        for (uint256 i = 0; i < leaves.length; ++i) {
            leaves[i] = leafOf(holdings[i]);
        }
        return HashTree.root(leaves);
    }
}
