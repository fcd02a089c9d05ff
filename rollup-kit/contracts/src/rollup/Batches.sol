// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import { Settings, SettingsLog, SettingsVersion } from "../governance/Settings.sol";
import { IRegistry } from "../interfaces/IRegistry.sol";
import { Scalar } from "../kzg/Scalar.sol";
import { Certificate, CertifiedBlob } from "../types/Certificates.sol";
import { BlobId } from "../types/Hashes.sol";
import { BlobMeta } from "./BlobMeta.sol";
import { HashTree } from "./HashTree.sol";
import { History } from "./History.sol";
import { Inputs } from "./Inputs.sol";
import { Batch, BatchNumber, Checkpoint, Submission, Tree, Withdrawal } from "./Types.sol";

/// @title How the state moves on
/// @notice A batch moves both roots by one proof. Its data is bound to the proof by opening each
/// row's commitment at a point that nobody knows before data and circuit are fixed; where the
/// data is on the DA network, a certificate says that validators keep it.
abstract contract Batches is History {
    using BlobMeta for bytes;

    /// Seconds. A checkpoint is due every 7 days; without one younger than this no data goes off
    /// L1, since an escape needs the state, and the DA network keeps data for 14 days.
    uint64 public constant CHECKPOINT_AGE = 10 days;
    /// Seconds for which a batch's blob is kept from its submission on: what the longest windows
    /// of challenge (3 days), answer (7 days) and exculpation (3 days) add up to. The network
    /// keeps data for 14 days, and a certificate is at most a day old.
    uint64 public constant LEAST_RETENTION = 13 days;

    IRegistry public immutable registry;
    SettingsLog public immutable settings;
    Inputs public immutable inputs;
    /// The namespace of the rollup's blobs: another rollup's certificate is of another one.
    bytes29 public immutable namespace;

    /// The root under which each tree's holdings can be claimed, by the tree's own root.
    mapping(Tree tree => mapping(Scalar root => bytes32 exits)) public exitsOf;
    /// The batch whose blob this is.
    mapping(BlobId blob => BatchNumber) public batchOf;

    event ExitsProved(Tree indexed tree, Scalar indexed root, bytes32 exits);

    error WrongNamespace(bytes29 got, bytes29 expected);
    error WrongBlobId(BlobId got, BlobId expected);
    error BlobTaken(BlobId blob, BatchNumber batch);
    error ExpiresTooSoon(uint256 got, uint256 min);
    error CheckpointTooOld(uint256 age, uint256 max);
    /// A batch is submitted by a transaction's sender, who has no code.
    error NotByTransaction(address got, address sender);

    constructor(IRegistry registry_, SettingsLog settings_, Inputs inputs_, bytes29 namespace_) {
        (registry, settings, inputs) = (registry_, settings_, inputs_);
        namespace = namespace_;
    }

    /// Moves the state on.
    function submitBatch(Submission calldata submission)
        external
        whileRunning
        returns (BatchNumber number)
    {
        Batch memory prior = _requireOperator();
        number = newestBatch.next();
        Batch memory batch = _draft(prior);
        batch.roots = submission.roots;
        batch.onHead = _consume(Tree.OnL1, prior.onHead, submission.onOperations);
        batch.offHead = _consume(Tree.OffL1, prior.offHead, submission.offOperations);
        batch.withdrawals = _withdrawalsRoot(submission.withdrawals);
        Settings memory terms = _settle(batch);
        if (submission.meta.length != 0) {
            uint256 age = block.timestamp - _batches[lastCheckpoint].submittedAt;
            if (age > CHECKPOINT_AGE) revert CheckpointTooOld(age, CHECKPOINT_AGE);
            _take(number, batch, submission.meta, submission.certificate);
        }
        Scalar[] memory statement = inputs.ofBatch(number, prior.roots, batch.rows, submission);
        terms.batches.verify(submission.proof, statement);
        _append(number, batch);
    }

    /// Posts the full state and proves it: data for whoever must rebuild the state, and, unless
    /// they are 0, the roots under which escapes are cheap.
    function submitCheckpoint(Checkpoint calldata checkpoint)
        external
        whileRunning
        returns (BatchNumber number)
    {
        Batch memory prior = _requireOperator();
        number = newestBatch.next();
        Batch memory batch = _draft(prior);
        batch.withdrawals = HashTree.root(new bytes32[](0));
        Settings memory terms = _settle(batch);
        _take(number, batch, checkpoint.meta, checkpoint.certificate);

        Scalar[] memory statement = inputs.ofCheckpoint(number, prior.roots, batch.rows, checkpoint);
        terms.checkpoints.verify(checkpoint.proof, statement);

        _setExits(Tree.OnL1, prior.roots.onL1, checkpoint.onExits);
        _setExits(Tree.OffL1, prior.roots.offL1, checkpoint.offExits);
        checkpointBefore[number] = lastCheckpoint;
        lastCheckpoint = number;
        _append(number, batch);
    }

    /// The first proof stands: nobody turns paths that owners have prepared into paths of
    /// another order. The circuit has the holdings ascend by slot, so there is one root anyhow.
    /// 0 is none and sets nothing.
    function _setExits(Tree tree, Scalar root, bytes32 exits) internal {
        if (exits == 0 || exitsOf[tree][root] != 0) return;
        exitsOf[tree][root] = exits;
        emit ExitsProved(tree, root, exits);
    }

    /// The batch before, once the caller may submit the next. An operator calls by a transaction
    /// of its own: whoever derives the tree on L1 reads a batch's data from there, and would not
    /// find what a contract put together. (An account with delegated code, EIP-7702, has code.)
    function _requireOperator() private returns (Batch memory prior) {
        // forge-lint: disable-next-line(tx-origin)
        if (msg.sender != tx.origin || msg.sender.code.length != 0) {
            revert NotByTransaction(msg.sender, tx.origin);
        }
        finalize(FINALIZED_BY_OTHERS);
        prior = _batches[newestBatch];
        operators.requireTurn(msg.sender, prior.submittedAt);
    }

    function _draft(Batch memory prior) private view returns (Batch memory batch) {
        batch.roots = prior.roots;
        batch.onHead = prior.onHead;
        batch.offHead = prior.offHead;
        batch.operator = msg.sender;
        batch.era = era;
    }

    /// Writes down which settings hold for the batch.
    function _settle(Batch memory batch) private view returns (Settings memory terms) {
        SettingsVersion version = settings.current();
        terms = settings.get(version);
        batch.settings = version;
        batch.submittedAt = uint64(block.timestamp);
        batch.challengeUntil = batch.submittedAt + terms.challengeWindow;
    }

    /// Takes a blob for the batch: the rollup's own, certified, not standing in another batch,
    /// and kept for as long as it may be asked for.
    function _take(
        BatchNumber number,
        Batch memory batch,
        bytes calldata meta,
        Certificate calldata certificate
    ) private {
        bytes29 got = meta.namespaceOf();
        if (got != namespace) revert WrongNamespace(got, namespace);
        batch.rows = meta.rows();
        batch.blob = meta.id();
        if (certificate.blob != batch.blob) revert WrongBlobId(certificate.blob, batch.blob);
        BatchNumber taken = batchOf[batch.blob];
        if (BatchNumber.unwrap(taken) != 0 && !isVoid(taken)) revert BlobTaken(batch.blob, taken);
        batchOf[batch.blob] = number;

        CertifiedBlob memory certified = registry.verifyCertificate(certificate);
        uint256 min = block.timestamp + LEAST_RETENTION;
        uint256 expires = certified.expiresAt.toSeconds();
        if (expires < min) revert ExpiresTooSoon(expires, min);
        batch.certificate = keccak256(abi.encode(certified));
    }

    function _withdrawalsRoot(Withdrawal[] calldata list) private pure returns (bytes32) {
        bytes32[] memory leaves = new bytes32[](list.length);
        for (uint256 i; i < list.length; ++i) {
            leaves[i] = HashTree.leaf(abi.encode(list[i]));
        }
        return HashTree.root(leaves);
    }
}
