// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

/// A leaf's place in a tree, with the hashes beside its way up, lowest first.
struct Path {
    uint64 index;
    uint64 leaves;
    bytes32[] siblings;
}

/// @title Keccak trees over withdrawals and holdings
/// @notice A tree is as high as its leaves need; missing ones are zero. The root covers how many
/// there are, so a node never passes for a leaf nor a path of one height for another's.
library HashTree {
    bytes32 internal constant LEAF = "assay/exit-leaf/v1";
    bytes32 internal constant NODE = "assay/exit-node/v1";
    bytes32 internal constant ROOT = "assay/exit-root/v1";
    /// No tree is higher.
    uint256 internal constant MAX_HEIGHT = 40;

    error NoSuchLeaf(uint64 index, uint64 leaves);
    error PathLength(uint256 got, uint256 expected);
    error WrongRoot(bytes32 got, bytes32 expected);

    /// A leaf of its ABI encoding.
    function leaf(bytes memory encoding) internal pure returns (bytes32) {
        return keccak256(abi.encodePacked(LEAF, encoding));
    }

    /// The root over leaves, in place.
    function root(bytes32[] memory level) internal pure returns (bytes32) {
        uint256 leaves = level.length;
        for (uint256 width = leaves; width > 1; width = (width + 1) / 2) {
            for (uint256 i; i < width; i += 2) {
                level[i / 2] = node(level[i], i + 1 < width ? level[i + 1] : bytes32(0));
            }
        }
        return seal(leaves, leaves == 0 ? bytes32(0) : level[0]);
    }

    /// Checks that a leaf is where its path says.
    function check(bytes32 hash, Path calldata path, bytes32 expected) internal pure {
        if (path.index >= path.leaves) revert NoSuchLeaf(path.index, path.leaves);
        uint256 height = heightOf(path.leaves);
        if (path.siblings.length != height) revert PathLength(path.siblings.length, height);

        uint256 index = path.index;
        for (uint256 i; i < height; ++i) {
            bytes32 sibling = path.siblings[i];
            hash = index & 1 == 0 ? node(hash, sibling) : node(sibling, hash);
            index >>= 1;
        }
        bytes32 got = seal(path.leaves, hash);
        if (got != expected) revert WrongRoot(got, expected);
    }

    /// Levels above the leaves.
    function heightOf(uint256 leaves) internal pure returns (uint256 height) {
        while (height < MAX_HEIGHT && uint256(1) << height < leaves) ++height;
    }

    function node(bytes32 left, bytes32 right) internal pure returns (bytes32) {
        return keccak256(abi.encodePacked(NODE, left, right));
    }

    function seal(uint256 leaves, bytes32 top) internal pure returns (bytes32) {
        return keccak256(abi.encodePacked(ROOT, leaves, top));
    }
}
