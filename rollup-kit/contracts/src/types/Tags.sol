// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

/// @title What a hash is for
/// @notice 32 bytes in front of everything that is hashed: ASCII, padded with zeros. The same
/// as in `types/golden/tags.json`.
library Tags {
    bytes32 internal constant HEADER = "assay/header/v1";
    bytes32 internal constant RECEIPT = "assay/receipt/v1";
    bytes32 internal constant REGISTRATION = "assay/registration/v1";
    bytes32 internal constant VALIDATOR_ADDRESS = "assay/validator-address/v1";
    bytes32 internal constant VALIDATOR_SET = "assay/validator-set/v1";
    bytes32 internal constant VOTE = "assay/vote/v1";
}
