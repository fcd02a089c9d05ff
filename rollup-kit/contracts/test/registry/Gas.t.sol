// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import { Registry } from "../../src/registry/Registry.sol";
import { Certificate } from "../../src/types/Certificates.sol";
import { SetHash } from "../../src/types/Hashes.sol";
import { G1Point, G2Point } from "../../src/types/Points.sol";
import { Shares, TicketId } from "../../src/types/Stake.sol";
import { ValidatorId } from "../../src/types/ValidatorId.sol";
import { Signer } from "../lib/Signer.sol";
import { Slasher } from "./Slasher.sol";
import { RegistryTest } from "./RegistryTest.sol";

/// What a whole transaction costs, its calldata and 21,000 included.
/// forge-config: default.isolate = true
contract GasTest is RegistryTest {
    string private constant GROUP = "registry";

    function test_certificates() public {
        uint256[3] memory counts = [uint256(4), 16, 100];
        for (uint256 i = 0; i < counts.length; ++i) {
            uint256 count = counts[i];
            TestSet memory set = equalSet(count, 1);
            Registry registry = deploy(set.hash);
            introduce(registry, set);
            _certificate(registry, set, count);
            _certificate(registry, set, count * 2 / 3 + 1);
        }
    }

    function test_sets() public {
        TestSet memory set = equalSet(100, 1);
        Registry registry = deploy(set.hash);
        for (uint256 i = 0; i < 100; ++i) {
            registry.provePossession(set.keys[i], Signer.provePossession(set.secrets[i]));
        }
        vm.snapshotGasLastCall(GROUP, "provePossession");
        bytes32[] memory pages = new bytes32[](1);
        pages[0] = registry.storePage(set.keys, set.weights);
        vm.snapshotGasLastCall(GROUP, "storePage, 100 members");
        registry.assemble(pages);
        vm.snapshotGasLastCall(GROUP, "assemble, 100 members");
        registry.advanceSet(finalize(CHAIN, set, set.hash, 1, l1Now()));
        vm.snapshotGasLastCall(GROUP, "advanceSet, 100 signers");
    }

    function test_stakes() public {
        Registry registry = deploy(SetHash.wrap(bytes32(uint256(1))));
        address owner = account("owner");
        Slasher rollup = new Slasher(registry);
        G1Point memory key = Signer.key(5);
        registry.provePossession(key, Signer.provePossession(5));
        G2Point memory signature = Signer.sign(5, registry.registrationDigest(owner));
        vm.deal(owner, 20 ether);
        vm.startPrank(owner);
        ValidatorId validator = registry.register{ value: 10 ether }(key, signature, owner, 0);
        vm.snapshotGasLastCall(GROUP, "register");
        registry.allocate(validator, address(rollup), units(ALL));
        vm.snapshotGasLastCall(GROUP, "allocate");
        registry.delegate{ value: 1 ether }(validator, 1);
        vm.snapshotGasLastCall(GROUP, "delegate");
        TicketId ticket = registry.unbond(validator, Shares.wrap(1 ether));
        vm.snapshotGasLastCall(GROUP, "unbond");
        vm.stopPrank();
        vm.deal(address(this), 1 ether);
        rollup.reward{ value: 1 ether }(validator);
        vm.snapshotGasLastCall(GROUP, "reward");
        rollup.slash(validator, 1 ether);
        vm.snapshotGasLastCall(GROUP, "slash");
        vm.warp(START + 28 days);
        vm.prank(owner);
        registry.claim(ticket, owner);
        vm.snapshotGasLastCall(GROUP, "claim");
    }

    function _certificate(Registry registry, TestSet memory set, uint256 signers) private {
        uint256 count = set.secrets.length;
        bytes memory who = bitmap(count, count - signers, count);
        Certificate memory certificate = certify(set, BLOB, l1Now(), who);
        registry.verifyCertificate(certificate);
        string memory name = string.concat(
            "verifyCertificate, ", vm.toString(signers), " of ", vm.toString(count)
        );
        vm.snapshotGasLastCall(GROUP, name);
    }
}
