// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

// The order of BLS12-381's groups: the field of a row's elements and of the circuit.
uint256 constant FIELD = 0x73eda753299d7d483339d80809a1d80553bda402fffe5bfeffffffff00000001;

/// An element of that field, canonical: below `FIELD`.
type Scalar is uint256;

using {
    add as +,
    sub as -,
    mul as *,
    scalarEq as ==,
    scalarNe as !=,
    pow,
    inverse
} for Scalar global;

/// A number that is no canonical scalar.
error NotCanonical(uint256 got, uint256 field);
/// Zero has no inverse.
error NotInvertible();

/// Checks a number from outside.
function toScalar(uint256 value) pure returns (Scalar) {
    if (value >= FIELD) revert NotCanonical(value, FIELD);
    return Scalar.wrap(value);
}

/// Checks a scalar from outside: calldata may hold any 256 bits under this type.
function canonical(Scalar value) pure returns (Scalar) {
    return toScalar(Scalar.unwrap(value));
}

/// A hash as a scalar. Its bias is below 2: a point is drawn at most twice as often as another.
function reduced(bytes32 hash) pure returns (Scalar) {
    return Scalar.wrap(uint256(hash) % FIELD);
}

function add(Scalar a, Scalar b) pure returns (Scalar) {
    return Scalar.wrap(addmod(Scalar.unwrap(a), Scalar.unwrap(b), FIELD));
}

function sub(Scalar a, Scalar b) pure returns (Scalar) {
    return Scalar.wrap(addmod(Scalar.unwrap(a), FIELD - Scalar.unwrap(b), FIELD));
}

function mul(Scalar a, Scalar b) pure returns (Scalar) {
    return Scalar.wrap(mulmod(Scalar.unwrap(a), Scalar.unwrap(b), FIELD));
}

function scalarEq(Scalar a, Scalar b) pure returns (bool) {
    return Scalar.unwrap(a) == Scalar.unwrap(b);
}

function scalarNe(Scalar a, Scalar b) pure returns (bool) {
    return Scalar.unwrap(a) != Scalar.unwrap(b);
}

/// a to the power of `exponent`.
function pow(Scalar a, uint256 exponent) pure returns (Scalar power) {
    power = Scalar.wrap(1);
    for (; exponent != 0; exponent >>= 1) {
        if (exponent & 1 == 1) power = power * a;
        a = a * a;
    }
}

/// 1 / a, by Fermat.
function inverse(Scalar a) pure returns (Scalar) {
    if (Scalar.unwrap(a) == 0) revert NotInvertible();
    return a.pow(FIELD - 2);
}
