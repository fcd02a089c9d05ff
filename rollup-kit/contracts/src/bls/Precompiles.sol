// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

/// @title Calls of precompiled contracts
/// @notice An address without a precompile answers every call with success and no bytes; one
/// that refuses its input fails and burns the gas it was given. Both revert here.
library Precompiles {
    /// EIP-198, EIP-7883.
    address internal constant MODEXP = address(0x05);
    /// EIP-2537.
    address internal constant G1_ADD = address(0x0b);
    /// EIP-2537; checks that every point is in the subgroup.
    address internal constant G1_MSM = address(0x0c);
    /// EIP-2537; as all additions, takes any point of the curve, also outside the subgroup.
    address internal constant G2_ADD = address(0x0d);
    /// EIP-2537; checks that every point is in its subgroup.
    address internal constant PAIRING = address(0x0f);
    /// EIP-2537; its results are in the subgroup.
    address internal constant MAP_FP2_TO_G2 = address(0x11);

    /// The precompile refused the input, is not there, or answered with another length. In
    /// points it means: not canonical, off the curve, or outside the subgroup where that counts.
    error PrecompileFailed(address precompile, uint256 gotBytes, uint256 expectedBytes);

    /// Calls a precompile that must answer with `expected` bytes.
    function ask(address precompile, bytes memory input, uint256 expected)
        internal
        view
        returns (bytes memory output)
    {
        output = new bytes(expected);
        bool success;
        uint256 got;
        assembly ("memory-safe") {
            success := staticcall(
                gas(),
                precompile,
                add(input, 32),
                mload(input),
                add(output, 32),
                expected
            )
            got := returndatasize()
        }
        if (!success || got != expected) {
            revert PrecompileFailed(precompile, success ? got : 0, expected);
        }
    }
}
