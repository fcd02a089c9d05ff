// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import { canonical, Scalar } from "./Scalar.sol";

/// @title A row of few elements, evaluated without a commitment
/// @notice Calldata that carries a row's first elements, all others being zero, binds a proof by
/// the same polynomial as a blob does, so the circuit opens both alike.
library ShortRow {
    /// Most elements: beyond it a blob is cheaper.
    uint256 internal constant MAX_ELEMENTS = 1024;
    uint256 internal constant ROW_ELEMENTS = 4096;
    uint256 internal constant ROW_BITS = 12;

    /// ω₄₀₉₆, from the generator 7 as in EIP-4844.
    Scalar internal constant ROOT =
        Scalar.wrap(0x564c0a11a0f704f4fc3e8acfe0f8245f0ad1347b378fbf96e206da11a5d36306);

    /// More elements than calldata may carry.
    error TooManyElements(uint256 got, uint256 max);
    /// The point is one of the row's own, where an evaluation proves one element alone.
    error PointOfDomain(Scalar got);

    /// What the row's polynomial is at x: (x⁴⁰⁹⁶ − 1) / 4096 · Σ dᵢ ωᵢ / (x − ωᵢ), element i
    /// standing at ω^brp(i).
    function evaluate(Scalar[] calldata elements, Scalar x) internal pure returns (Scalar) {
        if (elements.length > MAX_ELEMENTS) revert TooManyElements(elements.length, MAX_ELEMENTS);
        Scalar vanishing = outsideDomain(x);
        if (elements.length == 0) return Scalar.wrap(0);

        Scalar[] memory points = domain(elements.length);
        (Scalar[] memory products, Scalar inverted) = _denominators(points, x);
        Scalar sum;
        for (uint256 i = points.length; i != 0; --i) {
            Scalar weight = points[i - 1] * inverted * products[i - 1];
            sum = sum + canonical(elements[i - 1]) * weight;
            inverted = inverted * (x - points[i - 1]);
        }
        return vanishing * Scalar.wrap(ROW_ELEMENTS).inverse() * sum;
    }

    /// One inversion for all: the products of the denominators x − ωᵢ before each, and the
    /// inverse of them all.
    function _denominators(Scalar[] memory points, Scalar x)
        private
        pure
        returns (Scalar[] memory products, Scalar inverted)
    {
        products = new Scalar[](points.length);
        Scalar product = Scalar.wrap(1);
        for (uint256 i; i < points.length; ++i) {
            products[i] = product;
            product = product * (x - points[i]);
        }
        inverted = product.inverse();
    }

    /// x⁴⁰⁹⁶ − 1, which is not zero.
    function outsideDomain(Scalar x) internal pure returns (Scalar vanishing) {
        vanishing = x.pow(ROW_ELEMENTS) - Scalar.wrap(1);
        if (Scalar.unwrap(vanishing) == 0) revert PointOfDomain(x);
    }

    /// ω^brp(i) for i below `count`: each bit of i that is set, from the lowest, adds a root of
    /// twice the order of the bit below it.
    function domain(uint256 count) internal pure returns (Scalar[] memory points) {
        points = new Scalar[](count);
        points[0] = Scalar.wrap(1);
        uint256 bit = ROW_BITS;
        for (uint256 have = 1; have < count; have *= 2) {
            Scalar root = ROOT.pow(uint256(1) << --bit);
            for (uint256 i; i < have && have + i < count; ++i) {
                points[have + i] = points[i] * root;
            }
        }
    }
}
