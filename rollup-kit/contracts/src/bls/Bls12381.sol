// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import { Casts } from "../types/Casts.sol";
import { Fp, G1Point, G2Point } from "../types/Points.sol";
import { Precompiles } from "./Precompiles.sol";

/// @title Points of BLS12-381
/// @notice EIP-2537 under names. `abi.encode` of a point is exactly the precompiles' encoding.
library Bls12381 {
    /// The base field's prime, in halves.
    uint256 internal constant P_HI = 0x1a0111ea397fe69a4b1ba7b6434bacd7;
    uint256 internal constant P_LO =
        0x64774b84f38512bf6730d2a0f6b0f6241eabfffeb153ffffb9feffffffffaaab;
    /// (p - 1) / 2: of y and p - y, the greater one lies above.
    uint256 private constant HALF_HI = 0x0d0088f51cbff34d258dd3db21a5d66b;
    uint256 private constant HALF_LO =
        0xb23ba5c279c2895fb39869507b587b120f55ffff58a9ffffdcff7fffffffd555;

    /// Flags in a compressed point's first byte.
    uint256 private constant COMPRESSED = 0x80 << 120;
    uint256 private constant GREATER_Y = 0x20 << 120;
    uint256 private constant MASK = (0x20 << 120) - 1;

    /// The generator of G1, negated.
    function negatedGenerator() internal pure returns (G1Point memory) {
        return G1Point({
            x: Fp({
                hi: 0x17f1d3a73197d7942695638c4fa9ac0f,
                lo: 0xc3688c4f9774b905a14e3a3f171bac586c55e83ff97a1aeffb3af00adb22c6bb
            }),
            y: Fp({
                hi: 0x114d1d6855d545a8aa7d76c8cf2e21f2,
                lo: 0x67816aef1db507c96655b9d5caac42364e6f38ba0ecb751bad54dcd6b939c2ca
            })
        });
    }

    /// The sum of two points of the curve, whether equal, opposite or infinite.
    function add(G1Point memory a, G1Point memory b) internal view returns (G1Point memory) {
        bytes memory sum = Precompiles.ask(Precompiles.G1_ADD, abi.encode(a, b), 128);
        return abi.decode(sum, (G1Point));
    }

    /// As for G1.
    function add(G2Point memory a, G2Point memory b) internal view returns (G2Point memory) {
        bytes memory sum = Precompiles.ask(Precompiles.G2_ADD, abi.encode(a, b), 256);
        return abi.decode(sum, (G2Point));
    }

    /// The opposite of a point with canonical coordinates.
    function negate(G1Point memory point) internal pure returns (G1Point memory) {
        if (isInfinity(point)) return point;
        unchecked {
            uint256 borrow = point.y.lo > P_LO ? 1 : 0;
            Fp memory y = Fp({ hi: P_HI - point.y.hi - borrow, lo: P_LO - point.y.lo });
            return G1Point({ x: point.x, y: y });
        }
    }

    function isInfinity(G1Point memory point) internal pure returns (bool) {
        return (point.x.hi | point.x.lo | point.y.hi | point.y.lo) == 0;
    }

    function isInfinity(G2Point memory point) internal pure returns (bool) {
        return (point.x.c0.hi | point.x.c0.lo | point.x.c1.hi | point.x.c1.lo | point.y.c0.hi
                    | point.y.c0.lo | point.y.c1.hi | point.y.c1.lo) == 0;
    }

    /// Whether e(a1, a2) · e(b1, b2) = 1. Reverts for a point outside its subgroup.
    function pairsToOne(G1Point memory a1, G2Point memory a2, G1Point memory b1, G2Point memory b2)
        internal
        view
        returns (bool)
    {
        bytes memory input = abi.encode(a1, a2, b1, b2);
        return abi.decode(Precompiles.ask(Precompiles.PAIRING, input, 32), (uint256)) == 1;
    }

    /// The 48 bytes that Rust knows a finite point by: x, and flags in the three bits above it
    /// (the format of the Zcash protocol, §5.4.9.2, that all BLS signatures use). They name one
    /// point of the curve; whether this is that one, a precompile says. An x that reaches into
    /// the flags is refused, since it would claim them.
    function compress(G1Point memory point) internal pure returns (bytes memory) {
        if (point.x.hi > MASK) revert Casts.OutOfRange(point.x.hi, MASK);
        bool greater = point.y.hi > HALF_HI || (point.y.hi == HALF_HI && point.y.lo > HALF_LO);
        uint256 flags = greater ? COMPRESSED | GREATER_Y : COMPRESSED;
        return abi.encodePacked(Casts.toUint128(point.x.hi | flags), point.x.lo);
    }

    /// The x of a compressed finite point, given its 48 bytes in halves.
    function decompressX(uint256 hi, uint256 lo) internal pure returns (Fp memory) {
        return Fp({ hi: hi & MASK, lo: lo });
    }
}
