// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import { IRegistry } from "../interfaces/IRegistry.sol";
import { Certificates } from "./Certificates.sol";
import { Keys } from "./Keys.sol";
import { Parameters } from "./Parameters.sol";
import { Penalties } from "./Penalties.sol";

/// @title The DA network on L1
/// @notice Its validators' keys and stake, its sets, and what they certify. It has no owner, no
/// switch and no upgrade. Its parameters are those that it was made with, and the only ways out
/// for ether are the holder's claim and the slash by the rollup that the stake was named to.
contract Registry is IRegistry, Certificates, Penalties {
    constructor(Parameters memory parameters)
        Keys(parameters)
        Certificates(parameters)
        Penalties(parameters)
    {
        parameters.check();
    }
}
