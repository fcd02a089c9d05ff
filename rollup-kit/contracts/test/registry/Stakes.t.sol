// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import { BlsSignature } from "../../src/bls/BlsSignature.sol";
import { IStakes } from "../../src/interfaces/IStakes.sol";
import { Delegations } from "../../src/registry/Delegations.sol";
import { Keys } from "../../src/registry/Keys.sol";
import { Ledger } from "../../src/registry/Ledger.sol";
import { PoolMath } from "../../src/registry/Pool.sol";
import { Registry } from "../../src/registry/Registry.sol";
import { Validators } from "../../src/registry/Validators.sol";
import { Digest, SetHash } from "../../src/types/Hashes.sol";
import { G1Point, G2Point } from "../../src/types/Points.sol";
import { Shares, TicketId } from "../../src/types/Stake.sol";
import { ValidatorId } from "../../src/types/ValidatorId.sol";
import { Signer } from "../lib/Signer.sol";
import { Slasher } from "./Slasher.sol";
import { RegistryTest } from "./RegistryTest.sol";

/// Takes no ether.
contract Refuser {
    function claim(Registry registry, TicketId ticket) external {
        registry.claim(ticket, address(this));
    }

    function stake(Registry registry, ValidatorId validator) external payable {
        registry.delegate{ value: msg.value }(validator, 0);
    }

    function unbond(Registry registry, ValidatorId validator, Shares shares)
        external
        returns (TicketId)
    {
        return registry.unbond(validator, shares);
    }
}

/// Claims again from within the payment.
contract Reenterer {
    Registry private immutable REGISTRY;
    TicketId private _ticket;
    bytes public caught;

    constructor(Registry registry) {
        REGISTRY = registry;
    }

    function stake(ValidatorId validator) external payable {
        REGISTRY.delegate{ value: msg.value }(validator, 0);
    }

    function unbond(ValidatorId validator, Shares shares) external {
        _ticket = REGISTRY.unbond(validator, shares);
    }

    function claim() external {
        REGISTRY.claim(_ticket, address(this));
    }

    receive() external payable {
        try REGISTRY.claim(_ticket, address(this)) { }
        catch (bytes memory reason) {
            caught = reason;
        }
    }
}

