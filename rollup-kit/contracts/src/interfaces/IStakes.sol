// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import { ValidatorId } from "../types/ValidatorId.sol";

/// @title What a rollup may know of its validators' stake, and do to it
/// @notice A unit of stake backs one rollup, the one that its validator named. Only that rollup
/// can take it, and nobody can bring it to safety before 28 days have passed. All amounts are
/// wei of ETH.
interface IStakes {
    /// A rollup took stake that backed it.
    event Slashed(ValidatorId indexed validator, address indexed rollup, uint256 amount);
    /// A rollup had to be helped out on L1 because the validator did not serve.
    event Rescued(ValidatorId indexed validator, address indexed rollup, uint256 inWindow);
    /// The validator earns nothing from the rollup until `until`, Unix seconds.
    event Jailed(ValidatorId indexed validator, address indexed rollup, uint64 until);
    /// A rollup paid a validator and its delegators.
    event Rewarded(ValidatorId indexed validator, address indexed rollup, uint256 amount);

    /// Nobody has registered this validator.
    error UnknownValidator(ValidatorId got);
    /// The validator has allocated nothing to the caller.
    error NotAllocated(ValidatorId validator, address rollup);
    /// A jailed validator earns nothing.
    error StillJailed(ValidatorId validator, address rollup, uint64 until);
    /// The caller refused its own money.
    error PaymentRefused(address to, uint256 amount);

    /// What the rollup can count on for as long as unbonding takes, whatever validator and
    /// delegators do: its allocation without what is leaving it or unbonding. 0 for unknown
    /// validators.
    function coverage(ValidatorId validator, address rollup) external view returns (uint256);

    /// The most that a slash by the rollup takes now: what is leaving or unbonding included.
    function slashable(ValidatorId validator, address rollup) external view returns (uint256);

    /// Takes up to `amount` of what the validator has allocated to the caller, sends it to the
    /// caller at once, and jails the validator there. Takes what there is when there is less:
    /// two challenges may end in either order.
    /// @return taken What was sent.
    function slash(ValidatorId validator, uint256 amount) external returns (uint256 taken);

    /// Counts one rescue by the calling rollup; too many within a window jail the validator
    /// there. It costs fees, never stake.
    function reportRescue(ValidatorId validator) external;

    /// Pays the validator and its delegators, who fetch their parts. Refused while the validator
    /// is jailed by the caller.
    function reward(ValidatorId validator) external payable;

    /// Until when the validator earns nothing from the rollup; Unix seconds, 0 for never jailed.
    function jailedUntil(ValidatorId validator, address rollup) external view returns (uint64);

    /// Who registered the validator, and thereby whose stake it began with.
    function ownerOf(ValidatorId validator) external view returns (address);

    /// Who may answer challenges in the validator's name, besides its owner.
    function operatorOf(ValidatorId validator) external view returns (address);
}
