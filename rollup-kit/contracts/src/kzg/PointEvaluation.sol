// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import { KzgPoint } from "./KzgPoint.sol";
import { FIELD, Scalar } from "./Scalar.sol";

/// @title EIP-4844's point evaluation
/// @notice Costs 50,000 gas, and takes any point of the group as a commitment: a cell's proof is
/// one too, namely that of the quotient.
library PointEvaluation {
    address internal constant PRECOMPILE = address(0x0a);

    /// The opening is wrong, or malformed, or the chain has no such precompile.
    error OpeningRefused(Scalar point, Scalar value);

    /// Checks that the committed polynomial takes `value` at `point`.
    function check(KzgPoint memory commitment, Scalar point, Scalar value, KzgPoint memory proof)
        internal
        view
    {
        bytes memory input = abi.encodePacked(
            commitment.versionedHash(), point, value, commitment.encode(), proof.encode()
        );
        (bool ok, bytes memory output) = PRECOMPILE.staticcall(input);
        // An address without code succeeds with nothing, so the answer is read.
        if (!ok || output.length != 64) revert OpeningRefused(point, value);
        (uint256 elements, uint256 field) = abi.decode(output, (uint256, uint256));
        if (elements != 4096 || field != FIELD) revert OpeningRefused(point, value);
    }
}
