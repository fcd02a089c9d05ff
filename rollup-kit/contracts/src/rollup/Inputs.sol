// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import { KzgPoint, WrongBlob } from "../kzg/KzgPoint.sol";
import { PointEvaluation } from "../kzg/PointEvaluation.sol";
import { Scalar } from "../kzg/Scalar.sol";
import { ShortRow } from "../kzg/ShortRow.sol";
import { BlobMeta } from "./BlobMeta.sol";
import { Context, Statements } from "./Statements.sol";
import {
    BatchNumber,
    Carrier,
    Checkpoint,
    Holding,
    Roots,
    RowOpening,
    Submission,
    Tree
} from "./Types.sol";

/// @title The public inputs of proofs, with every row of data opened
/// @notice A contract of its own without state, since a rollup has no room for it. The caller is
/// the rollup whose statement it is.
contract Inputs {
    using BlobMeta for bytes;

    error OpeningCount(uint256 got, uint256 expected);
    /// A batch without a row of the tree on L1: its first row off L1 would pass for it.
    error NoRowOnL1(Carrier carrier);

    /// Inputs before those of rows.
    uint256 internal constant BATCH_HEAD = 7;
    uint256 internal constant CHECKPOINT_HEAD = 7;

    /// Of a batch, whose L1 part is in this transaction. There always is one, if only a row of
    /// zeros in calldata: the circuit reads the first row as that of the tree on L1.
    /// @param rows Of its DA blob.
    function ofBatch(
        BatchNumber number,
        Roots calldata prior,
        uint256 rows,
        Submission calldata submission
    ) external view returns (Scalar[] memory inputs) {
        bool inCalldata = submission.carrier == Carrier.Calldata;
        uint256 blobs = submission.carrier == Carrier.Blobs ? submission.blobs.length : 0;
        if (!inCalldata && blobs == 0) revert NoRowOnL1(submission.carrier);
        uint256 openings = blobs + rows;
        if (submission.openings.length != openings) {
            revert OpeningCount(submission.openings.length, openings);
        }
        Context where = Statements.context(
            Statements.BATCH, number, submission.digest, prior, submission.roots
        );
        inputs = new Scalar[](BATCH_HEAD + 2 * (openings + (inCalldata ? 1 : 0)));
        (inputs[0], inputs[1]) = (prior.onL1, prior.offL1);
        (inputs[2], inputs[3]) = (submission.roots.onL1, submission.roots.offL1);
        inputs[4] = submission.digest;
        (inputs[5], inputs[6]) = _traffic(where, submission);

        uint256 next = BATCH_HEAD;
        if (inCalldata) {
            (inputs[next], inputs[next + 1]) = _openCalldata(where, submission.elements);
            next += 2;
        }
        for (uint256 i; i < blobs; ++i) {
            KzgPoint memory commitment = submission.blobs[i];
            bytes32 expected = commitment.versionedHash();
            if (blobhash(i) != expected) revert WrongBlob(blobhash(i), expected);
            next = _open(where, commitment, submission.openings[i], inputs, next);
        }
        for (uint256 i; i < rows; ++i) {
            KzgPoint memory commitment = submission.meta.commitment(i);
            next = _open(where, commitment, submission.openings[blobs + i], inputs, next);
        }
    }

    /// Of a checkpoint. A tree without an exit root has zero halves.
    function ofCheckpoint(
        BatchNumber number,
        Roots calldata roots,
        uint256 rows,
        Checkpoint calldata checkpoint
    ) external view returns (Scalar[] memory inputs) {
        if (checkpoint.openings.length != rows) {
            revert OpeningCount(checkpoint.openings.length, rows);
        }
        inputs = new Scalar[](CHECKPOINT_HEAD + 2 * rows);
        (inputs[0], inputs[1]) = (roots.onL1, roots.offL1);
        inputs[2] = checkpoint.digest;
        (inputs[3], inputs[4]) = Statements.halves(checkpoint.onExits);
        (inputs[5], inputs[6]) = Statements.halves(checkpoint.offExits);
        Context where =
            Statements.context(Statements.CHECKPOINT, number, checkpoint.digest, roots, roots);
        uint256 next = CHECKPOINT_HEAD;
        for (uint256 i; i < rows; ++i) {
            KzgPoint memory commitment = checkpoint.meta.commitment(i);
            next = _open(where, commitment, checkpoint.openings[i], inputs, next);
        }
    }

    /// Of a root over all that a tree's accounts hold.
    function ofExits(Tree tree, Scalar root, bytes32 exits)
        external
        pure
        returns (Scalar[] memory inputs)
    {
        inputs = new Scalar[](4);
        (inputs[0], inputs[1]) = (Statements.treeInput(tree), root);
        (inputs[2], inputs[3]) = Statements.halves(exits);
    }

    /// Of what some of a tree's accounts hold.
    function ofHoldings(
        Tree tree,
        BatchNumber newest,
        Roots calldata roots,
        Holding[] calldata holdings,
        Scalar digest
    ) external view returns (Scalar[] memory inputs) {
        Context where = Statements.context(Statements.EXITS, newest, digest, roots, roots);
        inputs = new Scalar[](5);
        inputs[0] = Statements.treeInput(tree);
        inputs[1] = tree == Tree.OnL1 ? roots.onL1 : roots.offL1;
        inputs[2] = digest;
        inputs[3] = Statements.dataPoint(where, abi.encode(tree, holdings));
        inputs[4] = Statements.holdings(holdings, inputs[3]);
    }

    function _traffic(Context where, Submission calldata submission)
        private
        pure
        returns (Scalar point, Scalar value)
    {
        point = Statements.dataPoint(
            where,
            abi.encode(submission.onOperations, submission.offOperations, submission.withdrawals)
        );
        value = Statements.traffic(
            submission.onOperations, submission.offOperations, submission.withdrawals, point
        );
    }

    function _openCalldata(Context where, Scalar[] calldata elements)
        private
        pure
        returns (Scalar point, Scalar value)
    {
        point = Statements.dataPoint(where, abi.encode(elements));
        value = ShortRow.evaluate(elements, point);
    }

    /// Opens a row at its point, and returns the place of the next row's inputs.
    function _open(
        Context where,
        KzgPoint memory commitment,
        RowOpening calldata opening,
        Scalar[] memory inputs,
        uint256 input
    ) private view returns (uint256) {
        Scalar point = Statements.rowPoint(where, commitment);
        ShortRow.outsideDomain(point);
        PointEvaluation.check(commitment, point, opening.value, opening.proof);
        (inputs[input], inputs[input + 1]) = (point, opening.value);
        return input + 2;
    }
}
