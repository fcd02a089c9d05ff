// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import { BlsSignature } from "../bls/BlsSignature.sol";
import { IStakes } from "../interfaces/IStakes.sol";
import { Casts } from "../types/Casts.sol";
import { Digest } from "../types/Hashes.sol";
import { G1Point, G2Point } from "../types/Points.sol";
import { Units } from "../types/Stake.sol";
import { ValidatorId } from "../types/ValidatorId.sol";
import { Digests } from "./Digests.sol";
import { Keys } from "./Keys.sol";
import { Ledger } from "./Ledger.sol";
import { Parameters } from "./Parameters.sol";
import { Pool, PoolMath } from "./Pool.sol";

/// @title Who stakes under which key
abstract contract Validators is Keys, Ledger, IStakes {
    event Registered(
        ValidatorId indexed validator, address indexed owner, address operator, uint16 commission
    );
    event OperatorChanged(ValidatorId indexed validator, address operator);
    event PoolOpened(ValidatorId indexed validator, bool open);

    error AlreadyRegistered(ValidatorId validator);
    error NotOwner(address got, address expected);
    error StakeTooSmall(uint256 got, uint256 least);
    /// In ten-thousandths.
    error CommissionTooHigh(uint16 got, uint16 most);

    /// A registered validator.
    /// @param owner Decides about allocations, and takes the commission. Fixed, as is the
    /// commission: those who delegate have agreed to both.
    /// @param operator May answer challenges in the validator's name.
    /// @param commission Ten-thousandths of rewards that are the owner's before they are shared.
    /// @param open Whether others may delegate. Closed at first: a stranger's dust in the pool
    /// would put every new allocation under notice.
    /// @param revision Grows with every change of an allocation, so that a delegation names what
    /// it agrees to.
    /// @param pool The stake.
    /// @param rewardPerShare Wei per share since the beginning, times 2^64.
    struct Validator {
        address owner;
        uint16 commission;
        bool open;
        uint64 revision;
        address operator;
        Pool pool;
        uint256 rewardPerShare;
    }

    uint16 private constant WHOLE = 10_000;

    uint128 private immutable MINIMUM_STAKE;

    mapping(ValidatorId => Validator) internal _validators;

    constructor(Parameters memory parameters) {
        MINIMUM_STAKE = parameters.minimumStake;
    }

    /// Registers the caller as the owner of a validator, with its own stake.
    /// @param key Its possession is proven already.
    /// @param signature The key's, over the caller's address: nobody else's stake is put behind
    /// the key, and nobody takes the key's place for themselves.
    function register(
        G1Point calldata key,
        G2Point calldata signature,
        address operator,
        uint16 commission
    ) external payable nonReentrant returns (ValidatorId validator) {
        validator = validatorOf(key);
        _requireProven(validator);
        Validator storage entry = _validators[validator];
        if (entry.owner != address(0)) revert AlreadyRegistered(validator);
        if (commission > WHOLE) revert CommissionTooHigh(commission, WHOLE);
        if (msg.value < MINIMUM_STAKE) revert StakeTooSmall(msg.value, MINIMUM_STAKE);
        BlsSignature.verify(key, registrationDigest(msg.sender), signature);

        entry.owner = msg.sender;
        entry.operator = operator;
        entry.commission = commission;
        entry.pool.units = Units.wrap(PoolMath.ALL_UNITS);
        emit Registered(validator, msg.sender, operator, commission);
        _deposit(validator, entry);
    }

    /// Names another operator.
    function setOperator(ValidatorId validator, address operator) external {
        Validator storage entry = _owned(validator);
        entry.operator = operator;
        emit OperatorChanged(validator, operator);
    }

    /// Lets others delegate from now on, or no more.
    function setOpen(ValidatorId validator, bool open) external {
        Validator storage entry = _owned(validator);
        entry.open = open;
        emit PoolOpened(validator, open);
    }

    /// What a key signs to have `owner` register it here.
    function registrationDigest(address owner) public view returns (Digest) {
        return Digests.registration(CHAIN, Casts.toUint64(block.chainid), address(this), owner);
    }

    /// @inheritdoc IStakes
    function ownerOf(ValidatorId validator) external view returns (address) {
        return _validators[validator].owner;
    }

    /// @inheritdoc IStakes
    function operatorOf(ValidatorId validator) external view returns (address) {
        return _validators[validator].operator;
    }

    /// All that is known of a validator; zero for an unknown one.
    function validatorInfo(ValidatorId validator) external view returns (Validator memory) {
        return _validators[validator];
    }

    /// Puts the call's value into the pool, as the caller's.
    function _deposit(ValidatorId validator, Validator storage entry) internal virtual;

    function _registered(ValidatorId validator) internal view returns (Validator storage entry) {
        entry = _validators[validator];
        if (entry.owner == address(0)) revert UnknownValidator(validator);
    }

    function _owned(ValidatorId validator) internal view returns (Validator storage entry) {
        entry = _registered(validator);
        if (msg.sender != entry.owner) revert NotOwner(msg.sender, entry.owner);
    }

    /// The owner's cut of a reward, wei.
    function _cut(Validator storage entry, uint256 amount) internal view returns (uint256) {
        return amount * entry.commission / WHOLE;
    }
}
