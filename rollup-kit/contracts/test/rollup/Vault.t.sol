// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import { Breaker } from "../../src/governance/Breaker.sol";
import { Delayed, Vault } from "../../src/rollup/Vault.sol";
import { Clock } from "./Clock.sol";
import { Receiver, Token } from "./Doubles.sol";

/// The test stands where the rollup does.
contract VaultTest is Clock {
    Vault internal vault = new Vault(address(this));
    Token internal token = new Token();
    address internal alice = account("alice");
    address internal bob = account("bob");

    function setUp() public {
        vm.warp(1_700_000_000);
        vm.deal(address(this), 1000 ether);
        token.mint(alice, 1000);
        vm.prank(alice);
        token.approve(address(vault), 1000);
    }

    function test_tokens_come_in_and_go_out() public {
        vault.take(address(token), alice, 100);
        vault.credit(address(token), bob, 60, 100);
        vm.prank(bob);
        vm.assertEq(vault.fetch(address(token), bob), 60);
        vm.assertEq(token.balanceOf(bob), 60);
        vm.assertEq(vault.held(address(token)), 40);
        vm.assertEq(vault.owed(address(token)), 0);
    }

    function test_only_the_rollup_takes_and_credits() public {
        vm.prank(alice);
        vm.expectPartialRevert(Vault.NotRollup.selector);
        vault.take(address(token), alice, 1);
        vm.prank(alice);
        vm.expectPartialRevert(Vault.NotRollup.selector);
        vault.credit(address(token), alice, 1, 1);
    }

    function test_fees_on_transfer_are_refused() public {
        token.misbehave(1, false);
        vm.expectRevert(
            abi.encodeWithSelector(Vault.ShortTransfer.selector, address(token), 99, 100)
        );
        vault.take(address(token), alice, 100);
    }

    function test_tokens_that_say_no_are_heard() public {
        token.misbehave(0, true);
        vm.expectPartialRevert(Vault.TransferFailed.selector);
        vault.take(address(token), alice, 100);
    }

    function test_what_is_no_token_is_refused() public {
        vm.expectPartialRevert(Vault.TransferFailed.selector);
        vault.take(account("nothing there"), alice, 100);
    }

    function test_the_value_is_the_amount() public {
        vm.expectRevert(abi.encodeWithSelector(Vault.WrongValue.selector, 1, 2));
        vault.take{ value: 1 }(address(0), alice, 2);
        vm.expectRevert(abi.encodeWithSelector(Vault.WrongValue.selector, 1, 0));
        vault.take{ value: 1 }(address(token), alice, 2);
    }

    function test_no_more_is_credited_than_is_there() public {
        vault.take{ value: 10 }(address(0), alice, 10);
        vault.credit(address(0), bob, 7, 100);
        vm.expectRevert(abi.encodeWithSelector(Vault.Overdrawn.selector, address(0), 4, 3));
        vault.credit(address(0), bob, 4, 100);
    }

    /// A token that calls back while it is taken cannot be paid out twice for one transfer.
    function test_a_token_that_calls_back_gains_nothing() public {
        vault.take(address(token), alice, 100);
        vault.credit(address(token), address(token), 50, 100);
        token.callBack(
            address(vault), abi.encodeCall(Vault.fetch, (address(token), address(token)))
        );
        vm.expectRevert();
        vault.take(address(token), alice, 50);
    }

    function test_fetching_again_while_being_paid_gets_nothing() public {
        vault.take{ value: 10 ether }(address(0), alice, 10 ether);
        Receiver receiver = new Receiver();
        vault.credit(address(0), address(receiver), 4 ether, 100 ether);
        bytes memory fetch = abi.encodeCall(Vault.fetch, (address(0), address(receiver)));
        receiver.callBack(address(vault), fetch);
        receiver.act(address(vault), fetch);
        vm.assertEq(address(receiver).balance, 4 ether);
        vm.assertEq(vault.held(address(0)), 6 ether);
    }

    function test_one_that_refuses_its_money_sends_it_elsewhere() public {
        vault.take{ value: 10 ether }(address(0), alice, 10 ether);
        Receiver receiver = new Receiver();
        receiver.refuse(true);
        vault.credit(address(0), address(receiver), 4 ether, 100 ether);
        vault.credit(address(0), bob, 4 ether, 100 ether);
        vm.expectPartialRevert(Vault.TransferFailed.selector);
        receiver.act(address(vault), abi.encodeCall(Vault.fetch, (address(0), address(receiver))));
        vm.prank(bob);
        vault.fetch(address(0), bob);
        receiver.act(address(vault), abi.encodeCall(Vault.fetch, (address(0), alice)));
        vm.assertEq(alice.balance, 4 ether);
    }

    // The breaker.

    function test_a_rush_waits_and_is_paid() public {
        vault.take{ value: 100 ether }(address(0), alice, 100 ether);
        vault.credit(address(0), bob, 20 ether, 0);
        vm.assertEq(vault.ready(bob, address(0)), 20 ether, "a fifth flows");
        vault.credit(address(0), bob, 30 ether, 0);
        vm.assertEq(vault.ready(bob, address(0)), 20 ether, "more waits");
        uint256 due = time() + 3 days;
        vm.warp(due - 1);
        vm.expectRevert(abi.encodeWithSelector(Vault.TooEarly.selector, due - 1, due));
        vault.release(0);
        vm.warp(due);
        vault.release(0);
        vm.assertEq(vault.ready(bob, address(0)), 50 ether);
        vm.expectRevert(abi.encodeWithSelector(Vault.NotDelayed.selector, 0));
        vault.release(0);
    }

    /// One that waits leaves no trace: nobody can hold up others by a large payment of its own.
    function test_a_payment_that_waits_holds_up_no_other() public {
        vault.take{ value: 100 ether }(address(0), alice, 100 ether);
        vault.credit(address(0), alice, 90 ether, 0);
        vault.credit(address(0), bob, 1 ether, 0);
        vm.assertEq(vault.ready(bob, address(0)), 1 ether);
        vm.assertEq(vault.ready(alice, address(0)), 0);
    }

    /// Each payment has its own time: dust sent to somebody moves nothing that waits.
    function test_dust_moves_no_delay() public {
        vault.take{ value: 100 ether }(address(0), alice, 100 ether);
        vault.credit(address(0), bob, 50 ether, 0);
        pass(2 days);
        vault.credit(address(0), bob, 40 ether, 0);
        pass(1 days);
        vault.release(0);
        vm.assertEq(vault.ready(bob, address(0)), 50 ether);
    }

    function test_the_bucket_leaks_within_a_day() public {
        vault.take{ value: 100 ether }(address(0), alice, 100 ether);
        vault.credit(address(0), bob, 20 ether, 0);
        pass(12 hours);
        vault.credit(address(0), bob, 10 ether, 0);
        vm.assertEq(vault.ready(bob, address(0)), 30 ether);
        vault.credit(address(0), bob, 1 ether, 0);
        vm.assertEq(vault.ready(bob, address(0)), 30 ether);
    }

    /// Whatever comes in whatever order: everything credited is ready or waits, and all of it is
    /// paid in the end.
    function testFuzz_the_breaker_takes_nothing(uint96[8] memory amounts, uint32[8] memory gaps)
        public
    {
        uint256 sum;
        for (uint256 i = 0; i < 8; ++i) {
            uint128 amount = uint128(bound(amounts[i], 1, 10 ether));
            sum += amount;
            vault.take{ value: amount }(address(0), alice, amount);
            pass(bound(gaps[i], 0, 2 days));
            vault.credit(address(0), bob, amount, 1 ether);
        }
        pass(Breaker.DELAY);
        for (uint256 id = 0; id < vault.delayedCount(); ++id) {
            vault.release(id);
        }
        vm.prank(bob);
        vm.assertEq(vault.fetch(address(0), bob), sum);
        vm.assertEq(vault.held(address(0)), 0);
        vm.assertEq(address(vault).balance, 0);
    }

    receive() external payable { }
}
