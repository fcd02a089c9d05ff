// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import { Groth16 } from "./Groth16.sol";
import { StoredKeys } from "./StoredKeys.sol";

/// @title The verifier of checkpoints or exits under keys that it is made with
/// @notice The circuit's inputs are those that L1 has. It is as good as whoever made the keys: see
/// crate `validity`, `SetupKind`.
contract StatementVerifier is Groth16, StoredKeys {
    /// @param keys_ A key for each size of the circuit.
    constructor(bytes[] memory keys_) StoredKeys(keys_) { }

    /// @inheritdoc Groth16
    function _key(uint8 key)
        internal
        view
        override
        returns (bytes memory pairs, bytes memory points)
    {
        return _stored(key);
    }
}
