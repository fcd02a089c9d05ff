// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import { Bls12381 } from "../../src/bls/Bls12381.sol";
import { Digests } from "../../src/registry/Digests.sol";
import { Parameters } from "../../src/registry/Parameters.sol";
import { Registry } from "../../src/registry/Registry.sol";
import { Certificate, CertifiedBlob, Finality } from "../../src/types/Certificates.sol";
import { BlobId, ChainId, Digest, HeaderHash, SetHash } from "../../src/types/Hashes.sol";
import { G1Point, G2Point } from "../../src/types/Points.sol";
import { Tags } from "../../src/types/Tags.sol";
import { Timestamp } from "../../src/types/Timestamp.sol";
import { ValidatorId, ValidatorIndex } from "../../src/types/ValidatorId.sol";
import { Weight } from "../../src/types/Weight.sol";
import { RegistryTest } from "./RegistryTest.sol";

/// The bytes that Rust froze, taken by the contracts.
contract GoldenTest is RegistryTest {
    string private evm;
    string private digests;
    string private tags;

    function setUp() public {
        evm = vm.readFile("../../chain/golden/evm.json");
        digests = vm.readFile("../../chain/golden/digests.json");
        tags = vm.readFile("../../types/golden/tags.json");
    }

    function test_tags() public view {
        vm.assertEq(vm.parseJsonBytes32(tags, ".header"), Tags.HEADER);
        vm.assertEq(vm.parseJsonBytes32(tags, ".receipt"), Tags.RECEIPT);
        vm.assertEq(vm.parseJsonBytes32(tags, ".registration"), Tags.REGISTRATION);
        vm.assertEq(vm.parseJsonBytes32(tags, ".validatorAddress"), Tags.VALIDATOR_ADDRESS);
        vm.assertEq(vm.parseJsonBytes32(tags, ".validatorSet"), Tags.VALIDATOR_SET);
        vm.assertEq(vm.parseJsonBytes32(tags, ".vote"), Tags.VOTE);
    }

    function test_digests() public view {
        ChainId chain = ChainId.wrap(vm.parseJsonBytes32(digests, ".chainId"));
        SetHash set = SetHash.wrap(vm.parseJsonBytes32(digests, ".setHash"));
        Digest receipt = Digests.receipt(
            chain,
            set,
            BlobId.wrap(vm.parseJsonBytes32(digests, ".receipt.blobId")),
            Timestamp.wrap(uint64(vm.parseJsonUint(digests, ".receipt.acceptedAt"))),
            Timestamp.wrap(uint64(vm.parseJsonUint(digests, ".receipt.expiresAt")))
        );
        vm.assertEq(
            Digest.unwrap(receipt), vm.parseJsonBytes32(digests, ".receipt.digest"), "receipt"
        );

        vm.assertEq(vm.parseJsonUint(digests, ".votes[2].kind"), 2);
        Digest precommit = Digests.precommit(
            chain,
            set,
            uint64(vm.parseJsonUint(digests, ".height")),
            uint32(vm.parseJsonUint(digests, ".round")),
            HeaderHash.wrap(vm.parseJsonBytes32(digests, ".header"))
        );
        vm.assertEq(
            Digest.unwrap(precommit), vm.parseJsonBytes32(digests, ".votes[2].digest"), "precommit"
        );

        Digest registration = Digests.registration(
            ChainId.wrap(vm.parseJsonBytes32(evm, ".chainId")),
            uint64(vm.parseJsonUint(evm, ".registration.l1ChainId")),
            vm.parseJsonAddress(evm, ".registration.registry"),
            vm.parseJsonAddress(evm, ".registration.owner")
        );
        vm.assertEq(
            Digest.unwrap(registration),
            vm.parseJsonBytes32(evm, ".registration.digest"),
            "registration"
        );
    }

    /// Both sets, the change from one to the other, and a certificate by each.
    function test_aChainOfTwoSets() public {
        Registry registry = _deploy();
        _introduce(registry, ".set", 4);
        _introduce(registry, ".next", 17);
        _check(registry, ".certificate", ".set");

        Finality memory finality;
        finality.header = vm.parseJsonBytes(evm, ".finality.header");
        finality.round = uint32(vm.parseJsonUint(evm, ".finality.round"));
        finality.signers = vm.parseJsonBytes(evm, ".finality.signers");
        finality.signature = _g2(".finality.signature");
        vm.assertEq(
            HeaderHash.unwrap(Digests.headerHash(finality.header)),
            vm.parseJsonBytes32(evm, ".finality.headerHash")
        );
        registry.advanceSet(finality);
        vm.assertEq(SetHash.unwrap(registry.currentSet()), vm.parseJsonBytes32(evm, ".next.hash"));

        _check(registry, ".certificate", ".set");
        _check(registry, ".nextCertificate", ".next");
    }

    /// A validator's address on the DA chain is the beginning of its id here.
    function test_addresses() public {
        Registry registry = _deploy();
        _introduce(registry, ".set", 4);
        string memory genesis = vm.readFile("../../chain/golden/genesis.json");
        SetHash set = SetHash.wrap(vm.parseJsonBytes32(evm, ".set.hash"));
        for (uint16 i = 0; i < 4; ++i) {
            string memory path = string.concat(".validators[", vm.toString(i), "]");
            (ValidatorId validator, Weight weight) = registry.member(set, ValidatorIndex.wrap(i));
            vm.assertEq(
                address(bytes20(ValidatorId.unwrap(validator))),
                vm.parseJsonAddress(genesis, string.concat(path, ".address"))
            );
            vm.assertEq(
                Weight.unwrap(weight), vm.parseJsonUint(genesis, string.concat(path, ".weight"))
            );
        }
    }

    /// Rust's signature registers its owner, at the address and on the chain that it names.
    function test_registration() public {
        vm.chainId(vm.parseJsonUint(evm, ".registration.l1ChainId"));
        Registry template = _deploy();
        address named = vm.parseJsonAddress(evm, ".registration.registry");
        vm.etch(named, address(template).code);
        Registry registry = Registry(named);
        _introduce(registry, ".set", 4);

        address owner = vm.parseJsonAddress(evm, ".registration.owner");
        vm.deal(owner, 1 ether);
        vm.prank(owner);
        ValidatorId validator = registry.register{ value: 1 ether }(
            _g1(".set.members[0].key"), _g2(".registration.signature"), owner, 0
        );
        vm.assertEq(registry.ownerOf(validator), owner);
    }

    function _deploy() private returns (Registry) {
        vm.warp(vm.parseJsonUint(evm, ".now") / 1000);
        Parameters memory p = parameters(
            ChainId.wrap(vm.parseJsonBytes32(evm, ".chainId")),
            SetHash.wrap(vm.parseJsonBytes32(evm, ".set.hash"))
        );
        vm.assertEq(uint256(p.retention) * 1000, vm.parseJsonUint(evm, ".retentionMs"));
        return new Registry(p);
    }

    function _introduce(Registry registry, string memory which, uint256 count) private {
        G1Point[] memory keys = new G1Point[](count);
        Weight[] memory weights = new Weight[](count);
        for (uint256 i = 0; i < count; ++i) {
            string memory path = string.concat(which, ".members[", vm.toString(i), "]");
            keys[i] = _g1(string.concat(path, ".key"));
            weights[i] = Weight.wrap(uint64(vm.parseJsonUint(evm, string.concat(path, ".weight"))));
            vm.assertEq(
                Bls12381.compress(keys[i]),
                vm.parseJsonBytes(evm, string.concat(path, ".compressed"))
            );
            registry.provePossession(keys[i], _g2(string.concat(path, ".possession")));
        }
        bytes32[] memory pages = new bytes32[](1);
        pages[0] = registry.storePage(keys, weights);
        SetHash set = registry.assemble(pages);
        vm.assertEq(SetHash.unwrap(set), vm.parseJsonBytes32(evm, string.concat(which, ".hash")));
    }

    function _check(Registry registry, string memory path, string memory set) private view {
        Certificate memory certificate;
        certificate.blob = BlobId.wrap(vm.parseJsonBytes32(evm, string.concat(path, ".blob")));
        certificate.set = SetHash.wrap(vm.parseJsonBytes32(evm, string.concat(set, ".hash")));
        certificate.acceptedAt =
            Timestamp.wrap(uint64(vm.parseJsonUint(evm, string.concat(path, ".acceptedAt"))));
        certificate.expiresAt =
            Timestamp.wrap(uint64(vm.parseJsonUint(evm, string.concat(path, ".expiresAt"))));
        certificate.signers = vm.parseJsonBytes(evm, string.concat(path, ".signers"));
        certificate.signature = _g2(string.concat(path, ".signature"));
        CertifiedBlob memory certified = registry.verifyCertificate(certificate);
        vm.assertEq(
            Digest.unwrap(certified.digest),
            vm.parseJsonBytes32(evm, string.concat(path, ".digest"))
        );
    }

    function _g1(string memory path) private view returns (G1Point memory) {
        return abi.decode(vm.parseJsonBytes(evm, path), (G1Point));
    }

    function _g2(string memory path) private view returns (G2Point memory) {
        return abi.decode(vm.parseJsonBytes(evm, path), (G2Point));
    }
}
