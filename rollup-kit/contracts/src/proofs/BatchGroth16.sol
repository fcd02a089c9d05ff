// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import { Scalar } from "../kzg/Scalar.sol";
import { Groth16 } from "./Groth16.sol";

/// @title The verifier of batches, whatever rows they have
/// @dev A batch without a row of the DA network has no inputs for it. The circuit knows two rows;
/// the missing one is said to be 0 at the first row's point. Only a row of zeros is that: the
/// circuit's digest fixes both rows before the point is drawn.
abstract contract BatchGroth16 is Groth16 {
    uint256 internal constant INPUTS = 11;
    uint256 internal constant INPUTS_OF_ONE_ROW = 9;
    /// The input that is the first row's point.
    uint256 internal constant FIRST_POINT = 7;

    /// @inheritdoc Groth16
    function _completed(Scalar[] calldata publicInputs)
        internal
        pure
        override
        returns (Scalar[] memory inputs)
    {
        if (publicInputs.length != INPUTS_OF_ONE_ROW) return publicInputs;
        inputs = new Scalar[](INPUTS);
        for (uint256 i; i < INPUTS_OF_ONE_ROW; ++i) {
            inputs[i] = publicInputs[i];
        }
        inputs[INPUTS_OF_ONE_ROW] = publicInputs[FIRST_POINT];
    }
}
