// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import { KzgPoint, readKzgPoint } from "../kzg/KzgPoint.sol";
import { BlobId } from "../types/Hashes.sol";
import { RowIndex } from "./Types.sol";

/// @title A blob's description, as `types::BlobMeta` encodes it
/// @notice `namespace (29) ‖ mode u8 ‖ length u32 ‖ rows u16 ‖ commitments (48 each)`. Its tagged
/// SHA-256 is the blob's id, so whoever shows a description of a known id shows the commitments.
library BlobMeta {
    bytes32 internal constant TAG = "assay/blob-id/v1";
    uint256 internal constant NAMESPACE_BYTES = 29;
    uint256 internal constant HEAD_BYTES = NAMESPACE_BYTES + 1 + 4 + 2;
    uint256 internal constant POINT_BYTES = 48;
    /// 16 MiB of payload, packed: `types::limits::MAX_BLOB_ROWS`.
    uint256 internal constant MAX_ROWS = 133;

    error MetaLength(uint256 got, uint256 expected);
    error RowCount(uint256 got, uint256 max);
    error NoSuchRow(RowIndex got, uint256 rows);
    error WrongBlobId(BlobId got, BlobId expected);

    /// The blob's id.
    function id(bytes calldata meta) internal pure returns (BlobId) {
        return BlobId.wrap(sha256(abi.encodePacked(TAG, meta)));
    }

    /// Checks the length against the number of rows, and returns that.
    function rows(bytes calldata meta) internal pure returns (uint16 count) {
        if (meta.length < HEAD_BYTES) revert MetaLength(meta.length, HEAD_BYTES);
        count = uint16(bytes2(meta[HEAD_BYTES - 2:HEAD_BYTES]));
        if (count == 0 || count > MAX_ROWS) revert RowCount(count, MAX_ROWS);
        uint256 expected = HEAD_BYTES + count * POINT_BYTES;
        if (meta.length != expected) revert MetaLength(meta.length, expected);
    }

    function namespaceOf(bytes calldata meta) internal pure returns (bytes29) {
        return bytes29(meta[:NAMESPACE_BYTES]);
    }

    /// A row's commitment.
    function commitment(bytes calldata meta, uint256 row) internal pure returns (KzgPoint memory) {
        uint256 from = HEAD_BYTES + row * POINT_BYTES;
        return readKzgPoint(meta[from:from + POINT_BYTES]);
    }

    /// The commitment of a row of a known blob.
    function commitmentOf(bytes calldata meta, BlobId expected, RowIndex row)
        internal
        pure
        returns (KzgPoint memory)
    {
        BlobId got = id(meta);
        if (got != expected) revert WrongBlobId(got, expected);
        uint16 count = rows(meta);
        if (RowIndex.unwrap(row) >= count) revert NoSuchRow(row, count);
        return commitment(meta, RowIndex.unwrap(row));
    }
}
