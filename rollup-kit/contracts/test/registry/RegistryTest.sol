// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import { Bls12381 } from "../../src/bls/Bls12381.sol";
import { Digests } from "../../src/registry/Digests.sol";
import { Parameters } from "../../src/registry/Parameters.sol";
import { Registry } from "../../src/registry/Registry.sol";
import { Certificate, Finality } from "../../src/types/Certificates.sol";
import { BlobId, ChainId, HeaderHash, SetHash } from "../../src/types/Hashes.sol";
import { G1Point, G2Point } from "../../src/types/Points.sol";
import { Units } from "../../src/types/Stake.sol";
import { Tags } from "../../src/types/Tags.sol";
import { Timestamp } from "../../src/types/Timestamp.sol";
import { ValidatorId } from "../../src/types/ValidatorId.sol";
import { Weight } from "../../src/types/Weight.sol";
import { Signer } from "../lib/Signer.sol";
import { Test } from "../lib/Test.sol";

/// A registry, and sets whose secrets the tests know.
abstract contract RegistryTest is Test {
    /// Members in the set's order.
    struct TestSet {
        SetHash hash;
        uint256[] secrets;
        G1Point[] keys;
        Weight[] weights;
    }

    ChainId internal constant CHAIN = ChainId.wrap(bytes32(uint256(0xc4)));
    BlobId internal constant BLOB = BlobId.wrap(bytes32(uint256(0xb10b)));
    /// Unix seconds.
    uint64 internal constant START = 1_700_000_000;
    uint128 internal constant ALL = 1e18;

    function parameters(ChainId chain, SetHash genesis) internal pure returns (Parameters memory) {
        return Parameters({
            chainId: chain,
            genesisSet: genesis,
            retention: 14 days,
            certificateAge: 24 hours,
            clockDrift: 1 minutes,
            trustingPeriod: 21 days,
            unbonding: 28 days,
            notice: 29 days,
            jailTerm: 7 days,
            rescueWindow: 7 days,
            rescuesToJail: 3,
            minimumStake: 1 ether
        });
    }

    /// Members with these weights, in the order of their keys; `salt` makes other keys.
    function setOf(uint64[] memory weights, uint256 salt) internal view returns (TestSet memory) {
        uint256[] memory secrets = new uint256[](weights.length);
        for (uint256 i = 0; i < secrets.length; ++i) {
            secrets[i] = uint256(keccak256(abi.encode(salt, i))) % Signer.ORDER;
        }
        return setWith(secrets, weights);
    }

    /// The n-th weight belongs to the n-th member of the set, whatever its secret's place.
    function setWith(uint256[] memory secrets, uint64[] memory weights)
        internal
        view
        returns (TestSet memory set)
    {
        uint256 count = weights.length;
        set.secrets = new uint256[](count);
        set.keys = new G1Point[](count);
        set.weights = new Weight[](count);
        for (uint256 i = 0; i < count; ++i) {
            G1Point memory key = Signer.key(secrets[i]);
            uint256 place = i;
            for (; place > 0 && _less(key, set.keys[place - 1]); --place) {
                set.keys[place] = set.keys[place - 1];
                set.secrets[place] = set.secrets[place - 1];
            }
            (set.keys[place], set.secrets[place]) = (key, secrets[i]);
        }
        bytes memory encoding = abi.encodePacked(Tags.VALIDATOR_SET, uint16(count));
        for (uint256 i = 0; i < count; ++i) {
            set.weights[i] = Weight.wrap(weights[i]);
            encoding = bytes.concat(encoding, Bls12381.compress(set.keys[i]));
            encoding = bytes.concat(encoding, bytes8(weights[i]));
        }
        set.hash = SetHash.wrap(sha256(encoding));
    }

    /// `count` members of weight 1.
    function equalSet(uint256 count, uint256 salt) internal view returns (TestSet memory) {
        uint64[] memory weights = new uint64[](count);
        for (uint256 i = 0; i < count; ++i) {
            weights[i] = 1;
        }
        return setOf(weights, salt);
    }

    function deploy(SetHash genesis) internal returns (Registry) {
        vm.warp(START);
        return new Registry(parameters(CHAIN, genesis));
    }

    /// Proves all keys and makes the set known.
    function introduce(Registry registry, TestSet memory set) internal {
        for (uint256 i = 0; i < set.keys.length; ++i) {
            registry.provePossession(set.keys[i], Signer.provePossession(set.secrets[i]));
        }
        uint256 pages = (set.keys.length + 127) / 128;
        bytes32[] memory ids = new bytes32[](pages);
        for (uint256 p = 0; p < pages; ++p) {
            uint256 from = p * 128;
            uint256 count = p + 1 < pages ? 128 : set.keys.length - from;
            G1Point[] memory keys = new G1Point[](count);
            Weight[] memory weights = new Weight[](count);
            for (uint256 i = 0; i < count; ++i) {
                (keys[i], weights[i]) = (set.keys[from + i], set.weights[from + i]);
            }
            ids[p] = registry.storePage(keys, weights);
        }
        SetHash hash = registry.assemble(ids);
        vm.assertEq(SetHash.unwrap(hash), SetHash.unwrap(set.hash), "the set's hash");
    }

    /// A bitmap of members `from..to` of `count`.
    function bitmap(uint256 count, uint256 from, uint256 to)
        internal
        pure
        returns (bytes memory signers)
    {
        signers = new bytes((count + 7) / 8);
        for (uint256 i = from; i < to; ++i) {
            signers[i / 8] |= bytes1(uint8(1 << (i % 8)));
        }
    }

    /// A certificate that claims and has these signers, however few.
    function certify(TestSet memory set, BlobId blob, Timestamp acceptedAt, bytes memory signers)
        internal
        view
        returns (Certificate memory)
    {
        return certifyOn(CHAIN, set, blob, acceptedAt, signers);
    }

    function certifyOn(
        ChainId chain,
        TestSet memory set,
        BlobId blob,
        Timestamp acceptedAt,
        bytes memory signers
    ) internal view returns (Certificate memory certificate) {
        certificate.blob = blob;
        certificate.set = set.hash;
        certificate.acceptedAt = acceptedAt;
        certificate.expiresAt = acceptedAt.plusSeconds(14 days);
        certificate.signers = signers;
        certificate.signature = Signer.sign(
            jointSecret(set, signers),
            Digests.receipt(chain, set.hash, blob, acceptedAt, certificate.expiresAt)
        );
    }

    /// What the named members would sign with, together.
    function jointSecret(TestSet memory set, bytes memory signers)
        internal
        pure
        returns (uint256 sum)
    {
        for (uint256 i = 0; i < set.secrets.length; ++i) {
            if ((uint8(signers[i / 8]) >> (i % 8)) & 1 == 0) continue;
            sum = addmod(sum, set.secrets[i], Signer.ORDER);
        }
    }

    /// A header and its certificate by everybody.
    function finalize(ChainId chain, TestSet memory by, SetHash next, uint64 height, Timestamp time)
        internal
        view
        returns (Finality memory finality)
    {
        bytes memory header = abi.encodePacked(
            uint16(1),
            chain,
            height,
            time,
            bytes32("parent"),
            uint16(3),
            bytes32("commitments"),
            bytes32("index"),
            by.hash,
            next
        );
        finality.header = header;
        finality.round = 2;
        finality.signers = bitmap(by.secrets.length, 0, by.secrets.length);
        HeaderHash hash = Digests.headerHash(header);
        finality.signature = Signer.sign(
            jointSecret(by, finality.signers),
            Digests.precommit(chain, by.hash, height, finality.round, hash)
        );
    }

    /// Proves a key, and registers it with stake of its owner.
    function register(Registry registry, uint256 secret, address owner, uint256 stake)
        internal
        returns (ValidatorId validator)
    {
        return register(registry, secret, owner, stake, 0);
    }

    function register(
        Registry registry,
        uint256 secret,
        address owner,
        uint256 stake,
        uint16 commission
    ) internal returns (ValidatorId validator) {
        G1Point memory key = Signer.key(secret);
        registry.provePossession(key, Signer.provePossession(secret));
        G2Point memory signature = Signer.sign(secret, registry.registrationDigest(owner));
        vm.deal(owner, owner.balance + stake);
        vm.prank(owner);
        validator = registry.register{ value: stake }(key, signature, owner, commission);
    }

    function units(uint256 amount) internal pure returns (Units) {
        return Units.wrap(uint128(amount));
    }

    function l1Now() internal view returns (Timestamp) {
        // Asked of forge: the compiler takes a block's time for the same all through a test.
        return Timestamp.wrap(uint64(vm.getBlockTimestamp()) * 1000);
    }

    function _less(G1Point memory a, G1Point memory b) private pure returns (bool) {
        bytes memory left = Bls12381.compress(a);
        bytes memory right = Bls12381.compress(b);
        for (uint256 i = 0; i < 48; ++i) {
            if (left[i] != right[i]) return left[i] < right[i];
        }
        return false;
    }
}
