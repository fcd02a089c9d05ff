// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

/// An element of BLS12-381's base field as EIP-2537 has it: 64 bytes big-endian, of which the
/// first 16 are zero. `hi` holds the upper 128 of its 381 bits' 384, `lo` the lower 256.
struct Fp {
    uint256 hi;
    uint256 lo;
}

/// c0 + c1 · u.
struct Fp2 {
    Fp c0;
    Fp c1;
}

/// An affine point of G1, 128 bytes; infinity is all zero. Whether it lies on the curve and in
/// the subgroup is for whoever takes it to check.
struct G1Point {
    Fp x;
    Fp y;
}

/// An affine point of G2, 256 bytes; infinity is all zero. Nothing is known of it.
struct G2Point {
    Fp2 x;
    Fp2 y;
}
