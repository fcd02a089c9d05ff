// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import { Settings, SettingsLog } from "../governance/Settings.sol";
import { IRegistry } from "../interfaces/IRegistry.sol";
import { IRollup } from "../interfaces/IRollup.sol";
import { CellMultiproof } from "../kzg/CellMultiproof.sol";
import { Cell, CellOpenings, Cells, Column } from "../kzg/Cells.sol";
import { BatchNumber, RowIndex } from "../rollup/Types.sol";
import { G1Point } from "../types/Points.sol";
import { ValidatorId } from "../types/ValidatorId.sol";
import { Custody, Signer } from "./Custody.sol";
import { Prices } from "./Prices.sol";
import { Rows } from "./Rows.sol";
import { Split } from "./Split.sol";

/// Names a challenge: keccak256 of batch, row, column and validator.
type CellChallengeId is bytes32;

/// A challenge of one validator's cell.
/// @param deadline The last second in which an answer counts, Unix seconds.
/// @param bond Wei.
/// @param ended Answered or expired.
struct CellChallenge {
    ValidatorId validator;
    address challenger;
    uint64 deadline;
    bool ended;
    uint128 bond;
    BatchNumber batch;
    RowIndex row;
    Column column;
}

/// @title Challenges of one validator's cell
/// @notice They enforce custody, not availability: a validator that signed and lost its cells, or
/// sells its silence, is found out one cell at a time, also after the batch is final, and loses
/// its stake. The batch stands whatever comes of it. One challenger bonds alone: a cell's answer
/// is cheap.
contract CellChallenges {
    /// Seconds from a challenge to its expiry, at most.
    uint64 public constant LONGEST = 7 days;

    IRollup public immutable rollup;
    SettingsLog public immutable settings;
    IRegistry public immutable registry;
    CellMultiproof public immutable multiproof;
    address public immutable escapePool;

    mapping(CellChallengeId id => CellChallenge) public challenges;
    /// When a validator's last challenge expires; the next one follows it.
    mapping(ValidatorId validator => uint64) public lastDeadline;
    /// Owed to challengers and answerers, in wei.
    mapping(address owner => uint256) public earnings;

    event CellChallenged(
        CellChallengeId indexed id, ValidatorId indexed validator, CellChallenge challenge
    );
    event CellAnswered(CellChallengeId indexed id, address by, uint256 paid);
    event CellExpired(CellChallengeId indexed id, uint256 slashed);
    event Fetched(address indexed by, uint256 amount);

    error AlreadyChallenged(CellChallengeId id);
    error NotChallenged(CellChallengeId id);
    error AlreadyEnded(CellChallengeId id);
    error RowIsPublic(BatchNumber batch, RowIndex row);
    error RowNotPublic(BatchNumber batch, RowIndex row);
    error NoSuchRow(RowIndex got, uint256 rows);
    error NotInCustody(ValidatorId validator, Column column);
    error BelowBond(uint256 got, uint256 least);
    error KeptNoLonger(uint256 got, uint256 max);
    error WrongCell(Column got, Column expected);
    error TooLate(uint256 got, uint256 max);
    error TooEarly(uint256 got, uint256 min);
    error NotRollup(address got);
    error PaymentRefused(address to, uint256 amount);

    constructor(
        IRollup rollup_,
        SettingsLog settings_,
        IRegistry registry_,
        CellMultiproof multiproof_,
        address escapePool_
    ) {
        (rollup, settings, registry) = (rollup_, settings_, registry_);
        (multiproof, escapePool) = (multiproof_, escapePool_);
    }

    /// Stake on its way to the challenger, the pool and the fire.
    receive() external payable {
        if (msg.sender != address(rollup)) revert NotRollup(msg.sender);
    }

    /// Asks a validator that signed for a cell that it keeps, while it has to keep it.
    function challenge(BatchNumber number, RowIndex row, Column column, Signer calldata signer)
        external
        payable
        returns (CellChallengeId id)
    {
        Settings memory terms = _requireChallengeable(number, row, column);
        ValidatorId validator = Custody.signerOf(registry, rollup, number, signer);
        if (!Custody.keeps(registry, signer, terms.dutyCells, column)) {
            revert NotInCustody(validator, column);
        }
        uint256 least = Prices.cellBond(terms);
        if (msg.value < least) revert BelowBond(msg.value, least);
        id = idOf(number, row, column, validator);
        if (challenges[id].challenger != address(0)) revert AlreadyChallenged(id);

        uint64 deadline = _deadline(validator, terms);
        uint64 kept = signer.certified.expiresAt.toSeconds();
        if (deadline > kept) revert KeptNoLonger(deadline, kept);
        CellChallenge memory c = CellChallenge({
            validator: validator,
            challenger: msg.sender,
            deadline: deadline,
            ended: false,
            bond: uint128(msg.value),
            batch: number,
            row: row,
            column: column
        });
        challenges[id] = c;
        emit CellChallenged(id, validator, c);
    }

    /// Answers by two point evaluations. Anybody may, and is paid.
    function answer(
        CellChallengeId id,
        bytes calldata meta,
        Cell calldata cell,
        CellOpenings calldata openings
    ) external {
        uint256 gasBefore = gasleft();
        CellChallenge storage c = _requireCell(id, cell.column);
        Cells.check(Rows.commitment(rollup, c.batch, meta, c.row), cell, openings);
        _answered(id, c, gasBefore);
    }

    /// Answers by the cell's multiproof.
    function answerByMultiproof(
        CellChallengeId id,
        bytes calldata meta,
        Cell calldata cell,
        G1Point calldata commitment,
        G1Point calldata proof
    ) external {
        uint256 gasBefore = gasleft();
        CellChallenge storage c = _requireCell(id, cell.column);
        multiproof.check(Rows.commitment(rollup, c.batch, meta, c.row), cell, commitment, proof);
        _answered(id, c, gasBefore);
    }

    /// Ends a challenge of a row that stands on L1 since.
    function answerByRow(CellChallengeId id) external {
        uint256 gasBefore = gasleft();
        CellChallenge storage c = _requireOpen(id);
        if (!_isPublic(c.batch, c.row)) revert RowNotPublic(c.batch, c.row);
        _answered(id, c, gasBefore);
    }

    /// Ends a challenge that nobody answered in time. Anybody may call it.
    function expire(CellChallengeId id) external returns (uint256 taken) {
        CellChallenge storage c = challenges[id];
        _requireRunning(id, c);
        if (block.timestamp <= c.deadline) {
            revert TooEarly(block.timestamp, uint256(c.deadline) + 1);
        }
        c.ended = true;
        Settings memory terms = settings.get(rollup.batchAt(c.batch).settings);
        taken = rollup.slashValidator(c.validator, type(uint256).max);
        uint256 earned = Split.split(taken, terms.challengerCap, escapePool);
        earnings[c.challenger] += c.bond + earned;
        emit CellExpired(id, taken);
    }

    /// Pays the caller what it is owed.
    function fetch(address to) external {
        uint256 amount = earnings[msg.sender];
        delete earnings[msg.sender];
        emit Fetched(msg.sender, amount);
        (bool ok,) = to.call{ value: amount }("");
        if (!ok) revert PaymentRefused(to, amount);
    }

    function idOf(BatchNumber number, RowIndex row, Column column, ValidatorId validator)
        public
        pure
        returns (CellChallengeId)
    {
        return CellChallengeId.wrap(keccak256(abi.encode(number, row, column, validator)));
    }

    function _answered(CellChallengeId id, CellChallenge storage c, uint256 gasBefore) private {
        c.ended = true;
        rollup.reportRescue(c.validator);
        uint256 paid = Prices.charge(gasBefore - gasleft(), 0);
        if (paid > c.bond) paid = c.bond;
        earnings[msg.sender] += paid;
        earnings[c.challenger] += c.bond - paid;
        emit CellAnswered(id, msg.sender, paid);
    }

    function _requireChallengeable(BatchNumber number, RowIndex row, Column column)
        private
        view
        returns (Settings memory)
    {
        Cells.shiftOf(column);
        uint16 rows = rollup.batchAt(number).rows;
        if (RowIndex.unwrap(row) >= rows) revert NoSuchRow(row, rows);
        if (_isPublic(number, row)) revert RowIsPublic(number, row);
        return settings.get(rollup.batchAt(number).settings);
    }

    function _deadline(ValidatorId validator, Settings memory terms)
        private
        returns (uint64 deadline)
    {
        uint64 nowAt = uint64(block.timestamp);
        deadline = nowAt + terms.answerWindow;
        uint64 turn = lastDeadline[validator] + terms.queueSpacing;
        if (turn > deadline) deadline = turn;
        if (deadline > nowAt + LONGEST) deadline = nowAt + LONGEST;
        lastDeadline[validator] = deadline;
    }

    function _requireCell(CellChallengeId id, Column got)
        private
        view
        returns (CellChallenge storage c)
    {
        c = _requireOpen(id);
        if (Column.unwrap(got) != Column.unwrap(c.column)) revert WrongCell(got, c.column);
    }

    function _requireOpen(CellChallengeId id) private view returns (CellChallenge storage c) {
        c = challenges[id];
        _requireRunning(id, c);
        if (block.timestamp > c.deadline) revert TooLate(block.timestamp, c.deadline);
    }

    function _requireRunning(CellChallengeId id, CellChallenge storage c) private view {
        if (c.challenger == address(0)) revert NotChallenged(id);
        if (c.ended) revert AlreadyEnded(id);
    }

    function _isPublic(BatchNumber number, RowIndex row) private view returns (bool) {
        return Rows.isPublic(rollup.batchAt(number), row);
    }
}
