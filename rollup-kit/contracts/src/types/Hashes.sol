// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

/// The id of a DA chain: the tagged hash of its genesis.
type ChainId is bytes32;

/// The hash of a validator set.
type SetHash is bytes32;

/// A blob's identity: the tagged hash of namespace, mode, length and row commitments.
type BlobId is bytes32;

/// The hash of a DA block's header.
type HeaderHash is bytes32;

/// What a validator signs: a tagged hash, never a hash of unknown origin.
type Digest is bytes32;

using { chainIdEq as ==, chainIdNe as != } for ChainId global;
using { setHashEq as ==, setHashNe as != } for SetHash global;
using { blobIdEq as ==, blobIdNe as != } for BlobId global;

function chainIdEq(ChainId a, ChainId b) pure returns (bool) {
    return ChainId.unwrap(a) == ChainId.unwrap(b);
}

function chainIdNe(ChainId a, ChainId b) pure returns (bool) {
    return ChainId.unwrap(a) != ChainId.unwrap(b);
}

function setHashEq(SetHash a, SetHash b) pure returns (bool) {
    return SetHash.unwrap(a) == SetHash.unwrap(b);
}

function setHashNe(SetHash a, SetHash b) pure returns (bool) {
    return SetHash.unwrap(a) != SetHash.unwrap(b);
}

function blobIdEq(BlobId a, BlobId b) pure returns (bool) {
    return BlobId.unwrap(a) == BlobId.unwrap(b);
}

function blobIdNe(BlobId a, BlobId b) pure returns (bool) {
    return BlobId.unwrap(a) != BlobId.unwrap(b);
}
