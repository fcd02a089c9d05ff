// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

/// A compressed point of G1, 48 bytes: a row's commitment, or a proof. Nothing is known of it;
/// the precompiles refuse what is no point of the group.
struct KzgPoint {
    bytes32 head;
    bytes16 tail;
}

using { versionedHash, encode, same } for KzgPoint global;

/// Another commitment's blob.
error WrongBlob(bytes32 got, bytes32 expected);

/// What `BLOBHASH` gives for the blob that a commitment belongs to: EIP-4844
/// `kzg_to_versioned_hash`.
function versionedHash(KzgPoint memory point) pure returns (bytes32) {
    bytes32 hash = sha256(point.encode());
    return bytes32((uint256(hash) & (type(uint256).max >> 8)) | (1 << 248));
}

/// The 48 bytes.
function encode(KzgPoint memory point) pure returns (bytes memory) {
    return abi.encodePacked(point.head, point.tail);
}

function same(KzgPoint memory a, KzgPoint memory b) pure returns (bool) {
    return a.head == b.head && a.tail == b.tail;
}

/// The point in 48 bytes of calldata.
function readKzgPoint(bytes calldata encoding) pure returns (KzgPoint memory) {
    return KzgPoint(bytes32(encoding[:32]), bytes16(encoding[32:48]));
}
