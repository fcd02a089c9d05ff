// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import { IOperators } from "../../src/interfaces/IOperators.sol";
import { Operators } from "../../src/rollup/Operators.sol";
import { Clock } from "./Clock.sol";

/// The test stands where the challenges do.
contract OperatorsTest is Clock {
    uint128 internal constant LEAST = 32 ether;

    Operators internal operators = new Operators(address(this), LEAST);
    address internal alice = account("alice");
    address internal bob = account("bob");

    function setUp() public {
        vm.warp(1_700_000_000);
    }

    function test_turns_go_round() public {
        _bond(alice, LEAST);
        _bond(bob, LEAST);
        address first = operators.inTurn();
        pass(1 hours);
        address second = operators.inTurn();
        vm.assertTrue(first != second);
        pass(1 hours);
        vm.assertEq(operators.inTurn(), first);
        uint64 nowAt = uint64(time());
        operators.requireTurn(first, nowAt);
        vm.expectRevert(abi.encodeWithSelector(IOperators.NotInTurn.selector, second, first));
        operators.requireTurn(second, nowAt);
    }

    function test_an_idle_operator_loses_its_turn() public {
        _bond(alice, LEAST);
        _bond(bob, LEAST);
        uint64 last = uint64(time()) - 2 hours;
        address second = operators.inTurn() == alice ? bob : alice;
        vm.expectPartialRevert(IOperators.NotInTurn.selector);
        operators.requireTurn(second, last);
        operators.requireTurn(second, last - 1);
        vm.expectPartialRevert(IOperators.NotBonded.selector);
        operators.requireTurn(address(this), last - 1);
    }

    function test_a_bond_is_large_enough() public {
        vm.deal(alice, LEAST);
        vm.prank(alice);
        vm.expectRevert(
            abi.encodeWithSelector(IOperators.NotBonded.selector, alice, LEAST - 1, LEAST)
        );
        operators.bond{ value: LEAST - 1 }();
    }

    function test_a_bond_leaves_after_28_days() public {
        _bond(alice, LEAST);
        vm.startPrank(alice);
        vm.expectPartialRevert(Operators.NotLeaving.selector);
        operators.fetch(alice);
        operators.resign();
        vm.expectPartialRevert(Operators.AlreadyLeaving.selector);
        operators.resign();
        vm.expectPartialRevert(Operators.AlreadyLeaving.selector);
        operators.bond();
        pass(28 days - 1);
        vm.expectPartialRevert(Operators.TooEarly.selector);
        operators.fetch(alice);
        pass(1);
        operators.fetch(alice);
        vm.assertEq(alice.balance, LEAST);
        vm.expectPartialRevert(Operators.NotLeaving.selector);
        operators.fetch(alice);
        vm.stopPrank();
        vm.assertEq(operators.inTurn(), address(0));
    }

    function test_a_slash_takes_what_there_is() public {
        _bond(alice, LEAST + 1 ether);
        vm.assertEq(operators.slash(alice, 1 ether), 1 ether);
        operators.requireTurn(alice, uint64(time()));
        vm.assertEq(operators.slash(alice, 1 ether), 1 ether);
        vm.expectPartialRevert(IOperators.NotBonded.selector);
        operators.requireTurn(alice, 0);
        vm.assertEq(operators.slash(alice, 100 ether), LEAST - 1 ether);
        vm.assertEq(operators.slash(alice, 100 ether), 0);
        vm.assertEq(address(operators).balance, 0);
    }

    function test_a_bond_that_leaves_is_slashable_to_its_last_second() public {
        _bond(alice, LEAST);
        vm.prank(alice);
        operators.resign();
        pass(28 days - 1);
        vm.assertEq(operators.slash(alice, LEAST), LEAST);
        pass(1);
        vm.prank(alice);
        operators.fetch(alice);
        vm.assertEq(alice.balance, 0);
    }

    function test_only_the_challenges_slash() public {
        _bond(alice, LEAST);
        vm.prank(bob);
        vm.expectPartialRevert(Operators.NotChallenges.selector);
        operators.slash(alice, 1);
    }

    /// However operators come and go, each has one place, and the places are those there are.
    function testFuzz_places_are_the_rotations(uint8[32] memory moves) public {
        for (uint256 i = 0; i < 32; ++i) {
            address who = account(vm.toString(moves[i] % 6));
            (uint128 amount, uint64 leavesAt, uint32 place) = operators.bonds(who);
            if (amount == 0 && leavesAt == 0) {
                _bond(who, LEAST);
            } else if (moves[i] > 128 && leavesAt == 0) {
                vm.prank(who);
                operators.resign();
            } else if (place != 0) {
                operators.slash(who, 1);
            }
            _assertPlaces();
        }
    }

    function _assertPlaces() private view {
        uint256 placed;
        for (uint256 i = 0; i < 6; ++i) {
            address who = account(vm.toString(i));
            (,, uint32 place) = operators.bonds(who);
            if (place == 0) continue;
            vm.assertEq(operators.rotation(place - 1), who);
            ++placed;
        }
        for (uint256 i = 0; i < placed; ++i) {
            operators.rotation(i);
        }
    }

    function _bond(address who, uint256 amount) private {
        vm.deal(who, amount);
        vm.prank(who);
        operators.bond{ value: amount }();
    }

    receive() external payable { }
}
