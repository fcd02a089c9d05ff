// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import { Fp, G1Point } from "../types/Points.sol";
import { Cell, Cells } from "./Cells.sol";
import { Ceremony } from "./Ceremony.sol";
import { KzgPoint } from "./KzgPoint.sol";
import { canonical, FIELD, Scalar } from "./Scalar.sol";

/// @title Cells of a row, checked by EIP-7594's own equation
/// @notice For whoever has a cell with its proof and nothing else of the row: about 640,000 gas.
/// Checks e(C − [I] + h⁶⁴ π, −[1]₂) · e(π, [τ⁶⁴]₂) = 1 by EIP-2537.
/// @dev A contract of its own: it carries 6 KiB of the ceremony in its code. It has no state.
contract CellMultiproof {
    address internal constant G1_MSM = address(0x0c);
    address internal constant PAIRING = address(0x0f);
    uint256 internal constant POWERS = 64;
    /// Bytes of a term: a point of 128 bytes and a scalar.
    uint256 internal constant TERM = 160;

    /// (p − 1) / 2, p being the order of the points' base field.
    uint256 internal constant HALF_HI = 0x0d0088f51cbff34d258dd3db21a5d66b;
    uint256 internal constant HALF_LO =
        0xb23ba5c279c2895fb39869507b587b120f55ffff58a9ffffdcff7fffffffd555;

    /// These coordinates are not those of the compressed point.
    error WrongPoint(KzgPoint got, KzgPoint expected);
    /// The precompile found a point outside the group, or the chain has none.
    error PrecompileFailed(address precompile);
    /// Well formed, and not the row's cell.
    error MultiproofRefused();

    /// Checks a cell against its row's commitment.
    /// @param row The commitment's coordinates.
    /// @param proof The coordinates of the cell's proof.
    function check(
        KzgPoint calldata commitment,
        Cell calldata cell,
        G1Point calldata row,
        G1Point calldata proof
    ) external view {
        _requireSame(compress(row), commitment);
        _requireSame(compress(proof), cell.proof);
        bytes memory left = _msm(cell, row, proof);

        bytes memory pairs = abi.encodePacked(
            left, Ceremony.G2_MINUS_ONE, abi.encode(proof), Ceremony.G2_POWER_64
        );
        (bool ok, bytes memory output) = PAIRING.staticcall(pairs);
        if (!ok || output.length != 32) revert PrecompileFailed(PAIRING);
        if (abi.decode(output, (uint256)) != 1) revert MultiproofRefused();
    }

    /// A point's compressed form; infinity is all zero but for its flags. Coordinates that are
    /// not canonical give bytes that no point has.
    function compress(G1Point calldata point) public pure returns (KzgPoint memory) {
        uint256 hi = point.x.hi;
        if (_isZero(point.x) && _isZero(point.y)) {
            return KzgPoint(bytes32(uint256(0xc0) << 248), 0);
        }
        bool upper = point.y.hi > HALF_HI || (point.y.hi == HALF_HI && point.y.lo > HALF_LO);
        // Flags stand in the top three bits of 384, above the 381 of a coordinate.
        uint256 flags = upper ? 0xa0 : 0x80;
        uint256 head = ((hi | (flags << 120)) << 128) | (point.x.lo >> 128);
        return KzgPoint(bytes32(head), bytes16(uint128(point.x.lo)));
    }

    /// C − [I] + h⁶⁴ π.
    function _msm(Cell calldata cell, G1Point calldata row, G1Point calldata proof)
        private
        view
        returns (bytes memory output)
    {
        bytes memory powers = Ceremony.G1_POWERS;
        bytes memory input = new bytes((POWERS + 2) * TERM);
        for (uint256 i; i < POWERS; ++i) {
            uint256 negated = FIELD - Scalar.unwrap(canonical(cell.coefficients[i]));
            assembly ("memory-safe") {
                let from := add(add(powers, 32), mul(i, 96))
                let to := add(add(input, 32), mul(i, TERM))
                // A coordinate's 48 bytes stand behind 16 zero ones.
                mcopy(add(to, 16), from, 48)
                mcopy(add(to, 80), add(from, 48), 48)
                mstore(add(to, 128), negated)
            }
        }
        uint256 shift = Scalar.unwrap(Cells.shiftOf(cell.column));
        assembly ("memory-safe") {
            let to := add(add(input, 32), mul(POWERS, TERM))
            calldatacopy(to, row, 128)
            mstore(add(to, 128), 1)
            calldatacopy(add(to, TERM), proof, 128)
            mstore(add(to, 288), shift)
        }
        bool ok;
        (ok, output) = G1_MSM.staticcall(input);
        if (!ok || output.length != 128) revert PrecompileFailed(G1_MSM);
    }

    function _requireSame(KzgPoint memory got, KzgPoint calldata expected) private pure {
        if (!got.same(expected)) revert WrongPoint(got, expected);
    }

    function _isZero(Fp calldata value) private pure returns (bool) {
        return value.hi == 0 && value.lo == 0;
    }
}
