// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import { Settings, SettingsLog } from "../governance/Settings.sol";
import { IChallenges, RowChallenge, RowState } from "../interfaces/IChallenges.sol";
import { IOperators } from "../interfaces/IOperators.sol";
import { IRollup } from "../interfaces/IRollup.sol";
import { Cells } from "../kzg/Cells.sol";
import { WrongBlob } from "../kzg/KzgPoint.sol";
import { Batch, BatchNumber, RowIndex } from "../rollup/Types.sol";
import { Prices } from "./Prices.sol";
import { Rows } from "./Rows.sol";
import { Split } from "./Split.sol";

/// @title Challenges of rows: put it on L1, or lose the bond
/// @notice Whether somebody serves data off L1 cannot be judged on L1: each side says that it is
/// the other's fault. Whether a row stood on L1 in time can. So a watcher that cannot get a row
/// stakes what the answer costs, and the operator that made it has a day to answer by a blob
/// transaction, for which the challenger pays; else the tree falls back and the bond is gone.
///
/// Rows that are open at once expire one after the other, first in first out, so that mass
/// challenges cannot crowd out answers. Blob space that is dear gives time too. Neither moves a
/// deadline beyond `LONGEST`, so every challenge ends.
contract RowChallenges is IChallenges {
    /// Seconds from a challenge to its expiry, at most.
    uint64 public constant LONGEST = 7 days;
    /// Seconds by which dear blob space moves a deadline at a time.
    uint64 public constant EXTENSION = 12 hours;
    /// Least contribution: a pool of dust would not be worth its refunds.
    uint256 public constant LEAST_CONTRIBUTION = 0.001 ether;

    IRollup public immutable rollup;
    SettingsLog public immutable settings;
    IOperators public immutable operators;
    address public immutable escapePool;
    address public immutable signers;

    /// When the challenge that was opened last expires; the next one follows it.
    uint64 public lastDeadline;
    mapping(BatchNumber => mapping(RowIndex => RowChallenge)) private _challenges;
    mapping(BatchNumber => mapping(RowIndex => mapping(address contributor => uint256))) public
        contributionOf;
    mapping(BatchNumber => mapping(RowIndex => mapping(address contributor => uint256))) public
        fetchedBy;
    /// What each of the 64 cells that answered a row is paid, in wei.
    mapping(BatchNumber => mapping(RowIndex => uint256)) public cellPrice;
    /// Owed to answerers, in wei.
    mapping(address answerer => uint256) public earnings;

    event Contributed(
        BatchNumber indexed batch, RowIndex indexed row, address indexed from, uint256 amount
    );
    event Challenged(BatchNumber indexed batch, RowIndex indexed row, uint64 deadline);
    event Extended(BatchNumber indexed batch, RowIndex indexed row, uint64 deadline);
    event Published(BatchNumber indexed batch, RowIndex indexed row, address by, uint256 paid);
    event Expired(BatchNumber indexed batch, RowIndex indexed row, uint256 slashed);
    event Fetched(address indexed by, uint256 amount);

    error WrongState(RowState got, RowState expected);
    error NoSuchRow(RowIndex got, uint256 rows);
    error RowIsPublic(BatchNumber batch, RowIndex row);
    error VoidBatch(BatchNumber batch);
    error TooLate(uint256 got, uint256 max);
    error TooEarly(uint256 got, uint256 min);
    error BelowLeast(uint256 got, uint256 least);
    error NotDear(uint256 got, uint256 min);
    error NotSigners(address got);
    error NotOperators(address got);
    error PaymentRefused(address to, uint256 amount);

    constructor(
        IRollup rollup_,
        SettingsLog settings_,
        IOperators operators_,
        address escapePool_,
        address signers_
    ) {
        (rollup, settings, operators) = (rollup_, settings_, operators_);
        (escapePool, signers) = (escapePool_, signers_);
    }

    /// Bonds that the operators' contract hands over.
    receive() external payable {
        if (msg.sender != address(operators)) revert NotOperators(msg.sender);
    }

    /// Adds to a row's pool, and opens its challenge once the pool covers an answer.
    function challenge(BatchNumber number, RowIndex row) external payable {
        if (msg.value < LEAST_CONTRIBUTION) revert BelowLeast(msg.value, LEAST_CONTRIBUTION);
        Batch memory batch = _requireChallengeable(number, row);
        RowChallenge storage c = _challenges[number][row];
        if (c.state == RowState.Quiet) c.state = RowState.Pooling;
        if (c.state != RowState.Pooling) revert WrongState(c.state, RowState.Pooling);
        c.pooled += uint128(msg.value);
        contributionOf[number][row][msg.sender] += msg.value;
        emit Contributed(number, row, msg.sender, msg.value);

        Settings memory terms = settings.get(batch.settings);
        if (c.pooled < Prices.bond(terms)) return;
        (c.state, c.openedAt) = (RowState.Open, uint64(block.timestamp));
        c.payable_ = c.pooled;
        c.deadline = _deadline(terms);
        rollup.rowOpened(number);
        emit Challenged(number, row, c.deadline);
    }

    /// Takes a contribution back whose pool never covered an answer, once it never can, or
    /// before. Nothing holds it while nothing runs.
    function leavePool(BatchNumber number, RowIndex row) external {
        RowChallenge storage c = _challenges[number][row];
        _require(c, RowState.Pooling);
        uint256 amount = contributionOf[number][row][msg.sender];
        delete contributionOf[number][row][msg.sender];
        // At most what was pooled.
        // forge-lint: disable-next-line(unsafe-typecast)
        c.pooled -= uint128(amount);
        _send(msg.sender, amount);
    }

    /// Gives an open challenge more time while blob space is dear. Anybody may call it.
    function extend(BatchNumber number, RowIndex row) external {
        RowChallenge storage c = _challenges[number][row];
        _require(c, RowState.Open);
        if (block.timestamp > c.deadline) revert TooLate(block.timestamp, c.deadline);
        uint256 dear = settings.get(rollup.batchAt(number).settings).dearBlobBaseFee;
        if (block.blobbasefee <= dear) revert NotDear(block.blobbasefee, dear + 1);
        uint64 deadline = uint64(block.timestamp) + EXTENSION;
        if (deadline > c.openedAt + LONGEST) deadline = c.openedAt + LONGEST;
        if (deadline <= c.deadline) return;
        c.deadline = deadline;
        emit Extended(number, row, deadline);
    }

    /// Shows that this transaction carries the row as a blob. Answers a challenge that is open,
    /// and is paid for it; otherwise the row is final from now on, and nobody can challenge it.
    /// @param meta The description of the batch's DA blob.
    /// @param blob Which of the transaction's blobs it is.
    function publish(BatchNumber number, bytes calldata meta, RowIndex row, uint256 blob) external {
        uint256 gasBefore = gasleft();
        bytes32 expected = Rows.commitment(rollup, number, meta, row).versionedHash();
        if (blobhash(blob) != expected) revert WrongBlob(blobhash(blob), expected);
        if (Rows.isPublic(rollup.batchAt(number), row)) revert RowIsPublic(number, row);
        rollup.rowPublished(number, row);

        RowChallenge storage c = _challenges[number][row];
        uint256 paid;
        if (c.state == RowState.Open && block.timestamp <= c.deadline) {
            _close(number, c);
            paid = Prices.charge(gasBefore - gasleft(), Prices.BLOB_GAS);
            if (paid > c.pooled) paid = c.pooled;
            // At most what was pooled.
            // forge-lint: disable-next-line(unsafe-typecast)
            c.payable_ -= uint128(paid);
            earnings[msg.sender] += paid;
        } else if (c.state == RowState.Quiet) {
            c.state = RowState.Answered;
        }
        emit Published(number, row, msg.sender, paid);
    }

    /// @inheritdoc IChallenges
    function answeredByCells(BatchNumber number, RowIndex row, uint256 price) external {
        if (msg.sender != signers) revert NotSigners(msg.sender);
        RowChallenge storage c = _challenges[number][row];
        if (c.state != RowState.Open || block.timestamp > c.deadline) return;
        rollup.rowPublished(number, row);
        _close(number, c);
        uint256 most = c.pooled / Cells.DATA_COLUMNS;
        if (price > most) price = most;
        cellPrice[number][row] = price;
        // At most what was pooled.
        // forge-lint: disable-next-line(unsafe-typecast)
        c.payable_ -= uint128(price * Cells.DATA_COLUMNS);
        emit Published(number, row, msg.sender, price * Cells.DATA_COLUMNS);
    }

    /// @inheritdoc IChallenges
    function payForCells(BatchNumber number, RowIndex row, address publisher, uint256 cells)
        external
    {
        if (msg.sender != signers) revert NotSigners(msg.sender);
        earnings[publisher] += cells * cellPrice[number][row];
    }

    /// Ends a challenge that nobody answered in time. Anybody may call it.
    function expire(BatchNumber number, RowIndex row) external {
        RowChallenge storage c = _challenges[number][row];
        _require(c, RowState.Open);
        if (block.timestamp <= c.deadline) {
            revert TooEarly(block.timestamp, uint256(c.deadline) + 1);
        }
        c.state = RowState.Expired;
        Batch memory batch = rollup.batchAt(number);
        // While the row is open its batch cannot become final on the way.
        rollup.fallBack(number);
        rollup.rowClosed(number);
        Settings memory terms = settings.get(batch.settings);
        uint256 taken = operators.slash(batch.operator, terms.operatorSlash);
        _earn(c, taken, terms.challengerCap);
        emit Expired(number, row, taken);
    }

    /// @inheritdoc IChallenges
    function splitSlash(BatchNumber number, RowIndex row) external payable {
        if (msg.sender != signers) revert NotSigners(msg.sender);
        RowChallenge storage c = _challenges[number][row];
        Settings memory terms = settings.get(rollup.batchAt(number).settings);
        _earn(c, msg.value, terms.challengerCap);
    }

    /// Pays a contributor its part of what a challenge that has ended left and earned.
    function fetch(BatchNumber number, RowIndex row) external {
        RowChallenge storage c = _challenges[number][row];
        if (c.state != RowState.Answered && c.state != RowState.Expired) {
            revert WrongState(c.state, RowState.Answered);
        }
        uint256 total = uint256(c.payable_) + c.earned;
        uint256 own = contributionOf[number][row][msg.sender];
        uint256 part = c.pooled == 0 ? 0 : total * own / c.pooled;
        uint256 amount = part - fetchedBy[number][row][msg.sender];
        fetchedBy[number][row][msg.sender] = part;
        _send(msg.sender, amount);
    }

    /// Pays an answerer what it has earned.
    function fetchEarnings(address to) external {
        uint256 amount = earnings[msg.sender];
        delete earnings[msg.sender];
        _send(to, amount);
    }

    /// @inheritdoc IChallenges
    function challengeOf(BatchNumber number, RowIndex row)
        external
        view
        returns (RowChallenge memory)
    {
        return _challenges[number][row];
    }

    /// Least bond of a challenge of a row of the batch now, in wei.
    function bondOf(BatchNumber number) external view returns (uint256) {
        return Prices.bond(settings.get(rollup.batchAt(number).settings));
    }

    function _requireChallengeable(BatchNumber number, RowIndex row)
        private
        view
        returns (Batch memory batch)
    {
        batch = rollup.batchAt(number);
        if (RowIndex.unwrap(row) >= batch.rows) revert NoSuchRow(row, batch.rows);
        if (rollup.isVoid(number)) revert VoidBatch(number);
        if (Rows.isPublic(batch, row)) revert RowIsPublic(number, row);
        if (block.timestamp > batch.challengeUntil) {
            revert TooLate(block.timestamp, batch.challengeUntil);
        }
    }

    /// First in, first out: no earlier than the one before, and after it by the spacing.
    function _deadline(Settings memory terms) private returns (uint64 deadline) {
        uint64 nowAt = uint64(block.timestamp);
        bool dear = block.blobbasefee > terms.dearBlobBaseFee;
        deadline = nowAt + (dear ? 2 * terms.answerWindow : terms.answerWindow);
        uint64 turn = lastDeadline + terms.queueSpacing;
        if (turn > deadline) deadline = turn;
        if (deadline > nowAt + LONGEST) deadline = nowAt + LONGEST;
        lastDeadline = deadline;
    }

    function _close(BatchNumber number, RowChallenge storage c) private {
        c.state = RowState.Answered;
        rollup.rowClosed(number);
    }

    function _earn(RowChallenge storage c, uint256 taken, uint256 cap) private {
        uint256 left = cap > c.earned ? cap - c.earned : 0;
        // At most a tenth of all ether.
        // forge-lint: disable-next-line(unsafe-typecast)
        c.earned += uint128(Split.split(taken, left, escapePool));
    }

    function _require(RowChallenge storage c, RowState expected) private view {
        if (c.state != expected) revert WrongState(c.state, expected);
    }

    function _send(address to, uint256 amount) private {
        (bool ok,) = to.call{ value: amount }("");
        if (!ok) revert PaymentRefused(to, amount);
        emit Fetched(to, amount);
    }
}
