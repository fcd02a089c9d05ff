// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import { KzgPoint } from "./KzgPoint.sol";
import { PointEvaluation } from "./PointEvaluation.sol";
import { canonical, reduced, Scalar } from "./Scalar.sol";

/// A cell's place in its extended row, 0..128: EIP-7594 `CellIndex`.
type Column is uint8;

/// A cell as the polynomial I of degree below 64 that its elements lie on, the coefficient of
/// x⁰ first: what is left of the row's polynomial p modulo x⁶⁴ − h⁶⁴, h being the cell's shift.
struct Cell {
    Column column;
    Scalar[64] coefficients;
    KzgPoint proof;
}

/// What p and the quotient q = (p − I) / (x⁶⁴ − h⁶⁴) are at the point that `Cells.point` draws,
/// with the proofs of it. A cell's proof is the commitment to q.
struct CellOpenings {
    Scalar rowValue;
    KzgPoint rowProof;
    Scalar quotientValue;
    KzgPoint quotientProof;
}

/// @title Cells of a row, checked by two point evaluations
/// @notice Whoever has the row answers so: about 190,000 gas, where 64 evaluations of elements
/// would cost 3.2 million.
library Cells {
    uint256 internal constant COLUMNS = 128;
    uint256 internal constant DATA_COLUMNS = 64;
    uint256 internal constant ELEMENTS = 64;

    bytes32 internal constant DOMAIN = "assay/cell-opening/v1";
    /// ω₁₂₈, from the generator 7 as in EIP-4844.
    Scalar internal constant ROOT =
        Scalar.wrap(0x6898111413588742b7c68b4d7fdd60d098d0caac87f5713c5130c2c1660125be);

    /// A row has 128 columns.
    error NoSuchColumn(Column got, uint256 columns);
    /// p(r) − I(r) is not q(r) (r⁶⁴ − h⁶⁴): a cell of other bytes, or of another place.
    error WrongCell(Scalar got, Scalar expected);

    /// Checks a cell against its row's commitment by two openings.
    /// @dev The point hashes everything the answerer chose, so a false identity of polynomials
    /// of degree below 4096 holds at it with a chance below 2⁻²⁴⁰ per hash tried.
    function check(KzgPoint memory commitment, Cell calldata cell, CellOpenings calldata openings)
        internal
        view
    {
        Scalar shift = shiftOf(cell.column);
        Scalar r = point(commitment, cell);
        Scalar remainder = evaluate(cell.coefficients, r);

        Scalar got = canonical(openings.rowValue) - remainder;
        Scalar expected = canonical(openings.quotientValue) * (r.pow(ELEMENTS) - shift);
        if (got != expected) revert WrongCell(got, expected);

        PointEvaluation.check(commitment, r, openings.rowValue, openings.rowProof);
        PointEvaluation.check(cell.proof, r, openings.quotientValue, openings.quotientProof);
    }

    /// Where a cell's polynomials are opened: a hash of everything that is claimed.
    function point(KzgPoint memory commitment, Cell calldata cell) internal pure returns (Scalar) {
        return reduced(
            sha256(
                abi.encodePacked(
                    DOMAIN,
                    commitment.encode(),
                    cell.proof.encode(),
                    cell.column,
                    abi.encode(cell.coefficients)
                )
            )
        );
    }

    /// h⁶⁴: ω₁₂₈ to the column's index with its 7 bits reversed.
    function shiftOf(Column column) internal pure returns (Scalar) {
        uint256 index = Column.unwrap(column);
        if (index >= COLUMNS) revert NoSuchColumn(column, COLUMNS);
        uint256 reversed;
        for (uint256 bit; bit < 7; ++bit) {
            reversed |= ((index >> bit) & 1) << (6 - bit);
        }
        return ROOT.pow(reversed);
    }

    /// I(x), by Horner. Refuses coefficients that are not canonical.
    function evaluate(Scalar[64] calldata coefficients, Scalar x)
        internal
        pure
        returns (Scalar value)
    {
        for (uint256 i = ELEMENTS; i != 0; --i) {
            value = value * x + canonical(coefficients[i - 1]);
        }
    }
}
