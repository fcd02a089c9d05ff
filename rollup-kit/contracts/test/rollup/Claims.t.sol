// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import { Scalar } from "../../src/kzg/Scalar.sol";
import { Exits } from "../../src/rollup/Exits.sol";
import { HashTree, Path } from "../../src/rollup/HashTree.sol";
import { TreeLedger } from "../../src/rollup/TreeLedger.sol";
import { BatchNumber, QueueIndex, Submission, Tree, Withdrawal } from "../../src/rollup/Types.sol";
import { RollupTest } from "./RollupTest.sol";

contract ClaimsTest is RollupTest {
    function test_the_tree_on_l1_pays_once_proved() public {
        deposit(alice, Tree.OnL1, 10 ether);
        Withdrawal memory w = withdrawalOf(bob, Tree.OnL1, 4 ether);
        BatchNumber number = _submitWith(w, 1);
        rollup.claim(number, w, onlyPath());
        vm.snapshotGasLastCall("rollup", "claim of a withdrawal");
        vm.prank(bob);
        vault.fetch(address(0), bob);
        vm.snapshotGasLastCall("rollup", "fetch of ETH");
        vm.assertEq(bob.balance, 1004 ether);
        vm.assertEq(rollup.valueOf(Tree.OnL1, ETHER), 6 ether);
    }

    function test_the_other_tree_pays_once_its_data_is_final() public {
        deposit(alice, Tree.OffL1, 10 ether);
        Withdrawal memory w = withdrawalOf(bob, Tree.OffL1, 4 ether);
        BatchNumber number = _submitWith(w, 1);
        vm.expectRevert(
            abi.encodeWithSelector(Exits.NotFinal.selector, number, BatchNumber.wrap(0))
        );
        rollup.claim(number, w, onlyPath());
        makeFinal(number);
        rollup.claim(number, w, onlyPath());
        vm.assertEq(vault.ready(bob, address(0)), 4 ether);
    }

    function test_a_withdrawal_is_claimed_once() public {
        deposit(alice, Tree.OnL1, 10 ether);
        Withdrawal memory w = withdrawalOf(bob, Tree.OnL1, 4 ether);
        BatchNumber number = _submitWith(w, 0);
        rollup.claim(number, w, onlyPath());
        vm.expectRevert(abi.encodeWithSelector(Exits.AlreadyClaimed.selector, number, 0));
        rollup.claim(number, w, onlyPath());
    }

    function test_withdrawals_of_reverted_batches_are_void() public {
        deposit(alice, Tree.OffL1, 10 ether);
        deposit(alice, Tree.OnL1, 10 ether);
        Submission memory s = draft(1, 1);
        s.withdrawals = new Withdrawal[](2);
        s.withdrawals[0] = withdrawalOf(bob, Tree.OffL1, 4 ether);
        s.withdrawals[1] = withdrawalOf(bob, Tree.OnL1, 3 ether);
        complete(s, 1);
        BatchNumber number = submit(s);
        challenge(number, ROW);
        vm.warp(rows.challengeOf(number, ROW).deadline + 1);
        rows.expire(number, ROW);

        bytes32[] memory leaves = new bytes32[](2);
        (leaves[0], leaves[1]) = (leafOf(s.withdrawals[0]), leafOf(s.withdrawals[1]));
        Path memory first = pathOf(leaves, 0);
        (leaves[0], leaves[1]) = (leafOf(s.withdrawals[0]), leafOf(s.withdrawals[1]));
        Path memory second = pathOf(leaves, 1);
        vm.expectRevert(abi.encodeWithSelector(Exits.VoidBatch.selector, number));
        rollup.claim(number, s.withdrawals[0], first);
        rollup.claim(number, s.withdrawals[1], second);
        vm.assertEq(vault.ready(bob, address(0)), 3 ether);
    }

    function testFuzz_paths_of_any_size(uint256 size, uint256 index) public {
        size = bound(size, 1, 33);
        index = bound(index, 0, size - 1);
        deposit(alice, Tree.OnL1, 10 ether);
        Submission memory s = draft(1, 0);
        s.withdrawals = new Withdrawal[](size);
        bytes32[] memory leaves = new bytes32[](size);
        for (uint256 i = 0; i < size; ++i) {
            s.withdrawals[i] = withdrawalOf(bob, Tree.OnL1, uint128(i + 1));
            leaves[i] = leafOf(s.withdrawals[i]);
        }
        BatchNumber number = submit(s);
        Path memory path = pathOf(leaves, uint64(index));
        rollup.claim(number, s.withdrawals[index], path);
        vm.assertEq(vault.ready(bob, address(0)), index + 1);
        // Another leaf at this place, this leaf at another place, another height.
        Withdrawal memory other = withdrawalOf(alice, Tree.OnL1, uint128(index + 1));
        vm.expectPartialRevert(HashTree.WrongRoot.selector);
        rollup.claim(number, other, path);
        Path memory longer = path;
        longer.leaves *= 2;
        vm.expectPartialRevert(HashTree.PathLength.selector);
        rollup.claim(number, s.withdrawals[index], longer);
    }

    /// An inner node is as long as two hashes and never passes for a leaf; nor does a path that
    /// stops above the leaves.
    function test_paths_of_the_wrong_depth_are_refused() public {
        deposit(alice, Tree.OnL1, 10 ether);
        Submission memory s = draft(1, 0);
        s.withdrawals = new Withdrawal[](4);
        bytes32[] memory leaves = new bytes32[](4);
        for (uint256 i = 0; i < 4; ++i) {
            s.withdrawals[i] = withdrawalOf(bob, Tree.OnL1, uint128(i + 1));
            leaves[i] = leafOf(s.withdrawals[i]);
        }
        BatchNumber number = submit(s);
        Path memory path = pathOf(leaves, 2);
        bytes32[] memory up = new bytes32[](1);
        up[0] = path.siblings[1];
        Path memory short = Path({ index: 1, leaves: 2, siblings: up });
        vm.expectPartialRevert(HashTree.WrongRoot.selector);
        rollup.claim(number, s.withdrawals[2], short);
        short.leaves = 4;
        vm.expectPartialRevert(HashTree.PathLength.selector);
        rollup.claim(number, s.withdrawals[2], short);
        path.index = 4;
        vm.expectRevert(abi.encodeWithSelector(HashTree.NoSuchLeaf.selector, 4, 4));
        rollup.claim(number, s.withdrawals[2], path);
    }

    function test_value_moves_between_the_trees_through_the_queue() public {
        deposit(alice, Tree.OnL1, 10 ether);
        Withdrawal memory w = withdrawalOf(bob, Tree.OnL1, 4 ether);
        w.account = Scalar.wrap(5);
        BatchNumber number = _submitWith(w, 0);
        rollup.claim(number, w, onlyPath());
        vm.assertEq(rollup.valueOf(Tree.OnL1, ETHER), 6 ether);
        vm.assertEq(rollup.valueOf(Tree.OffL1, ETHER), 4 ether);
        vm.assertEq(QueueIndex.unwrap(rollup.tailOf(Tree.OffL1)), 1);
        vm.assertEq(vault.ready(bob, address(0)), 0);
    }

    /// Beyond the cap the recipient has its money on L1 instead.
    function test_a_full_tree_turns_moves_into_payments() public {
        uint256 cap = tokens.capOf(ETHER);
        deposit(alice, Tree.OffL1, uint128(cap));
        deposit(bob, Tree.OnL1, 4 ether);
        Withdrawal memory w = withdrawalOf(bob, Tree.OnL1, 4 ether);
        w.account = Scalar.wrap(5);
        BatchNumber number = _submitWith(w, 0);
        rollup.claim(number, w, onlyPath());
        vm.assertEq(vault.ready(bob, address(0)), 4 ether);
    }

    function test_a_tree_pays_no_more_than_it_took() public {
        deposit(alice, Tree.OffL1, 10 ether);
        Withdrawal memory w = withdrawalOf(bob, Tree.OnL1, 1);
        BatchNumber number = _submitWith(w, 0);
        vm.expectRevert(
            abi.encodeWithSelector(TreeLedger.TreeOverdrawn.selector, Tree.OnL1, ETHER, 1, 0)
        );
        rollup.claim(number, w, onlyPath());
    }

    function _submitWith(Withdrawal memory w, uint256 daRows) private returns (BatchNumber) {
        Submission memory s = draft(1, daRows);
        s.withdrawals = new Withdrawal[](1);
        s.withdrawals[0] = w;
        complete(s, 1);
        return submit(s);
    }
}
