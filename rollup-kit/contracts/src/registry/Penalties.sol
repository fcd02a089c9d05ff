// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import { IStakes } from "../interfaces/IStakes.sol";
import { ValidatorId } from "../types/ValidatorId.sol";
import { Allocations } from "./Allocations.sol";
import { Parameters } from "./Parameters.sol";

/// @title What a rollup does to its validators: slash, jail, reward
/// @notice A rollup reaches only what was named to it: a jail is a jail with that rollup alone,
/// so that no contract can put a validator out of business with others.
abstract contract Penalties is Allocations {
    /// What one rollup has seen of one validator.
    /// @param until When its jail ends, Unix seconds; 0 for never jailed.
    /// @param windowFrom When the window began in which `rescues` are counted, Unix seconds.
    struct Conduct {
        uint64 until;
        uint64 windowFrom;
        uint32 rescues;
    }

    uint64 private immutable JAIL_TERM;
    uint64 private immutable RESCUE_WINDOW;
    uint32 private immutable RESCUES_TO_JAIL;

    mapping(ValidatorId validator => mapping(address rollup => Conduct)) private _conduct;

    constructor(Parameters memory parameters) Allocations(parameters) {
        JAIL_TERM = parameters.jailTerm;
        RESCUE_WINDOW = parameters.rescueWindow;
        RESCUES_TO_JAIL = parameters.rescuesToJail;
    }

    /// @inheritdoc IStakes
    function slash(ValidatorId validator, uint256 amount)
        external
        nonReentrant
        returns (uint256 taken)
    {
        taken = _slash(validator, amount);
        _recordSlash(taken);
        _jail(validator);
        emit Slashed(validator, msg.sender, taken);
        _send(msg.sender, taken);
    }

    /// @inheritdoc IStakes
    function reportRescue(ValidatorId validator) external {
        _registered(validator);
        Conduct storage conduct = _conduct[validator][msg.sender];
        if (block.timestamp >= conduct.windowFrom + RESCUE_WINDOW) {
            conduct.windowFrom = uint64(block.timestamp);
            conduct.rescues = 0;
        }
        uint32 rescues = ++conduct.rescues;
        emit Rescued(validator, msg.sender, rescues);
        if (rescues >= RESCUES_TO_JAIL) {
            conduct.rescues = 0;
            _jail(validator);
        }
    }

    /// @inheritdoc IStakes
    function reward(ValidatorId validator) external payable {
        Validator storage entry = _registered(validator);
        uint64 until = _conduct[validator][msg.sender].until;
        if (block.timestamp < until) revert StillJailed(validator, msg.sender, until);
        _distribute(entry);
        emit Rewarded(validator, msg.sender, msg.value);
    }

    /// @inheritdoc IStakes
    function jailedUntil(ValidatorId validator, address rollup) external view returns (uint64) {
        return _conduct[validator][rollup].until;
    }

    /// Jails with the calling rollup, from now.
    function _jail(ValidatorId validator) private {
        uint64 until = uint64(block.timestamp) + JAIL_TERM;
        _conduct[validator][msg.sender].until = until;
        emit Jailed(validator, msg.sender, until);
    }
}
