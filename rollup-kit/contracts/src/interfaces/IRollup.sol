// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import { Batch, BatchNumber, RowIndex } from "../rollup/Types.sol";
import { ValidatorId } from "../types/ValidatorId.sol";

/// @title A rollup as its challenges see it
interface IRollup {
    error NoSuchBatch(BatchNumber got, BatchNumber newest);

    /// What is remembered of a batch.
    function batchAt(BatchNumber number) external view returns (Batch memory);

    /// The last batch whose data is final.
    function finalBatch() external view returns (BatchNumber);

    /// The latest batch.
    function newestBatch() external view returns (BatchNumber);

    /// Whether a fallback has reverted the batch's part whose data is not on L1.
    function isVoid(BatchNumber number) external view returns (bool);

    /// A row is challenged: its batch stays open. Only for the row challenges.
    function rowOpened(BatchNumber number) external;

    /// A row's challenge has ended. Only for the row challenges.
    function rowClosed(BatchNumber number) external;

    /// A row stands on L1. Only for the row challenges.
    function rowPublished(BatchNumber number, RowIndex row) external;

    /// Reverts the off-chain tree to its last root whose data is final, if the batch is not final
    /// or reverted already. Only for the row challenges.
    function fallBack(BatchNumber number) external;

    /// Takes stake that a validator has allocated to this rollup, and hands it to the caller.
    /// Only for the challenges.
    function slashValidator(ValidatorId validator, uint256 amount) external returns (uint256 taken);

    /// A validator had to be brought to serve on L1. Only for the challenges.
    function reportRescue(ValidatorId validator) external;
}
