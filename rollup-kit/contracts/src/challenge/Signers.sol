// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import { Settings, SettingsLog } from "../governance/Settings.sol";
import { IChallenges, RowChallenge, RowState } from "../interfaces/IChallenges.sol";
import { IRegistry } from "../interfaces/IRegistry.sol";
import { IRollup } from "../interfaces/IRollup.sol";
import { CellMultiproof } from "../kzg/CellMultiproof.sol";
import { Cell, CellOpenings, Cells, Column } from "../kzg/Cells.sol";
import { WrongBlob } from "../kzg/KzgPoint.sol";
import { EscapePool } from "../rollup/EscapePool.sol";
import { BatchNumber, RowIndex } from "../rollup/Types.sol";
import { G1Point } from "../types/Points.sol";
import { ValidatorId } from "../types/ValidatorId.sol";
import { Columns, Custody, Signer } from "./Custody.sol";
import { Prices } from "./Prices.sol";
import { Rows } from "./Rows.sol";

/// @title What happens to those who signed for a row that was withheld
/// @notice A signer promised to keep its cells. When nobody puts the row on L1 in time, the signer
/// can still show that it kept its word: it publishes its own cells within a window after the
/// expiry, or before. Who stays silent is slashed.
///
/// Cells that anybody publishes while the row's challenge is open count for it: 64 different ones
/// recover the row, and answer the challenge as a blob would.
contract Signers {
    IRollup public immutable rollup;
    SettingsLog public immutable settings;
    IRegistry public immutable registry;
    IChallenges public immutable challenges;
    CellMultiproof public immutable multiproof;
    EscapePool public immutable escapePool;

    /// Columns of a row that stand on L1.
    mapping(BatchNumber => mapping(RowIndex => Columns)) public publicColumns;
    /// Columns of a row that a validator has published itself.
    mapping(BatchNumber => mapping(RowIndex => mapping(ValidatorId => Columns))) public columnsOf;
    /// How many of a row's cells somebody was the first to publish while its challenge was open.
    mapping(BatchNumber => mapping(RowIndex => mapping(address => uint256))) public firstCells;
    mapping(BatchNumber => mapping(RowIndex => mapping(ValidatorId => bool))) public isSlashed;

    event CellPublished(
        BatchNumber indexed batch,
        RowIndex indexed row,
        Column column,
        ValidatorId indexed validator
    );
    event BlobPublished(
        BatchNumber indexed batch, RowIndex indexed row, ValidatorId indexed validator
    );
    event SignerSlashed(
        BatchNumber indexed batch,
        RowIndex indexed row,
        ValidatorId indexed validator,
        uint256 amount
    );

    error NotTheValidators(address got, ValidatorId validator);
    error NotExpired(RowState got);
    error NotAnswered(RowState got);
    error TooEarly(uint256 got, uint256 min);
    error Spared(ValidatorId validator, Columns published);
    error AlreadySlashed(ValidatorId validator);
    error NotRollup(address got);

    constructor(
        IRollup rollup_,
        SettingsLog settings_,
        IRegistry registry_,
        IChallenges challenges_,
        CellMultiproof multiproof_,
        EscapePool escapePool_
    ) {
        (rollup, settings, registry) = (rollup_, settings_, registry_);
        (challenges, multiproof, escapePool) = (challenges_, multiproof_, escapePool_);
    }

    /// Stake on its way to the challengers, the pool and the fire.
    receive() external payable {
        if (msg.sender != address(rollup)) revert NotRollup(msg.sender);
    }

    /// Publishes a cell by two point evaluations: for whoever has the row.
    /// @param validator Whose duty it counts for, which its owner or operator says; 0 for nobody's.
    function publishCell(
        BatchNumber number,
        bytes calldata meta,
        RowIndex row,
        Cell calldata cell,
        CellOpenings calldata openings,
        ValidatorId validator
    ) external {
        uint256 gasBefore = gasleft();
        Cells.check(Rows.commitment(rollup, number, meta, row), cell, openings);
        _published(number, row, cell.column, validator, gasBefore);
    }

    /// Publishes a cell by its multiproof: for whoever has the cell and nothing else.
    function publishCellByMultiproof(
        BatchNumber number,
        bytes calldata meta,
        RowIndex row,
        Cell calldata cell,
        G1Point calldata commitment,
        G1Point calldata proof,
        ValidatorId validator
    ) external {
        uint256 gasBefore = gasleft();
        multiproof.check(Rows.commitment(rollup, number, meta, row), cell, commitment, proof);
        _published(number, row, cell.column, validator, gasBefore);
    }

    /// Publishes the whole row as a blob of this transaction: all of a validator's cells at once,
    /// at the price of a third of one. An open challenge is answered by `RowChallenges.publish`.
    function publishBlob(
        BatchNumber number,
        bytes calldata meta,
        RowIndex row,
        uint256 blob,
        ValidatorId validator
    ) external {
        _requireOwn(validator);
        bytes32 expected = Rows.commitment(rollup, number, meta, row).versionedHash();
        if (blobhash(blob) != expected) revert WrongBlob(blobhash(blob), expected);
        columnsOf[number][row][validator] = Columns.wrap(type(uint128).max);
        emit BlobPublished(number, row, validator);
    }

    /// Pays for cells that answered a row's challenge.
    function fetchForCells(BatchNumber number, RowIndex row) external {
        RowState state = challenges.challengeOf(number, row).state;
        if (state != RowState.Answered) revert NotAnswered(state);
        uint256 cells = firstCells[number][row][msg.sender];
        delete firstCells[number][row][msg.sender];
        challenges.payForCells(number, row, msg.sender, cells);
    }

    /// Slashes a signer that kept silent until the window after the expiry was over. Anybody may
    /// call it.
    function slash(BatchNumber number, RowIndex row, Signer calldata signer)
        external
        returns (uint256 taken)
    {
        RowChallenge memory challenge = challenges.challengeOf(number, row);
        if (challenge.state != RowState.Expired) revert NotExpired(challenge.state);
        Settings memory terms = settings.get(rollup.batchAt(number).settings);
        uint256 until = uint256(challenge.deadline) + terms.exculpationWindow;
        if (block.timestamp <= until) revert TooEarly(block.timestamp, until + 1);
        ValidatorId validator = Custody.signerOf(registry, rollup, number, signer);
        if (isSlashed[number][row][validator]) revert AlreadySlashed(validator);

        uint128 duty = Columns.unwrap(Custody.duty(registry, signer, terms.dutyCells));
        Columns own = columnsOf[number][row][validator];
        if (Columns.unwrap(own) & duty == duty) revert Spared(validator, own);

        isSlashed[number][row][validator] = true;
        taken = rollup.slashValidator(validator, type(uint256).max);
        challenges.splitSlash{ value: taken }(number, row);
        emit SignerSlashed(number, row, validator, taken);
    }

    /// What a signer must publish to be spared.
    function dutyOf(BatchNumber number, Signer calldata signer) external view returns (Columns) {
        Settings memory terms = settings.get(rollup.batchAt(number).settings);
        return Custody.duty(registry, signer, terms.dutyCells);
    }

    function _published(
        BatchNumber number,
        RowIndex row,
        Column column,
        ValidatorId validator,
        uint256 gasBefore
    ) private {
        uint256 index = Column.unwrap(column);
        if (ValidatorId.unwrap(validator) != 0) {
            _requireOwn(validator);
            Columns own = columnsOf[number][row][validator];
            columnsOf[number][row][validator] = own.with(index);
        }
        emit CellPublished(number, row, column, validator);

        Columns known = publicColumns[number][row];
        if (known.contains(index)) return;
        known = known.with(index);
        publicColumns[number][row] = known;
        RowState state = challenges.challengeOf(number, row).state;
        if (state == RowState.Open) {
            ++firstCells[number][row][msg.sender];
            if (_count(known) != Cells.DATA_COLUMNS) return;
            uint256 price = Prices.charge(gasBefore - gasleft(), 0);
            challenges.answeredByCells(number, row, price);
        } else if (state == RowState.Expired) {
            escapePool.refund(payable(msg.sender), gasBefore - gasleft(), msg.data.length);
        }
    }

    /// Front-runners publish a validator's cells in their own name alone.
    function _requireOwn(ValidatorId validator) private view {
        bool own = msg.sender == registry.operatorOf(validator)
            || msg.sender == registry.ownerOf(validator);
        if (!own) revert NotTheValidators(msg.sender, validator);
    }

    function _count(Columns set) private pure returns (uint256 count) {
        for (uint128 bits = Columns.unwrap(set); bits != 0; bits &= bits - 1) {
            ++count;
        }
    }
}
