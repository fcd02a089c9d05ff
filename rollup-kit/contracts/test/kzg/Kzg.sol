// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import { Bls12381 } from "../../src/bls/Bls12381.sol";
import { Precompiles } from "../../src/bls/Precompiles.sol";
import { Cell, CellOpenings, Cells, Column } from "../../src/kzg/Cells.sol";
import { Ceremony } from "../../src/kzg/Ceremony.sol";
import { KzgPoint } from "../../src/kzg/KzgPoint.sol";
import { FIELD, reduced, Scalar } from "../../src/kzg/Scalar.sol";
import { G1Point } from "../../src/types/Points.sol";

/// low + high · X⁶⁴: a row whose every opening the EVM can prove, and whose cells' quotient is
/// not zero.
struct SparseRow {
    uint256 low;
    uint256 high;
}

/// @title The prover's side of KZG over the real ceremony, for sparse rows
library Kzg {
    /// [τ⁶⁴]₁, uncompressed.
    bytes internal constant POWER_64 = hex"0000000000000000000000000000000009ef67304dc297ab5af778cf8afa849e"
        hex"eac27db4b6978963e97b95ef7a8d3264d0d07775f728c298a2b6daed2ecf5053"
        hex"0000000000000000000000000000000010c5da3d2372834b8577523aa1d4e379"
        hex"4c434e4899b46bc181a93d6cb50e58682bddda28afc97e93c99e2d522d3af67a";
    /// The base field's order is hi · 2^256 + lo.
    uint256 internal constant P_HI = 0x1a0111ea397fe69a4b1ba7b6434bacd7;
    uint256 internal constant P_LO =
        0x64774b84f38512bf6730d2a0f6b0f6241eabfffeb153ffffb9feffffffffaaab;

    function commit(SparseRow memory row) internal view returns (KzgPoint memory) {
        return compress(coordinates(row));
    }

    /// The commitment's coordinates.
    function coordinates(SparseRow memory row) internal view returns (G1Point memory) {
        bytes memory terms = abi.encodePacked(power(0), row.low, POWER_64, row.high);
        return abi.decode(Precompiles.ask(Precompiles.G1_MSM, terms, 128), (G1Point));
    }

    /// The row at `z`, and the proof: the commitment of (p − p(z)) / (X − z), which is
    /// high · Σ z⁶³⁻ⁱ Xⁱ.
    function open(SparseRow memory row, Scalar z)
        internal
        view
        returns (Scalar value, KzgPoint memory proof)
    {
        bytes memory powers = Ceremony.G1_POWERS;
        bytes memory terms = new bytes(64 * 160);
        Scalar factor = Scalar.wrap(row.high);
        for (uint256 i = 64; i != 0; --i) {
            assembly ("memory-safe") {
                let from := add(add(powers, 32), mul(sub(i, 1), 96))
                let to := add(add(terms, 32), mul(sub(i, 1), 160))
                mcopy(add(to, 16), from, 48)
                mcopy(add(to, 80), add(from, 48), 48)
                mstore(add(to, 128), factor)
            }
            factor = factor * z;
        }
        value = Scalar.wrap(row.low) + factor;
        G1Point memory point =
            abi.decode(Precompiles.ask(Precompiles.G1_MSM, terms, 128), (G1Point));
        proof = compress(point);
    }

    /// A cell of the row: I is constant, and so is the quotient.
    function cell(SparseRow memory row, Column column) internal view returns (Cell memory c) {
        c.column = column;
        Scalar shift = Cells.shiftOf(column);
        c.coefficients[0] = Scalar.wrap(row.low) + Scalar.wrap(row.high) * shift;
        c.proof = compress(proofCoordinates(row));
    }

    /// The coordinates of every cell's proof.
    function proofCoordinates(SparseRow memory row) internal view returns (G1Point memory) {
        bytes memory terms = abi.encodePacked(power(0), row.high);
        return abi.decode(Precompiles.ask(Precompiles.G1_MSM, terms, 128), (G1Point));
    }

    /// The openings of row and quotient at the cell's point.
    function openings(SparseRow memory row, Cell memory c)
        internal
        view
        returns (CellOpenings memory o)
    {
        Scalar r = cellPoint(commit(row), c);
        (o.rowValue, o.rowProof) = open(row, r);
        o.quotientValue = Scalar.wrap(row.high);
        o.quotientProof = infinity();
    }

    /// `Cells.point`, written again.
    function cellPoint(KzgPoint memory commitment, Cell memory c) internal pure returns (Scalar) {
        bytes32 tag = "assay/cell-opening/v1";
        return reduced(
            sha256(
                abi.encodePacked(
                    tag,
                    commitment.head,
                    commitment.tail,
                    c.proof.head,
                    c.proof.tail,
                    c.column,
                    c.coefficients
                )
            )
        );
    }

    function infinity() internal pure returns (KzgPoint memory) {
        return KzgPoint(bytes32(uint256(0xc0) << 248), 0);
    }

    function compress(G1Point memory point) internal pure returns (KzgPoint memory out) {
        bytes memory bytes48 = Bls12381.compress(point);
        assembly ("memory-safe") {
            mstore(out, mload(add(bytes48, 32)))
            mstore(add(out, 32), shl(128, shr(128, mload(add(bytes48, 64)))))
        }
    }

    /// A compressed point's coordinates: y is a root of x³ + 4, which exists since p = 3 mod 4.
    function decompress(bytes memory point) internal view returns (G1Point memory out) {
        bytes memory x = new bytes(64);
        for (uint256 i = 0; i < 48; ++i) {
            x[16 + i] = point[i];
        }
        x[16] &= 0x1f;
        bool upper = uint8(point[0]) & 0x20 != 0;
        // x³ + 4 by ModExp with exponents 3; the addition carries into the upper word at most.
        bytes memory cube = _modexp(x, abi.encode(uint256(3)));
        (uint256 hi, uint256 lo) = abi.decode(cube, (uint256, uint256));
        unchecked {
            lo += 4;
            if (lo < 4) ++hi;
        }
        (uint256 eHi, uint256 eLo) = ((P_HI >> 2), (P_LO >> 2) | (P_HI << 254));
        unchecked {
            ++eLo;
        }
        bytes memory y = _modexp(abi.encode(hi, lo), abi.encode(eHi, eLo));
        (out.x.hi, out.x.lo) = abi.decode(x, (uint256, uint256));
        (out.y.hi, out.y.lo) = abi.decode(y, (uint256, uint256));
        bytes memory back = Bls12381.compress(out);
        if ((uint8(back[0]) & 0x20 != 0) != upper) {
            unchecked {
                (uint256 yHi, uint256 yLo) = (out.y.hi, out.y.lo);
                out.y.lo = P_LO - yLo;
                out.y.hi = P_HI - yHi - (yLo > P_LO ? 1 : 0);
            }
        }
    }

    function power(uint256 index) internal pure returns (bytes memory point) {
        bytes memory powers = Ceremony.G1_POWERS;
        point = new bytes(128);
        assembly ("memory-safe") {
            let from := add(add(powers, 32), mul(index, 96))
            mcopy(add(point, 48), from, 48)
            mcopy(add(point, 112), add(from, 48), 48)
        }
    }

    function sparse(uint256 seed) internal pure returns (SparseRow memory) {
        return SparseRow({
            low: uint256(keccak256(abi.encode(seed, "low"))) % FIELD,
            high: uint256(keccak256(abi.encode(seed, "high"))) % FIELD
        });
    }

    function _modexp(bytes memory base, bytes memory exponent)
        private
        view
        returns (bytes memory output)
    {
        bytes memory input = abi.encodePacked(
            base.length, exponent.length, uint256(64), base, exponent, P_HI, P_LO
        );
        bool ok;
        (ok, output) = address(0x05).staticcall(input);
        require(ok && output.length == 64);
    }
}
