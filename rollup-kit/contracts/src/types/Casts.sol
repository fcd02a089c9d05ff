// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

/// @title Narrowing that reverts instead of cutting off
library Casts {
    error OutOfRange(uint256 got, uint256 max);

    function toUint128(uint256 value) internal pure returns (uint128) {
        if (value > type(uint128).max) revert OutOfRange(value, type(uint128).max);
        // forge-lint: disable-next-line(unsafe-typecast)
        return uint128(value);
    }

    function toUint64(uint256 value) internal pure returns (uint64) {
        if (value > type(uint64).max) revert OutOfRange(value, type(uint64).max);
        // forge-lint: disable-next-line(unsafe-typecast)
        return uint64(value);
    }

    function toUint16(uint256 value) internal pure returns (uint16) {
        if (value > type(uint16).max) revert OutOfRange(value, type(uint16).max);
        // forge-lint: disable-next-line(unsafe-typecast)
        return uint16(value);
    }
}
