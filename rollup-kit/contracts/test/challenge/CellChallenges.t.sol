// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import { CellChallengeId, CellChallenges } from "../../src/challenge/CellChallenges.sol";
import { Custody, Signer as CertificateSigner } from "../../src/challenge/Custody.sol";
import { Cell, CellOpenings, Cells, Column } from "../../src/kzg/Cells.sol";
import { BatchNumber, RowIndex, Submission } from "../../src/rollup/Types.sol";
import { CertifiedBlob } from "../../src/types/Certificates.sol";
import { G1Point } from "../../src/types/Points.sol";
import { Kzg, SparseRow } from "../kzg/Kzg.sol";
import { RollupTest } from "../rollup/RollupTest.sol";

contract CellChallengesTest is RollupTest {
    Column internal constant COLUMN = Column.wrap(100);
    uint256 internal constant CELL_BOND = 0.05 ether;

    bytes internal meta;
    CertificateSigner internal first;
    CertificateSigner internal absent;

    function setUp() public override {
        super.setUp();
        Submission memory s = draft(1, 1);
        complete(s, 1);
        submit(s);
        meta = s.meta;
        CertifiedBlob memory certified = certifiedBy(s.certificate);
        first = signerAt(0, s.certificate, certified);
        absent = signerAt(3, s.certificate, certified);
    }

    function test_an_answer_is_paid_for_by_the_challenger() public {
        CellChallengeId id = _challenge();
        vm.snapshotGasLastCall("challenge", "challenge of a cell");
        (Cell memory cell, CellOpenings memory openings) = _cell(COLUMN);
        vm.prank(ownerAt(0));
        cells.answer(id, meta, cell, openings);
        vm.snapshotGasLastCall("challenge", "cell answered by two point evaluations");
        uint256 paid = cells.earnings(ownerAt(0));
        // The evaluations alone are 100,000 gas at 10 gwei.
        vm.assertGt(paid, 0.001 ether);
        vm.assertEq(cells.earnings(watcher), CELL_BOND - paid);
        vm.prank(watcher);
        cells.fetch(watcher);
        vm.prank(ownerAt(0));
        cells.fetch(ownerAt(0));
        vm.assertEq(address(cells).balance, 0);
        vm.expectRevert(abi.encodeWithSelector(CellChallenges.AlreadyEnded.selector, id));
        cells.answer(id, meta, cell, openings);
    }

    function test_a_holder_of_the_cell_alone_answers_by_multiproof() public {
        CellChallengeId id = _challenge();
        SparseRow memory row = rowAt(1, 0);
        (Cell memory cell,) = _cell(COLUMN);
        G1Point memory commitment = Kzg.coordinates(row);
        G1Point memory proof = Kzg.proofCoordinates(row);
        cells.answerByMultiproof(id, meta, cell, commitment, proof);
        vm.snapshotGasLastCall("challenge", "cell answered by multiproof");
        vm.assertGt(cells.earnings(address(this)), 0);
    }

    function test_silence_costs_the_validators_stake() public {
        CellChallengeId id = _challenge();
        uint256 burnt = address(0).balance;
        vm.warp(_deadline(id) + 1);
        vm.assertEq(cells.expire(id), STAKE);
        vm.snapshotGasLastCall("challenge", "expiry of a cell");
        vm.assertEq(cells.earnings(watcher), CELL_BOND + 10 ether);
        vm.assertEq(address(escapePool).balance, 40 ether);
        vm.assertEq(address(0).balance - burnt, 50 ether);
        // The batch stands.
        vm.assertFalse(rollup.isVoid(FIRST));
        vm.expectRevert(abi.encodeWithSelector(CellChallenges.AlreadyEnded.selector, id));
        cells.expire(id);
    }

    function test_the_last_second_to_answer() public {
        CellChallengeId id = _challenge();
        (Cell memory cell, CellOpenings memory openings) = _cell(COLUMN);
        uint256 deadline = _deadline(id);
        vm.warp(deadline);
        vm.expectPartialRevert(CellChallenges.TooEarly.selector);
        cells.expire(id);
        cells.answer(id, meta, cell, openings);
    }

    function test_a_second_too_late_to_answer() public {
        CellChallengeId id = _challenge();
        (Cell memory cell, CellOpenings memory openings) = _cell(COLUMN);
        vm.warp(_deadline(id) + 1);
        vm.expectPartialRevert(CellChallenges.TooLate.selector);
        cells.answer(id, meta, cell, openings);
    }

    function test_another_column_is_no_answer() public {
        CellChallengeId id = _challenge();
        (Cell memory cell, CellOpenings memory openings) = _cell(Column.wrap(101));
        vm.expectRevert(
            abi.encodeWithSelector(CellChallenges.WrongCell.selector, Column.wrap(101), COLUMN)
        );
        cells.answer(id, meta, cell, openings);
    }

    function test_who_did_not_sign_owes_nothing() public {
        vm.expectPartialRevert(Custody.NotASigner.selector);
        cells.challenge{ value: CELL_BOND }(FIRST, ROW, COLUMN, absent);
    }

    function test_a_cell_is_challenged_once() public {
        CellChallengeId id = _challenge();
        vm.prank(watcher);
        vm.expectRevert(abi.encodeWithSelector(CellChallenges.AlreadyChallenged.selector, id));
        cells.challenge{ value: CELL_BOND }(FIRST, ROW, COLUMN, first);
    }

    function test_the_bond_covers_the_answer() public {
        vm.fee(100 gwei);
        vm.prank(watcher);
        vm.expectRevert(
            abi.encodeWithSelector(
                CellChallenges.BelowBond.selector, CELL_BOND, 4 * 250_000 * 100 gwei
            )
        );
        cells.challenge{ value: CELL_BOND }(FIRST, ROW, COLUMN, first);
    }

    function test_rows_and_columns_that_are_not() public {
        vm.prank(watcher);
        vm.expectPartialRevert(Cells.NoSuchColumn.selector);
        cells.challenge{ value: CELL_BOND }(FIRST, ROW, Column.wrap(128), first);
        vm.prank(watcher);
        vm.expectPartialRevert(CellChallenges.NoSuchRow.selector);
        cells.challenge{ value: CELL_BOND }(FIRST, RowIndex.wrap(1), COLUMN, first);
    }

    /// The promise ends with the retention.
    function test_what_need_not_be_kept_is_not_asked_for() public {
        vm.warp(START + 13 days + 1);
        vm.prank(watcher);
        vm.expectPartialRevert(CellChallenges.KeptNoLonger.selector);
        cells.challenge{ value: CELL_BOND }(FIRST, ROW, COLUMN, first);
        vm.warp(START + 13 days);
        _challenge();
    }

    function test_a_public_row_ends_it() public {
        CellChallengeId id = _challenge();
        vm.expectPartialRevert(CellChallenges.RowNotPublic.selector);
        cells.answerByRow(id);
        carry(blobOf(rowAt(1, 0)));
        rows.publish(FIRST, meta, ROW, 0);
        cells.answerByRow(id);
        vm.prank(watcher);
        vm.expectPartialRevert(CellChallenges.RowIsPublic.selector);
        cells.challenge{ value: CELL_BOND }(FIRST, ROW, Column.wrap(1), first);
    }

    /// Served on L1 three times within a week: no fees for a while, and no slash.
    function test_a_validator_that_serves_on_l1_alone_is_jailed() public {
        for (uint8 column = 10; column < 13; ++column) {
            vm.prank(watcher);
            CellChallengeId id =
                cells.challenge{ value: CELL_BOND }(FIRST, ROW, Column.wrap(column), first);
            (Cell memory cell, CellOpenings memory openings) = _cell(Column.wrap(column));
            cells.answer(id, meta, cell, openings);
        }
        vm.assertGt(registry.jailedUntil(validators[0], address(rollup)), time());
        vm.assertEq(registry.slashable(validators[0], address(rollup)), STAKE);
    }

    function test_many_challenges_of_one_validator_expire_one_after_the_other() public {
        uint256 last = time() + 24 hours - 120;
        for (uint8 column = 0; column < 10; ++column) {
            vm.prank(watcher);
            CellChallengeId id =
                cells.challenge{ value: CELL_BOND }(FIRST, ROW, Column.wrap(column), first);
            vm.assertEq(_deadline(id), last += 120);
        }
    }

    function test_the_second_expiry_finds_nothing_and_ends() public {
        CellChallengeId one = _challenge();
        vm.prank(watcher);
        CellChallengeId two = cells.challenge{ value: CELL_BOND }(FIRST, ROW, Column.wrap(1), first);
        vm.warp(_deadline(two) + 1);
        vm.assertEq(cells.expire(one), STAKE);
        vm.assertEq(cells.expire(two), 0);
        vm.prank(watcher);
        cells.fetch(watcher);
        vm.assertEq(address(cells).balance, 0);
    }

    function test_certificates_of_other_batches_are_refused() public {
        submitRows(2, 1);
        vm.prank(watcher);
        vm.expectPartialRevert(Custody.WrongCertificate.selector);
        cells.challenge{ value: CELL_BOND }(SECOND, ROW, COLUMN, first);
    }

    function _challenge() private returns (CellChallengeId) {
        vm.prank(watcher);
        return cells.challenge{ value: CELL_BOND }(FIRST, ROW, COLUMN, first);
    }

    function _deadline(CellChallengeId id) private view returns (uint256 deadline) {
        (,, deadline,,,,,) = cells.challenges(id);
    }

    function _cell(Column column)
        private
        view
        returns (Cell memory cell, CellOpenings memory openings)
    {
        cell = Kzg.cell(rowAt(1, 0), column);
        openings = Kzg.openings(rowAt(1, 0), cell);
    }
}
