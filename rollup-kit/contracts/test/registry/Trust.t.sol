// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import { BlsSignature } from "../../src/bls/BlsSignature.sol";
import { ICertificates } from "../../src/interfaces/ICertificates.sol";
import { Certificates } from "../../src/registry/Certificates.sol";
import { Digests } from "../../src/registry/Digests.sol";
import { Headers } from "../../src/registry/Header.sol";
import { Registry } from "../../src/registry/Registry.sol";
import { Certificate, Finality } from "../../src/types/Certificates.sol";
import { ChainId, Digest, SetHash } from "../../src/types/Hashes.sol";
import { Timestamp } from "../../src/types/Timestamp.sol";
import { RegistryTest } from "./RegistryTest.sol";

/// How trust moves from set to set.
contract TrustTest is RegistryTest {
    Registry private registry;

    function setUp() public {
        TestSet memory first = _first();
        registry = deploy(first.hash);
        introduce(registry, first);
        introduce(registry, _second());
    }

    function test_movesOnToTheSetThatAFinalHeaderNames() public {
        registry.advanceSet(_to(_first(), _second(), 10));
        _assertSets(_second().hash, _first().hash);
        vm.assertEq(registry.height(), 10);
    }

    function test_theCurrentAndThePreviousSetCertify() public {
        Certificate memory old = certify(_first(), BLOB, l1Now(), hex"0f");
        Certificate memory young = certify(_second(), BLOB, l1Now(), hex"1f");
        registry.verifyCertificate(old);
        vm.expectRevert(
            abi.encodeWithSelector(
                ICertificates.UntrustedSet.selector, _second().hash, _first().hash, bytes32(0)
            )
        );
        registry.verifyCertificate(young);

        registry.advanceSet(_to(_first(), _second(), 10));
        registry.verifyCertificate(old);
        registry.verifyCertificate(young);
    }

    /// Members of the previous set may take their stake back: they certify for a day more.
    function test_thePreviousSetCertifiesForADay() public {
        vm.warp(START + 1 days);
        registry.advanceSet(_to(_first(), _second(), 10));
        vm.warp(START + 2 days);
        registry.verifyCertificate(certify(_first(), BLOB, l1Now(), hex"0f"));

        vm.warp(START + 2 days + 1);
        Certificate memory late = certify(_first(), BLOB, l1Now(), hex"0f");
        vm.expectRevert(
            abi.encodeWithSelector(
                ICertificates.UntrustedSet.selector, _first().hash, _second().hash, _first().hash
            )
        );
        registry.verifyCertificate(late);
    }

    function test_theSetBeforeThePreviousCertifiesNoMore() public {
        Certificate memory old = certify(_first(), BLOB, l1Now(), hex"0f");
        TestSet memory third = equalSet(3, 3);
        introduce(registry, third);
        registry.advanceSet(_to(_first(), _second(), 10));
        registry.advanceSet(_to(_second(), third, 11));
        _assertSets(third.hash, _second().hash);
        vm.expectRevert(
            abi.encodeWithSelector(
                ICertificates.UntrustedSet.selector, _first().hash, third.hash, _second().hash
            )
        );
        registry.verifyCertificate(old);
    }

    function test_aHeaderOfTheSameSetConfirmsIt() public {
        vm.warp(START + 20 days);
        registry.advanceSet(_to(_first(), _first(), 10));
        _assertSets(_first().hash, SetHash.wrap(0));
        vm.assertEq(registry.confirmedAt(), START + 20 days);

        vm.warp(START + 41 days);
        registry.verifyCertificate(certify(_first(), BLOB, l1Now(), hex"0f"));
    }

    function test_trustExpires() public {
        vm.warp(START + 21 days);
        registry.verifyCertificate(certify(_first(), BLOB, l1Now(), hex"0f"));
        vm.warp(START + 21 days + 1);
        Certificate memory certificate = certify(_first(), BLOB, l1Now(), hex"0f");
        Finality memory finality = _to(_first(), _second(), 10);
        bytes memory expired = abi.encodeWithSelector(
            ICertificates.TrustExpired.selector, START, START + 21 days + 1, 21 days
        );
        vm.expectRevert(expired);
        registry.verifyCertificate(certificate);
        vm.expectRevert(expired);
        registry.advanceSet(finality);
    }

    /// A set of long ago cannot be confirmed by a header of long ago.
    function test_anOldHeaderConfirmsNothingNew() public {
        Finality memory old = _to(_first(), _first(), 10);
        vm.warp(START + 20 days);
        registry.advanceSet(old);
        vm.assertEq(registry.confirmedAt(), START);
    }

    function test_refusesHeadersThatAreNotNewer() public {
        registry.advanceSet(_to(_first(), _first(), 10));
        for (uint64 height = 9; height <= 10; ++height) {
            Finality memory finality = _to(_first(), _second(), height);
            vm.expectRevert(abi.encodeWithSelector(Certificates.StaleHeader.selector, height, 10));
            registry.advanceSet(finality);
        }
    }

    function test_refusesAnotherChainsHeader() public {
        ChainId other = ChainId.wrap(bytes32(uint256(0xc5)));
        Finality memory finality = finalize(other, _first(), _second().hash, 10, l1Now());
        vm.expectRevert(abi.encodeWithSelector(Certificates.WrongChain.selector, other, CHAIN));
        registry.advanceSet(finality);
    }

    function test_refusesAnotherSetsHeader() public {
        Finality memory finality = _to(_second(), _second(), 10);
        vm.expectRevert(
            abi.encodeWithSelector(Certificates.WrongSet.selector, _second().hash, _first().hash)
        );
        registry.advanceSet(finality);
    }

    function test_refusesASetWhoseMembersNobodyHasShown() public {
        TestSet memory unknown = equalSet(3, 3);
        Finality memory finality = _to(_first(), unknown, 10);
        vm.expectRevert(abi.encodeWithSelector(ICertificates.UnknownSet.selector, unknown.hash));
        registry.advanceSet(finality);
    }

    function test_refusesHeadersFromTheFuture() public {
        Timestamp soon = l1Now().plusSeconds(1 minutes);
        Timestamp later = Timestamp.wrap(Timestamp.unwrap(soon) + 1);
        Finality memory finality = finalize(CHAIN, _first(), _second().hash, 10, later);
        vm.expectRevert(abi.encodeWithSelector(Certificates.HeaderFromFuture.selector, later, soon));
        registry.advanceSet(finality);
        registry.advanceSet(finalize(CHAIN, _first(), _second().hash, 10, soon));
    }

    function test_refusesTooFewPrecommits() public {
        Finality memory finality = _to(_first(), _second(), 10);
        finality.signers = hex"03";
        vm.expectRevert(abi.encodeWithSelector(ICertificates.NoQuorum.selector, 2, 4));
        registry.advanceSet(finality);
    }

    /// Every field of the header, and the round, is under the signatures.
    function testFuzz_refusesAHeaderThatNobodySigned(uint256 place, uint8 change) public {
        Finality memory finality = _to(_first(), _second(), 10);
        uint256 flipped = bound(place, 0, finality.header.length - 1);
        finality.header[flipped] ^= bytes1(uint8(bound(change, 1, 255)));
        try registry.advanceSet(finality) {
            vm.assertTrue(false, "a header that nobody signed");
        } catch { }
        _assertSets(_first().hash, SetHash.wrap(0));
    }

    function test_refusesAnotherRound() public {
        Finality memory finality = _to(_first(), _second(), 10);
        finality.round = 3;
        Digest digest =
            Digests.precommit(CHAIN, _first().hash, 10, 3, Digests.headerHash(finality.header));
        vm.expectRevert(abi.encodeWithSelector(BlsSignature.WrongSignature.selector, digest));
        registry.advanceSet(finality);
    }

    function test_refusesBytesThatAreNoHeader() public {
        Finality memory finality = _to(_first(), _second(), 10);
        finality.header = bytes.concat(finality.header, hex"00");
        vm.expectRevert(abi.encodeWithSelector(Headers.HeaderLength.selector, 213, 212));
        registry.advanceSet(finality);
        finality.header = "";
        vm.expectRevert(abi.encodeWithSelector(Headers.HeaderLength.selector, 0, 212));
        registry.advanceSet(finality);

        finality = _to(_first(), _second(), 10);
        finality.header[1] = 0x02;
        vm.expectRevert(abi.encodeWithSelector(Headers.HeaderVersion.selector, 2, 1));
        registry.advanceSet(finality);
    }

    function _first() private view returns (TestSet memory) {
        return equalSet(4, 1);
    }

    function _second() private view returns (TestSet memory) {
        return equalSet(5, 2);
    }

    function _to(TestSet memory by, TestSet memory next, uint64 height)
        private
        view
        returns (Finality memory)
    {
        return finalize(CHAIN, by, next.hash, height, l1Now());
    }

    function _assertSets(SetHash current, SetHash previous) private view {
        vm.assertEq(SetHash.unwrap(registry.currentSet()), SetHash.unwrap(current));
        vm.assertEq(SetHash.unwrap(registry.previousSet()), SetHash.unwrap(previous));
    }
}
