// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import { IStakes } from "../../src/interfaces/IStakes.sol";
import { Allocations } from "../../src/registry/Allocations.sol";
import { Registry } from "../../src/registry/Registry.sol";
import { SetHash } from "../../src/types/Hashes.sol";
import { Shares, TicketId, Units } from "../../src/types/Stake.sol";
import { ValidatorId } from "../../src/types/ValidatorId.sol";
import { Slasher } from "./Slasher.sol";
import { RegistryTest } from "./RegistryTest.sol";

contract AllocationsTest is RegistryTest {
    uint128 private constant HALF = ALL / 2;

    Registry private registry;
    ValidatorId private validator;
    Slasher private one;
    Slasher private other;

    address private immutable OWNER = account("owner");
    address private immutable ALICE = account("alice");

    function setUp() public {
        registry = deploy(SetHash.wrap(bytes32(uint256(1))));
        validator = register(registry, 5, OWNER, 10 ether);
        one = new Slasher(registry);
        other = new Slasher(registry);
        vm.prank(OWNER);
        registry.setOpen(validator, true);
    }

    function test_aRollupTakesWhatIsNamedToIt() public {
        _allocate(one, HALF);
        _assertBacks(one, 5 ether, 5 ether);
        vm.assertEq(one.slash(validator, 2 ether), 2 ether);
        _assertBacks(one, 3 ether, 3 ether);
        vm.assertEq(address(one).balance, 2 ether);
        vm.assertEq(registry.slashed(), 2 ether);
        // More than there is takes what there is.
        vm.assertEq(one.slash(validator, 4 ether), 3 ether);
        _assertBacks(one, 0, 0);
        vm.assertEq(registry.held(), 5 ether);
    }

    function test_nobodyElseTakesAnything() public {
        _allocate(one, HALF);
        vm.expectRevert(
            abi.encodeWithSelector(IStakes.NotAllocated.selector, validator, address(other))
        );
        other.slash(validator, 1);
    }

    /// A unit of stake backs one rollup: what one takes is not another's.
    function test_aSlashLeavesOthersAllocationsAlone() public {
        _allocate(one, HALF);
        _allocate(other, HALF / 2);
        one.slash(validator, 5 ether);
        _assertBacks(other, 2.5 ether, 2.5 ether);
        vm.assertEq(other.slash(validator, type(uint256).max), 2.5 ether);
        vm.assertEq(registry.held(), 2.5 ether);
    }

    function test_unitsAreNamedOnce() public {
        _allocate(one, HALF);
        vm.startPrank(OWNER);
        vm.expectRevert(_notEnough(HALF + 1, HALF));
        registry.allocate(validator, address(other), units(HALF + 1));
        vm.expectRevert(_notEnough(0, HALF));
        registry.allocate(validator, address(other), units(0));
        registry.allocate(validator, address(other), units(HALF));
        vm.expectRevert(_notEnough(1, 0));
        registry.allocate(validator, address(one), units(1));
        vm.stopPrank();
    }

    function test_whatLeavesStaysSlashableForTwentyEightDays() public {
        _allocate(one, ALL);
        vm.prank(OWNER);
        registry.deallocate(validator, address(one), units(HALF));
        _assertBacks(one, 5 ether, 10 ether);
        vm.warp(START + 28 days - 1);
        _assertBacks(one, 5 ether, 10 ether);

        // Meanwhile nobody else has it.
        vm.prank(OWNER);
        vm.expectRevert(_notEnough(1, 0));
        registry.allocate(validator, address(other), units(1));

        vm.warp(START + 28 days);
        _assertBacks(one, 5 ether, 5 ether);
        registry.mature(validator, address(one));
        _allocate(other, HALF);
        vm.assertEq(one.slash(validator, type(uint256).max), 5 ether);
        _assertBacks(other, 5 ether, 5 ether);
    }

    /// Seeing a slash come, an owner takes everything away at once: the slash takes it all.
    function test_aSlashIsNotOutrun() public {
        _allocate(one, ALL);
        vm.startPrank(OWNER);
        registry.deallocate(validator, address(one), units(ALL));
        TicketId ticket = registry.unbond(validator, Shares.wrap(10 ether));
        vm.stopPrank();
        _assertBacks(one, 0, 10 ether);

        vm.warp(START + 28 days - 1);
        vm.assertEq(one.slash(validator, type(uint256).max), 10 ether);
        vm.warp(START + 28 days);
        vm.prank(OWNER);
        vm.assertEq(registry.claim(ticket, OWNER), 0);
    }

    /// A second request must not let the first one's units out sooner than its own.
    function test_aLaterRequestRestartsTheTime() public {
        _allocate(one, ALL);
        vm.prank(OWNER);
        registry.deallocate(validator, address(one), units(HALF));
        vm.warp(START + 27 days);
        vm.prank(OWNER);
        registry.deallocate(validator, address(one), units(HALF));
        vm.warp(START + 28 days);
        _assertBacks(one, 0, 10 ether);
        vm.warp(START + 55 days);
        _assertBacks(one, 0, 0);
    }

    function test_deallocatesNoMoreThanStays() public {
        _allocate(one, HALF);
        vm.startPrank(OWNER);
        registry.deallocate(validator, address(one), units(HALF - 1));
        vm.expectRevert(_notEnough(2, 1));
        registry.deallocate(validator, address(one), units(2));
        vm.stopPrank();
    }

    /// What stays is slashed before what leaves, and what leaves with a slash is not let out.
    function test_aSlashWhileUnitsLeave() public {
        _allocate(one, ALL);
        vm.prank(OWNER);
        registry.deallocate(validator, address(one), units(HALF));
        one.slash(validator, 7 ether);
        _assertBacks(one, 0, 3 ether);
        vm.warp(START + 28 days);
        _assertBacks(one, 0, 0);
        registry.mature(validator, address(one));
        // The units that remain are the pool's 3 ether, free.
        Units left = registry.validatorInfo(validator).pool.units;
        _allocate(other, Units.unwrap(left));
        _assertBacks(other, 3 ether, 3 ether);
    }

    /// While others have stake in the pool, a new allocation waits until they could have left.
    function test_delegatorsHaveTimeToLeave() public {
        _delegate(ALICE, 10 ether);
        _allocate(one, ALL);
        _assertBacks(one, 0, 0);
        vm.expectRevert(
            abi.encodeWithSelector(IStakes.NotAllocated.selector, validator, address(one))
        );
        one.slash(validator, 1);

        vm.prank(ALICE);
        TicketId ticket = registry.unbond(validator, Shares.wrap(10 ether));
        vm.warp(START + 28 days);
        vm.prank(ALICE);
        vm.assertEq(registry.claim(ticket, ALICE), 10 ether);

        vm.warp(START + 29 days - 1);
        _assertBacks(one, 0, 0);
        vm.warp(START + 29 days);
        _assertBacks(one, 10 ether, 10 ether);
        vm.assertEq(one.slash(validator, 1 ether), 1 ether);
    }

    /// A delegator on the way out can be slashed, and so is asked like any other.
    function test_unbondingDelegatorsHaveTimeToLeaveAsWell() public {
        _delegate(ALICE, 10 ether);
        vm.prank(ALICE);
        registry.unbond(validator, Shares.wrap(10 ether));
        _allocate(one, ALL);
        _assertBacks(one, 0, 0);
    }

    /// Coverage counts what is sure to stay; a slash takes what is still there.
    function test_unbondingStakeCoversNothingAndIsSlashed() public {
        _allocate(one, HALF);
        _delegate(ALICE, 10 ether);
        vm.prank(ALICE);
        registry.unbond(validator, Shares.wrap(10 ether));
        _assertBacks(one, 5 ether, 10 ether);
        vm.assertEq(one.slash(validator, type(uint256).max), 10 ether);
    }

    function test_aRollupThatRefusesItsSlashGetsNone() public {
        _allocate(one, ALL);
        one.refuse(true);
        vm.expectRevert(
            abi.encodeWithSelector(IStakes.PaymentRefused.selector, address(one), 1 ether)
        );
        one.slash(validator, 1 ether);
        _assertBacks(one, 10 ether, 10 ether);
    }

    function test_aSlashJailsWithThatRollup() public {
        _allocate(one, HALF);
        one.slash(validator, 1);
        vm.assertEq(registry.jailedUntil(validator, address(one)), START + 7 days);
        vm.assertEq(registry.jailedUntil(validator, address(other)), 0);

        vm.deal(address(this), 1 ether);
        vm.expectRevert(
            abi.encodeWithSelector(
                IStakes.StillJailed.selector, validator, address(one), START + 7 days
            )
        );
        one.reward{ value: 1 }(validator);
        other.reward{ value: 1 }(validator);
        vm.warp(START + 7 days);
        one.reward{ value: 1 }(validator);
    }

    function test_threeRescuesWithinAWeekJail() public {
        one.reportRescue(validator);
        one.reportRescue(validator);
        vm.assertEq(registry.jailedUntil(validator, address(one)), 0);
        other.reportRescue(validator);
        vm.assertEq(registry.jailedUntil(validator, address(other)), 0);
        one.reportRescue(validator);
        vm.assertEq(registry.jailedUntil(validator, address(one)), START + 7 days);
        vm.assertEq(registry.held(), 10 ether);
    }

    function test_rescuesOfAnotherWeekDoNotAddUp() public {
        one.reportRescue(validator);
        one.reportRescue(validator);
        vm.warp(START + 7 days);
        one.reportRescue(validator);
        one.reportRescue(validator);
        vm.assertEq(registry.jailedUntil(validator, address(one)), 0);
    }

    /// Whatever one rollup takes, in whatever steps, another's backing never shrinks, and grows
    /// by rounding alone.
    function testFuzz_slashesAreExclusive(uint128 split, uint256 a, uint256 b) public {
        uint128 first = uint128(bound(split, 1, ALL - 1));
        _allocate(one, first);
        _allocate(other, ALL - first);
        uint256 before = registry.slashable(validator, address(other));
        uint256 mine = registry.slashable(validator, address(one));
        uint256 taken = one.slash(validator, bound(a, 1, 10 ether));
        try one.slash(validator, bound(b, 1, 10 ether)) returns (uint256 more) {
            taken += more;
        } catch { }
        vm.assertLe(taken, mine);
        uint256 later = registry.slashable(validator, address(other));
        vm.assertGe(later, before);
        vm.assertLe(later - before, 20);
    }

    function _assertBacks(Slasher rollup, uint256 covered, uint256 slashable) private view {
        vm.assertEq(registry.coverage(validator, address(rollup)), covered, "coverage");
        vm.assertEq(registry.slashable(validator, address(rollup)), slashable, "slashable");
    }

    function _allocate(Slasher rollup, uint128 amount) private {
        vm.prank(OWNER);
        registry.allocate(validator, address(rollup), units(amount));
    }

    function _delegate(address who, uint256 amount) private {
        vm.deal(who, amount);
        uint64 revision = registry.validatorInfo(validator).revision;
        vm.prank(who);
        registry.delegate{ value: amount }(validator, revision);
    }

    function _notEnough(uint256 got, uint256 free) private pure returns (bytes memory) {
        return abi.encodeWithSelector(Allocations.NotEnoughUnits.selector, got, free);
    }
}
