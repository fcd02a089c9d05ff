// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

/// A validator: the tagged SHA-256 of its compressed public key. Its first 20 bytes are the
/// validator's address on the DA chain.
type ValidatorId is bytes32;

/// A member's place in its set, which is sorted by compressed key.
type ValidatorIndex is uint16;

using { validatorIdEq as ==, validatorIdNe as != } for ValidatorId global;

function validatorIdEq(ValidatorId a, ValidatorId b) pure returns (bool) {
    return ValidatorId.unwrap(a) == ValidatorId.unwrap(b);
}

function validatorIdNe(ValidatorId a, ValidatorId b) pure returns (bool) {
    return ValidatorId.unwrap(a) != ValidatorId.unwrap(b);
}
