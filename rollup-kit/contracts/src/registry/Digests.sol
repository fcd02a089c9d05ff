// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import { BlobId, ChainId, Digest, HeaderHash, SetHash } from "../types/Hashes.sol";
import { Tags } from "../types/Tags.sol";
import { Timestamp } from "../types/Timestamp.sol";
import { ValidatorId } from "../types/ValidatorId.sol";

/// @title What is signed and hashed, byte for byte as crate `chain` does it
/// @notice Tagged SHA-256 over fixed-width big-endian fields.
library Digests {
    /// A precommit's code, and the flag that says that it is for a header.
    uint8 private constant PRECOMMIT = 2;
    uint8 private constant FOR_HEADER = 1;

    /// What the receipts in an availability certificate sign.
    function receipt(
        ChainId chain,
        SetHash set,
        BlobId blob,
        Timestamp acceptedAt,
        Timestamp expiresAt
    ) internal pure returns (Digest) {
        return Digest.wrap(
            sha256(abi.encodePacked(Tags.RECEIPT, chain, set, blob, acceptedAt, expiresAt))
        );
    }

    /// What the precommits in a finality certificate sign.
    function precommit(ChainId chain, SetHash set, uint64 height, uint32 round, HeaderHash header)
        internal
        pure
        returns (Digest)
    {
        return Digest.wrap(
            sha256(
                abi.encodePacked(
                    Tags.VOTE, chain, set, height, round, PRECOMMIT, FOR_HEADER, header
                )
            )
        );
    }

    /// What a validator signs to name the owner of its stake. Whoever copies the signature
    /// registers the same owner, or nothing: it names the contract and the chain it is on.
    function registration(ChainId chain, uint64 l1ChainId, address registry, address owner)
        internal
        pure
        returns (Digest)
    {
        return Digest.wrap(
            sha256(abi.encodePacked(Tags.REGISTRATION, chain, l1ChainId, registry, owner))
        );
    }

    /// The validator with this compressed key, 48 bytes.
    function validatorId(bytes memory compressedKey) internal pure returns (ValidatorId) {
        return ValidatorId.wrap(sha256(abi.encodePacked(Tags.VALIDATOR_ADDRESS, compressedKey)));
    }

    /// The hash of a header's encoding.
    function headerHash(bytes memory encoding) internal pure returns (HeaderHash) {
        return HeaderHash.wrap(sha256(abi.encodePacked(Tags.HEADER, encoding)));
    }
}
