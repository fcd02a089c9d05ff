// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import { IOperators } from "../interfaces/IOperators.sol";
import { IRollup } from "../interfaces/IRollup.sol";
import { HashTree } from "./HashTree.sol";
import { Intake } from "./Intake.sol";
import { Batch, BatchNumber, QueueIndex, Roots, RowIndex, Tree } from "./Types.sol";

/// @title What has happened, and what of it is final
/// @notice The tree on L1 is final by its proof alone. The other is final once its data is: when
/// nobody has challenged a row in time, or every row has stood on L1, and the same holds for all
/// batches before. When a challenge expires that tree falls back to where it was final last; what
/// its queue had given to the batches reverted is queued as before, and withdrawals out of them
/// are void.
abstract contract History is Intake, IRollup {
    /// Batches that somebody else's transaction makes final on its way.
    uint256 internal constant FINALIZED_BY_OTHERS = 4;
    /// Batches that a fallback makes final on its way: see `NotAdvanced`.
    uint256 internal constant FINALIZED_BY_FALLBACK = 32;

    IOperators public operators;
    /// Who may open and close rows, and let the tree fall back.
    address public rowChallenges;

    BatchNumber public newestBatch;
    BatchNumber public finalBatch;
    BatchNumber public lastCheckpoint;
    mapping(BatchNumber checkpoint => BatchNumber) internal checkpointBefore;
    /// Fallbacks so far.
    uint32 public era;
    /// The last batch of an era that its fallback left standing.
    mapping(uint32 era => BatchNumber) public standingAt;
    mapping(BatchNumber number => Batch) internal _batches;

    event BatchSubmitted(BatchNumber indexed number, Batch batch);
    event BatchFinal(BatchNumber indexed number);
    event FellBack(BatchNumber indexed to, BatchNumber indexed newest, Roots roots);

    error NotChallenges(address got);
    /// Batches wait to be made final; call `finalize` first, so that none of them is reverted.
    error NotAdvanced(BatchNumber next);

    modifier onlyRowChallenges() {
        if (msg.sender != rowChallenges) revert NotChallenges(msg.sender);
        _;
    }

    /// Makes batches final whose time has come, at most so many. Anybody may call it.
    /// @return number The last final batch.
    function finalize(uint256 most) public returns (BatchNumber number) {
        number = finalBatch;
        for (; most != 0 && newestBatch > number; --most) {
            BatchNumber candidate = number.next();
            if (!_canBeFinal(_batches[candidate])) break;
            number = candidate;
            emit BatchFinal(number);
        }
        finalBatch = number;
    }

    /// @inheritdoc IRollup
    function batchAt(BatchNumber number) public view returns (Batch memory) {
        if (number > newestBatch) revert NoSuchBatch(number, newestBatch);
        return _batches[number];
    }

    /// @inheritdoc IRollup
    function isVoid(BatchNumber number) public view returns (bool) {
        uint32 own = _batches[number].era;
        return own < era && number > standingAt[own];
    }

    /// @inheritdoc IRollup
    function rowOpened(BatchNumber number) external onlyRowChallenges {
        ++_batches[number].openRows;
    }

    /// @inheritdoc IRollup
    function rowClosed(BatchNumber number) external onlyRowChallenges {
        --_batches[number].openRows;
    }

    /// @inheritdoc IRollup
    function rowPublished(BatchNumber number, RowIndex row) external onlyRowChallenges {
        _batches[number].publicRows |= uint256(1) << RowIndex.unwrap(row);
    }

    /// @inheritdoc IRollup
    function fallBack(BatchNumber number) external onlyRowChallenges {
        if (isVoid(number) || !(number > finalBatch)) return;
        BatchNumber standing = finalize(FINALIZED_BY_FALLBACK);
        if (newestBatch > standing && _canBeFinal(_batches[standing.next()])) {
            revert NotAdvanced(standing.next());
        }
        Batch memory last = _batches[newestBatch];
        Batch memory firm = _batches[standing];

        standingAt[era++] = standing;
        Batch memory batch;
        batch.roots = Roots(last.roots.onL1, firm.roots.offL1);
        (batch.onHead, batch.offHead) = (last.onHead, firm.offHead);
        batch.withdrawals = HashTree.root(new bytes32[](0));
        batch.settings = last.settings;
        batch.era = era;
        // Idle time goes on: the operator that withheld has no turn out of this.
        batch.submittedAt = last.submittedAt;
        _queues[Tree.OffL1].floor = uint64(block.timestamp) + DEADLINE;
        while (isVoid(lastCheckpoint)) lastCheckpoint = checkpointBefore[lastCheckpoint];

        BatchNumber fallback_ = newestBatch.next();
        _append(fallback_, batch);
        finalBatch = fallback_;
        emit FellBack(standing, fallback_, batch.roots);
    }

    function _append(BatchNumber number, Batch memory batch) internal {
        _batches[number] = batch;
        newestBatch = number;
        emit BatchSubmitted(number, batch);
    }

    function _headOf(Tree tree) internal view override returns (QueueIndex) {
        Batch storage batch = _batches[newestBatch];
        return tree == Tree.OnL1 ? batch.onHead : batch.offHead;
    }

    function _canBeFinal(Batch storage batch) private view returns (bool) {
        if (batch.openRows != 0) return false;
        uint256 all = (uint256(1) << batch.rows) - 1;
        return batch.publicRows == all || block.timestamp > batch.challengeUntil;
    }
}
