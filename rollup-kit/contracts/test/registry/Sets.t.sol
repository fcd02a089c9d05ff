// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import { Bls12381 } from "../../src/bls/Bls12381.sol";
import { BlsSignature } from "../../src/bls/BlsSignature.sol";
import { Precompiles } from "../../src/bls/Precompiles.sol";
import { ICertificates } from "../../src/interfaces/ICertificates.sol";
import { Keys } from "../../src/registry/Keys.sol";
import { Registry } from "../../src/registry/Registry.sol";
import { Sets } from "../../src/registry/Sets.sol";
import { Bitmap } from "../../src/types/Bitmap.sol";
import { Casts } from "../../src/types/Casts.sol";
import { Certificate } from "../../src/types/Certificates.sol";
import { SetHash } from "../../src/types/Hashes.sol";
import { G1Point, G2Point } from "../../src/types/Points.sol";
import { ValidatorId, ValidatorIndex } from "../../src/types/ValidatorId.sol";
import { Weight } from "../../src/types/Weight.sol";
import { BadPoints, Signer } from "../lib/Signer.sol";
import { RegistryTest } from "./RegistryTest.sol";

contract SetsTest is RegistryTest {
    Registry private registry;

    function setUp() public {
        registry = deploy(SetHash.wrap(bytes32(uint256(1))));
    }

    function test_namesTheMembersOfASet() public {
        uint64[] memory weights = new uint64[](3);
        (weights[0], weights[1], weights[2]) = (7, 8, 9);
        TestSet memory set = setOf(weights, 1);
        introduce(registry, set);

        vm.assertEq(registry.memberCount(set.hash), 3);
        for (uint16 i = 0; i < 3; ++i) {
            (ValidatorId validator, Weight weight) =
                registry.member(set.hash, ValidatorIndex.wrap(i));
            vm.assertTrue(validator == registry.validatorOf(set.keys[i]));
            vm.assertEq(Weight.unwrap(weight), weights[i]);
        }
        ValidatorId[] memory some = registry.members(set.hash, hex"05");
        vm.assertEq(some.length, 2);
        vm.assertTrue(some[0] == registry.validatorOf(set.keys[0]));
        vm.assertTrue(some[1] == registry.validatorOf(set.keys[2]));

        vm.expectRevert(abi.encodeWithSelector(Sets.MemberCount.selector, 4, 1, 3));
        registry.member(set.hash, ValidatorIndex.wrap(3));
        vm.expectRevert(abi.encodeWithSelector(Bitmap.StrayBits.selector, 8, 3));
        registry.members(set.hash, hex"08");
    }

    /// 130 members take two pages; members of both sign.
    function test_aSetOfTwoPages() public {
        TestSet memory set = equalSet(130, 1);
        registry = deploy(set.hash);
        introduce(registry, set);
        for (uint16 i = 126; i < 130; ++i) {
            (ValidatorId validator,) = registry.member(set.hash, ValidatorIndex.wrap(i));
            vm.assertTrue(validator == registry.validatorOf(set.keys[i]));
        }
        // 87 of 130: one more than two thirds, the absent on both sides of the pages' border.
        bytes memory signers = bitmap(130, 42, 129);
        registry.verifyCertificate(certify(set, BLOB, l1Now(), signers));
        signers = bitmap(130, 43, 129);
        Certificate memory certificate = certify(set, BLOB, l1Now(), signers);
        vm.expectRevert(abi.encodeWithSelector(ICertificates.NoQuorum.selector, 86, 130));
        registry.verifyCertificate(certificate);
    }

    function test_assemblingASetAgainChangesNothing() public {
        TestSet memory set = equalSet(3, 1);
        introduce(registry, set);
        introduce(registry, set);
        vm.assertEq(registry.memberCount(set.hash), 3);
    }

    function test_anybodyProvesPossessionOnce() public {
        G1Point memory key = Signer.key(5);
        vm.prank(account("anybody"));
        ValidatorId validator = registry.provePossession(key, Signer.provePossession(5));
        vm.assertTrue(registry.isProven(validator));
        registry.provePossession(key, Signer.provePossession(5));
        vm.assertTrue(registry.isProven(validator));
    }

    function test_refusesProofsOfOtherKeys() public {
        G1Point memory key = Signer.key(5);
        G2Point memory proof = Signer.provePossession(6);
        vm.expectRevert(
            abi.encodeWithSelector(BlsSignature.WrongPossession.selector, Bls12381.compress(key))
        );
        registry.provePossession(key, proof);
        vm.assertFalse(registry.isProven(registry.validatorOf(key)));
    }

    function test_takesOnlyProvenKeysIntoSets() public {
        TestSet memory set = equalSet(2, 1);
        registry.provePossession(set.keys[0], Signer.provePossession(set.secrets[0]));
        ValidatorId unproven = registry.validatorOf(set.keys[1]);
        vm.expectRevert(abi.encodeWithSelector(Keys.PossessionUnproven.selector, unproven));
        registry.storePage(set.keys, set.weights);

        set.keys[1] = BadPoints.g1OutsideSubgroup();
        unproven = registry.validatorOf(set.keys[1]);
        vm.expectRevert(abi.encodeWithSelector(Keys.PossessionUnproven.selector, unproven));
        registry.storePage(set.keys, set.weights);
    }

    /// Only x and the sign of y make a key's name: another y of the same sign must not slip in
    /// under a proven name.
    function test_refusesAProvenNameWithAnotherPoint() public {
        TestSet memory set = equalSet(1, 1);
        registry.provePossession(set.keys[0], Signer.provePossession(set.secrets[0]));
        set.keys[0].y.lo ^= 1;
        vm.assertTrue(registry.isProven(registry.validatorOf(set.keys[0])));
        bytes32[] memory pages = new bytes32[](1);
        pages[0] = registry.storePage(set.keys, set.weights);
        vm.expectRevert(
            abi.encodeWithSelector(
                Precompiles.PrecompileFailed.selector, Precompiles.G1_ADD, 0, 128
            )
        );
        registry.assemble(pages);
    }

    /// Whoever brings a proven member's opposite under the member's name would spoil the set's
    /// sum for good: no coordinate may reach beyond its element and be cut off.
    function test_refusesTheOppositeUnderAProvenName() public {
        uint256 secret = 1;
        while (!_hasGreaterY(Signer.key(secret))) ++secret;
        G1Point memory key = Signer.key(secret);
        registry.provePossession(key, Signer.provePossession(secret));
        G1Point[] memory keys = new G1Point[](1);
        Weight[] memory weights = new Weight[](1);
        weights[0] = Weight.wrap(1);
        bytes32[] memory pages = new bytes32[](1);
        G1Point memory opposite = Bls12381.negate(key);

        keys[0] = opposite;
        ValidatorId other = registry.validatorOf(opposite);
        vm.expectRevert(abi.encodeWithSelector(Keys.PossessionUnproven.selector, other));
        registry.storePage(keys, weights);

        // A lesser y that compares as the greater.
        keys[0].y.hi += 1 << 128;
        vm.expectRevert(
            abi.encodeWithSelector(Casts.OutOfRange.selector, keys[0].y.hi, type(uint128).max)
        );
        registry.storePage(keys, weights);
        keys[0].y.hi -= 1 << 128;

        // An x that brings the flag of the greater y along.
        uint256 flag = 0x20 << 120;
        keys[0].x.hi |= flag;
        vm.expectRevert(abi.encodeWithSelector(Casts.OutOfRange.selector, keys[0].x.hi, flag - 1));
        registry.storePage(keys, weights);
        keys[0].x.hi ^= flag;

        // y + p compares as the greater and fits, but is no element.
        unchecked {
            uint256 lo = keys[0].y.lo + Bls12381.P_LO;
            keys[0].y.hi += Bls12381.P_HI + (lo < keys[0].y.lo ? 1 : 0);
            keys[0].y.lo = lo;
        }
        pages[0] = registry.storePage(keys, weights);
        vm.expectRevert(
            abi.encodeWithSelector(
                Precompiles.PrecompileFailed.selector, Precompiles.G1_ADD, 0, 128
            )
        );
        registry.assemble(pages);
    }

    function test_refusesMembersThatDoNotAscend() public {
        TestSet memory set = equalSet(3, 1);
        for (uint256 i = 0; i < 3; ++i) {
            registry.provePossession(set.keys[i], Signer.provePossession(set.secrets[i]));
        }
        G1Point[] memory keys = new G1Point[](2);
        Weight[] memory weights = new Weight[](2);
        (weights[0], weights[1]) = (Weight.wrap(1), Weight.wrap(1));
        bytes memory first = Bls12381.compress(set.keys[0]);
        bytes memory second = Bls12381.compress(set.keys[1]);

        (keys[0], keys[1]) = (set.keys[1], set.keys[0]);
        vm.expectRevert(abi.encodeWithSelector(Sets.UnsortedKeys.selector, 1, first, second));
        registry.storePage(keys, weights);

        (keys[0], keys[1]) = (set.keys[0], set.keys[0]);
        vm.expectRevert(abi.encodeWithSelector(Sets.UnsortedKeys.selector, 1, first, first));
        registry.storePage(keys, weights);
    }

    function test_refusesWeightsOutOfBounds() public {
        TestSet memory set = equalSet(2, 1);
        introduce(registry, set);
        set.weights[1] = Weight.wrap(0);
        ValidatorId second = registry.validatorOf(set.keys[1]);
        vm.expectRevert(abi.encodeWithSelector(Sets.ZeroWeight.selector, second));
        registry.storePage(set.keys, set.weights);

        uint64 most = type(uint64).max / 4;
        set.weights[1] = Weight.wrap(most);
        bytes32[] memory pages = new bytes32[](1);
        pages[0] = registry.storePage(set.keys, set.weights);
        vm.expectRevert(abi.encodeWithSelector(Sets.TotalWeight.selector, uint256(most) + 1, most));
        registry.assemble(pages);

        set.weights[1] = Weight.wrap(most - 1);
        pages[0] = registry.storePage(set.keys, set.weights);
        registry.assemble(pages);
    }

    function test_refusesPagesOfBadShape() public {
        TestSet memory set = equalSet(2, 1);
        vm.expectRevert(abi.encodeWithSelector(Sets.LengthMismatch.selector, 2, 0));
        registry.storePage(set.keys, new Weight[](0));
        vm.expectRevert(abi.encodeWithSelector(Sets.MemberCount.selector, 0, 1, 128));
        registry.storePage(new G1Point[](0), new Weight[](0));
        vm.expectRevert(abi.encodeWithSelector(Sets.MemberCount.selector, 129, 1, 128));
        registry.storePage(new G1Point[](129), new Weight[](129));

        vm.expectRevert(abi.encodeWithSelector(Sets.MemberCount.selector, 0, 1, 1024));
        registry.assemble(new bytes32[](0));
        vm.expectRevert(abi.encodeWithSelector(Sets.UnknownPage.selector, bytes32(0)));
        registry.assemble(new bytes32[](1));

        introduce(registry, set);
        bytes32[] memory twice = new bytes32[](2);
        twice[0] = registry.storePage(set.keys, set.weights);
        twice[1] = twice[0];
        vm.expectRevert(abi.encodeWithSelector(Sets.PageNotFull.selector, twice[0], 2, 128));
        registry.assemble(twice);
    }

    function test_refusesPagesThatDoNotAscend() public {
        TestSet memory set = equalSet(129, 1);
        introduce(registry, set);
        G1Point[] memory keys = new G1Point[](128);
        Weight[] memory weights = new Weight[](128);
        for (uint256 i = 0; i < 128; ++i) {
            (keys[i], weights[i]) = (set.keys[i + 1], set.weights[i + 1]);
        }
        bytes32[] memory pages = new bytes32[](2);
        pages[0] = registry.storePage(keys, weights);
        keys = new G1Point[](1);
        weights = new Weight[](1);
        (keys[0], weights[0]) = (set.keys[0], set.weights[0]);
        pages[1] = registry.storePage(keys, weights);

        bytes memory got = Bls12381.compress(set.keys[0]);
        bytes memory previous = Bls12381.compress(set.keys[128]);
        vm.expectRevert(abi.encodeWithSelector(Sets.UnsortedKeys.selector, 128, got, previous));
        registry.assemble(pages);
    }

    function _hasGreaterY(G1Point memory key) private pure returns (bool) {
        return uint8(Bls12381.compress(key)[0]) & 0x20 != 0;
    }
}
