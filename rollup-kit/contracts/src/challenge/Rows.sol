// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import { IRollup } from "../interfaces/IRollup.sol";
import { KzgPoint } from "../kzg/KzgPoint.sol";
import { BlobMeta } from "../rollup/BlobMeta.sol";
import { Batch, BatchNumber, RowIndex } from "../rollup/Types.sol";

/// @title Rows of a batch's DA blob
library Rows {
    /// The commitment of a row, out of the blob's description.
    function commitment(IRollup rollup, BatchNumber number, bytes calldata meta, RowIndex row)
        internal
        view
        returns (KzgPoint memory)
    {
        return BlobMeta.commitmentOf(meta, rollup.batchAt(number).blob, row);
    }

    /// Whether a row has stood on L1.
    function isPublic(Batch memory batch, RowIndex row) internal pure returns (bool) {
        return batch.publicRows >> RowIndex.unwrap(row) & 1 == 1;
    }
}
