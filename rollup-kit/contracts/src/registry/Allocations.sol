// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import { IStakes } from "../interfaces/IStakes.sol";
import { Shares, Units } from "../types/Stake.sol";
import { ValidatorId } from "../types/ValidatorId.sol";
import { Delegations } from "./Delegations.sol";
import { Parameters } from "./Parameters.sol";

/// @title Which stake backs which rollup
/// @notice A unit belongs to one rollup at a time, by its validator's consent. It leaves after
/// unbonding only, so a slash cannot be outrun.
abstract contract Allocations is Delegations {
    event Allocated(
        ValidatorId indexed validator, address indexed rollup, Units units, uint64 from
    );
    event Deallocated(
        ValidatorId indexed validator, address indexed rollup, Units units, uint64 from
    );

    error NotEnoughUnits(Units got, Units free);

    /// What a validator has named a rollup. Times are Unix seconds.
    /// @param units What the rollup may slash now, what is leaving included.
    /// @param arriving What it may slash from `arrivesAt`.
    /// @param leaving What it may slash until `leavesAt`.
    struct Allocation {
        Units units;
        Units arriving;
        Units leaving;
        uint64 arrivesAt;
        uint64 leavesAt;
    }

    uint64 private immutable NOTICE;

    mapping(ValidatorId validator => mapping(address rollup => Allocation)) private _allocations;

    constructor(Parameters memory parameters) Delegations(parameters) {
        NOTICE = parameters.notice;
    }

    /// Names free units to a rollup: at once while all stake is the owner's, otherwise after
    /// the notice. A later request restarts the notice of one that still waits.
    function allocate(ValidatorId validator, address rollup, Units units) external {
        Validator storage entry = _owned(validator);
        Allocation storage allocation = _mature(validator, rollup);
        uint128 added = Units.unwrap(units);
        uint128 free = Units.unwrap(entry.pool.units) - Units.unwrap(entry.pool.allocated);
        if (added == 0 || added > free) revert NotEnoughUnits(units, Units.wrap(free));

        entry.pool.allocated = Units.wrap(Units.unwrap(entry.pool.allocated) + added);
        ++entry.revision;
        uint64 from = uint64(block.timestamp);
        if (_isSole(validator, entry)) {
            allocation.units = Units.wrap(Units.unwrap(allocation.units) + added);
        } else {
            from += NOTICE;
            allocation.arriving = Units.wrap(Units.unwrap(allocation.arriving) + added);
            allocation.arrivesAt = from;
        }
        emit Allocated(validator, rollup, units, from);
    }

    /// Takes units back from a rollup, which may slash them as long as unbonding takes. A later
    /// request restarts the time of one that still runs.
    function deallocate(ValidatorId validator, address rollup, Units units) external {
        Validator storage entry = _owned(validator);
        Allocation storage allocation = _mature(validator, rollup);
        uint128 staying = Units.unwrap(allocation.units) - Units.unwrap(allocation.leaving);
        uint128 going = Units.unwrap(units);
        if (going == 0 || going > staying) revert NotEnoughUnits(units, Units.wrap(staying));

        ++entry.revision;
        uint64 from = uint64(block.timestamp) + UNBONDING;
        allocation.leaving = Units.wrap(Units.unwrap(allocation.leaving) + going);
        allocation.leavesAt = from;
        emit Deallocated(validator, rollup, units, from);
    }

    /// Brings an allocation up to date, which frees units that have left. Anybody may.
    function mature(ValidatorId validator, address rollup) external {
        _mature(validator, rollup);
    }

    /// An allocation as it is now.
    function allocationOf(ValidatorId validator, address rollup)
        public
        view
        returns (Allocation memory)
    {
        (Allocation memory allocation,) = _matured(_allocations[validator][rollup]);
        return allocation;
    }

    /// @inheritdoc IStakes
    function coverage(ValidatorId validator, address rollup) external view returns (uint256) {
        Allocation memory allocation = allocationOf(validator, rollup);
        uint128 staying = Units.unwrap(allocation.units) - Units.unwrap(allocation.leaving);
        return _validators[validator].pool.lastingBacking(Units.wrap(staying));
    }

    /// @inheritdoc IStakes
    function slashable(ValidatorId validator, address rollup) external view returns (uint256) {
        return _validators[validator].pool.backing(allocationOf(validator, rollup).units);
    }

    /// Takes up to `amount` wei of what backs the calling rollup.
    function _slash(ValidatorId validator, uint256 amount) internal returns (uint256 taken) {
        Validator storage entry = _registered(validator);
        Allocation storage allocation = _mature(validator, msg.sender);
        uint128 units = Units.unwrap(allocation.units);
        if (units == 0) revert NotAllocated(validator, msg.sender);

        Units burnt;
        (taken, burnt) = entry.pool.slash(allocation.units, amount);
        uint128 left = units - Units.unwrap(burnt);
        allocation.units = Units.wrap(left);
        // What stays takes the loss first: what is leaving must not leave all the sooner.
        if (Units.unwrap(allocation.leaving) > left) allocation.leaving = Units.wrap(left);
        ++entry.revision;
    }

    function _mature(ValidatorId validator, address rollup)
        private
        returns (Allocation storage allocation)
    {
        allocation = _allocations[validator][rollup];
        (Allocation memory updated, Units freed) = _matured(allocation);
        if (Units.unwrap(freed) > 0) {
            Validator storage entry = _validators[validator];
            uint128 allocated = Units.unwrap(entry.pool.allocated);
            entry.pool.allocated = Units.wrap(allocated - Units.unwrap(freed));
        }
        _allocations[validator][rollup] = updated;
    }

    function _matured(Allocation memory allocation)
        private
        view
        returns (Allocation memory, Units freed)
    {
        uint128 units = Units.unwrap(allocation.units);
        if (Units.unwrap(allocation.arriving) > 0 && block.timestamp >= allocation.arrivesAt) {
            units += Units.unwrap(allocation.arriving);
            (allocation.arriving, allocation.arrivesAt) = (Units.wrap(0), 0);
        }
        if (Units.unwrap(allocation.leaving) > 0 && block.timestamp >= allocation.leavesAt) {
            freed = allocation.leaving;
            units -= Units.unwrap(freed);
            (allocation.leaving, allocation.leavesAt) = (Units.wrap(0), 0);
        }
        allocation.units = Units.wrap(units);
        return (allocation, freed);
    }

    /// Whether all shares are the owner's and none unbonds: nobody else can be slashed.
    function _isSole(ValidatorId validator, Validator storage entry) private view returns (bool) {
        return
            Shares.unwrap(holdings[validator][entry.owner].shares)
                == Shares.unwrap(entry.pool.shares);
    }
}
