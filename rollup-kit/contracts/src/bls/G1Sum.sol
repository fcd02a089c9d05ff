// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import { G1Point } from "../types/Points.sol";
import { Precompiles } from "./Precompiles.sol";

/// @title Sums of many points of G1
/// @notice 256 bytes, `sum ‖ next`, which are what the precompile takes: adding allocates
/// nothing, unlike `Bls12381.add`, its twin for single points.
library G1Sum {
    /// The sum of no points.
    function zero() internal pure returns (bytes memory) {
        return new bytes(256);
    }

    /// Adds the point in the second half.
    function addNext(bytes memory sum) internal view {
        address precompile = Precompiles.G1_ADD;
        bool success;
        uint256 got;
        assembly ("memory-safe") {
            let start := add(sum, 32)
            success := staticcall(gas(), precompile, start, 256, start, 128)
            got := returndatasize()
        }
        if (!success || got != 128) {
            revert Precompiles.PrecompileFailed(precompile, success ? got : 0, 128);
        }
    }

    /// The sum as a point.
    function total(bytes memory sum) internal pure returns (G1Point memory point) {
        (point,) = abi.decode(sum, (G1Point, G1Point));
    }
}
