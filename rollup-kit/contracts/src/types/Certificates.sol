// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import { BlobId, Digest, HeaderHash, SetHash } from "./Hashes.sol";
import { G2Point } from "./Points.sol";
import { Timestamp } from "./Timestamp.sol";
import { Weight } from "./Weight.sol";

/// An availability certificate as it was received: nothing of it is checked.
/// @param blob What is certified.
/// @param set The set whose members signed.
/// @param acceptedAt When the node that took the blob did so.
/// @param expiresAt Until when it is kept.
/// @param signers Bit i % 8, least significant first, of byte i / 8 for member i.
/// @param signature The sum of the signatures over the receipt's digest, uncompressed.
struct Certificate {
    BlobId blob;
    SetHash set;
    Timestamp acceptedAt;
    Timestamp expiresAt;
    bytes signers;
    G2Point signature;
}

/// What a verified certificate says: members of `set` with more than two thirds of its weight
/// keep the blob from `acceptedAt` until `expiresAt`.
/// @param digest What they signed. It names chain, set, blob and times.
/// @param signers Keccak-256 of the signers' bitmap, for whoever asks for the bitmap again.
struct CertifiedBlob {
    BlobId blob;
    SetHash set;
    Timestamp acceptedAt;
    Timestamp expiresAt;
    Digest digest;
    bytes32 signers;
    Weight signedWeight;
    Weight totalWeight;
}

/// A finality certificate as it was received: precommits of one round for one header.
/// @param header The header's encoding, 212 bytes.
/// @param round The round in which it was decided.
/// @param signers As in a `Certificate`.
/// @param signature The sum of the precommits' signatures, uncompressed.
struct Finality {
    bytes header;
    uint32 round;
    bytes signers;
    G2Point signature;
}
