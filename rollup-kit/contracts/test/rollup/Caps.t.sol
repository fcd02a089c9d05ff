// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import { Coverage } from "../../src/rollup/Coverage.sol";
import { EscapePool } from "../../src/rollup/EscapePool.sol";
import { Intake } from "../../src/rollup/Intake.sol";
import { TokenList, TokenTerms } from "../../src/rollup/TokenList.sol";
import { TreeLedger } from "../../src/rollup/TreeLedger.sol";
import { Operation, TokenId, Tree } from "../../src/rollup/Types.sol";
import { Vault } from "../../src/rollup/Vault.sol";
import { Scalar } from "../../src/kzg/Scalar.sol";
import { Token } from "./Doubles.sol";
import { RollupTest } from "./RollupTest.sol";

contract CapsTest is RollupTest {
    TokenId internal constant COIN = TokenId.wrap(1);

    /// A third of four stakes of 100 ether and the operator's 32, at two thirds; half of that
    /// stands behind ether.
    function test_the_bonds_cap_what_is_off_l1() public {
        uint256 covered = (4 * STAKE / 3 + SLASH) * 2 / 3;
        vm.assertEq(coverage.covered(), covered);
        uint256 cap = tokens.capOf(ETHER);
        vm.assertEq(cap, covered / 2);
        deposit(alice, Tree.OffL1, uint128(cap - 0.5 ether));
        vm.prank(alice);
        vm.expectRevert(
            abi.encodeWithSelector(TreeLedger.CapExceeded.selector, ETHER, cap + 0.5 ether, cap)
        );
        rollup.deposit{ value: 1 ether }(Tree.OffL1, ETHER, 1 ether, Scalar.wrap(1));
        // The tree on L1 has no cap.
        deposit(alice, Tree.OnL1, uint128(cap * 2));
    }

    function test_a_slash_lowers_the_cap_at_once() public {
        vm.prank(address(signers));
        rollup.slashValidator(validators[0], STAKE);
        vm.assertEq(coverage.stake(), 3 * STAKE);
        vm.assertEq(address(signers).balance, STAKE);
        vm.expectPartialRevert(Coverage.NotRollup.selector);
        coverage.slashed(1);
    }

    /// Leaving members out lowers nothing until the measurement has aged.
    function test_nobody_lowers_the_cap_by_measuring_less() public {
        coverage.measure(bitmap(4, 0, 1));
        vm.assertEq(coverage.stake(), 4 * STAKE);
        pass(7 days + 1);
        coverage.measure(bitmap(4, 0, 1));
        vm.assertEq(coverage.stake(), STAKE);
        coverage.measure(bitmap(4, 0, 4));
        vm.assertEq(coverage.stake(), 4 * STAKE);
    }

    function test_stake_that_leaves_covers_nothing_new() public {
        vm.prank(ownerAt(0));
        registry.deallocate(validators[0], address(rollup), units(ALL));
        pass(7 days + 1);
        coverage.measure(bitmap(4, 0, 4));
        vm.assertEq(coverage.stake(), 3 * STAKE);
    }

    function test_old_measurements_count_for_nothing() public {
        pass(14 days);
        vm.assertGt(coverage.covered(), uint256(SLASH) * 2 / 3);
        pass(1);
        vm.assertEq(coverage.covered(), uint256(SLASH) * 2 / 3);
    }

    /// What a rollup keeps above the tokens is its own, and no token comes there.
    function test_no_more_tokens_than_the_rollup_has_places_for() public {
        TokenList list = new TokenList(lock, coverage, 2, etherTerms());
        TokenTerms memory terms = _termsOf(new Token());
        terms.coverShare = 0;
        vm.startPrank(lock);
        list.list(terms);
        vm.expectRevert(abi.encodeWithSelector(TokenList.TooManyTokens.selector, 2));
        list.list(terms);
        vm.stopPrank();
        vm.expectRevert(abi.encodeWithSelector(TokenList.TooManyTokens.selector, 256));
        new TokenList(lock, coverage, 257, etherTerms());
    }

    function test_tokens_are_listed_by_the_lock() public {
        Token coin = new Token();
        TokenTerms memory terms = _termsOf(coin);
        vm.expectPartialRevert(TokenList.NotTimeLock.selector);
        tokens.list(terms);
        vm.startPrank(lock);
        tokens.list(terms);
        terms.coverShare = 5_001;
        vm.expectRevert(abi.encodeWithSelector(TokenList.SharesExceeded.selector, 10_001, 10_000));
        tokens.change(COIN, terms);
        terms.token = address(1);
        vm.expectPartialRevert(TokenList.TokenIsFixed.selector);
        tokens.change(COIN, terms);
        terms = _termsOf(coin);
        terms.coverShare = 0;
        tokens.change(COIN, terms);
        vm.stopPrank();
        vm.assertEq(tokens.capOf(COIN), 0);
        vm.expectPartialRevert(TokenList.NoSuchToken.selector);
        tokens.get(TokenId.wrap(2));
    }

    function test_tokens_are_deposited_and_given_back() public {
        Token coin = _listed();
        vm.prank(alice);
        rollup.deposit(Tree.OffL1, COIN, 500, Scalar.wrap(77));
        vm.snapshotGasLastCall("rollup", "deposit of a token");
        vm.assertEq(coin.balanceOf(address(vault)), 500);
        Operation memory o = depositOf(alice, 500);
        o.token = COIN;
        pass(3 days);
        rollup.cancelDeposit(Tree.OffL1, rollup.tailOf(Tree.OnL1), o);
        vm.prank(alice);
        vault.fetch(address(coin), bob);
        vm.assertEq(coin.balanceOf(bob), 500);
    }

    function test_tokens_with_fees_are_refused() public {
        Token coin = _listed();
        coin.misbehave(1, false);
        vm.prank(alice);
        vm.expectPartialRevert(Vault.ShortTransfer.selector);
        rollup.deposit(Tree.OffL1, COIN, 500, Scalar.wrap(77));
    }

    function test_ether_and_tokens_are_not_mixed_up() public {
        _listed();
        vm.prank(alice);
        vm.expectPartialRevert(Vault.WrongValue.selector);
        rollup.deposit{ value: 1 }(Tree.OffL1, COIN, 500, Scalar.wrap(77));
        vm.prank(alice);
        vm.expectPartialRevert(Vault.WrongValue.selector);
        rollup.deposit{ value: 1 ether }(Tree.OffL1, ETHER, 2 ether, Scalar.wrap(77));
    }

    function test_dust_is_not_deposited() public {
        vm.prank(alice);
        vm.expectPartialRevert(Intake.BelowLeast.selector);
        rollup.deposit{ value: 1 }(Tree.OnL1, ETHER, 1, Scalar.wrap(77));
        vm.prank(alice);
        vm.expectPartialRevert(Intake.BelowLeast.selector);
        rollup.deposit(Tree.OnL1, ETHER, 0, Scalar.wrap(77));
    }

    function test_a_deposit_of_ether() public {
        deposit(alice, Tree.OffL1, 1 ether);
        vm.snapshotGasLastCall("rollup", "deposit of ETH");
        vm.assertEq(address(vault).balance, 1 ether);
        vm.assertEq(rollup.valueOf(Tree.OffL1, ETHER), 1 ether);
    }

    function test_the_pool_pays_whom_it_must_and_a_hundredth_at_most() public {
        vm.expectPartialRevert(EscapePool.NotPayer.selector);
        escapePool.refund(payable(bob), 1, 1);
        vm.deal(address(escapePool), 1 ether);
        vm.prank(address(rollup));
        escapePool.refund(payable(account("mover")), 100_000, 0);
        vm.assertEq(account("mover").balance, 161_000 * 10 gwei);
        vm.prank(address(rollup));
        escapePool.refund(payable(account("mover")), 1e12, 0);
        vm.assertLe(account("mover").balance, 161_000 * 10 gwei + 0.01 ether);
    }

    function _listed() private returns (Token coin) {
        coin = new Token();
        TokenTerms memory terms = _termsOf(coin);
        vm.prank(lock);
        tokens.list(terms);
        coin.mint(alice, 1000);
        vm.prank(alice);
        coin.approve(address(vault), 1000);
    }

    function _termsOf(Token coin) private pure returns (TokenTerms memory) {
        return TokenTerms({
            token: address(coin), least: 10, weiPerMillion: 1 ether, coverShare: 5_000, calm: 1000
        });
    }
}
