// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import { ChainId, HeaderHash, SetHash } from "../types/Hashes.sol";
import { Timestamp } from "../types/Timestamp.sol";
import { Digests } from "./Digests.sol";

/// What L1 wants to know of a DA block's header.
struct Header {
    ChainId chainId;
    uint64 height;
    Timestamp time;
    SetHash validators;
    SetHash nextValidators;
    HeaderHash hash;
}

/// @title Reading headers
/// @notice `version u16 ‖ chain id ‖ height u64 ‖ time u64 ‖ parent ‖ rows u16 ‖ commitments
/// root ‖ index root ‖ validators ‖ next validators`, as in crate `types`.
library Headers {
    uint256 private constant BYTES = 212;
    uint16 private constant VERSION = 1;

    error HeaderLength(uint256 got, uint256 expected);
    error HeaderVersion(uint16 got, uint16 expected);

    function decode(bytes calldata encoding) internal pure returns (Header memory) {
        if (encoding.length != BYTES) revert HeaderLength(encoding.length, BYTES);
        uint16 version = uint16(bytes2(encoding[0:2]));
        if (version != VERSION) revert HeaderVersion(version, VERSION);
        return Header({
            chainId: ChainId.wrap(bytes32(encoding[2:34])),
            height: uint64(bytes8(encoding[34:42])),
            time: Timestamp.wrap(uint64(bytes8(encoding[42:50]))),
            validators: SetHash.wrap(bytes32(encoding[148:180])),
            nextValidators: SetHash.wrap(bytes32(encoding[180:212])),
            hash: Digests.headerHash(encoding)
        });
    }
}
