// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import { AttestedStatements } from "../../src/attested/AttestedStatements.sol";
import { IProofVerifier } from "../../src/interfaces/IProofVerifier.sol";
import { Scalar } from "../../src/kzg/Scalar.sol";
import { Test } from "../lib/Test.sol";

contract AttestedStatementsTest is Test {
    uint256 internal constant KEYS = 3;

    uint256[] internal keys;
    address[] internal attestors;
    Scalar[] internal statement;
    AttestedStatements internal verifier;

    function setUp() public {
        for (uint256 i = 0; i < KEYS; ++i) {
            uint256 key = uint256(keccak256(abi.encode("attestor", i)));
            keys.push(key);
            attestors.push(vm.addr(key));
            for (uint256 j = i; j > 0 && attestors[j] < attestors[j - 1]; --j) {
                (attestors[j], attestors[j - 1]) = (attestors[j - 1], attestors[j]);
                (keys[j], keys[j - 1]) = (keys[j - 1], keys[j]);
            }
        }
        for (uint256 i = 0; i < 7; ++i) {
            statement.push(Scalar.wrap(i));
        }
        verifier = new AttestedStatements(attestors, 2);
    }

    function test_as_many_as_the_threshold_attest() public {
        verifier.verify(_proof(0, 1), statement);
        verifier.verify(_proof(0, 2), statement);
        verifier.verify(_proof(1, 2), statement);
        vm.snapshotGasLastCall("attested", "statement with two signatures");
    }

    function test_fewer_and_more_are_refused() public {
        bytes memory one = _signature(keys[0], _digest());
        vm.expectRevert(IProofVerifier.ProofRefused.selector);
        verifier.verify(one, statement);
        vm.expectRevert(IProofVerifier.ProofRefused.selector);
        verifier.verify("", statement);
        bytes memory three = bytes.concat(_proof(0, 1), _signature(keys[2], _digest()));
        vm.expectRevert(IProofVerifier.ProofRefused.selector);
        verifier.verify(three, statement);
    }

    function test_nobody_counts_twice() public {
        bytes memory twice = _proof(1, 1);
        vm.expectRevert(
            abi.encodeWithSelector(
                AttestedStatements.NotAscending.selector, attestors[1], attestors[1]
            )
        );
        verifier.verify(twice, statement);
        bytes memory unordered = _proof(1, 0);
        vm.expectPartialRevert(AttestedStatements.NotAscending.selector);
        verifier.verify(unordered, statement);
    }

    function test_strangers_and_broken_signatures_are_refused() public {
        bytes memory stranger = bytes.concat(
            _signature(keys[0], _digest()), _signature(uint256(keccak256("stranger")), _digest())
        );
        vm.expectRevert(IProofVerifier.ProofRefused.selector);
        verifier.verify(stranger, statement);
        bytes memory broken = _proof(0, 1);
        broken[64] = 0x07;
        vm.expectRevert(IProofVerifier.ProofRefused.selector);
        verifier.verify(broken, statement);
    }

    function test_another_statement_rollup_contract_or_chain_is_refused() public {
        bytes memory proof = _proof(0, 1);
        verifier.verify(proof, statement);
        Scalar[] memory other = statement;
        other[3] = Scalar.wrap(99);
        vm.expectRevert(IProofVerifier.ProofRefused.selector);
        verifier.verify(proof, other);
        vm.prank(account("another rollup"));
        vm.expectRevert(IProofVerifier.ProofRefused.selector);
        verifier.verify(proof, statement);
        AttestedStatements twin = new AttestedStatements(attestors, 2);
        vm.expectRevert(IProofVerifier.ProofRefused.selector);
        twin.verify(proof, statement);
        vm.chainId(2);
        vm.expectRevert(IProofVerifier.ProofRefused.selector);
        verifier.verify(proof, statement);
    }

    function test_thresholds_and_attestors_that_are_none() public {
        vm.expectPartialRevert(AttestedStatements.AttestorCount.selector);
        new AttestedStatements(attestors, 0);
        vm.expectPartialRevert(AttestedStatements.AttestorCount.selector);
        new AttestedStatements(attestors, KEYS + 1);
        vm.expectPartialRevert(AttestedStatements.AttestorCount.selector);
        new AttestedStatements(new address[](33), 1);
        vm.expectPartialRevert(AttestedStatements.NotAscending.selector);
        new AttestedStatements(new address[](1), 1);
        address[] memory twice = new address[](2);
        (twice[0], twice[1]) = (attestors[0], attestors[0]);
        vm.expectPartialRevert(AttestedStatements.NotAscending.selector);
        new AttestedStatements(twice, 1);
    }

    function _digest() private view returns (bytes32) {
        return verifier.digestOf(address(this), statement);
    }

    function _proof(uint256 i, uint256 j) private view returns (bytes memory) {
        return bytes.concat(_signature(keys[i], _digest()), _signature(keys[j], _digest()));
    }

    function _signature(uint256 key, bytes32 digest) private pure returns (bytes memory) {
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(key, digest);
        return abi.encodePacked(r, s, v);
    }
}
