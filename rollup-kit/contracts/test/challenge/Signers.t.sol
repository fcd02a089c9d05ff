// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import { Columns, Custody, Signer as CertificateSigner } from "../../src/challenge/Custody.sol";
import { RowChallenges } from "../../src/challenge/RowChallenges.sol";
import { Signers } from "../../src/challenge/Signers.sol";
import { RowState } from "../../src/interfaces/IChallenges.sol";
import { Cell, CellOpenings, Cells, Column } from "../../src/kzg/Cells.sol";
import { WrongBlob } from "../../src/kzg/KzgPoint.sol";
import { BatchNumber, RowIndex, Submission } from "../../src/rollup/Types.sol";
import { CertifiedBlob } from "../../src/types/Certificates.sol";
import { G1Point } from "../../src/types/Points.sol";
import { ValidatorId, ValidatorIndex } from "../../src/types/ValidatorId.sol";
import { Kzg, SparseRow } from "../kzg/Kzg.sol";
import { RollupTest } from "../rollup/RollupTest.sol";

contract SignersTest is RollupTest {
    bytes internal meta;
    CertificateSigner[] internal said;

    function setUp() public override {
        super.setUp();
        Submission memory s = draft(1, 1);
        complete(s, 1);
        submit(s);
        meta = s.meta;
        CertifiedBlob memory certified = certifiedBy(s.certificate);
        for (uint256 i = 0; i < 4; ++i) {
            said.push(signerAt(i, s.certificate, certified));
        }
        challenge(FIRST, ROW);
    }

    function test_the_silent_are_slashed_and_the_one_that_speaks_is_spared() public {
        _expire();
        uint256 burnt = address(0).balance;
        uint256 pooled = address(escapePool).balance;
        _publishDuty(0);
        vm.warp(_until() + 1);
        vm.expectPartialRevert(Signers.Spared.selector);
        signers.slash(FIRST, ROW, said[0]);
        for (uint256 i = 1; i < 3; ++i) {
            vm.assertEq(signers.slash(FIRST, ROW, said[i]), STAKE);
            vm.snapshotGasLastCall("challenge", "slash of a signer");
        }
        // Two slashes of 100: the challenger's cap of 10 leaves 6.8 beside the operator's 3.2.
        vm.assertEq(rows.challengeOf(FIRST, ROW).earned, 10 ether);
        vm.assertEq(address(0).balance - burnt, 200 ether - 80 ether - 6.8 ether);
        // Cells published after the expiry had their gas back.
        vm.assertLe(address(escapePool).balance, pooled + 80 ether);
        vm.assertGt(address(escapePool).balance, pooled + 79 ether);
        vm.assertEq(registry.slashable(validators[0], address(rollup)), STAKE);
        vm.assertEq(registry.slashable(validators[1], address(rollup)), 0);
        vm.assertEq(address(signers).balance, 0);
    }

    function test_nobody_is_slashed_within_the_window() public {
        vm.expectPartialRevert(Signers.NotExpired.selector);
        signers.slash(FIRST, ROW, said[1]);
        _expire();
        vm.warp(_until());
        vm.expectRevert(abi.encodeWithSelector(Signers.TooEarly.selector, _until(), _until() + 1));
        signers.slash(FIRST, ROW, said[1]);
    }

    function test_nobody_is_slashed_twice_for_a_row() public {
        _expire();
        vm.warp(_until() + 1);
        signers.slash(FIRST, ROW, said[1]);
        vm.expectRevert(abi.encodeWithSelector(Signers.AlreadySlashed.selector, validators[1]));
        signers.slash(FIRST, ROW, said[1]);
    }

    function test_who_did_not_sign_is_not_slashed() public {
        _expire();
        vm.warp(_until() + 1);
        vm.expectRevert(abi.encodeWithSelector(Custody.NotASigner.selector, ValidatorIndex.wrap(3)));
        signers.slash(FIRST, ROW, said[3]);
        CertificateSigner memory forged = said[3];
        forged.bitmap = hex"0f";
        vm.expectPartialRevert(Custody.WrongBitmap.selector);
        signers.slash(FIRST, ROW, forged);
        forged.certified.signers = keccak256(hex"0f");
        vm.expectPartialRevert(Custody.WrongCertificate.selector);
        signers.slash(FIRST, ROW, forged);
    }

    /// The key decides which columns are owed, so it must be the member's.
    function test_anothers_key_is_refused() public {
        _expire();
        vm.warp(_until() + 1);
        CertificateSigner memory forged = said[0];
        forged.key = said[1].key;
        vm.expectRevert(
            abi.encodeWithSelector(Custody.WrongKey.selector, validators[1], validators[0])
        );
        signers.slash(FIRST, ROW, forged);
    }

    /// Stake that its owner takes back is slashable as long as a row of it may be.
    function test_stake_that_leaves_is_slashed_all_the_same() public {
        vm.prank(ownerAt(1));
        registry.deallocate(validators[1], address(rollup), units(ALL));
        _expire();
        vm.warp(_until() + 1);
        vm.assertEq(signers.slash(FIRST, ROW, said[1]), STAKE);
    }

    /// One that another row has emptied ends this one's slash with nothing.
    function test_an_emptied_validator_is_slashed_of_nothing() public {
        _expire();
        vm.warp(_until() + 1);
        vm.prank(address(signers));
        rollup.slashValidator(validators[1], STAKE);
        vm.assertEq(signers.slash(FIRST, ROW, said[1]), 0);
    }

    function test_cells_published_before_the_expiry_spare_too() public {
        _publishDuty(0);
        _expire();
        vm.warp(_until() + 1);
        vm.expectPartialRevert(Signers.Spared.selector);
        signers.slash(FIRST, ROW, said[0]);
    }

    function test_some_of_ones_cells_are_not_enough() public {
        _expire();
        uint256[] memory duty = _dutyOf(0);
        _publish(ownerAt(0), duty[0], validators[0]);
        vm.warp(_until() + 1);
        signers.slash(FIRST, ROW, said[0]);
    }

    /// A cell that a front-runner published first counts for the validator all the same, and not
    /// for the front-runner's.
    function test_copies_spare_nobody_but_their_owner() public {
        _expire();
        uint256[] memory duty = _dutyOf(0);
        for (uint256 i = 0; i < duty.length; ++i) {
            _publish(ownerAt(1), duty[i], validators[1]);
        }
        (Cell memory cell, CellOpenings memory openings) = _cell(duty[0]);
        vm.prank(ownerAt(1));
        vm.expectPartialRevert(Signers.NotTheValidators.selector);
        signers.publishCell(FIRST, meta, ROW, cell, openings, validators[0]);
        _publishDuty(0);
        vm.warp(_until() + 1);
        vm.expectPartialRevert(Signers.Spared.selector);
        signers.slash(FIRST, ROW, said[0]);
        signers.slash(FIRST, ROW, said[1]);
    }

    function test_a_blob_publishes_all_of_ones_cells() public {
        _expire();
        carry(blobOf(rowAt(2, 0)));
        vm.prank(ownerAt(2));
        vm.expectPartialRevert(WrongBlob.selector);
        signers.publishBlob(FIRST, meta, ROW, 0, validators[2]);
        carry(blobOf(rowAt(1, 0)));
        vm.prank(ownerAt(2));
        signers.publishBlob(FIRST, meta, ROW, 0, validators[2]);
        vm.snapshotGasLastCall("challenge", "exculpation by blob");
        vm.warp(_until() + 1);
        vm.expectPartialRevert(Signers.Spared.selector);
        signers.slash(FIRST, ROW, said[2]);
    }

    function test_64_cells_answer_the_row() public {
        uint256 count;
        for (uint8 column = 0; column < 128; column += 2) {
            vm.assertTrue(rows.challengeOf(FIRST, ROW).state == RowState.Open);
            address by = column % 4 == 0 ? alice : bob;
            _publish(by, column, ValidatorId.wrap(0));
            // The same again is not another one.
            if (column < 4) _publish(alice, column, ValidatorId.wrap(0));
            ++count;
        }
        vm.assertEq(count, 64);
        vm.assertTrue(rows.challengeOf(FIRST, ROW).state == RowState.Answered);
        vm.assertEq(rollup.batchAt(FIRST).publicRows, 1);
        // The bond pays each cell its 64th.
        vm.prank(alice);
        signers.fetchForCells(FIRST, ROW);
        vm.prank(bob);
        signers.fetchForCells(FIRST, ROW);
        vm.prank(bob);
        signers.fetchForCells(FIRST, ROW);
        uint256 share = uint256(0.05 ether) / 64;
        vm.assertEq(rows.earnings(alice), 32 * share);
        vm.assertEq(rows.earnings(bob), 32 * share);
        vm.prank(watcher);
        rows.fetch(FIRST, ROW);
        rollup.finalize(1);
        vm.assertEq(BatchNumber.unwrap(rollup.finalBatch()), 1);
    }

    function test_a_cell_by_its_multiproof() public {
        SparseRow memory row = rowAt(1, 0);
        Cell memory cell = Kzg.cell(row, Column.wrap(70));
        G1Point memory commitment = Kzg.coordinates(row);
        G1Point memory proof = Kzg.proofCoordinates(row);
        signers.publishCellByMultiproof(
            FIRST, meta, ROW, cell, commitment, proof, ValidatorId.wrap(0)
        );
        vm.snapshotGasLastCall("challenge", "cell published by multiproof");
        vm.assertEq(Columns.unwrap(signers.publicColumns(FIRST, ROW)), uint128(1) << 70);
    }

    function test_a_cell_of_another_row_is_refused() public {
        SparseRow memory row = rowAt(2, 0);
        Cell memory cell = Kzg.cell(row, Column.wrap(70));
        CellOpenings memory openings = Kzg.openings(row, cell);
        vm.expectRevert();
        signers.publishCell(FIRST, meta, ROW, cell, openings, ValidatorId.wrap(0));
    }

    function _expire() private {
        vm.warp(rows.challengeOf(FIRST, ROW).deadline + 1);
        rows.expire(FIRST, ROW);
    }

    function _until() private view returns (uint256) {
        return uint256(rows.challengeOf(FIRST, ROW).deadline) + 24 hours;
    }

    function _publishDuty(uint256 validator) private {
        uint256[] memory duty = _dutyOf(validator);
        for (uint256 i = 0; i < duty.length; ++i) {
            _publish(ownerAt(validator), duty[i], validators[validator]);
        }
        vm.snapshotGasLastCall("challenge", "cell published by two point evaluations");
    }

    function _publish(address by, uint256 column, ValidatorId validator) private {
        (Cell memory cell, CellOpenings memory openings) = _cell(column);
        vm.prank(by);
        signers.publishCell(FIRST, meta, ROW, cell, openings, validator);
    }

    function _cell(uint256 column)
        private
        view
        returns (Cell memory cell, CellOpenings memory openings)
    {
        cell = Kzg.cell(rowAt(1, 0), Column.wrap(uint8(column)));
        openings = Kzg.openings(rowAt(1, 0), cell);
    }

    function _dutyOf(uint256 validator) private view returns (uint256[] memory columns) {
        Columns duty = signers.dutyOf(FIRST, said[validator]);
        columns = new uint256[](2);
        uint256 count;
        for (uint256 i = 0; i < 128; ++i) {
            if (duty.contains(i)) columns[count++] = i;
        }
        vm.assertEq(count, 2);
    }
}
