// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import { IProofVerifier } from "../interfaces/IProofVerifier.sol";

/// Which settings something was made under. A batch and its challenges keep theirs, so that a
/// change never moves a window, a price or a slash that somebody has relied on.
type SettingsVersion is uint32;

/// What a rollup may tune. Times are seconds, amounts wei.
/// @param batches Verifies batches.
/// @param checkpoints Verifies checkpoints.
/// @param exits Verifies exit roots and batched exits.
/// @param challengeWindow From a batch to its finality, unless it is challenged: what a watcher
/// needs to sample, to wake its owner and to get a transaction into a full block.
/// @param answerWindow From a challenge to its expiry: the same for whoever answers.
/// @param exculpationWindow From an expiry to the slash of those who signed.
/// @param queueSpacing By how much challenges that are open at once expire after each other.
/// @param answerGas Gas of an answer by blob, for the bond. The charge is what it really took.
/// @param cellGas Gas of an answer by one cell, likewise.
/// @param dutyCells How many cells of its custody a signer publishes to be spared. Not more than
/// the network's lightest validator keeps, and as many as make 64 among any signers.
/// @param minBond Least bond of a challenge.
/// @param dearBlobBaseFee Blob base fee above which answers may wait.
/// @param challengerCap Most that a challenge earns.
/// @param operatorSlash What an expired challenge takes of the operator's bond.
struct Settings {
    IProofVerifier batches;
    IProofVerifier checkpoints;
    IProofVerifier exits;
    uint32 challengeWindow;
    uint32 answerWindow;
    uint32 exculpationWindow;
    uint32 queueSpacing;
    uint32 answerGas;
    uint32 cellGas;
    uint8 dutyCells;
    uint96 minBond;
    uint96 dearBlobBaseFee;
    uint96 challengerCap;
    uint96 operatorSlash;
}

/// @title A rollup's settings, every version of them
contract SettingsLog {
    uint32 internal constant SHORTEST_WINDOW = 24 hours;
    uint32 internal constant LONGEST_WINDOW = 3 days;
    /// 7 days of extension, a day to start with, and this many open rows still end one by one.
    uint32 internal constant WIDEST_SPACING = 10 minutes;

    /// Who may append: the time lock.
    address public immutable lock;
    Settings[] private _versions;

    event SettingsChanged(SettingsVersion indexed version, Settings settings);

    error NotTimeLock(address got, address expected);
    error SettingOutOfRange(string what, uint256 got, uint256 min, uint256 max);
    error NoSuchVersion(SettingsVersion got, uint256 versions);

    constructor(address lock_, Settings memory first) {
        lock = lock_;
        _append(first);
    }

    /// Appends a version, which holds for batches from now on.
    function change(Settings calldata settings) external {
        if (msg.sender != lock) revert NotTimeLock(msg.sender, lock);
        _append(settings);
    }

    function current() external view returns (SettingsVersion) {
        return SettingsVersion.wrap(uint32(_versions.length - 1));
    }

    function get(SettingsVersion version) external view returns (Settings memory) {
        uint256 index = SettingsVersion.unwrap(version);
        if (index >= _versions.length) revert NoSuchVersion(version, _versions.length);
        return _versions[index];
    }

    function _append(Settings memory next) private {
        _range("challenge window", next.challengeWindow, SHORTEST_WINDOW, LONGEST_WINDOW);
        _range("answer window", next.answerWindow, SHORTEST_WINDOW, LONGEST_WINDOW);
        _range("exculpation window", next.exculpationWindow, SHORTEST_WINDOW, LONGEST_WINDOW);
        _range("queue spacing", next.queueSpacing, 0, WIDEST_SPACING);
        _range("answer gas", next.answerGas, 21_000, 1_000_000);
        _range("cell gas", next.cellGas, 21_000, 2_000_000);
        _range("duty cells", next.dutyCells, 1, 64);
        _range("least bond", next.minBond, 0.01 ether, 10 ether);
        _range("challenger's cap", next.challengerCap, 0.1 ether, type(uint96).max);
        _range("operator's slash", next.operatorSlash, 1 ether, type(uint96).max);
        _versions.push(next);
        emit SettingsChanged(SettingsVersion.wrap(uint32(_versions.length - 1)), next);
    }

    function _range(string memory what, uint256 got, uint256 min, uint256 max) private pure {
        if (got < min || got > max) revert SettingOutOfRange(what, got, min, max);
    }
}
