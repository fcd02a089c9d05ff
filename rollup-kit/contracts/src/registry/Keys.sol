// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import { Bls12381 } from "../bls/Bls12381.sol";
import { BlsSignature } from "../bls/BlsSignature.sol";
import { ChainId } from "../types/Hashes.sol";
import { G1Point, G2Point } from "../types/Points.sol";
import { ValidatorId } from "../types/ValidatorId.sol";
import { Digests } from "./Digests.sol";
import { Parameters } from "./Parameters.sol";

/// @title Keys whose owners have proven to hold their secrets
/// @notice Only such keys are ever summed: a key made up from others' keys has no secret that
/// anybody knows, so nobody can prove to hold it.
abstract contract Keys {
    /// Somebody showed the proof for this key.
    event PossessionProven(ValidatorId indexed validator);

    /// Nobody has shown a proof of possession for this key.
    error PossessionUnproven(ValidatorId validator);

    /// The DA chain.
    ChainId internal immutable CHAIN;

    mapping(ValidatorId validator => bool) public isProven;

    constructor(Parameters memory parameters) {
        CHAIN = parameters.chainId;
    }

    /// Records a key. Anybody may bring the proof: it is public in the chain's genesis.
    /// @param proof The key's signature over its own 48 bytes, uncompressed.
    function provePossession(G1Point calldata key, G2Point calldata proof)
        external
        returns (ValidatorId validator)
    {
        BlsSignature.verifyPossession(key, proof);
        validator = validatorOf(key);
        isProven[validator] = true;
        emit PossessionProven(validator);
    }

    /// The validator with this key.
    function validatorOf(G1Point memory key) public pure returns (ValidatorId) {
        return Digests.validatorId(Bls12381.compress(key));
    }

    function _requireProven(ValidatorId validator) internal view {
        if (!isProven[validator]) revert PossessionUnproven(validator);
    }
}