contract StakesTest is RegistryTest {
    Registry private registry;
    ValidatorId private validator;
    Slasher private rollup;

    address private immutable OWNER = account("owner");
    address private immutable ALICE = account("alice");
    address private immutable BOB = account("bob");

    function setUp() public {
        registry = deploy(SetHash.wrap(bytes32(uint256(1))));
        validator = register(registry, 5, OWNER, 10 ether, 1000);
        rollup = new Slasher(registry);
        vm.prank(OWNER);
        registry.setOpen(validator, true);
    }

    function test_registersAnOwner() public view {
        vm.assertEq(registry.ownerOf(validator), OWNER);
        vm.assertEq(registry.operatorOf(validator), OWNER);
        vm.assertEq(_sharesOf(OWNER), 10 ether);
        vm.assertEq(registry.held(), 10 ether);
    }

    function test_registersOnce() public {
        G1Point memory key = Signer.key(5);
        G2Point memory signature = Signer.sign(5, registry.registrationDigest(ALICE));
        _fund(ALICE, 1 ether);
        vm.prank(ALICE);
        vm.expectRevert(abi.encodeWithSelector(Validators.AlreadyRegistered.selector, validator));
        registry.register{ value: 1 ether }(key, signature, ALICE, 0);
    }

    /// Whoever sees a registration under way cannot put themselves in the owner's place.
    function test_aCopiedSignatureRegistersNobodyElse() public {
        G1Point memory key = Signer.key(6);
        registry.provePossession(key, Signer.provePossession(6));
        G2Point memory signature = Signer.sign(6, registry.registrationDigest(ALICE));
        Digest digest = registry.registrationDigest(BOB);
        _fund(BOB, 1 ether);
        vm.prank(BOB);
        vm.expectRevert(abi.encodeWithSelector(BlsSignature.WrongSignature.selector, digest));
        registry.register{ value: 1 ether }(key, signature, BOB, 0);
    }

    function test_aSignatureForAnotherRegistryOrChainRegistersNobody() public {
        G1Point memory key = Signer.key(6);
        Registry other = deploy(SetHash.wrap(bytes32(uint256(1))));
        other.provePossession(key, Signer.provePossession(6));
        _fund(ALICE, 2 ether);
        G2Point memory signature = Signer.sign(6, registry.registrationDigest(ALICE));
        Digest digest = other.registrationDigest(ALICE);
        vm.prank(ALICE);
        vm.expectRevert(abi.encodeWithSelector(BlsSignature.WrongSignature.selector, digest));
        other.register{ value: 1 ether }(key, signature, ALICE, 0);

        registry.provePossession(key, Signer.provePossession(6));
        vm.chainId(7);
        digest = registry.registrationDigest(ALICE);
        vm.prank(ALICE);
        vm.expectRevert(abi.encodeWithSelector(BlsSignature.WrongSignature.selector, digest));
        registry.register{ value: 1 ether }(key, signature, ALICE, 0);
    }

    function test_registersOnlyProvenKeys() public {
        G1Point memory key = Signer.key(6);
        G2Point memory signature = Signer.sign(6, registry.registrationDigest(ALICE));
        ValidatorId unproven = registry.validatorOf(key);
        _fund(ALICE, 1 ether);
        vm.prank(ALICE);
        vm.expectRevert(abi.encodeWithSelector(Keys.PossessionUnproven.selector, unproven));
        registry.register{ value: 1 ether }(key, signature, ALICE, 0);
    }

    function test_refusesTooLittleStakeAndTooMuchCommission() public {
        G1Point memory key = Signer.key(6);
        registry.provePossession(key, Signer.provePossession(6));
        G2Point memory signature = Signer.sign(6, registry.registrationDigest(ALICE));
        _fund(ALICE, 1 ether);
        vm.startPrank(ALICE);
        vm.expectRevert(
            abi.encodeWithSelector(Validators.StakeTooSmall.selector, 1 ether - 1, 1 ether)
        );
        registry.register{ value: 1 ether - 1 }(key, signature, ALICE, 0);
        vm.expectRevert(
            abi.encodeWithSelector(Validators.CommissionTooHigh.selector, 10_001, 10_000)
        );
        registry.register{ value: 1 ether }(key, signature, ALICE, 10_001);
        vm.stopPrank();
    }

    function test_onlyTheOwnerNamesOperatorsAndAllocates() public {
        bytes memory refused = abi.encodeWithSelector(Validators.NotOwner.selector, ALICE, OWNER);
        vm.startPrank(ALICE);
        vm.expectRevert(refused);
        registry.setOperator(validator, ALICE);
        vm.expectRevert(refused);
        registry.allocate(validator, ALICE, units(1));
        vm.expectRevert(refused);
        registry.deallocate(validator, ALICE, units(1));
        vm.expectRevert(refused);
        registry.setOpen(validator, false);
        vm.stopPrank();

        vm.prank(OWNER);
        registry.setOperator(validator, ALICE);
        vm.assertEq(registry.operatorOf(validator), ALICE);
    }

    function test_paysOutAfterTwentyEightDays() public {
        _delegate(ALICE, 4 ether);
        vm.prank(ALICE);
        TicketId ticket = registry.unbond(validator, Shares.wrap(1 ether));

        vm.warp(START + 28 days - 1);
        vm.prank(ALICE);
        vm.expectRevert(
            abi.encodeWithSelector(
                Delegations.StillUnbonding.selector, START + 28 days - 1, START + 28 days
            )
        );
        registry.claim(ticket, ALICE);

        vm.warp(START + 28 days);
        vm.prank(ALICE);
        vm.assertEq(registry.claim(ticket, BOB), 1 ether);
        vm.assertEq(BOB.balance, 1 ether);
        vm.assertEq(_sharesOf(ALICE), 3 ether);

        // Nobody is paid twice.
        vm.prank(ALICE);
        vm.expectRevert(
            abi.encodeWithSelector(Delegations.NotTicketHolder.selector, ALICE, address(0))
        );
        registry.claim(ticket, ALICE);
    }

    function test_onlyTheHolderClaims() public {
        vm.prank(OWNER);
        TicketId ticket = registry.unbond(validator, Shares.wrap(1 ether));
        vm.warp(START + 28 days);
        vm.prank(ALICE);
        vm.expectRevert(abi.encodeWithSelector(Delegations.NotTicketHolder.selector, ALICE, OWNER));
        registry.claim(ticket, ALICE);
    }

    function test_unbondsNoMoreThanIsHeld() public {
        for (uint256 i = 0; i < 2; ++i) {
            uint128 shares = i == 0 ? 0 : 10 ether + 1;
            vm.prank(OWNER);
            vm.expectRevert(
                abi.encodeWithSelector(Delegations.NotEnoughShares.selector, shares, 10 ether)
            );
            registry.unbond(validator, Shares.wrap(shares));
        }
    }

    /// Owner, delegator and whoever unbonds lose the same part.
    function test_aSlashHitsEveryShareAlike() public {
        _allocate(ALL);
        _delegate(ALICE, 6 ether);
        _delegate(BOB, 4 ether);
        vm.prank(BOB);
        TicketId ticket = registry.unbond(validator, Shares.wrap(4 ether));

        vm.assertEq(rollup.slash(validator, 5 ether), 5 ether);
        vm.assertEq(address(rollup).balance, 5 ether);

        vm.warp(START + 28 days);
        vm.prank(BOB);
        vm.assertEq(registry.claim(ticket, BOB), 3 ether);
        vm.prank(ALICE);
        ticket = registry.unbond(validator, Shares.wrap(6 ether));
        vm.warp(START + 56 days);
        vm.prank(ALICE);
        vm.assertEq(registry.claim(ticket, ALICE), 4.5 ether);
        vm.assertEq(registry.held(), 7.5 ether);
    }

    /// The price of a share rises by nothing: ether that is forced upon the contract is nobody's.
    function test_aGiftDoesNotMoveThePrice() public {
        vm.deal(address(registry), address(registry).balance + 1000 ether);
        _delegate(ALICE, 1 ether);
        vm.assertEq(_sharesOf(ALICE), 1 ether);
        vm.assertEq(registry.held(), 11 ether);
    }

    /// After the worst possible slash the pool takes nobody's money for shares of nothing.
    function test_aWipedPoolTakesNoStake() public {
        _allocate(ALL);
        rollup.slash(validator, type(uint256).max);
        vm.assertEq(address(rollup).balance, 10 ether);
        uint64 revision = registry.validatorInfo(validator).revision;
        _fund(ALICE, 1 ether);
        vm.prank(ALICE);
        vm.expectRevert(abi.encodeWithSelector(PoolMath.PoolWiped.selector, 0, 10 ether));
        registry.delegate{ value: 1 ether }(validator, revision);
    }

    /// A share must be worth a millionth of a wei at least, or the shares of a deposit overflow.
    function test_anAlmostWipedPoolTakesNoStake() public {
        _allocate(ALL);
        rollup.slash(validator, 10 ether - 1e13);
        _delegate(ALICE, 1 ether);
        vm.assertEq(_sharesOf(ALICE), 1e24);

        vm.prank(ALICE);
        TicketId ticket = registry.unbond(validator, Shares.wrap(1e24));
        vm.warp(START + 28 days);
        vm.prank(ALICE);
        vm.assertEq(registry.claim(ticket, ALICE), 1 ether);

        rollup.slash(validator, 1);
        uint64 revision = registry.validatorInfo(validator).revision;
        _fund(BOB, 1 ether);
        vm.prank(BOB);
        vm.expectRevert(abi.encodeWithSelector(PoolMath.PoolWiped.selector, 1e13 - 1, 10 ether));
        registry.delegate{ value: 1 ether }(validator, revision);
    }

    /// A deposit that buys less than one share is refused, not swallowed.
    function test_refusesADepositOfNothing() public {
        vm.prank(ALICE);
        vm.expectRevert(abi.encodeWithSelector(PoolMath.TooLittle.selector, 0));
        registry.delegate(validator, 0);
    }

    /// An owner cannot slip in an allocation between a delegator's look and its money.
    function test_aDelegationNamesTheAllocationsItAgreesTo() public {
        _allocate(ALL);
        _fund(ALICE, 1 ether);
        vm.prank(ALICE);
        vm.expectRevert(abi.encodeWithSelector(Delegations.AllocationsChanged.selector, 1, 0));
        registry.delegate{ value: 1 ether }(validator, 0);
    }

    /// A stranger's dust would put the owner's allocations under notice.
    function test_nobodyDelegatesToAClosedPool() public {
        vm.prank(OWNER);
        registry.setOpen(validator, false);
        _fund(ALICE, 1 ether);
        vm.prank(ALICE);
        vm.expectRevert(abi.encodeWithSelector(Delegations.PoolClosed.selector, validator));
        registry.delegate{ value: 1 ether }(validator, 0);
        _delegate(OWNER, 1 ether);
        vm.assertEq(_sharesOf(OWNER), 11 ether);
    }

    function test_refusesUnknownValidators() public {
        ValidatorId unknown = ValidatorId.wrap(bytes32(uint256(1)));
        bytes memory refused = abi.encodeWithSelector(IStakes.UnknownValidator.selector, unknown);
        vm.expectRevert(refused);
        registry.delegate(unknown, 0);
        vm.expectRevert(refused);
        registry.unbond(unknown, Shares.wrap(1));
        vm.expectRevert(refused);
        registry.reward(unknown);
        vm.expectRevert(refused);
        registry.slash(unknown, 1);
        vm.expectRevert(refused);
        registry.reportRescue(unknown);
        vm.assertEq(registry.coverage(unknown, address(rollup)), 0);
        vm.assertEq(registry.slashable(unknown, address(rollup)), 0);
    }

    /// A tenth is the owner's by commission; the rest goes by shares that earn.
    function test_rewardsAreSharedAndFetched() public {
        _delegate(ALICE, 10 ether);
        rollup.reward{ value: 1 ether }(validator);
        vm.assertEq(registry.settle(validator, OWNER), 0.55 ether - 1);
        vm.assertEq(registry.settle(validator, ALICE), 0.45 ether - 1);

        vm.prank(ALICE);
        vm.assertEq(registry.fetch(BOB), 0.45 ether - 1);
        vm.assertEq(BOB.balance, 0.45 ether - 1);
        vm.prank(ALICE);
        vm.expectRevert(abi.encodeWithSelector(Ledger.NothingOwed.selector, ALICE));
        registry.fetch(BOB);
    }

    function test_whoComesLateOrUnbondsEarnsNothing() public {
        rollup.reward{ value: 1 ether }(validator);
        _delegate(ALICE, 10 ether);
        vm.assertEq(registry.settle(validator, ALICE), 0);
        vm.prank(ALICE);
        registry.unbond(validator, Shares.wrap(10 ether));
        rollup.reward{ value: 1 ether }(validator);
        vm.assertEq(registry.settle(validator, ALICE), 0);
        vm.assertApproxEqAbs(registry.settle(validator, OWNER), 2 ether, 2);
    }

    function test_rewardsOfAPoolWhereNobodyEarnsAreTheOwners() public {
        vm.prank(OWNER);
        registry.unbond(validator, Shares.wrap(10 ether));
        rollup.reward{ value: 1 ether }(validator);
        vm.assertEq(registry.settle(validator, OWNER), 1 ether);
    }

    /// One who cannot be paid holds up nobody.
    function test_aRefusedPaymentIsTheRefusersProblem() public {
        Refuser refuser = new Refuser();
        vm.deal(address(this), 1 ether);
        refuser.stake{ value: 1 ether }(registry, validator);
        TicketId theirs = refuser.unbond(registry, validator, Shares.wrap(1 ether));
        vm.prank(OWNER);
        TicketId mine = registry.unbond(validator, Shares.wrap(1 ether));
        vm.warp(START + 28 days);

        vm.expectRevert(
            abi.encodeWithSelector(IStakes.PaymentRefused.selector, address(refuser), 1 ether)
        );
        refuser.claim(registry, theirs);
        vm.prank(OWNER);
        vm.assertEq(registry.claim(mine, OWNER), 1 ether);
        // The ticket is still there for another address.
        vm.prank(address(refuser));
        vm.assertEq(registry.claim(theirs, ALICE), 1 ether);
    }

    function test_nobodyIsPaidFromWithinAPayment() public {
        Reenterer reenterer = new Reenterer(registry);
        vm.deal(address(this), 1 ether);
        reenterer.stake{ value: 1 ether }(validator);
        reenterer.unbond(validator, Shares.wrap(1 ether));
        vm.warp(START + 28 days);
        reenterer.claim();
        vm.assertEq(address(reenterer).balance, 1 ether);
        vm.assertEq(reenterer.caught(), abi.encodeWithSelector(Ledger.Reentered.selector));
    }

    function _sharesOf(address holder) private view returns (uint256) {
        (Shares shares,) = registry.holdings(validator, holder);
        return Shares.unwrap(shares);
    }

    function _fund(address who, uint256 amount) private {
        vm.deal(who, who.balance + amount);
    }

    function _delegate(address who, uint256 amount) private {
        _fund(who, amount);
        uint64 revision = registry.validatorInfo(validator).revision;
        vm.prank(who);
        registry.delegate{ value: amount }(validator, revision);
    }

    function _allocate(uint128 amount) private {
        vm.prank(OWNER);
        registry.allocate(validator, address(rollup), units(amount));
    }
}
