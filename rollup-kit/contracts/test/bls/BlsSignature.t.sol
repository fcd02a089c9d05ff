// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import { Bls12381 } from "../../src/bls/Bls12381.sol";
import { BlsSignature } from "../../src/bls/BlsSignature.sol";
import { G1Sum } from "../../src/bls/G1Sum.sol";
import { Precompiles } from "../../src/bls/Precompiles.sol";
import { Casts } from "../../src/types/Casts.sol";
import { Digest } from "../../src/types/Hashes.sol";
import { Fp, G1Point, G2Point } from "../../src/types/Points.sol";
import { BadPoints, Signer } from "../lib/Signer.sol";
import { Test } from "../lib/Test.sol";

contract BlsSignatureTest is Test {
    Digest private constant DIGEST = Digest.wrap(bytes32(uint256(0xd1)));

    function verify(G1Point memory key, Digest digest, G2Point memory signature) external view {
        BlsSignature.verify(key, digest, signature);
    }

    function verifyPossession(G1Point memory key, G2Point memory proof) external view {
        BlsSignature.verifyPossession(key, proof);
    }

    function add(G1Point memory a, G1Point memory b) external view returns (G1Point memory) {
        return Bls12381.add(a, b);
    }

    /// consensus-spec-tests, general/phase0/bls/sign/small/sign_case_11b8c7cad5238946.
    function test_keysAndSignaturesAreEthereums() public view {
        uint256 secret = 0x47b8192d77bf871b62e87859d653922725724a5c031afeabc60bcef5ff665138;
        vm.assertEq(
            Bls12381.compress(Signer.key(secret)),
            hex"b301803f8b5ac4a1133581fc676dfedc60d891dd5fa99028805e5ea5b08d3491"
            hex"af75d0707adab3b70c6a6a580217bf81"
        );
        G2Point memory signature = Signer.sign(secret, Digest.wrap(0));
        // x.c1 then x.c0 with the flags of a compressed point.
        vm.assertEq(
            abi.encode(signature.x.c1, signature.x.c0),
            hex"00000000000000000000000000000000"
            hex"123c46be3a001c63ca711f87a005c200cc550b9429d5f4eb38d74322144f1b63"
            hex"926da3388979e5321012fb1a0526bcd1" hex"00000000000000000000000000000000"
            hex"00b5ef5fe72628ce4cd5e904aeaa3279527843fae5ca9ca675f4f51ed8f83bbf"
            hex"7155da9ecc9663100a885d5dc6df96d9"
        );
        BlsSignature.verify(Signer.key(secret), Digest.wrap(0), signature);
    }

    function testFuzz_anAggregateIsTheSumOfItsSigners(uint256 seed, uint8 count) public view {
        uint256 signers = bound(count, 1, 8);
        G1Point memory key;
        uint256 sum = 0;
        for (uint256 i = 0; i < signers; ++i) {
            uint256 secret = uint256(keccak256(abi.encode(seed, i))) % Signer.ORDER;
            key = Bls12381.add(key, Signer.key(secret));
            sum = addmod(sum, secret, Signer.ORDER);
        }
        BlsSignature.verify(key, DIGEST, Signer.sign(sum, DIGEST));
    }

    function test_refusesAnotherKeysSignature() public {
        G1Point memory key = Signer.key(5);
        G2Point memory signature = Signer.sign(6, DIGEST);
        vm.expectRevert(abi.encodeWithSelector(BlsSignature.WrongSignature.selector, DIGEST));
        this.verify(key, DIGEST, signature);
    }

    function test_refusesASignatureOverSomethingElse() public {
        G1Point memory key = Signer.key(5);
        G2Point memory signature = Signer.sign(5, Digest.wrap(0));
        vm.expectRevert(abi.encodeWithSelector(BlsSignature.WrongSignature.selector, DIGEST));
        this.verify(key, DIGEST, signature);
    }

    function test_aProofOfPossessionIsNoSignature() public {
        G1Point memory key = Signer.key(5);
        bytes memory compressed = Bls12381.compress(key);
        Digest digest = Digest.wrap(sha256(compressed));
        G2Point memory proof = Signer.provePossession(5);
        vm.expectRevert(abi.encodeWithSelector(BlsSignature.WrongSignature.selector, digest));
        this.verify(key, digest, proof);

        G2Point memory signature = Signer.sign(5, digest);
        vm.expectRevert(abi.encodeWithSelector(BlsSignature.WrongPossession.selector, compressed));
        this.verifyPossession(key, signature);
    }

    function test_refusesAProofOfAnotherKey() public {
        G1Point memory key = Signer.key(5);
        G2Point memory proof = Signer.provePossession(6);
        vm.expectRevert(
            abi.encodeWithSelector(BlsSignature.WrongPossession.selector, Bls12381.compress(key))
        );
        this.verifyPossession(key, proof);
    }

    /// The attack that proofs of possession exist for: a key made up as own - other's. Its sum
    /// with the other's is the attacker's own, so alone it signs for both.
    function test_aRogueKeyHasNoProof() public {
        G1Point memory honest = Signer.key(5);
        G1Point memory rogue = Bls12381.add(Signer.key(6), Bls12381.negate(honest));
        G2Point memory forged = Signer.sign(6, DIGEST);
        BlsSignature.verify(Bls12381.add(honest, rogue), DIGEST, forged);

        G2Point memory proof = Signer.possessionOver(6, rogue);
        vm.expectRevert(
            abi.encodeWithSelector(BlsSignature.WrongPossession.selector, Bls12381.compress(rogue))
        );
        this.verifyPossession(rogue, proof);
    }

    function test_refusesInfinity() public {
        G1Point memory noKey;
        G2Point memory noSignature;
        vm.expectRevert(BlsSignature.KeyAtInfinity.selector);
        this.verify(noKey, DIGEST, noSignature);
        vm.expectRevert(BlsSignature.KeyAtInfinity.selector);
        this.verifyPossession(noKey, noSignature);

        G1Point memory key = Signer.key(5);
        vm.expectRevert(BlsSignature.SignatureAtInfinity.selector);
        this.verify(key, DIGEST, noSignature);
        vm.expectRevert(BlsSignature.SignatureAtInfinity.selector);
        this.verifyPossession(key, noSignature);
    }

    function test_refusesPointsOutsideTheirSubgroups() public {
        G1Point memory key = BadPoints.g1OutsideSubgroup();
        G2Point memory signature = Signer.sign(5, DIGEST);
        bytes memory failed = abi.encodeWithSelector(
            Precompiles.PrecompileFailed.selector, Precompiles.PAIRING, 0, 32
        );
        vm.expectRevert(failed);
        this.verify(key, DIGEST, signature);
        vm.expectRevert(failed);
        this.verifyPossession(key, signature);

        key = Signer.key(5);
        signature = BadPoints.g2OutsideSubgroup();
        vm.expectRevert(failed);
        this.verify(key, DIGEST, signature);
    }

    function test_refusesPointsOffTheCurve() public {
        G1Point memory key = BadPoints.g1OffCurve();
        G2Point memory signature = Signer.sign(1, DIGEST);
        vm.expectRevert(
            abi.encodeWithSelector(
                Precompiles.PrecompileFailed.selector, Precompiles.PAIRING, 0, 32
            )
        );
        this.verify(key, DIGEST, signature);
        vm.expectRevert(
            abi.encodeWithSelector(
                Precompiles.PrecompileFailed.selector, Precompiles.G1_ADD, 0, 128
            )
        );
        this.add(key, key);
    }

    /// x + p is the same element, but not in canonical form: it must not make a second key.
    function test_refusesElementsThatAreNotCanonical() public {
        // The first key whose x + p leaves the bits of the flags alone.
        uint256 secret = 1;
        while (Signer.key(secret).x.hi > (0x20 << 120) - 2 - Bls12381.P_HI) ++secret;
        G1Point memory key = Signer.key(secret);
        G2Point memory proof = Signer.provePossession(secret);
        key.x = _plusPrime(key.x);
        vm.expectRevert(
            abi.encodeWithSelector(
                Precompiles.PrecompileFailed.selector, Precompiles.PAIRING, 0, 32
            )
        );
        this.verifyPossession(key, proof);

        key.x.hi |= 0x20 << 120;
        vm.expectRevert(
            abi.encodeWithSelector(Casts.OutOfRange.selector, key.x.hi, (0x20 << 120) - 1)
        );
        this.verifyPossession(key, proof);
    }

    /// Where the fork that brought a precompile is not there, its address takes any call and
    /// answers nothing.
    function test_refusesAPrecompileThatAnswersNothingOrTooLittle() public {
        G1Point memory key = Signer.key(5);
        G2Point memory signature = Signer.sign(5, DIGEST);
        address[3] memory precompiles =
            [Precompiles.MODEXP, Precompiles.MAP_FP2_TO_G2, Precompiles.PAIRING];
        uint256[3] memory lengths = [uint256(64), 256, 32];
        for (uint256 i = 0; i < precompiles.length; ++i) {
            for (uint256 got = 0; got < lengths[i]; got += lengths[i] - 1) {
                vm.mockCall(precompiles[i], "", new bytes(got));
                vm.expectRevert(
                    abi.encodeWithSelector(
                        Precompiles.PrecompileFailed.selector, precompiles[i], got, lengths[i]
                    )
                );
                this.verify(key, DIGEST, signature);
                vm.clearMockedCalls();
            }
        }
        this.verify(key, DIGEST, signature);
    }

    function testFuzz_negationCancels(uint256 secret) public view {
        G1Point memory point = Signer.key(bound(secret, 1, Signer.ORDER - 1));
        G1Point memory opposite = Bls12381.negate(point);
        vm.assertTrue(Bls12381.isInfinity(Bls12381.add(point, opposite)));
        // Of a point and its opposite, exactly one has the greater y.
        bytes memory one = Bls12381.compress(point);
        bytes memory other = Bls12381.compress(opposite);
        vm.assertEq(uint8(one[0]) ^ uint8(other[0]), 0x20);
    }

    /// The sum in place against its twin, equal, opposite and infinite points among them.
    function testFuzz_sumsInPlace(uint8[6] memory multiples) public view {
        bytes memory sum = G1Sum.zero();
        G1Point memory expected;
        for (uint256 i = 0; i < multiples.length; ++i) {
            G1Point memory next = Signer.key(multiples[i] % 4);
            if (multiples[i] >= 128) next = Bls12381.negate(next);
            bytes memory encoded = abi.encode(next);
            assembly ("memory-safe") {
                mcopy(add(sum, 160), add(encoded, 32), 128)
            }
            G1Sum.addNext(sum);
            expected = Bls12381.add(expected, next);
        }
        vm.assertEq(abi.encode(G1Sum.total(sum)), abi.encode(expected));
    }

    function test_additionIsComplete() public view {
        G1Point memory infinity;
        G1Point memory point = Signer.key(5);
        vm.assertEq(abi.encode(Bls12381.add(point, infinity)), abi.encode(point));
        vm.assertEq(abi.encode(Bls12381.add(infinity, infinity)), abi.encode(infinity));
        vm.assertEq(abi.encode(Bls12381.add(point, point)), abi.encode(Signer.key(10)));
        vm.assertEq(abi.encode(Bls12381.negate(infinity)), abi.encode(infinity));
    }

    function _plusPrime(Fp memory element) private pure returns (Fp memory) {
        unchecked {
            uint256 lo = element.lo + Bls12381.P_LO;
            uint256 carry = lo < element.lo ? 1 : 0;
            return Fp({ hi: element.hi + Bls12381.P_HI + carry, lo: lo });
        }
    }
}
