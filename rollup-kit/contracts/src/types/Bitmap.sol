// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

/// @title Who of a set has signed
/// @notice Member i of n is bit i % 8, least significant first, of byte i / 8: exactly ⌈n / 8⌉
/// bytes, no bits beyond n.
library Bitmap {
    /// A bitmap of another length than the set's.
    error BitmapLength(uint256 got, uint256 expected);
    /// Bits beyond the last member.
    error StrayBits(uint8 lastByte, uint256 members);

    /// Checks a bitmap's form.
    function check(bytes calldata bitmap, uint256 members) internal pure {
        uint256 expected = (members + 7) / 8;
        if (bitmap.length != expected) {
            revert BitmapLength(bitmap.length, expected);
        }
        uint8 last = uint8(bitmap[expected - 1]);
        uint256 used = members % 8;
        if (used != 0 && last >> used != 0) revert StrayBits(last, members);
    }

    /// Whether the member is in it.
    function contains(bytes calldata bitmap, uint256 index) internal pure returns (bool) {
        return (uint8(bitmap[index / 8]) >> (index % 8)) & 1 == 1;
    }

    /// How many members are in it.
    function population(bytes calldata bitmap) internal pure returns (uint256 members) {
        for (uint256 i = 0; i < bitmap.length; ++i) {
            for (uint8 rest = uint8(bitmap[i]); rest != 0; rest &= rest - 1) {
                ++members;
            }
        }
    }
}
