// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import { BatchNumber, RowIndex } from "../rollup/Types.sol";

/// Where a row's challenge stands.
enum RowState {
    /// Nobody has challenged it.
    Quiet,
    /// Contributions are being collected; nothing runs yet.
    Pooling,
    /// The answer is due.
    Open,
    /// The row stood on L1.
    Answered,
    /// Nobody answered.
    Expired
}

/// A row's challenge.
/// @param deadline The last second in which an answer counts, Unix seconds.
/// @param openedAt Unix seconds.
/// @param pooled Contributed, in wei.
/// @param payable_ What of it, and of slashes, is for the contributors.
/// @param earned Wei out of slashes so far.
struct RowChallenge {
    RowState state;
    uint64 openedAt;
    uint64 deadline;
    uint128 pooled;
    uint128 payable_;
    uint128 earned;
}

/// @title The challenges of rows, as those of signers see them
interface IChallenges {
    /// A row's challenge.
    function challengeOf(BatchNumber batch, RowIndex row)
        external
        view
        returns (RowChallenge memory);

    /// Enough cells of the row stand on L1 to recover it: answers its challenge if it is open.
    /// Only for the signers' contract.
    /// @param price What the last of them cost, in wei: what each is paid, as far as the bond
    /// goes.
    function answeredByCells(BatchNumber batch, RowIndex row, uint256 price) external;

    /// Pays for cells of a row that cells have answered. Only for the signers' contract.
    function payForCells(BatchNumber batch, RowIndex row, address publisher, uint256 cells) external;

    /// Splits stake that a signer lost over the row, which comes along.
    function splitSlash(BatchNumber batch, RowIndex row) external payable;
}
