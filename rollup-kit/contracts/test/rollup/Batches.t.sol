// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import { Proxy } from "../../src/governance/Proxy.sol";
import { IProofVerifier } from "../../src/interfaces/IProofVerifier.sol";
import { ICertificates } from "../../src/interfaces/ICertificates.sol";
import { IOperators } from "../../src/interfaces/IOperators.sol";
import { KzgPoint, WrongBlob } from "../../src/kzg/KzgPoint.sol";
import { PointEvaluation } from "../../src/kzg/PointEvaluation.sol";
import { FIELD, NotCanonical, reduced, Scalar } from "../../src/kzg/Scalar.sol";
import { ShortRow } from "../../src/kzg/ShortRow.sol";
import { Batches } from "../../src/rollup/Batches.sol";
import { BlobMeta } from "../../src/rollup/BlobMeta.sol";
import { Inputs } from "../../src/rollup/Inputs.sol";
import { Intake } from "../../src/rollup/Intake.sol";
import { Rollup } from "../../src/rollup/Rollup.sol";
import {
    Batch,
    BatchNumber,
    Carrier,
    Checkpoint,
    Operation,
    QueueIndex,
    Roots,
    Submission,
    Tree,
    Withdrawal
} from "../../src/rollup/Types.sol";
import { BlobId, ChainId } from "../../src/types/Hashes.sol";
import { Timestamp } from "../../src/types/Timestamp.sol";
import { Kzg } from "../kzg/Kzg.sol";
import { VerifierDouble } from "./Doubles.sol";
import { RollupTest } from "./RollupTest.sol";

contract ShortRowOracle {
    function evaluate(Scalar[] calldata elements, Scalar x) external pure returns (Scalar) {
        return ShortRow.evaluate(elements, x);
    }
}

