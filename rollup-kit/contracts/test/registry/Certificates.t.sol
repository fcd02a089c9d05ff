// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import { BlsSignature } from "../../src/bls/BlsSignature.sol";
import { Precompiles } from "../../src/bls/Precompiles.sol";
import { ICertificates } from "../../src/interfaces/ICertificates.sol";
import { Digests } from "../../src/registry/Digests.sol";
import { Registry } from "../../src/registry/Registry.sol";
import { Bitmap } from "../../src/types/Bitmap.sol";
import { Certificate, CertifiedBlob } from "../../src/types/Certificates.sol";
import { BlobId, ChainId, Digest, SetHash } from "../../src/types/Hashes.sol";
import { G2Point } from "../../src/types/Points.sol";
import { Timestamp } from "../../src/types/Timestamp.sol";
import { Weight } from "../../src/types/Weight.sol";
import { BadPoints, Signer } from "../lib/Signer.sol";
import { RegistryTest } from "./RegistryTest.sol";

contract CertificatesTest is RegistryTest {
    Registry private registry;

    function setUp() public {
        TestSet memory genesis = _genesis();
        registry = deploy(genesis.hash);
        introduce(registry, genesis);
    }

    function test_takesACertificateAndSaysWhatItSays() public view {
        TestSet memory genesis = _genesis();
        Certificate memory certificate = _certify(bitmap(9, 3, 9));
        CertifiedBlob memory certified = registry.verifyCertificate(certificate);
        Digest digest = Digests.receipt(
            CHAIN, genesis.hash, BLOB, certificate.acceptedAt, certificate.expiresAt
        );
        vm.assertEq(BlobId.unwrap(certified.blob), BlobId.unwrap(BLOB));
        vm.assertEq(SetHash.unwrap(certified.set), SetHash.unwrap(genesis.hash));
        vm.assertEq(Timestamp.unwrap(certified.acceptedAt), uint256(START) * 1000);
        vm.assertEq(Timestamp.unwrap(certified.expiresAt), uint256(START + 14 days) * 1000);
        vm.assertEq(Digest.unwrap(certified.digest), Digest.unwrap(digest));
        vm.assertEq(certified.signers, keccak256(certificate.signers));
        vm.assertEq(Weight.unwrap(certified.signedWeight), 15);
        vm.assertEq(Weight.unwrap(certified.totalWeight), 18);
    }

    /// A naive twin: the sum of what signed, one by one, decides.
    function testFuzz_takesExactlyQuorums(uint256 seed) public {
        TestSet memory genesis = _genesis();
        bytes memory signers = new bytes(2);
        signers[0] = bytes1(uint8(seed));
        signers[1] = bytes1(uint8(seed >> 8) & 1);
        uint64 signed = 0;
        for (uint256 i = 0; i < 9; ++i) {
            bool signs = (uint8(signers[i / 8]) >> (i % 8)) & 1 == 1;
            if (signs) signed += Weight.unwrap(genesis.weights[i]);
        }

        Certificate memory certificate = _certify(signers);
        if (signed <= 12) {
            vm.expectRevert(_noQuorum(signed));
            registry.verifyCertificate(certificate);
        } else {
            CertifiedBlob memory certified = registry.verifyCertificate(certificate);
            vm.assertEq(Weight.unwrap(certified.signedWeight), signed);
        }
    }

    function test_refusesExactlyTwoThirds() public {
        // 1 + 2 + 3 + 3 + 3 = 12 of 18.
        bytes memory signers = hex"c901";
        Certificate memory certificate = _certify(signers);
        vm.expectRevert(_noQuorum(12));
        registry.verifyCertificate(certificate);

        signers[0] = 0xcb;
        registry.verifyCertificate(_certify(signers));
    }

    function test_refusesBitmapsOfAnotherLength() public {
        Certificate memory certificate = _certify(bitmap(9, 0, 9));
        certificate.signers = hex"ff";
        vm.expectRevert(abi.encodeWithSelector(Bitmap.BitmapLength.selector, 1, 2));
        registry.verifyCertificate(certificate);
        certificate.signers = hex"ff0100";
        vm.expectRevert(abi.encodeWithSelector(Bitmap.BitmapLength.selector, 3, 2));
        registry.verifyCertificate(certificate);
        certificate.signers = "";
        vm.expectRevert(abi.encodeWithSelector(Bitmap.BitmapLength.selector, 0, 2));
        registry.verifyCertificate(certificate);
    }

    function test_refusesBitsBeyondTheSet() public {
        Certificate memory certificate = _certify(bitmap(9, 0, 9));
        certificate.signers = hex"ff03";
        vm.expectRevert(abi.encodeWithSelector(Bitmap.StrayBits.selector, 3, 9));
        registry.verifyCertificate(certificate);
    }

    function test_refusesABitmapThatNamesOthersThanSigned() public {
        Certificate memory certificate = _certify(bitmap(9, 1, 9));
        certificate.signers = bitmap(9, 0, 9);
        _expectWrongSignature(certificate);
        registry.verifyCertificate(certificate);
    }

    function test_refusesAnotherBlob() public {
        Certificate memory certificate = _certify(bitmap(9, 0, 9));
        certificate.blob = BlobId.wrap(bytes32(uint256(1)));
        _expectWrongSignature(certificate);
        registry.verifyCertificate(certificate);
    }

    function test_refusesAnotherChainsCertificate() public {
        TestSet memory genesis = _genesis();
        ChainId other = ChainId.wrap(bytes32(uint256(0xc5)));
        Certificate memory certificate = certifyOn(other, genesis, BLOB, l1Now(), bitmap(9, 0, 9));
        _expectWrongSignature(certificate);
        registry.verifyCertificate(certificate);
    }

    function test_refusesAnotherSet() public {
        TestSet memory genesis = _genesis();
        TestSet memory other = equalSet(4, 2);
        introduce(registry, other);
        Certificate memory certificate = certify(other, BLOB, l1Now(), bitmap(4, 0, 4));
        vm.expectRevert(
            abi.encodeWithSelector(
                ICertificates.UntrustedSet.selector, other.hash, genesis.hash, bytes32(0)
            )
        );
        registry.verifyCertificate(certificate);

        // Nor do its signatures count under the trusted set's name.
        certificate.set = genesis.hash;
        certificate.signers = bitmap(9, 0, 9);
        _expectWrongSignature(certificate);
        registry.verifyCertificate(certificate);
    }

    /// Before the first change there is no previous set: zero does not name one.
    function test_refusesTheZeroSet() public {
        Certificate memory certificate = _certify(bitmap(9, 0, 9));
        certificate.set = SetHash.wrap(0);
        vm.expectRevert(
            abi.encodeWithSelector(
                ICertificates.UntrustedSet.selector, bytes32(0), _genesis().hash, bytes32(0)
            )
        );
        registry.verifyCertificate(certificate);
    }

    function test_refusesASetWhoseMembersNobodyHasShown() public {
        TestSet memory genesis = _genesis();
        Registry empty = deploy(genesis.hash);
        Certificate memory certificate = _certify(bitmap(9, 0, 9));
        vm.expectRevert(abi.encodeWithSelector(ICertificates.UnknownSet.selector, genesis.hash));
        empty.verifyCertificate(certificate);
    }

    function test_takesCertificatesForADay() public {
        Certificate memory certificate = _certify(bitmap(9, 0, 9));
        vm.warp(START + 24 hours);
        registry.verifyCertificate(certificate);
        vm.warp(START + 24 hours + 1);
        vm.expectRevert(
            abi.encodeWithSelector(
                ICertificates.CertificateTooOld.selector, certificate.acceptedAt, l1Now(), 24 hours
            )
        );
        registry.verifyCertificate(certificate);
    }

    function test_takesCertificatesFromTheFutureAsFarAsClocksDiffer() public {
        TestSet memory genesis = _genesis();
        Timestamp soon = l1Now().plusSeconds(1 minutes);
        registry.verifyCertificate(certify(genesis, BLOB, soon, bitmap(9, 0, 9)));

        Timestamp later = Timestamp.wrap(Timestamp.unwrap(soon) + 1);
        Certificate memory certificate = certify(genesis, BLOB, later, bitmap(9, 0, 9));
        vm.expectRevert(
            abi.encodeWithSelector(ICertificates.CertificateFromFuture.selector, later, soon)
        );
        registry.verifyCertificate(certificate);

        // The farthest future is refused as any, not by an overflow.
        certificate.acceptedAt = Timestamp.wrap(type(uint64).max);
        vm.expectRevert(
            abi.encodeWithSelector(
                ICertificates.CertificateFromFuture.selector, type(uint64).max, soon
            )
        );
        registry.verifyCertificate(certificate);
    }

    function test_refusesAnotherTermThanTheChains() public {
        Certificate memory certificate = _certify(bitmap(9, 0, 9));
        Timestamp expected = certificate.expiresAt;
        certificate.expiresAt = Timestamp.wrap(Timestamp.unwrap(expected) - 1);
        vm.expectRevert(
            abi.encodeWithSelector(
                ICertificates.WrongExpiry.selector, certificate.expiresAt, expected
            )
        );
        registry.verifyCertificate(certificate);
    }

    function test_refusesSignaturesThatAreNoPoints() public {
        Certificate memory certificate = _certify(bitmap(9, 0, 9));
        G2Point memory infinity;
        certificate.signature = infinity;
        vm.expectRevert(BlsSignature.SignatureAtInfinity.selector);
        registry.verifyCertificate(certificate);

        certificate.signature = BadPoints.g2OutsideSubgroup();
        vm.expectRevert(
            abi.encodeWithSelector(
                Precompiles.PrecompileFailed.selector, Precompiles.PAIRING, 0, 32
            )
        );
        registry.verifyCertificate(certificate);
    }

    /// The sum of a key and its opposite is infinity, which any signature at infinity fits:
    /// owners of both could leave a signature behind that everybody's message fits.
    function test_refusesASetWhoseKeysCancelOut() public {
        uint64[] memory weights = new uint64[](2);
        (weights[0], weights[1]) = (1, 1);
        uint256[] memory secrets = new uint256[](2);
        (secrets[0], secrets[1]) = (5, Signer.ORDER - 5);
        TestSet memory pair = setWith(secrets, weights);
        Registry other = deploy(pair.hash);
        introduce(other, pair);

        Certificate memory certificate = _certify(bitmap(9, 0, 9));
        certificate.set = pair.hash;
        certificate.signers = hex"03";
        vm.expectRevert(BlsSignature.KeyAtInfinity.selector);
        other.verifyCertificate(certificate);
    }

    function _genesis() private view returns (TestSet memory) {
        uint64[] memory weights = new uint64[](9);
        for (uint64 i = 0; i < 9; ++i) {
            weights[i] = 1 + i / 3;
        }
        // 1 1 1 2 2 2 3 3 3: 18 together, of which 13 are the least quorum.
        return setOf(weights, 1);
    }

    function _certify(bytes memory signers) private view returns (Certificate memory) {
        return certify(_genesis(), BLOB, Timestamp.wrap(START * 1000), signers);
    }

    function _noQuorum(uint64 signed) private pure returns (bytes memory) {
        return abi.encodeWithSelector(ICertificates.NoQuorum.selector, signed, 18);
    }

    function _expectWrongSignature(Certificate memory certificate) private {
        Digest digest = Digests.receipt(
            CHAIN, certificate.set, certificate.blob, certificate.acceptedAt, certificate.expiresAt
        );
        vm.expectRevert(abi.encodeWithSelector(BlsSignature.WrongSignature.selector, digest));
    }
}