contract BatchesTest is RollupTest {
    function test_a_batch_moves_both_roots() public {
        Submission memory s = draft(1, 2);
        complete(s, 1);
        submit(s);
        vm.snapshotGasLastCall("rollup", "batch with two rows on the DA network");
        Batch memory batch = rollup.batchAt(FIRST);
        vm.assertEq(Scalar.unwrap(batch.roots.onL1), 1001);
        vm.assertEq(Scalar.unwrap(batch.roots.offL1), 2001);
        vm.assertEq(BlobId.unwrap(batch.blob), BlobId.unwrap(idOf(s.meta)));
        vm.assertEq(batch.rows, 2);
        vm.assertEq(batch.operator, operator);
        vm.assertEq(BatchNumber.unwrap(rollup.newestBatch()), 1);
        vm.assertEq(BatchNumber.unwrap(rollup.finalBatch()), 0);
    }

    /// Every public input, computed from scratch.
    function test_the_statement_is_what_the_circuit_proves() public {
        Operation memory o = depositOf(alice, 1 ether);
        deposit(alice, Tree.OffL1, 1 ether);
        Submission memory s = draft(1, 1);
        (s.carrier, s.blobs) = (Carrier.Blobs, new KzgPoint[](1));
        s.blobs[0] = Kzg.commit(rowAt(2 << 64, 0));
        carry(blobOf(rowAt(2 << 64, 0)));
        s.offOperations = new Operation[](1);
        s.offOperations[0] = o;
        s.withdrawals = new Withdrawal[](1);
        s.withdrawals[0] = withdrawalOf(bob, Tree.OnL1, 5);
        s.withdrawals[0].account = Scalar.wrap(9);
        complete(s, 1);
        s.proof = "show";

        Scalar[] memory expected = new Scalar[](11);
        (expected[0], expected[1]) = (Scalar.wrap(11), Scalar.wrap(22));
        (expected[2], expected[3]) = (s.roots.onL1, s.roots.offL1);
        expected[4] = s.digest;
        bytes32 where = contextOf("assay/rollup-batch/v1", s.digest, genesis(), s.roots);
        bytes32 data = sha256(abi.encode(s.onOperations, s.offOperations, s.withdrawals));
        expected[5] = reduced(sha256(abi.encodePacked(where, data)));
        uint256[10] memory sequence = [
            0,
            1,
            1 + (uint256(1 ether) << 24),
            uint160(alice),
            77,
            0,
            1,
            uint256(5) << 24,
            uint160(bob),
            9
        ];
        for (uint256 i = 0; i < sequence.length; ++i) {
            expected[6] = expected[6] * expected[5] + Scalar.wrap(sequence[i]);
        }
        expected[7] = pointOf(where, s.blobs[0]);
        expected[8] = s.openings[0].value;
        expected[9] = pointOf(where, Kzg.commit(rowAt(1, 0)));
        expected[10] = s.openings[1].value;
        vm.prank(operator, operator);
        vm.expectRevert(abi.encodeWithSelector(VerifierDouble.Shown.selector, expected));
        rollup.submitBatch(s);
    }

    function test_calldata_binds_like_a_row() public {
        Submission memory s = draft(1, 0);
        s.elements = new Scalar[](5);
        for (uint256 i = 0; i < 5; ++i) {
            s.elements[i] = Scalar.wrap(100 + i);
        }
        complete(s, 1);
        bytes32 where = contextOf("assay/rollup-batch/v1", s.digest, genesis(), s.roots);
        Scalar point = reduced(sha256(abi.encodePacked(where, sha256(abi.encode(s.elements)))));
        Scalar value = new ShortRowOracle().evaluate(s.elements, point);
        s.proof = "show";
        vm.prank(operator, operator);
        (bool ok, bytes memory output) =
            address(rollup).call(abi.encodeCall(Batches.submitBatch, (s)));
        vm.assertFalse(ok);
        Scalar[] memory inputs = _inputsOf(output);
        vm.assertEq(inputs.length, 9);
        vm.assertEq(Scalar.unwrap(inputs[7]), Scalar.unwrap(point));
        vm.assertEq(Scalar.unwrap(inputs[8]), Scalar.unwrap(value));
        s.proof = "holds";
        submit(s);
        vm.snapshotGasLastCall("rollup", "batch with 5 elements in calldata");
        // Nothing of it can be withheld.
        rollup.finalize(1);
        vm.assertEq(BatchNumber.unwrap(rollup.finalBatch()), 1);
    }

    /// Else the row off L1 would stand where the circuit has the row on L1.
    function test_a_batch_without_a_row_on_l1_is_refused() public {
        for (uint256 daRows = 0; daRows < 2; ++daRows) {
            Submission memory s = draft(1, daRows);
            s.carrier = Carrier.Nowhere;
            complete(s, 1);
            vm.prank(operator, operator);
            vm.expectRevert(abi.encodeWithSelector(Inputs.NoRowOnL1.selector, Carrier.Nowhere));
            rollup.submitBatch(s);
            // Nor do no blobs pass for a part in blobs.
            s.carrier = Carrier.Blobs;
            vm.prank(operator, operator);
            vm.expectRevert(abi.encodeWithSelector(Inputs.NoRowOnL1.selector, Carrier.Blobs));
            rollup.submitBatch(s);
        }
    }

    /// A batch that leaves the tree on L1 alone has its row all the same: one of zeros.
    function test_no_elements_are_a_row_of_zeros() public {
        Submission memory s = draft(1, 0);
        s.elements = new Scalar[](0);
        s.proof = "show";
        vm.prank(operator, operator);
        (bool ok, bytes memory output) =
            address(rollup).call(abi.encodeCall(Batches.submitBatch, (s)));
        vm.assertFalse(ok);
        Scalar[] memory inputs_ = _inputsOf(output);
        bytes32 where = contextOf("assay/rollup-batch/v1", s.digest, genesis(), s.roots);
        Scalar point = reduced(sha256(abi.encodePacked(where, sha256(abi.encode(s.elements)))));
        vm.assertEq(inputs_.length, 9);
        vm.assertEq(Scalar.unwrap(inputs_[7]), Scalar.unwrap(point));
        vm.assertEq(Scalar.unwrap(inputs_[8]), 0);
        s.proof = "holds";
        submit(s);
    }

    /// Whoever derives the tree on L1 reads a batch out of a transaction's own calldata.
    function test_contracts_and_delegated_accounts_submit_nothing() public {
        Submission memory s = draft(1, 0);
        complete(s, 1);
        vm.prank(operator);
        vm.expectPartialRevert(Batches.NotByTransaction.selector);
        rollup.submitBatch(s);
        Checkpoint memory c = checkpointOf(2, 0, 0);
        vm.prank(operator);
        vm.expectPartialRevert(Batches.NotByTransaction.selector);
        rollup.submitCheckpoint(c);
        // EIP-7702: the account's own transaction runs code that calls.
        vm.etch(operator, abi.encodePacked(hex"ef0100", address(this)));
        vm.prank(operator, operator);
        vm.expectRevert(
            abi.encodeWithSelector(Batches.NotByTransaction.selector, operator, operator)
        );
        rollup.submitBatch(s);
        vm.etch(operator, "");
        submit(s);
    }

    function test_a_proof_of_another_statement_is_refused() public {
        Submission memory s = draft(1, 1);
        complete(s, 1);
        s.proof = "another";
        vm.prank(operator, operator);
        vm.expectRevert(IProofVerifier.ProofRefused.selector);
        rollup.submitBatch(s);
    }

    /// Openings are of this number, this digest and these roots: data that was opened for another
    /// batch says nothing here.
    function test_openings_of_another_batch_are_refused() public {
        Submission memory s = draft(1, 1);
        complete(s, 1);
        Submission memory other = draft(2, 0);
        complete(other, 2);
        submit(other);
        vm.prank(operator, operator);
        vm.expectPartialRevert(PointEvaluation.OpeningRefused.selector);
        rollup.submitBatch(s);
    }

    function test_openings_of_another_digest_are_refused() public {
        Submission memory s = draft(1, 1);
        complete(s, 1);
        s.digest = Scalar.wrap(1);
        vm.prank(operator, operator);
        vm.expectPartialRevert(PointEvaluation.OpeningRefused.selector);
        rollup.submitBatch(s);
    }

    function test_roots_and_digests_are_canonical() public {
        Submission memory s = draft(1, 0);
        s.roots.offL1 = Scalar.wrap(FIELD);
        vm.prank(operator, operator);
        vm.expectRevert(abi.encodeWithSelector(NotCanonical.selector, FIELD, FIELD));
        rollup.submitBatch(s);
        s = draft(1, 0);
        s.digest = Scalar.wrap(FIELD + 1);
        vm.prank(operator, operator);
        vm.expectRevert(abi.encodeWithSelector(NotCanonical.selector, FIELD + 1, FIELD));
        rollup.submitBatch(s);
    }

    function test_a_blob_that_the_transaction_does_not_carry_is_refused() public {
        Submission memory s = draft(1, 0);
        (s.carrier, s.blobs) = (Carrier.Blobs, new KzgPoint[](1));
        s.blobs[0] = Kzg.commit(rowAt(2 << 64, 0));
        complete(s, 1);
        carry(blobOf(rowAt(3, 0)));
        vm.prank(operator, operator);
        vm.expectPartialRevert(WrongBlob.selector);
        rollup.submitBatch(s);
        carry(blobOf(rowAt(2 << 64, 0)));
        submit(s);
        vm.snapshotGasLastCall("rollup", "batch with one blob");
    }

    function test_each_row_has_an_opening() public {
        Submission memory s = draft(1, 2);
        complete(s, 1);
        Submission memory fewer = draft(1, 1);
        complete(fewer, 1);
        s.openings = fewer.openings;
        vm.prank(operator, operator);
        vm.expectRevert(abi.encodeWithSelector(Inputs.OpeningCount.selector, 1, 2));
        rollup.submitBatch(s);
    }

    function test_a_certificate_of_another_blob_is_refused() public {
        Submission memory s = draft(1, 1);
        complete(s, 1);
        bytes memory other = metaOf(2, 1);
        s.certificate = certificateOf(other);
        (BlobId got, BlobId expected) = (idOf(other), idOf(s.meta));
        vm.prank(operator, operator);
        vm.expectRevert(abi.encodeWithSelector(Batches.WrongBlobId.selector, got, expected));
        rollup.submitBatch(s);
    }

    function test_a_forged_certificate_is_refused() public {
        Submission memory s = draft(1, 1);
        complete(s, 1);
        s.certificate.acceptedAt = Timestamp.wrap(Timestamp.unwrap(s.certificate.acceptedAt) - 1);
        vm.prank(operator, operator);
        vm.expectRevert();
        rollup.submitBatch(s);
    }

    function test_another_chains_certificate_is_refused() public {
        Submission memory s = draft(1, 1);
        complete(s, 1);
        s.certificate = certifyOn(
            ChainId.wrap(bytes32("another")), set, idOf(s.meta), daNow(), bitmap(4, 0, 3)
        );
        vm.prank(operator, operator);
        vm.expectRevert();
        rollup.submitBatch(s);
    }

    function test_two_of_four_signers_are_refused() public {
        Submission memory s = draft(1, 1);
        complete(s, 1);
        s.certificate = certify(set, idOf(s.meta), daNow(), bitmap(4, 0, 2));
        vm.prank(operator, operator);
        vm.expectPartialRevert(ICertificates.NoQuorum.selector);
        rollup.submitBatch(s);
    }

    function test_a_stale_certificate_is_refused() public {
        Submission memory s = draft(1, 1);
        complete(s, 1);
        pass(24 hours + 1);
        vm.prank(operator, operator);
        vm.expectPartialRevert(ICertificates.CertificateTooOld.selector);
        rollup.submitBatch(s);
    }

    function test_another_rollups_namespace_is_refused() public {
        Submission memory s = draft(1, 1);
        s.meta[5] = "x";
        complete(s, 1);
        vm.prank(operator, operator);
        vm.expectPartialRevert(Batches.WrongNamespace.selector);
        rollup.submitBatch(s);
    }

    function test_a_blob_counts_once() public {
        submitRows(1, 1);
        Submission memory s = draft(1, 1);
        complete(s, 1);
        BlobId blob = idOf(s.meta);
        vm.prank(operator, operator);
        vm.expectRevert(abi.encodeWithSelector(Batches.BlobTaken.selector, blob, FIRST));
        rollup.submitBatch(s);
    }

    function test_descriptions_have_the_length_of_their_rows() public {
        Submission memory s = draft(1, 1);
        complete(s, 1);
        s.meta = bytes.concat(s.meta, hex"00");
        vm.prank(operator, operator);
        vm.expectRevert(abi.encodeWithSelector(BlobMeta.MetaLength.selector, 85, 84));
        rollup.submitBatch(s);
        s.meta = hex"0102";
        vm.prank(operator, operator);
        vm.expectRevert();
        rollup.submitBatch(s);
    }

    function test_only_a_bonded_operator_in_its_turn_submits() public {
        Submission memory s = draft(1, 0);
        vm.prank(alice, alice);
        vm.expectPartialRevert(IOperators.NotBonded.selector);
        rollup.submitBatch(s);
    }

    function test_operations_are_consumed_in_order() public {
        Operation memory first = depositOf(alice, 1 ether);
        deposit(alice, Tree.OffL1, 1 ether);
        Operation memory second = depositOf(bob, 2 ether);
        deposit(bob, Tree.OffL1, 2 ether);
        second.deadline += 30;
        Submission memory s = draft(1, 0);
        s.offOperations = new Operation[](1);
        s.offOperations[0] = second;
        vm.prank(operator, operator);
        vm.expectPartialRevert(Intake.WrongOperation.selector);
        rollup.submitBatch(s);
        s.offOperations = new Operation[](2);
        (s.offOperations[0], s.offOperations[1]) = (first, second);
        submit(s);
        vm.snapshotGasLastCall("rollup", "batch with two deposits and 1 element in calldata");
        vm.assertEq(QueueIndex.unwrap(rollup.batchAt(FIRST).offHead), 2);
        vm.assertEq(QueueIndex.unwrap(rollup.batchAt(FIRST).onHead), 0);
        vm.prank(operator, operator);
        vm.expectPartialRevert(Intake.NotQueued.selector);
        rollup.submitBatch(s);
    }

    function test_no_data_goes_off_l1_without_a_young_checkpoint() public {
        vm.warp(START + 10 days);
        submitRows(1, 1);
        vm.warp(START + 10 days + 1);
        Submission memory s = draft(2, 1);
        complete(s, 2);
        vm.prank(operator, operator);
        vm.expectRevert(
            abi.encodeWithSelector(Batches.CheckpointTooOld.selector, 10 days + 1, 10 days)
        );
        rollup.submitBatch(s);
        // The tree on L1 goes on.
        s = draft(2, 0);
        submit(s);
        checkpointNow(3, "on", "off");
        vm.snapshotGasLastCall("rollup", "checkpoint with one row");
        submitRows(4, 1);
    }

    /// Every public input of a checkpoint, with exit roots and without.
    function test_the_statement_of_a_checkpoint() public {
        bytes32[2] memory exits = [bytes32(0), keccak256("exits")];
        for (uint256 i = 0; i < 2; ++i) {
            Checkpoint memory c = checkpointOf(2, exits[i], exits[1 - i]);
            c.proof = "show";
            Scalar[] memory expected = new Scalar[](9);
            (expected[0], expected[1]) = (Scalar.wrap(11), Scalar.wrap(22));
            expected[2] = c.digest;
            expected[3] = Scalar.wrap(uint256(c.onExits) >> 128);
            expected[4] = Scalar.wrap(uint128(uint256(c.onExits)));
            expected[5] = Scalar.wrap(uint256(c.offExits) >> 128);
            expected[6] = Scalar.wrap(uint128(uint256(c.offExits)));
            bytes32 where = contextOf("assay/rollup-checkpoint/v1", c.digest, genesis(), genesis());
            expected[7] = pointOf(where, Kzg.commit(rowAt(2, 0)));
            expected[8] = c.openings[0].value;
            vm.prank(operator, operator);
            vm.expectRevert(abi.encodeWithSelector(VerifierDouble.Shown.selector, expected));
            rollup.submitCheckpoint(c);
        }
    }

    function test_a_rollup_begins_once() public {
        vm.expectRevert(Rollup.AlreadyBegun.selector);
        rollup.begin(genesis(), modules());
        vm.prank(alice);
        vm.expectPartialRevert(Rollup.NotDeployer.selector);
        rollup.begin(genesis(), modules());
    }

    /// New code finds the state where the old one left it.
    function test_new_code_goes_on() public {
        submitRows(1, 1);
        Rollup code = new Rollup(registry, settings, inputs, NAMESPACE);
        vm.prank(lock);
        Proxy(payable(address(rollup))).upgradeTo(address(code));
        submitRows(2, 1);
        vm.assertEq(BatchNumber.unwrap(rollup.newestBatch()), 2);
        vm.expectRevert(Rollup.AlreadyBegun.selector);
        rollup.begin(genesis(), modules());
    }

    function _inputsOf(bytes memory output) private pure returns (Scalar[] memory) {
        bytes memory arguments = new bytes(output.length - 4);
        for (uint256 i = 0; i < arguments.length; ++i) {
            arguments[i] = output[i + 4];
        }
        return abi.decode(arguments, (Scalar[]));
    }
}
